# SPDX-License-Identifier: MIT
"""Doors that look into requests, in front of a real daemon: what people do
every day works, and what the daemon then has is nothing beyond the profile."""

import contextlib
import io
import json
import re
import shlex
import shutil
import subprocess
import tarfile

import pytest

import engine
from api import TIGHT, direct, door, folders
from engine import IMAGE, Command
from wait import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:docker")

ORDINARY = TIGHT + """
[container]
bind       = {shared}
network    = net* five_*
publish    = 8000-8099/* random
capability = NET_ADMIN
group-add  = 1001
sysctl     = net.ipv4.ip_forward=1
archive    = / /*
stdin      = yes
[exec]
command = *
[image]
tag    = *
load   = yes
import = yes
"""

# Containers that write to the host are not root there.
WRITER = TIGHT + """
[container]
user = nonroot
bind = {shared} {work}:rw
[exec]
command = *
user    = nonroot
"""


@pytest.fixture
def docker(door, docker_path, home):
    """A client at an ordinary door."""
    return Command(docker_path, door(ORDINARY).sock, home)


@pytest.fixture
def pair(dockerd, door, home):
    """The newest client at the daemon, and the same at an ordinary door."""
    path = engine.clients()[-1]
    return (Command(path, dockerd.socket, home),
            Command(path, door(ORDINARY).sock, home))


OPTIONS = """
-i
-t
-i -t
--rm
--name c1
-e A=b -e C=
-l a=b
--label a=b --label c
-v vol1:/data
-v vol1:/data:ro
-v /data
-v {shared}:/data:ro
-v {shared}/:/data/:ro
--mount type=volume,source=vol1,target=/data
--mount type=volume,target=/data
--mount type=volume,source=vol1,target=/data,volume-nocopy,volume-label=a=b
--mount type=bind,source={shared},target=/data,readonly
--mount type=bind,src={shared},dst=/data,ro,bind-propagation=rprivate
--mount type=tmpfs,target=/data
--mount type=tmpfs,target=/data,tmpfs-size=1m,tmpfs-mode=1770
--tmpfs /data
--tmpfs /data:rw,noexec,nosuid,size=1m,mode=1777
-p 8000:80
-p 127.0.0.1:8000:80/udp
-p 8000-8002:80-82
-p 80
--expose 81
--network none
--network net1
--network net1 --network-alias web
--hostname h --domainname example.com
--user 1000:1000
--user nobody
--workdir /tmp
--entrypoint /bin/echo
--restart on-failure:3
--restart always
--memory 32m
--memory 32m --memory-swap 64m --memory-reservation 16m
--memory-swappiness 10
--cpus .5
--cpu-shares 512 --cpu-quota 50000 --cpu-period 100000
--cpuset-cpus 0
--blkio-weight 100
--pids-limit 50
--ulimit nofile=512:1024
--ulimit core=0 --ulimit nproc=100
--shm-size 16m
--log-driver json-file --log-opt max-size=1m --log-opt max-file=2
--log-driver local --log-opt max-size=1m
--log-driver json-file --log-opt tag=x --log-opt labels=a
--log-driver none
--read-only
--cap-drop ALL
--cap-drop ALL --cap-add NET_ADMIN
--cap-add cap_net_admin
--security-opt no-new-privileges
--security-opt no-new-privileges:true
--init
--health-cmd true --health-interval 1s --health-retries 2
--no-healthcheck
--stop-signal INT --stop-timeout 1
--sysctl net.ipv4.ip_forward=1
--sysctl net.core.somaxconn=100
--group-add 1001
--add-host db:10.0.0.1
--dns 10.0.0.53 --dns-search example.com --dns-option ndots:1
--ipc private
--ipc none
--oom-score-adj 500
--cidfile {shared}/cid
--storage-opt size=1G
""".strip().splitlines()


def told(value, name=""):
    """A document without members that say nothing; to the two lists an
    empty one says that nothing is masked."""
    if isinstance(value, list):
        return [told(each) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {key: told(each, key) for key, each in value.items()}
    return {key: each for key, each in inner.items()
            if each or key in ("MaskedPaths", "ReadonlyPaths")
            and each is not None}


def settings(info):
    """What an inspection tells of a container's settings, without what is
    this one's alone."""
    for mount in info["Mounts"]:
        if mount["Type"] == "volume" and len(mount["Name"]) == 64:
            del mount["Name"], mount["Source"]
    # Daemons put these in any order.
    info["Config"]["Env"] = sorted(info["Config"]["Env"] or [])
    # For the client alone.
    info["HostConfig"].pop("ContainerIDFile")
    text = json.dumps(told({
        "networks": sorted(info["NetworkSettings"]["Networks"]),
        **{name: info[name] for name in (
            "Args", "Config", "HostConfig", "Mounts", "Path")}}))
    return json.loads(text.replace(info["Id"][:12], "ID"))


def test_each_option_does_what_it_does_without_a_door(
        pair, direct, folders):
    direct.json("POST /networks/create", {"Name": "net1"})
    fails = []
    for option in OPTIONS:
        made = []
        for docker in pair:
            (folders["shared"] / "cid").unlink(missing_ok=True)
            done = docker("create", *option.format(**folders).split(), IMAGE,
                          "true")
            if done.returncode != 0:
                made.append(done.stderr)
                fails.append(option)
                continue
            ident = done.stdout.decode().strip()
            made.append(settings(direct.json(
                f"GET /containers/{ident}/json")))
            direct.json(f"DELETE /containers/{ident}?v=1")
        assert made[1] == made[0], option
    # This daemon's storage has no quotas.
    assert fails == 2 * ["--storage-opt size=1G"]


EVERYTHING_TOGETHER = """
run -d -i --name c1 -e A=b -l a=b -v vol1:/data -v {shared}:/shared:ro
--mount type=bind,source={shared},target=/mounted,readonly
--mount type=volume,source=vol2,target=/data2
--mount type=tmpfs,target=/memory,tmpfs-size=1m --tmpfs /memory2:size=1m
-p 127.0.0.1:8000:80 --network net1 --network-alias web --hostname h
--user 1000:1000 --workdir /tmp --entrypoint sleep --restart on-failure:1
--memory 64m --cpus .5 --pids-limit 50 --ulimit nofile=512:512 --shm-size 16m
--log-driver json-file --log-opt max-size=1m --read-only --cap-drop ALL
--cap-add NET_ADMIN --security-opt no-new-privileges --init
--health-cmd true --stop-signal KILL --sysctl net.ipv4.ip_forward=1
--group-add 1001 --add-host db:10.0.0.1 --dns 10.0.0.53 bb:1 1000
"""

# Each line is true in there.
FACTS = """
[ "$A$HOSTNAME$(pwd)" = bh/tmp ]
[ "$(id -u):$(id -g)" = 1000:1000 ] && id -G | grep -qw 1001
[ "$(cat /shared/file)$(cat /mounted/file)" = sharedshared ]
! echo x >/shared/file
! echo x >/x
grep -q "^tmpfs /memory tmpfs.*size=1024k" /proc/mounts
grep -q "^tmpfs /memory2 tmpfs.*size=1024k" /proc/mounts
grep -q "^shm /dev/shm tmpfs.*size=16384k" /proc/mounts
grep -q "^NoNewPrivs:.1$" /proc/self/status
grep -q "^CapBnd:.0000000000001000$" /proc/self/status
grep -q init /proc/1/comm
[ "$(ulimit -n)$(cat /proc/sys/net/ipv4/ip_forward)" = 5121 ]
grep -q "^10.0.0.1.db$" /etc/hosts
""".strip().splitlines()


def test_all_options_together_do_what_they_say(docker, direct, folders):
    docker.ok("network", "create", "net1")
    docker.ok(*EVERYTHING_TOGETHER.format(**folders).split())
    for fact in FACTS:
        done = docker("exec", "c1", "sh", "-c", fact)
        assert done.returncode == 0, (fact, done.stderr)
    assert docker.ok("port", "c1") == b"80/tcp -> 127.0.0.1:8000\n"
    info = direct.json("GET /containers/c1/json")
    assert info["HostConfig"]["Memory"] == 64 << 20
    assert info["HostConfig"]["PidsLimit"] == 50
    assert info["NetworkSettings"]["Networks"].keys() == {"net1"}
    assert docker.ok("stop", "c1") == b"c1\n"
    docker.ok("rm", "-fv", "c1")


def test_commands_in_containers_that_run(docker):
    docker.ok("create", "-i", "--name", "c2", IMAGE, "cat")
    assert docker.ok("start", "-ai", "c2", stdin=b"all") == b"all"
    docker.ok("run", "-d", "-i", "--name", "c1", IMAGE, "cat")
    assert docker.ok("exec", "-i", "c1", "cat", stdin=b"typed") == b"typed"
    assert docker.ok(
        "exec", "-e", "A=b", "-u", "1000:1000", "-w", "/tmp", "c1", "sh",
        "-c", "echo $A $(id -u) $(pwd)") == b"b 1000 /tmp\n"
    docker.ok("exec", "-d", "c1", "touch", "/made")
    wait_until(
        lambda: docker("exec", "c1", "rm", "/made").returncode == 0, "it")
    done = docker("exec", "--privileged", "c1", "true")
    assert b"add [exec] privileged = yes" in done.stderr
    with docker.running("attach", "c1") as attached:
        attached.stdin.write(b"hello\n")
        attached.stdin.flush()
        assert attached.stdout.readline() == b"hello\n"


LIFE = """
network create net0
create --name c1 --network net0 -v vol1:/data bb:1 sleep 1000
start c1
update --memory 32m --memory-swap 64m --restart no --pids-limit 20 c1
exec c1 touch /made /data/made
commit -m made -c "CMD true" c1 co:1
tag co:1 example.com/team/co:2
run --rm co:1 ls /made
rmi co:1 example.com/team/co:2
rename c1 c2
stop -t 0 c2
cp {shared} c2:/tmp/copied
cp c2:/tmp/copied/file -
network create --label a=b net1
network create --internal net2
start c2
network connect --alias web net1 c2
network disconnect -f net1 c2
exec -d c2 true
rm -fv c2
network rm net0 net1 net2
volume create --label a=b vol2
volume rm vol1 vol2
image prune -f --filter label=a=b
container prune -f --filter until=1s --filter label!=a
volume prune -f --filter label=a=b
network prune -f --filter until=1s
system prune -f --filter label=a=b
build --network none --no-cache --build-arg A=b --label a=b -t bu:1 {context}
run --rm bu:1 cat /copied
rmi bu:1
save -o {work}/saved bb:1
load -i {work}/saved
import -c "CMD true" {work}/saved im:1
rmi im:1
""".strip().splitlines()


def without_identifiers(text):
    return re.sub(rb"\b[0-9a-f]{12,}\b", b"ID", text)


def test_a_life_is_the_same_without_a_door(pair, folders, home):
    context = home / "context"
    context.mkdir()
    shutil.copy(folders["shared"] / "file", context)
    (context / "Dockerfile").write_text(
        f"FROM {IMAGE}\nARG A\nCOPY file /copied\nRUN echo $A\n")
    lives = []
    for docker in pair:
        life = []
        for command in LIFE:
            arguments = shlex.split(
                command.format(context=context, **folders))
            done = docker(*arguments, DOCKER_BUILDKIT="0")
            life.append((command, without_identifiers(done.stdout),
                         done.stderr, done.returncode))
        lives.append(life)
    for direct, door in zip(*lives):
        assert direct[3] == door[3] == 0, (direct, door)
        assert direct[:2] == door[:2]


def test_who_writes_to_the_host_is_not_root_there(door, folders, home):
    docker = Command(engine.clients()[0], door(WRITER).sock, home)
    docker.ok("run", "-d", "--name", "c1", "-u", "1000:1000", "-v",
              f"{folders['work']}:/work", "-v", f"{folders['shared']}:/shared",
              IMAGE, "sleep", "1000")
    docker.ok("exec", "c1", "sh", "-c",
              "echo new >/work/new; ! echo new >/shared/new")
    made = folders["work"] / "new"
    assert (made.read_text(), made.stat().st_uid) == ("new\n", 1000)
    assert not (folders["shared"] / "new").exists()
    assert b"NoNewPrivs:\t1\n" in docker.ok(
        "exec", "c1", "cat", "/proc/self/status")
    for user in ("0", "root", "1000:0", "nobody"):
        assert docker("exec", "-u", user, "c1", "true").returncode == 1
    done = docker("run", "-u", "1000", "-v", f"{folders['work']}:/w", IMAGE)
    assert b"say USER:GROUP" in done.stderr


def test_docker_py(door, direct):
    docker = (__import__("docker") if engine.must_not_skip()
              else pytest.importorskip("docker"))
    client = docker.DockerClient(
        base_url=f"unix://{door(ORDINARY).sock}", version="auto", timeout=20)
    with contextlib.closing(client):
        assert client.containers.run(
            IMAGE, ["echo", "x"], remove=True, environment={"A": "b"},
            mem_limit="32m", cap_drop=["ALL"], user="1000") == b"x\n"
        client.volumes.create("vol1", labels={"a": "b"})
        network = client.networks.create("net1", driver="bridge")
        box = client.containers.run(
            IMAGE, "sleep 1000", name="c1", detach=True, network="net1",
            ports={"80/tcp": ("127.0.0.1", 8000)}, tmpfs={"/memory": ""},
            volumes={"vol1": {"bind": "/data", "mode": "rw"}},
            ulimits=[docker.types.Ulimit(name="nofile", soft=99, hard=99)],
            restart_policy={"Name": "on-failure", "MaximumRetryCount": 1},
            mounts=[docker.types.Mount("/data2", "vol2", type="volume")])
        done = box.exec_run(["sh", "-c", "echo $A $(pwd); id -u"],
                            environment={"A": "b"}, workdir="/data",
                            user="1000")
        assert done.output == b"b /data\n1000\n"
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add("/bin/busybox", "echo")
        assert box.put_archive("/data", packed.getvalue())
        assert box.exec_run("/data/echo x").output == b"x\n"
        box.update(mem_limit="64m", memswap_limit="64m")
        network.disconnect(box)
        network.connect(box, aliases=["web"])
        assert box.commit("co", "1", changes="CMD true").tag("co", "2")
        client.images.remove("co:1")
        client.images.remove("co:2")
        box.remove(force=True, v=True)
        network.remove()
        client.volumes.get("vol2").remove()
        with pytest.raises(docker.errors.APIError, match="privileged = yes"):
            client.containers.run(IMAGE, "true", privileged=True)
    assert direct.everything()[:2] == (set(), {"vol1"})


FIVE = """
version: "3.7"
services:
  web:
    image: bb:1
    command: httpd -f -h /srv
    init: true
    ports: ["127.0.0.1:8001:80"]
    networks: [front]
    volumes: ["{shared}:/srv:ro"]
    depends_on: [app]
  app:
    image: bb:1
    command: sleep 1000
    init: true
    environment: {{A: b}}
    networks:
      front: {{}}
      back: {{aliases: [application]}}
    healthcheck: {{test: "true", interval: 1s}}
    cap_drop: [ALL]
  db:
    image: bb:1
    command: sleep 1000
    init: true
    user: "1000:1000"
    volumes: ["data:/data"]
    networks: [back]
    restart: on-failure
  cache:
    image: bb:1
    command: sleep 1000
    init: true
    tmpfs: [/run]
    read_only: true
    networks: [back]
    security_opt: ["no-new-privileges:true"]
    ulimits: {{nofile: 100}}
  job:
    image: bb:1
    command: "true"
    networks: [back]
    labels: {{a: b}}
networks:
  front: {{}}
  back: {{internal: true}}
volumes:
  data: {{}}
"""


def test_compose(door, direct, folders, home):
    if shutil.which("docker-compose") is None:
        engine.cannot("no docker-compose here")
    (home / "five.yml").write_text(FIVE.format(**folders))
    sock = door(ORDINARY).sock
    environment = Command("", sock, home).environment()

    def compose(*arguments):
        done = subprocess.run(
            ["docker-compose", "-p", "five", "-f", home / "five.yml",
             *arguments], env=environment, capture_output=True, text=True,
            timeout=50)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    before = direct.everything()
    compose("up", "-d")
    assert compose("ps", "-a", "-q").count("\n") == 5
    assert compose("exec", "-T", "app", "wget", "-qO-", "http://web/file") \
        == "shared"
    compose("down", "-v", "-t", "5")
    assert direct.everything() == before
