# SPDX-License-Identifier: MIT
"""In a container of its own, as container/ has it: the image is the last
stage of the Dockerfile, and it runs with everything taken away from it."""

import io
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import pytest

import engine
from engine import IMAGE, Command
from profiles import EVERYTHING
from program import binary
from wait import wait_until
from wire import Client, request

TOP = Path(__file__).resolve().parents[2]
DOCKERFILE = TOP / "container" / "Dockerfile"

NOBODY = 65534
HARDENED = ("--read-only", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges", "--network", "none",
            "--user", f"{NOBODY}:{NOBODY}")

DOOR = "/run/door/docker.sock"
PROFILE = """
[socket]
path = %p/docker.sock
[allow]
operation = SystemPing SystemVersion SystemEvents
"""
VERSION = "/v1.41/version"
CONTAINERS = "/v1.41/containers/json"


# The program, the image, and a client.

def has_interpreter(path):
    """Whether the ELF file is linked dynamically."""
    data = Path(path).read_bytes()
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return any(struct.unpack_from("<I", data, offset + i * size)[0] == 3
               for i in range(count))


def build_static(folder):
    """Build one from the sources, beside whatever is built there."""
    if not (TOP / "configure").exists():
        engine.cannot("there is no ./configure: run ./autogen.sh")
    # Nothing of the make that may have started the tests.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    for command in ([TOP / "configure", "--quiet", "--enable-static",
                     "CFLAGS=-g -Os"],
                    ["make", "-j2", "postern"]):
        done = subprocess.run(
            list(map(str, command)), cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=300)
        if done.returncode != 0:
            engine.cannot("a static postern cannot be built:\n"
                          + done.stdout[-1000:] + done.stderr[-2000:])
    return folder / "postern"


@pytest.fixture(scope="session")
def static():
    """A postern that needs no file beside it."""
    if "POSTERN_STATIC" in os.environ:
        yield Path(os.environ["POSTERN_STATIC"])
    elif not has_interpreter(binary()):
        yield Path(binary())
    else:
        with tempfile.TemporaryDirectory(prefix="pe", dir="/var/tmp") as path:
            yield build_static(Path(path))


def instructions():
    """The Dockerfile's instructions, as (WORD, rest)."""
    text = re.sub(r"(?m)^#.*\n", "", DOCKERFILE.read_text())
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line]


def last_stage():
    """Its instructions, which take from the build context what the
    Dockerfile takes from the stage that builds."""
    all_of_it = instructions()
    start = max(i for i, (word, _) in enumerate(all_of_it) if word == "FROM")
    assert all_of_it[start] == ("FROM", "scratch")
    return "".join(
        f"{word} {rest}\n".replace("--from=build ", "").replace(" /src/", " ")
        for word, rest in all_of_it[start:])


def make_tree(folder, static):
    """What the build stage does with the program once it has it."""
    shutil.copy(static, folder / "postern")
    _, command = [one for one in instructions() if one[0] == "RUN"][-1]
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True,
                   umask=0o022, timeout=60)


@pytest.fixture(scope="session")
def image(dockerd, static):
    """The name of the image on the private daemon."""
    with tempfile.TemporaryDirectory(prefix="pe", dir="/var/tmp") as path:
        home = Path(path)
        context = home / "context"
        context.mkdir()
        make_tree(context, static)
        (home / "Dockerfile").write_text(last_stage())
        docker = Command(engine.clients()[0], dockerd.socket, home)
        docker.ok("build", "-q", "-t", "postern", "-f",
                  str(home / "Dockerfile"), str(context), DOCKER_BUILDKIT="0")
    return "postern"


@pytest.fixture(scope="session")
def tools():
    """A directory with ask in it, which runs anywhere."""
    with tempfile.TemporaryDirectory(prefix="pe", dir="/var/tmp") as path:
        done = subprocess.run(
            [os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-static", "-o",
             f"{path}/ask", str(Path(__file__).with_name("ask.c"))],
            capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            engine.cannot(f"no static program can be built: {done.stderr}")
        os.chmod(path, 0o755)
        yield path


class Process:
    """A process of a container, as the host sees it."""

    def __init__(self, pid):
        self.pid = pid
        text = Path(f"/proc/{pid}/status").read_text()
        self.status = dict(line.split(":\t", 1)
                           for line in text.splitlines() if ":\t" in line)
        self.name = self.status["Name"]
        self.parent = int(self.status["PPid"])
        self.is_first = self.status["NSpid"].split()[-1] == "1"


class House:
    """A postern in a container, and clients in others."""

    def __init__(self, docker, daemon, image, tools, home):
        self.docker = docker
        self.daemon = daemon
        self.image = image
        self.tools = tools
        self.directory = home / "run"
        self.directory.mkdir(0o750)
        os.chown(self.directory, NOBODY, NOBODY)
        self.profiles = home / "profiles.d"
        self.profiles.mkdir()
        for name in ("web", "other"):
            self.profile(name, PROFILE)

    def profile(self, name, text):
        (self.profiles / f"{name}.ini").write_text(text)

    def door(self, name):
        return self.directory / "doors" / name / "docker.sock"

    def create(self, *more, directory=None, groups=True):
        """Run the image as the examples do."""
        group = str(os.stat(self.daemon).st_gid)
        self.docker.ok(
            "run", "-d", "--name", "postern", *HARDENED,
            *(("--group-add", group) if groups else ()),
            "-v", f"{self.daemon}:/var/run/docker.sock",
            "-v", f"{directory or self.directory}:/run/postern",
            "-v", f"{self.profiles}:/etc/postern/profiles.d:ro",
            "-v", f"{self.tools}:/tools:ro",
            "--health-interval", "500ms", *more, self.image)
        return self

    def start(self, **options):
        self.create(**options)
        self.wait_healthy()
        return self

    def inspect(self, template, name="postern"):
        return self.docker.ok(
            "inspect", "-f", "{{json " + template + "}}", name)

    def state(self, name="postern"):
        return json.loads(self.inspect(".State", name))

    def wait_healthy(self):
        wait_until(lambda: self.state()["Health"]["Status"] == "healthy"
                   or not self.state()["Running"], "health", 30)
        assert self.state()["Running"], self.log()

    def log(self):
        done = self.docker("logs", "postern")
        return (done.stdout + done.stderr).decode()

    def wait_log(self, *words):
        wait_until(lambda: any(all(word in line for word in words)
                               for line in self.log().splitlines()),
                   f"{words} in the log")

    def client(self, profile="web"):
        """Start one that mounts this door's directory."""
        self.docker.ok(
            "run", "-d", "--name", "client", "--network", "none",
            "-v", f"{self.door(profile).parent}:/run/door:ro",
            "-v", f"{self.tools}:/tools:ro", IMAGE, "sleep", "1000")

    def ask(self, target, sock=DOOR):
        """The client's GET: its exit status, its answer."""
        done = self.docker("exec", "client", "/tools/ask", sock, target)
        return done.returncode, (done.stdout + done.stderr).decode()

    def gets(self, target):
        """The status of the answer, or None without one."""
        found = re.match(r"HTTP/1\.1 (\d+) ", self.ask(target)[1])
        return int(found[1]) if found else None

    def processes(self):
        ident = json.loads(self.inspect(".Id"))
        found = []
        for path in Path("/proc").glob("[0-9]*/cgroup"):
            try:
                if ident in path.read_text():
                    found.append(Process(int(path.parent.name)))
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found

    def first(self):
        return next(one for one in self.processes() if one.is_first)

    def children(self, name):
        """Of the first process, with this name."""
        first = self.first().pid
        return [one for one in self.processes()
                if one.parent == first and one.name == name]

    def worker(self):
        workers = wait_until(lambda: self.children("postern"), "a worker")
        assert len(workers) == 1
        return workers[0]


@pytest.fixture
def house(dockerd, image, tools, home):
    docker = Command(engine.clients()[0], dockerd.socket, home)
    yield House(docker, dockerd.socket, image, tools, home)
    containers = docker.ok("ps", "-aq").decode().split()
    if containers:
        docker.ok("rm", "-fv", *containers)


# The image.

def test_the_image_is_one_program_and_its_directories(house, image):
    house.docker.ok("create", "--name", "box", image)
    data = house.docker.ok("export", "box")
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {one.name: (one.mode & 0o7777, one.uid, one.gid)
                   for one in tar
                   # What docker itself puts there.
                   if not re.match(r"(dev|proc|sys)\b|\.dockerenv|"
                                   r"etc/(host|resolv|mtab)", one.name)}
    assert members == {
        "postern": (0o755, 0, 0),
        "etc": (0o755, 0, 0),
        "etc/postern": (0o755, 0, 0),
        "etc/postern/profiles.d": (0o755, 0, 0),
        "run": (0o755, NOBODY, NOBODY),
        "run/postern": (0o750, NOBODY, NOBODY),
        "run/postern/doors": (0o755, NOBODY, NOBODY),
    }


def test_the_image_is_small(house, image):
    size = int(house.docker.ok(
        "image", "inspect", "-f", "{{.Size}}", image))
    print(f"the image has {size / 2**20:.2f} MiB")
    assert size < 2 << 20


def test_the_image_says_how_it_is_run(house, image):
    config = json.loads(house.inspect(".Config", image))
    assert config["User"] == f"{NOBODY}:{NOBODY}"
    assert config["Entrypoint"] == ["/postern"]
    assert config["Cmd"] == ["run"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/postern", "health"]
    assert config["Labels"]["org.opencontainers.image.title"] == "Postern"


def test_the_image_is_built_with_what_the_readme_names():
    named = re.search(r"(?<=\| `apt install )[^`]*",
                      (TOP / "README.md").read_text())[0]
    installs = next(rest for word, rest in instructions() if word == "RUN")
    assert set(named.split()) == set(
        installs.partition("--no-install-recommends")[2].split())


# Serving.

def test_a_client_has_what_its_profile_allows(house):
    house.start().client()
    status, answer = house.ask(VERSION)
    assert status == 0
    assert answer.startswith("HTTP/1.1 200 ") and "ApiVersion" in answer
    status, answer = house.ask(CONTAINERS)
    assert status == 0
    assert answer.startswith("HTTP/1.1 403 ") and "ContainerList" in answer


def test_a_client_has_no_other_door(house):
    house.start().client()
    with Client(house.door("other")) as neighbour:
        assert neighbour.ask(request("GET", VERSION)).status == 200
    for path in (house.door("other"), "/run/door/../other/docker.sock",
                 "/run/postern/doors/other/docker.sock",
                 "/run/postern/control.sock", "/var/run/docker.sock"):
        status, answer = house.ask(VERSION, str(path))
        assert status == 2 and "No such file" in answer
    assert house.docker.ok("exec", "client", "ls", "-A", "/run/door") \
        == b"docker.sock\n"


def test_a_client_cannot_replace_its_door(house):
    house.start().client()
    done = house.docker("exec", "client", "rm", DOOR)
    assert done.returncode != 0 and b"Read-only" in done.stderr
    assert house.gets(VERSION) == 200


def test_a_socket_mounted_where_the_daemons_is_expected(house):
    house.start()
    done = house.docker.ok(
        "run", "--rm", "--network", "none",
        "-v", f"{house.door('web')}:/var/run/docker.sock",
        "-v", f"{house.tools}:/tools:ro",
        IMAGE, "/tools/ask", "/var/run/docker.sock", VERSION)
    assert done.startswith(b"HTTP/1.1 200 ")


def test_nothing_in_it_has_any_privilege(house):
    house.start()
    house.worker()
    for one in house.processes():
        assert set(one.status["Uid"].split()) == {str(NOBODY)}
        assert set(one.status["Gid"].split()) == {str(NOBODY)}
        for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
            assert int(one.status[f"Cap{kind}"], 16) == 0
        assert one.status["NoNewPrivs"] == "1"
    users = house.docker.ok("top", "postern", "-o", "user,pid,args")
    assert b"root" not in users


# What its first process must do.

def stop_in_time(house):
    """Docker kills after ten seconds."""
    begin = time.monotonic()
    house.docker.ok("stop", "postern")
    assert time.monotonic() - begin < 9
    assert house.state()["ExitCode"] == 0, house.log()
    assert "event=stopped" in house.log()


def test_stop_while_a_client_follows_events(house):
    house.start().client()
    with house.docker.running("exec", "client", "/tools/ask", DOOR,
                              "/v1.41/events") as stream:
        assert stream.stdout.readline().startswith(b"HTTP/1.1 200 ")
        stop_in_time(house)
        stream.stdout.read()
        assert stream.wait(10) == 0


def test_stop_while_a_tunnel_is_open(house):
    house.profile("web", "[socket]\npath = %p/docker.sock\n" + EVERYTHING)
    house.start().client()
    docker = Command(house.docker.path, house.door("web"), house.docker.home)
    with docker.running("exec", "-i", "client", "cat") as tunnel:
        tunnel.stdin.write(b"hello\n")
        tunnel.stdin.flush()
        assert tunnel.stdout.readline() == b"hello\n"
        stop_in_time(house)
        tunnel.wait(10)


def test_stop_keeps_the_directories_that_clients_mount(house):
    house.start()
    inode = house.door("web").parent.stat().st_ino
    house.docker.ok("stop", "postern")
    assert not house.door("web").exists()
    assert house.door("web").parent.stat().st_ino == inode


def test_hangup_reloads(house):
    house.start().client()
    assert house.gets(CONTAINERS) == 403
    inode = house.door("web").stat().st_ino
    house.profile("web", PROFILE + "operation = ContainerList\n")
    house.docker.ok("kill", "-s", "HUP", "postern")
    wait_until(lambda: house.gets(CONTAINERS) == 200, "the new policy")
    assert house.door("web").stat().st_ino == inode
    assert house.gets("/v1.41/images/json") == 403


def test_hangup_with_a_mistake_changes_nothing(house):
    house.start().client()
    house.profile("web", PROFILE + "operation = ContainerLists\n")
    house.docker.ok("kill", "-s", "HUP", "postern")
    house.wait_log("web.ini", "ContainerLists")
    assert house.gets(VERSION) == 200
    assert house.gets(CONTAINERS) == 403
    assert house.state()["Running"]


def test_a_killed_worker_is_replaced(house):
    house.start().client()
    before = house.state()
    worker = house.worker().pid
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: [one for one in house.children("postern")
                        if one.pid != worker], "another worker")
    wait_until(lambda: house.gets(VERSION) == 200, "an answer")
    assert house.worker().pid != worker
    assert house.state()["StartedAt"] == before["StartedAt"]
    assert house.inspect(".RestartCount") == b"0\n"
    house.wait_healthy()


def test_orphans_are_reaped(house):
    house.start()
    house.docker.ok("exec", "-d", "postern", "/tools/ask")
    wait_until(lambda: house.children("ask"), "an orphan")
    wait_until(lambda: not house.children("ask"), "its burial")
    assert house.state()["Running"]


def test_docker_sees_that_it_hangs(house):
    house.create("--health-retries", "1", "--health-timeout", "2s")
    house.wait_healthy()
    first = house.first().pid
    os.kill(first, signal.SIGSTOP)
    try:
        wait_until(lambda: house.state()["Health"]["Status"] == "unhealthy",
                   "Docker to notice", 20)
    finally:
        os.kill(first, signal.SIGCONT)
    house.wait_healthy()


def test_commands_inside(house):
    house.start()
    for command, word in (("health", ""), ("status", "web"),
                          ("check", "web"), ("presets", "traefik")):
        said = house.docker.ok("exec", "postern", "/postern", command)
        assert word in said.decode()
    said = house.docker("exec", "postern", "/postern", "explain", "web",
                        "GET", CONTAINERS)
    assert b"deny ContainerList" in said.stdout


# Coming back.

def test_clients_survive_a_restart(house):
    house.start().client()
    assert house.gets(VERSION) == 200
    before = house.state("client")
    house.docker.ok("restart", "postern")
    wait_until(lambda: house.gets(VERSION) == 200, "an answer")
    assert house.state("client") == before


def test_clients_survive_a_crash(house):
    house.create("--restart", "always").wait_healthy()
    house.client()
    os.kill(house.first().pid, signal.SIGKILL)
    wait_until(lambda: house.inspect(".RestartCount") == b"1\n",
               "a new start")
    wait_until(lambda: house.gets(VERSION) == 200, "an answer")


def test_clients_survive_a_new_container(house):
    house.start().client()
    house.docker.ok("rm", "-f", "postern")
    assert house.gets(VERSION) is None
    house.start()
    assert house.gets(VERSION) == 200
    assert house.gets(CONTAINERS) == 403


# Where it may not.

def test_without_the_daemons_group_it_says_what_is_wrong(house):
    house.start(groups=False).client()
    status, answer = house.ask(VERSION)
    assert status == 0
    assert answer.startswith("HTTP/1.1 502 ") and "daemon" in answer
    house.wait_log("/var/run/docker.sock", "Permission denied")


def test_a_new_volume_belongs_to_it(house):
    house.docker.ok("volume", "create", "doors")
    try:
        house.start(directory="doors")
        assert "/run/postern/doors/web/docker.sock" in house.log()
    finally:
        house.docker.ok("rm", "-f", "postern")
        house.docker.ok("volume", "rm", "doors")


def test_a_directory_of_root_is_refused(house):
    os.chown(house.directory, 0, 0)
    house.create()
    wait_until(lambda: not house.state()["Running"], "its end")
    assert house.state()["ExitCode"] == 1
    assert "/run/postern" in house.log()
    assert list(house.directory.iterdir()) == []
