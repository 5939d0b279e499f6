# SPDX-License-Identifier: MIT
"""From nothing to a policy, with real clients and a real daemon: a door
observes, and what is suggested lets the same commands through, and not the
nearest others."""

import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

import engine
from engine import IMAGE, Command, must_not_skip
from program import binary, run

if must_not_skip():
    import docker as docker_py
else:
    docker_py = pytest.importorskip("docker")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:docker")

OBSERVE = "[profile]\nmode = observe\n"


class Doors:
    """One that observes, and then one that enforces what was suggested."""

    def __init__(self, dockerd, postern, home):
        self.dockerd = dockerd
        self.postern = postern
        self.path = engine.clients()[-1]
        self.home = home
        self.direct = Command(self.path, dockerd.socket, home)
        self.observer = postern(dockerd.socket, web=OBSERVE).start()
        self.enforcer = None
        self.text = None

    def command(self, program):
        return Command(self.path, program.door(), self.home)

    def clear(self):
        """What other tests and the last round left, but the image."""
        direct = self.direct
        for listing, remove in (("ps -aq", "rm -fv"),
                                ("volume ls -q", "volume rm")):
            found = direct.ok(*listing.split()).decode().split()
            if found:
                direct.ok(*remove.split(), *found)
        direct.ok("network", "prune", "-f")

    def enforce(self):
        """The door that does."""
        assert self.observer.log("decision", verdict="deny") == []
        done = run("suggest", "web", self.observer.errors)
        assert (done.returncode, done.stderr) == (0, "")
        self.text = done.stdout
        self.observer.finish()
        self.enforcer = self.postern(
            self.dockerd.socket, web=self.text).start()
        done = run("check", "--no-root", "--profiles",
                   self.enforcer.profiles)
        assert done.returncode == 0, done.stderr
        self.clear()
        return self.enforcer

    def denied(self):
        return self.enforcer.log("decision", verdict="deny")


@pytest.fixture
def doors(dockerd, postern, home):
    made = Doors(dockerd, postern, home)
    made.clear()
    yield made
    made.clear()


COMMANDS = """
version
volume create data
network create --internal --label a=b net1
run --rm --network none bb:1 echo hello
run -d --name box --network net1 -v data:/data -v {shared}:/shared:ro \
 -e A=1 --restart unless-stopped --cap-add NET_ADMIN --memory 64m \
 bb:1 sleep 1000
create --name c1 --network none -p 127.0.0.1:18080:80 -p 53:53/udp \
 --tmpfs /scratch --dns 10.0.0.53 --user 1000:1000 bb:1 true
ps -a
logs box
exec -e B=2 box sh -c date;:;date
exec -u 1000 -w /tmp box id -u
cp {shared}/file box:/data/file
cp box:/data/file {home}/copied
network disconnect net1 box
network connect --alias web net1 box
tag bb:1 my/image:2
build --network none -t built:1 {context}
stop -t 0 box
rm -f box c1
rmi built:1 my/image:2
volume rm data
network rm net1
"""

# Each next to what was seen, and each is denied.
OTHERS = """
run --rm --network none other:1 echo hello
run --rm --network net2 bb:1 true
create --network none -v other:/data bb:1 true
create --network none -v {home}:/shared:ro bb:1 true
create --network none -p 127.0.0.1:18081:80 bb:1 true
create --network none -p 18080:80 bb:1 true
create --network none -p 53:53 bb:1 true
create --network none --tmpfs /scratch2 bb:1 true
create --network none --dns 10.0.0.54 bb:1 true
create --network none --add-host a:10.0.0.1 bb:1 true
create --network none --restart always bb:1 true
create --network none --cap-add SYS_ADMIN bb:1 true
create --network none --privileged bb:1 true
create --network none --pid host bb:1 true
create --network none --device /dev/null bb:1 true
exec box sh -c date;:;id
exec -e B=3 box id -u
exec --privileged box id -u
cp {shared}/file box:/tmp/file
tag bb:1 my/image:3
build --network none -t built:2 {context}
build --network host -t built:1 {context}
volume create other
network create net2
network create --driver macvlan net1
kill box
rename box c2
pause box
volume ls
images
pull bb:1
commit box my/image:2
"""


def words(line, **names):
    return [word.format(**names) for word in line.split()]


def lines(text):
    return text.replace("\\\n", "").strip().split("\n")


def test_the_docker_command(doors, home):
    names = {name: home / name for name in ("shared", "context")}
    for folder in names.values():
        folder.mkdir()
        (folder / "file").write_text("x")
    (names["context"] / "Dockerfile").write_text(
        f"FROM {IMAGE}\nCOPY file /file\nRUN cat /file\n")
    names["home"] = home

    def all_pass(program):
        docker = doors.command(program)
        return [docker.ok(*words(line, **names), DOCKER_BUILDKIT="0")
                for line in lines(COMMANDS)]

    observed = all_pass(doors.observer)
    enforcer = doors.enforce()
    enforced = all_pass(enforcer)
    assert doors.denied() == []
    assert observed[3] == enforced[3] == b"hello\n"

    docker = doors.command(enforcer)
    doors.direct.ok("run", "-d", "--name", "box", "--network", "none", IMAGE,
                    "sleep", "1000")
    for line in lines(OTHERS):
        done = docker(*words(line, **names), DOCKER_BUILDKIT="0")
        assert done.returncode != 0, line
        assert b"postern: profile web does not allow " in done.stderr, \
            (line, done.stderr)


PROJECT = """
version: "3.7"
services:
  web:
    image: bb:1
    command: httpd -f -h /www
    networks: [front]
    volumes:
      - {shared}:/www:ro
      - cache:/cache
    restart: unless-stopped
  db:
    image: bb:1
    command: sleep 1000
    user: "1000:1000"
    networks: [front]
networks:
  front:
    internal: true
volumes:
  cache:
"""


def test_compose(doors, home):
    if shutil.which("docker-compose") is None:
        engine.cannot("no docker-compose here")
    shared = home / "shared"
    shared.mkdir()
    (shared / "file").write_text("shared")
    (home / "p.yml").write_text(PROJECT.format(shared=shared))

    def compose(program, *arguments, name="p"):
        return subprocess.run(
            ["docker-compose", "-p", name, "-f", home / "p.yml", *arguments],
            env=doors.command(program).environment(), capture_output=True,
            text=True, timeout=50)

    def all_pass(program):
        for line in ("up -d", "exec -T db wget -qO- http://web/file",
                     "down -v -t 0"):
            done = compose(program, *line.split())
            assert done.returncode == 0, (line, done.stderr)

    all_pass(doors.observer)
    enforcer = doors.enforce()
    all_pass(enforcer)
    assert doors.denied() == []
    # Another project, or something else.
    compose(enforcer, "up", "-d", name="q")
    assert doors.denied()[-1]["operation"] == "NetworkCreate"
    docker = doors.command(enforcer)
    for line in ("create --network p_front -v other:/cache bb:1 true",
                 "create --network q_front bb:1 true",
                 "network create q_front", "kill p_db_1", "pull bb:1"):
        done = docker(*line.split())
        assert b"postern: profile web does not allow" in done.stderr, line


def test_docker_py(doors):
    def client_of(program):
        return docker_py.DockerClient(base_url=f"unix://{program.door()}",
                                      version="auto", timeout=20)

    def all_pass(program):
        client = client_of(program)
        box = client.containers.run(
            IMAGE, ["sleep", "1000"], detach=True, name="box",
            network_mode="none", labels={"a": "b"},
            volumes={"data": {"bind": "/data", "mode": "rw"}})
        assert box.exec_run(["cat", "/etc/hostname"]).exit_code == 0
        assert client.containers.list(filters={"label": "a=b"})
        assert box.stats(stream=False)
        box.stop(timeout=0)
        box.remove()
        client.volumes.get("data").remove()
        client.close()

    all_pass(doors.observer)
    enforcer = doors.enforce()
    all_pass(enforcer)
    # Its context asks for more than it gets, and goes on without.
    assert doors.denied() == []
    client = client_of(enforcer)
    for ask in (
            lambda: client.containers.create(
                IMAGE, "true", volumes={"other": {"bind": "/data"}}),
            lambda: client.containers.create(
                IMAGE, "true", network_mode="host"),
            lambda: client.images.list(),
            lambda: client.volumes.create("other")):
        with pytest.raises(docker_py.errors.APIError) as error:
            ask()
        assert error.value.status_code == 403
    client.close()


README = Path(__file__).resolve().parents[2] / "README.md"


def blocks(heading):
    """The indented blocks of a section of README.md."""
    text = README.read_text().partition(f"\n### {heading}\n")[2]
    text = text.partition("\n## ")[0].partition("\n### ")[0]
    found = re.findall(r"(?:(?:^    .*)?\n)+", text, re.M)
    return [textwrap.dedent(block).strip("\n") for block in found
            if block.strip()]


def test_the_minute_of_the_readme(dockerd, doors, home):
    """Every command as it is written there, with other directories and
    another image; and all that it is said to print."""
    doors.observer.finish()
    folder = home / "demo"
    (home / "bin").mkdir()
    (home / "bin" / "postern").symlink_to(binary())
    start, ask, use, denied = blocks("From nothing to a policy in a minute")
    command, said = ask.split("\n", 1)
    denied, _, error = denied.partition("\n\n")
    first = start.rpartition("\n")[2]
    script = "\n".join([
        "set -e", start.replace(
            "\n\n", f"\nuntil postern health --directory {folder}; do sleep .1; "
            "done\n"),
        command.removeprefix("$ ") + f" >{home}/said", use, first,
        f"! {denied} 2>{home}/error", "kill %1", "wait"])
    script = script.replace("/run/demo", str(folder)).replace("busybox", IMAGE)
    environment = Command(engine.clients()[-1], dockerd.socket,
                          home).environment()
    environment["PATH"] = f"{home}/bin:" + environment["PATH"]
    done = subprocess.run(
        ["bash", "-m", "-c", script.replace(
            "postern run", f"postern run --upstream {dockerd.socket}")],
        env=environment, capture_output=True, text=True, timeout=50,
        cwd=home)
    assert done.returncode == 0, (script, done.stderr)
    hostname = Path("/etc/hostname").read_text()
    assert done.stdout.startswith(f"ok\n{hostname * 2}"), done.stdout
    assert "could not be read" not in done.stderr
    printed = (home / "said").read_text()
    for part in said.split("...\n"):
        expected = part.removesuffix("...").replace(
            "docker.io/library/busybox:latest", "docker.io/library/bb:1")
        assert expected in printed, (expected, printed)
    assert " ".join(error.split()).replace("docker: ", "") in \
        " ".join((home / "error").read_text().split())
