# SPDX-License-Identifier: MIT
"""Real clients through the shipped presets, at a real daemon: what each is
for works, and what gives the host away does not."""

import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import urllib.request
from pathlib import Path

import pytest

import engine
from api import direct, door, folders
from engine import IMAGE, Command, assert_alike
from judged import meaning
from wait import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:docker")

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture
def preset(door):
    """preset(NAME) asks at a door of that preset, and of what else is said
    of it."""
    return lambda name, more="": door(f"[profile]\nextends = {name}\n{more}")


@pytest.fixture
def box(dockerd, direct, home):
    """A container that runs, and has said something."""
    docker = Command(engine.clients()[0], dockerd.socket, home)
    docker.ok("run", "-d", "--name", "box", "--network", "none", "-l",
              "scrape=yes", "-e", "PASSWORD=secret", IMAGE, "sh", "-c",
              "echo said; exec sleep 1000")
    wait_until(lambda: docker.ok("logs", "box"), "its words")
    return "box"


def lines(text):
    return text.strip().splitlines()


# The Docker client.

READS = lines("""
version
info
ps -a --no-trunc
images --digests
network ls
network inspect none
volume ls
volume inspect vol1
inspect box
inspect bb:1
inspect nothing
history bb:1
logs box
logs --tail 1 --timestamps box
top box -o pid,args
diff box
port box
stats --no-stream --format {{.Name}} box
events --since 0 --until 1
system df
""")

CHANGES = lines("""
run --rm --network none bb:1 true
create bb:1 true
start box
stop box
restart box
kill box
pause box
rename box other
update --memory 32m box
rm -f box
exec box true
wait box
cp box:/etc -
export box
commit box co:1
save bb:1
tag bb:1 other:1
rmi bb:1
pull bb:1
push bb:1
search x
network create net1
volume create vol2
volume rm vol1
container prune -f
image prune -f
login -u u -p p 127.0.0.1:1
""")


def test_docker_reads_by_docker_cli_readonly(
        preset, dockerd, direct, docker_path, home, box):
    direct.json("POST /volumes/create", {"Name": "vol1"})
    plain = Command(docker_path, dockerd.socket, home)
    docker = Command(docker_path, preset("docker-cli-readonly").sock, home)
    for command in READS:
        assert_alike(plain, docker, *command.split())
    before = direct.everything()
    for command in CHANGES:
        done = docker(*command.split())
        assert b"postern: profile web does not allow " in done.stderr, done
        assert done.returncode != 0
    # It does not read why it cannot attach.
    assert b"received 403" in docker("attach", "--no-stdin", box).stderr
    assert direct.everything() == before
    assert direct.json("GET /containers/box/json")["State"]["Running"]


LIFE = lines("""
version
network create --subnet 10.123.0.0/24 net1
volume create vol1
run -d --name web --network net1 --ip 10.123.0.7 -p 8000:80 -p 127.0.0.1::81 \
-v vol1:/data --cap-drop ALL --cap-add NET_BIND_SERVICE --memory 64m \
--restart on-failure --init bb:1 httpd -f
port web
exec web grep -q 10.123.0.7 /etc/hosts
exec -u 1000:1000 -w /tmp web id -u
top web
stats --no-stream web
logs web
update --memory 128m --memory-swap 256m web
pause web
unpause web
cp {shared} web:/tmp/copied
cp web:/tmp/copied/file -
commit web co:1
tag co:1 example.com/team/co:2
run --rm co:1 cat /tmp/copied/file
rename web other
restart -t 0 other
stop -t 0 other
diff other
export -o {work}/exported other
rm -v other
build --network none -t bu:1 {context}
run --rm bu:1 cat /copied
save -o {work}/saved bu:1
rmi bu:1 co:1 example.com/team/co:2
load -i {work}/saved
import {work}/exported im:1
rmi im:1 bu:1
volume rm vol1
network rm net1
container prune -f
image prune -f
network prune -f
volume prune -f
system df
""".replace("\\\n", ""))

OF_THE_HOST = lines("""
run --rm --privileged bb:1 true
run --rm -v /:/host bb:1 true
run --rm -v /var/run/docker.sock:/var/run/docker.sock bb:1 true
run --rm --mount type=bind,source=/etc,target=/host bb:1 true
run --rm --volumes-from box bb:1 true
run --rm --cap-add SYS_ADMIN bb:1 true
run --rm --cap-add NET_ADMIN bb:1 true
run --rm --device /dev/null bb:1 true
run --rm --pid host bb:1 true
run --rm --ipc host bb:1 true
run --rm --network host bb:1 true
run --rm --network container:box bb:1 true
run --rm --userns host bb:1 true
run --rm --security-opt seccomp=unconfined bb:1 true
run --rm --runtime other bb:1 true
exec --privileged box true
volume create -o type=none -o o=bind -o device=/ vol2
network create -d macvlan -o parent=lo net2
plugin install --grant-all-permissions registry.example/plug:1
swarm init
""")


def test_docker_does_all_that_is_ordinary_by_docker_cli(
        preset, direct, docker_path, home, folders, box):
    docker = Command(docker_path, preset("docker-cli").sock, home)
    context = home / "context"
    context.mkdir()
    shutil.copy(folders["shared"] / "file", context)
    (context / "Dockerfile").write_text(
        f"FROM {IMAGE}\nCOPY file /copied\nRUN true\n")
    for command in LIFE:
        docker.ok(*command.format(context=context, **folders).split(),
                  DOCKER_BUILDKIT="0")
    before = direct.everything()
    for command in OF_THE_HOST:
        done = docker(*command.split())
        assert b"postern: profile web does not allow " in done.stderr, done
        assert done.returncode != 0
    assert direct.everything() == before


# Compose.

SHOP = """
version: "3.7"
services:
  web:
    image: bb:1
    command: sh -c "echo begun; exec httpd -f -h /data"
    init: true
    ports: ["127.0.0.1:8001:80", "8002/udp"]
    networks: [front]
    volumes: ["data:/data"]
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE]
    depends_on: [app]
  app:
    image: bb:1
    command: sleep 1000
    init: true
    restart: unless-stopped
    networks:
      front: {}
      back: {aliases: [application], ipv4_address: 10.124.0.9}
networks:
  front: {}
  back: {internal: true, ipam: {config: [{subnet: 10.124.0.0/24}]}}
volumes:
  data: {}
"""

BUILT = """
version: "3.7"
services:
  built:
    build: {context}
    command: cat /copied
    network_mode: none
"""

HOSTS = """
version: "3.7"
services:
  bad:
    image: bb:1
    command: "true"
    {}
"""


@pytest.fixture
def compose(home):
    if shutil.which("docker-compose") is None:
        engine.cannot("no docker-compose here")

    def run(sock, text, *arguments):
        (home / "shop.yml").write_text(text)
        environment = Command("", sock, home).environment(
            DOCKER_BUILDKIT="0", COMPOSE_DOCKER_CLI_BUILD="0")
        return subprocess.run(
            ["docker-compose", "-p", "shop", "-f", home / "shop.yml",
             *arguments], env=environment, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=50)

    return run


def test_compose_deploys_by_docker_compose(preset, direct, compose):
    sock = preset("docker-compose").sock
    before = direct.everything()

    def shop(*arguments):
        done = compose(sock, SHOP, *arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    shop("up", "-d")
    assert shop("ps", "-q").count("\n") == 2
    shop("exec", "-T", "web", "sh", "-c", "echo hello >/data/file")
    wait_until(lambda: compose(sock, SHOP, "exec", "-T", "app", "wget",
                               "-qO-", "http://web/file").stdout == "hello\n",
               "the file", 20)
    assert "begun" in shop("logs", "web")
    # Else it would link the new container to those that run.
    shop("rm", "-s", "-f", "app")
    assert shop("run", "--rm", "-T", "app", "echo", "once") == "once\n"
    shop("up", "-d")
    shop("restart", "-t", "0", "app")
    shop("up", "-d", "--force-recreate", "-t", "0", "app")
    shop("down", "-v", "-t", "0")
    assert direct.everything() == before


@pytest.mark.parametrize("asked", [
    "privileged: true", 'volumes: ["/:/host"]', "network_mode: host",
    'security_opt: ["seccomp:unconfined"]'])
def test_compose_gets_nothing_of_the_host(preset, direct, compose, asked):
    done = compose(preset("docker-compose").sock, HOSTS.format(asked), "up",
                   "-d")
    assert done.returncode != 0
    assert "postern: profile web does not allow ContainerCreate" in \
        done.stderr
    assert direct.everything()[0] == set()


def test_compose_builds_what_it_may_name(preset, compose, home):
    context = home / "context"
    context.mkdir()
    (context / "file").write_text("built")
    (context / "Dockerfile").write_text(f"FROM {IMAGE}\nCOPY file /copied\n")
    text = BUILT.format(context=context)
    done = compose(preset("docker-compose").sock, text, "build")
    assert done.returncode != 0
    assert "add [image] tag = shop_built" in done.stdout + done.stderr
    more = "[image]\ntag = docker.io/library/shop_*\n"
    sock = preset("docker-compose", more).sock
    done = compose(sock, text, "build")
    assert done.returncode == 0, done.stderr
    done = compose(sock, text, "run", "--rm", "-T", "built")
    assert done.stdout == "built"
    done = compose(sock, text, "down", "--rmi", "all")
    assert done.returncode == 0, done.stderr


# docker-py, as scripts use it and as Watchtower and autoheal do what they do.

@pytest.fixture
def python(preset):
    """python(NAME, MORE) is a client of docker-py at such a door."""
    if engine.must_not_skip():
        import docker
    else:
        docker = pytest.importorskip("docker")
    clients = []

    def connect(name, more=""):
        clients.append(docker.DockerClient(
            base_url=f"unix://{preset(name, more).sock}", version="auto",
            timeout=20))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def refused(call, *arguments, **options):
    """What is said of a call that is refused."""
    import docker
    with pytest.raises(docker.errors.APIError) as error:
        call(*arguments, **options)
    assert error.value.response.status_code == 403
    return error.value.explanation


def test_docker_py_by_docker_cli(python, direct):
    client = python("docker-cli")
    before = direct.everything()
    network = client.networks.create("net1", driver="bridge")
    container = client.containers.run(
        IMAGE, "sleep 1000", detach=True, name="web", network="net1",
        init=True, ports={"80/tcp": 8003, "81/tcp": None},
        volumes={"vol1": {"bind": "/data", "mode": "rw"}}, mem_limit="64m")
    assert container.exec_run(["echo", "hello"]).output == b"hello\n"
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        member = tarfile.TarInfo("file")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"abc"))
    assert container.put_archive("/tmp", made.getvalue())
    assert container.exec_run(["cat", "/tmp/file"]).output == b"abc"
    assert "privileged = yes" in refused(
        container.exec_run, ["true"], privileged=True)
    assert "bind = /etc:rw" in refused(
        client.containers.run, IMAGE, "true",
        volumes={"/etc": {"bind": "/e", "mode": "rw"}})
    container.stop(timeout=0)
    container.remove(v=True)
    network.remove()
    client.volumes.get("vol1").remove()
    assert direct.everything() == before


def test_a_container_is_remade_by_watchtower(python, dockerd, direct, home):
    """With what the daemon says of it, as Watchtower does it."""
    docker = Command(engine.clients()[0], dockerd.socket, home)
    direct.json("POST /networks/create", {"Name": "net1"})
    docker.ok("run", "-d", "--name", "web", "--network", "net1", "-p",
              "8004:80", "-v", "vol1:/data", "--cap-drop", "ALL",
              "--cap-add", "CHOWN", "--restart", "always", "--init", IMAGE,
              "sleep", "1000")
    old = direct.json("GET /containers/web/json")
    # So is it on a host that has not got cgroup 2 alone.
    shares = old["HostConfig"]["CgroupnsMode"] == "host"
    client = python("watchtower", "[container]\nnamespace = cgroup:host\n"
                    if shares else "")
    assert client.api.inspect_container("web") == old
    client.api.stop("web", timeout=0)
    client.api.rename("web", "old")
    made = client.api.create_container_from_config({
        **old["Config"], "HostConfig": old["HostConfig"],
        "NetworkingConfig": {
            "EndpointsConfig": old["NetworkSettings"]["Networks"]},
    }, "web")
    client.api.disconnect_container_from_network(made["Id"], "net1")
    client.api.connect_container_to_network(made["Id"], "net1")
    client.api.start("web")
    client.api.remove_container("old", v=False)
    new = client.api.inspect_container("web")
    assert new["State"]["Running"]
    assert meaning(new["HostConfig"]) == meaning(old["HostConfig"])
    assert new["Config"]["Cmd"] == ["sleep", "1000"]
    assert "ContainerExec" in refused(
        client.containers.get("web").exec_run, ["true"])


def test_a_container_that_has_the_host_is_not(
        python, dockerd, direct, home, folders):
    docker = Command(engine.clients()[0], dockerd.socket, home)
    docker.ok("create", "--name", "web", "-v", f"{folders['shared']}:/s",
              IMAGE, "true")
    client = python("watchtower")
    old = client.api.inspect_container("web")
    assert "HostConfig.Binds[0]" in refused(
        client.api.create_container_from_config,
        {**old["Config"], "HostConfig": old["HostConfig"]}, "new")


def test_an_unhealthy_container_is_restarted_by_autoheal(
        python, dockerd, direct, home):
    docker = Command(engine.clients()[0], dockerd.socket, home)
    docker.ok("run", "-d", "--name", "web", "--network", "none", "--init",
              "--health-cmd", "false", "--health-interval", "1s",
              "--health-retries", "1", IMAGE, "sleep", "1000")
    began = direct.json("GET /containers/web/json")["State"]["StartedAt"]
    client = python("autoheal")
    sick = wait_until(
        lambda: client.api.containers(filters={"health": ["unhealthy"]}),
        "it to be unhealthy", 20)
    client.api.restart(sick[0]["Id"], timeout=0)
    assert direct.json("GET /containers/web/json")["State"][
        "StartedAt"] != began
    assert "ContainerInspect" in refused(client.containers.get, "web")
    assert "ContainerStop" in refused(client.api.stop, "web")


# Monitoring.

def is_free(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) != 0


def test_prometheus_finds_containers_by_prometheus(preset, home, box):
    if shutil.which("prometheus") is None:
        engine.cannot("no prometheus here")
    at = preset("prometheus")
    port = next(port for port in range(19090, 19190) if is_free(port))
    (home / "prometheus.yml").write_text(json.dumps({"scrape_configs": [{
        "job_name": "docker", "docker_sd_configs": [
            {"host": f"unix://{at.sock}", "refresh_interval": "1s"}]}]}))

    def targets():
        try:
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/api/v1/targets",
                    timeout=5) as answer:
                return json.load(answer)["data"]["activeTargets"]
        except OSError:
            return []

    with open(home / "log", "wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={home}/prometheus.yml",
             f"--storage.tsdb.path={home}/tsdb",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        found = wait_until(targets, "targets", 30)
    finally:
        process.kill()
        process.wait()
    said = found[0]["discoveredLabels"]
    assert said["__meta_docker_container_name"] == "/box"
    assert said["__meta_docker_container_label_scrape"] == "yes"
    assert said["__meta_docker_network_name"] == "none"
    assert at.program.log("decision", verdict="deny") == []
    assert at("GET /containers/box/json").status == 403


def test_glances_shows_containers_by_glances(preset, home, box):
    if shutil.which("glances") is None:
        engine.cannot("no glances here")
    at = preset("glances")
    # What was called docker is called containers from version 4 on.
    done = subprocess.run(
        ["glances", "--stdout", "docker,containers", "--stop-after", "3",
         "--time", "1"],
        env=Command("", at.sock, home).environment(), capture_output=True,
        text=True, stdin=subprocess.DEVNULL, timeout=50)
    assert "'name': 'box'" in done.stdout, (done.stdout, done.stderr)
    assert at.program.log("decision", verdict="deny") == []
    assert at("GET /containers/box/logs?stdout=1").status == 403


# From npm. Everything is as it was on that day.

DAY = "2026-11-20"


def packages(node):
    """What that version of node can run."""
    return ["dockerode@4.0.10", "testcontainers@11.14.0" if node >= 20 else
            "testcontainers@10.28.0"]


@pytest.fixture(scope="session")
def modules():
    """A directory with these packages."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            engine.cannot(f"no {name} here")
    version = subprocess.run(["node", "--version"], text=True, check=True,
                             capture_output=True).stdout
    node = int(version.removeprefix("v").partition(".")[0])
    with tempfile.TemporaryDirectory(prefix="pe") as folder:
        environment = dict(os.environ, HOME=folder, npm_config_cache=folder
                           + "/cache", npm_config_update_notifier="false")
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts",
             "--omit=optional", "--fetch-retries=1",
             "--fetch-retry-mintimeout=1000", f"--before={DAY}",
             *packages(node)],
            cwd=folder, env=environment, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=300)
        if done.returncode != 0:
            why = [line for line in done.stderr.splitlines()
                   if line.startswith("npm err") or "npm ERR" in line]
            engine.cannot("npm cannot install: " + " ".join(why[:2]))
        yield Path(folder)


@pytest.fixture
def node(modules, preset, home):
    """node(PROGRAM, PRESET) runs one of programs/, which prints JSON."""
    def run(program, name):
        shutil.copy(PROGRAMS / program, modules)
        environment = Command("", preset(name).sock, home).environment(
            TESTCONTAINERS_RYUK_DISABLED="true",
            # Else it asks the network "bridge", which this daemon has not.
            TESTCONTAINERS_HOST_OVERRIDE="localhost")
        done = subprocess.run(
            [shutil.which("node"), program], cwd=modules, env=environment,
            capture_output=True, text=True, stdin=subprocess.DEVNULL,
            timeout=50)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_dockerode_watches_by_homepage(node, box):
    said = node("watch.js", "homepage")
    assert said["names"] == ["/box"]
    assert said["env"] == "PASSWORD=secret"
    assert said["stats"] == "/box"
    assert set(said["refused"]) == {
        "logs", "restart", "exec", "createContainer", "info"}
    for name, message in said["refused"].items():
        assert "postern: profile web does not allow " in message, name


def test_testcontainers_test_by_testcontainers(node, direct):
    said = node("containers.js", "testcontainers")
    assert said["exec"] == "hello\n"
    assert said["copied"] == "abc"
    assert said["port"] > 1023
    assert said["built"] == "built\n"
    assert "add [container] bind = /etc:rw" in said["bind"]
    assert "add [container] privileged = yes" in said["privileged"]
    assert "add [container] publish = 8005" in said["port chosen"]
    assert direct.everything()[0] == set()
