# SPDX-License-Identifier: MIT
"""The shipped presets: each lets its client do what that client does, and
not the nearest things that it does not. What the docker command line client
sends is in data/; what the others send is from their sources."""

import re
from pathlib import Path

import pytest

from profiles import EVERYTHING
from program import run
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


def ask(door, line):
    """Send it as that client would; returns the status."""
    method, target, *upgrade = line.split(" ")
    fields = ["User-Agent: Docker-Client/28.2.2 (linux)"]
    if upgrade:
        fields += ["Connection: Upgrade", f"Upgrade: {upgrade[0]}"]
    body = None
    if method in ("POST", "PUT"):
        body = b"{}"
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
POST /v1.44/exec/e1/start
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
GET /exec/e1/json
""", """
POST /containers/web/stop
POST /containers/web/exec
POST /exec/e1/start
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
POST /exec/e1/start tcp
POST /exec/e1/resize?h=1&w=1
POST /containers/web/attach?stream=1 tcp
GET /containers/web/archive?path=/
PUT /containers/web/archive?path=/
POST /images/create?fromImage=a&tag=1
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


@pytest.mark.parametrize("preset", CLIENTS)
def test_a_preset_says_what_it_risks(preset):
    """Who only reads the list must see which presets are as good as root."""
    done = run("explain", preset, "POST", "/containers/create")
    assert done.returncode == 0, done.stderr
    gives_root = ": allow " in done.stdout
    assert gives_root == (preset in ("watchtower", "portainer"))
    summary = next(line for line in run("presets").stdout.splitlines()
                   if line.split()[0] == preset)
    assert ("TAKE OVER THE HOST" in summary) == gives_root
