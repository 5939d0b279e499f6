# SPDX-License-Identifier: MIT
"""The shipped presets: each lets its client do what that client does, and
not the nearest things that it does not. What the docker command line client
sends is in data/; what the others send is from their sources."""

import json
import re
from pathlib import Path

import pytest

from judged import archive
from profiles import EVERYTHING
from program import run
from recorder import ID
from wire import Client, request

DATA = Path(__file__).parent / "data"
RECORDINGS = sorted(DATA.glob("docker-cli-*.txt"))


def recorded(path):
    """The requests of each command."""
    commands = {}
    for line in path.read_text().splitlines():
        if line.startswith("["):
            requests = commands.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            requests.append(line)
    return commands


# The least that a request has in its body, by the end of its path; others
# have an empty object.
BODIES = {
    "/containers/create": {"Image": "traefik:v3"},
    "/exec": {"Cmd": ["true"]},
    "/exec/.+/start": {"Detach": False, "Tty": False},
    "/containers/.+/update": {"RestartPolicy": {"Name": "always"}},
    "/networks/create": {"Name": "n1"},
    "/networks/.+/(dis)?connect": {"Container": "web"},
    "/volumes/create": {"Name": "v1"},
    "/auth": {"username": "u", "password": "p"},
}


def body_of(method, target):
    """It, and its type."""
    path = target.partition("?")[0]
    if method == "PUT":
        return archive(["file"]), "application/x-tar"
    body = next((body for end, body in BODIES.items()
                 if re.search(f"{end}$", path)), {})
    return json.dumps(body).encode(), "application/json"


def ask(door, line, body=None):
    """Send it as that client would; returns the status."""
    method, target, *upgrade = line.split(" ")
    target = target.replace("/exec/ID/", f"/exec/{ID}/")
    fields = ["User-Agent: Docker-Client/28.2.2 (linux)"]
    if upgrade:
        fields += ["Connection: Upgrade", f"Upgrade: {upgrade[0]}"]
    if method in ("POST", "PUT"):
        least, type_ = body_of(method, target)
        fields.append(f"Content-Type: {type_}")
        body = least if body is None else json.dumps(body).encode()
    with Client(door) as client:
        return client.ask(
            request(method, target, *fields, body=body)).status


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recordings_pass_unchanged(serve, recorder, path):
    """What a real client sends is canonical already."""
    program = serve(EVERYTHING)
    lines = [line for requests in recorded(path).values()
             for line in requests]
    for line in lines:
        assert ask(program.door(), line) == 200, line
    heads = [link.requests[0] for link in recorder.links]
    assert [head.line for head in heads] == [
        " ".join(line.split(" ")[:2]) + " HTTP/1.1" for line in lines]
    assert [head.field("Upgrade") for head in heads] == [
        (line.split(" ") + [None])[2] for line in lines]


CLI_READS = ["ps", "info", "events", "logs-f", "network"]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_docker_cli_readonly_reads_and_does_nothing_else(serve, path):
    program = serve("[profile]\nextends = docker-cli-readonly\n")
    for name, lines in recorded(path).items():
        statuses = {line: ask(program.door(), line) for line in lines}
        if name in CLI_READS:
            assert set(statuses.values()) == {200}, (name, statuses)
            continue
        for line, status in statuses.items():
            reads = line.startswith(("GET ", "HEAD ")) and \
                not re.search("/archive|/images/get|/exec/", line)
            assert status == (200 if reads else 403), (name, line)


CLIENTS = {
    "traefik": ("""
HEAD /_ping
GET /_ping
GET /v1.24/version
GET /v1.24/containers/json?all=1
GET /v1.24/containers/0123456789ab/json
GET /v1.24/events?filters={"type":["container"]}
""", """
GET /v1.24/info
GET /v1.24/containers/web/logs?stdout=1
GET /v1.24/containers/web/top
GET /v1.24/containers/web/archive?path=/
GET /v1.24/containers/web/stats
GET /v1.24/images/json
GET /v1.24/networks
GET /v1.24/secrets
POST /v1.24/containers/web/restart
POST /v1.24/containers/web/exec
POST /v1.24/containers/create
DELETE /v1.24/containers/web
"""),
    "watchtower": ("""
HEAD /_ping
GET /v1.44/info
GET /v1.44/version
GET /v1.44/containers/json?filters={"status":["running"]}
GET /v1.44/containers/web/json
GET /v1.44/images/traefik:v3/json
POST /v1.44/images/create?fromImage=traefik&tag=v3
POST /v1.44/containers/web/stop?t=10
POST /v1.44/containers/web/kill?signal=SIGTERM
POST /v1.44/containers/web/rename?name=old
POST /v1.44/containers/web/start
POST /v1.44/containers/web/update
POST /v1.44/containers/create?name=web
DELETE /v1.44/containers/old?v=1
DELETE /v1.44/images/sha256:00?force=1
POST /v1.44/networks/n1/connect
POST /v1.44/networks/n1/disconnect
""", """
POST /v1.44/containers/web/exec
POST /v1.44/exec/ID/start
POST /v1.44/containers/web/attach
PUT /v1.44/containers/web/archive?path=/
GET /v1.44/containers/web/logs
POST /v1.44/build
POST /v1.44/volumes/create
POST /v1.44/networks/create
POST /v1.44/images/web/push
GET /v1.44/secrets
"""),
    "portainer-readonly": ("""
HEAD /_ping
GET /info
GET /version
GET /nodes
GET /services
GET /tasks
GET /containers/json?all=1
GET /containers/web/json
GET /containers/web/top
GET /containers/web/logs?stdout=1
GET /containers/web/stats?stream=false
GET /images/json
GET /images/traefik:v3/json
GET /images/traefik:v3/history
GET /volumes
GET /networks
GET /networks/bridge
GET /plugins
GET /system/df
GET /events?since=1&until=2
GET /exec/ID/json
""", """
POST /containers/web/stop
POST /containers/web/exec
POST /exec/ID/start
POST /containers/create
DELETE /containers/web
GET /containers/web/archive?path=/
GET /containers/web/export
GET /images/get?names=a
GET /secrets
GET /configs
GET /swarm
POST /images/create?fromImage=a
POST /auth
"""),
    "portainer": ("""
HEAD /_ping
GET /info
GET /version
POST /auth
GET /containers/json?all=1
POST /containers/create?name=web
POST /containers/web/start
POST /containers/web/stop
POST /containers/web/rename?name=old
DELETE /containers/old?force=1
POST /containers/web/exec
POST /exec/ID/start tcp
POST /exec/ID/resize?h=1&w=1
POST /containers/web/attach?stream=1&stdin=1 tcp
GET /containers/web/archive?path=/
PUT /containers/web/archive?path=/
POST /commit?container=web&repo=a
POST /images/create?fromImage=a&tag=1
POST /images/create?fromImage=registry.example/a&tag=1
POST /images/a/push?tag=1
POST /images/a/tag?repo=b
GET /images/get?names=a
POST /images/load
POST /build?t=a
POST /networks/create
POST /networks/n1/connect
POST /networks/n1/disconnect
DELETE /networks/n1
POST /volumes/create
DELETE /volumes/v1
POST /volumes/prune
""", """
POST /swarm/init
POST /swarm/join
GET /swarm
GET /swarm/unlockkey
POST /plugins/pull?remote=a
POST /services/create
GET /secrets
GET /configs/c1
POST /session h2c
POST /grpc h2c
POST /containers/web/checkpoints
GET /debug/vars
POST /images/create?fromSrc=http://registry.example/a.tar
POST /build?networkmode=host
"""),
    "ci-runner": ("""
HEAD /_ping
GET /info
GET /version
GET /events
POST /auth
POST /images/create?fromImage=a&tag=1
GET /images/a:1/json
POST /build?t=
POST /build/prune
GET /containers/json?all=1
POST /containers/create?name=job
GET /containers/job/json
POST /containers/job/attach?stream=1&stdin=1 tcp
POST /containers/job/start
POST /containers/job/wait
POST /containers/job/resize?h=1&w=1
GET /containers/job/logs?stdout=1
GET /containers/job/top
POST /containers/job/exec
POST /exec/ID/start tcp
GET /exec/ID/json
PUT /containers/job/archive?path=/builds
HEAD /containers/job/archive?path=/builds
GET /containers/job/archive?path=/builds
POST /containers/job/stop
POST /containers/job/kill
DELETE /containers/job?force=1&v=1
POST /networks/create
POST /networks/n1/connect
POST /networks/n1/disconnect
DELETE /networks/n1
POST /volumes/create
DELETE /volumes/cache
DELETE /images/a
""", """
POST /images/a/tag?repo=b
POST /images/a/push?tag=1
POST /images/create?fromImage=registry.example/a&tag=1
POST /build?t=a
POST /build?networkmode=host
POST /build?remote=http://registry.example/a.git
POST /images/load
POST /commit?container=job
GET /containers/job/export
GET /images/get?names=a
POST /containers/job/update
POST /containers/job/rename?name=b
POST /containers/prune
POST /volumes/prune
POST /session h2c
POST /grpc h2c
GET /secrets
GET /swarm
POST /services/create
"""),
    "readonly": ("""
HEAD /_ping
GET /_ping
GET /info
GET /version
GET /system/df
GET /events
GET /containers/json?all=1
GET /containers/web/json
GET /containers/web/stats?stream=false
GET /containers/web/changes
GET /images/json
GET /images/traefik:v3/json
GET /images/traefik:v3/history
GET /networks
GET /networks/bridge
GET /volumes
GET /volumes/v1
GET /services
GET /tasks
GET /nodes
GET /plugins
""", """
GET /containers/web/logs?stdout=1
GET /containers/web/top
GET /containers/web/archive?path=/
GET /containers/web/export
GET /containers/web/attach/ws websocket
GET /images/get?names=a
GET /images/a/get
GET /images/search?term=127.0.0.1:1/x
GET /distribution/127.0.0.1:1/x/json
GET /plugins/privileges?remote=127.0.0.1:1/x
GET /configs
GET /configs/c1
GET /swarm
GET /swarm/unlockkey
GET /services/s1/logs
GET /tasks/t1/logs
GET /debug/vars
GET /debug/pprof/heap
POST /containers/web/start
POST /containers/create
POST /auth
DELETE /containers/web
PUT /containers/web/archive?path=/
"""),
    "docker-cli-readonly": ("""
GET /v1.41/containers/web/top
GET /v1.41/containers/web/changes
GET /v1.41/containers/web/stats?stream=1
GET /v1.41/images/json
GET /v1.41/images/bb:1/history
GET /v1.41/networks/none
GET /v1.41/volumes/v1
GET /v1.41/system/df
""", """
GET /v1.41/images/search?term=127.0.0.1:1/x
GET /v1.41/containers/web/export
GET /v1.41/secrets
GET /v1.41/configs/c1
GET /v1.41/swarm
GET /v1.41/containers/web/attach/ws websocket
POST /v1.41/containers/web/attach tcp
POST /v1.41/containers/web/resize
"""),
}


def test_all_presets_are_tested():
    names = run("presets", "--names").stdout.split()
    assert sorted(names) == sorted(CLIENTS)


@pytest.mark.parametrize("preset", CLIENTS)
def test_a_preset_fits_its_client(serve, recorder, preset):
    program = serve(f"[profile]\nextends = {preset}\n")
    does, does_not = (text.strip().splitlines() for text in CLIENTS[preset])
    for line in does:
        assert ask(program.door(), line) == 200, line
    assert len(recorder.links) == len(does)
    for line in does_not:
        assert ask(program.door(), line) == 403, line
    assert len(recorder.links) == len(does)


# What nobody gets who does not say so in a profile of his own.
OF_THE_HOST = [
    {"Privileged": True}, {"Binds": ["/:/host"]},
    {"Binds": ["/etc/hostname:/h:ro"]},
    {"Binds": ["/var/run/docker.sock:/var/run/docker.sock"]},
    {"Mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}]},
    {"Mounts": [{"Type": "volume", "Target": "/host", "VolumeOptions": {
        "DriverConfig": {"Name": "local", "Options": {
            "type": "none", "o": "bind", "device": "/"}}}}]},
    {"VolumesFrom": ["web"]}, {"CapAdd": ["SYS_ADMIN"]},
    {"Devices": [{"PathOnHost": "/dev/sda"}]},
    {"DeviceCgroupRules": ["a *:* rwm"]},
    {"PidMode": "host"}, {"PidMode": "container:web"}, {"IpcMode": "host"},
    {"NetworkMode": "host"}, {"NetworkMode": "container:web"},
    {"UsernsMode": "host"}, {"SecurityOpt": ["seccomp=unconfined"]},
    {"SecurityOpt": ["apparmor:unconfined"]}, {"MaskedPaths": []},
    {"ReadonlyPaths": []}, {"CgroupParent": "/x"}, {"Runtime": "x"},
    {"LogConfig": {"Type": "syslog"}}, {"Sysctls": {"kernel.x": "1"}},
]


@pytest.mark.parametrize("preset", ["watchtower", "portainer", "ci-runner"])
def test_a_preset_that_makes_containers_gives_nothing_of_the_host(
        serve, recorder, preset):
    program = serve(f"[profile]\nextends = {preset}\n"
                    "[allow]\noperation = SystemPing\n")
    create = "POST /v1.44/containers/create"
    for asked in OF_THE_HOST:
        body = {"Image": "traefik:v3", "HostConfig": asked}
        assert ask(program.door(), create, body) == 403, asked
        # Older daemons take it from here, but for what is empty.
        body = {"Image": "traefik:v3", **asked}
        if any(asked.values()):
            assert ask(program.door(), create, body) == 403, asked
    if preset != "watchtower":
        assert ask(program.door(), "POST /v1.44/volumes/create", {
            "Name": "v", "Driver": "local", "DriverOpts": {
                "type": "none", "o": "bind", "device": "/"}}) == 403
        assert ask(program.door(), "POST /v1.44/containers/web/exec", {
            "Cmd": ["sh"], "Privileged": True}) == 403
    assert recorder.heard(program.door()) == b""


REACH = {
    "traefik": "reads secrets", "readonly": "reads secrets",
    "portainer-readonly": "reads secrets",
    "docker-cli-readonly": "reads secrets",
    "watchtower": "changes what others own",
    "portainer": "changes what others own",
    "ci-runner": "changes what others own",
}


@pytest.mark.parametrize("preset", CLIENTS)
def test_a_preset_says_what_it_risks(home, preset):
    (home / "web.ini").write_text(f"[profile]\nextends = {preset}\n")
    done = run("check", "--json", "--no-root", "--profiles", home)
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)["profiles"][0]
    assert said["reach"] == REACH[preset]
    assert said["root"] == []
    assert (said["changes"] != []) == (REACH[preset][0] == "c")
    assert "ContainerInspect" in said["secrets"]


def test_a_preset_that_is_given_more_says_so(home):
    for line in ("[container]\nprivileged = yes\n",
                 "[container]\nbind = /:ro\n",
                 "[allow]\nroot-equivalent = ContainerCreate\n"):
        (home / "web.ini").write_text(
            f"[profile]\nextends = portainer\n{line}")
        done = run("check", "--no-root", "--profiles", home)
        assert done.returncode == 4
        assert done.stderr == "postern: web can reach root on the host\n"
