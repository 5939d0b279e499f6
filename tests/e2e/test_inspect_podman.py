# SPDX-License-Identifier: MIT
"""Doors that look into requests, in front of a real Podman, to which the same
bytes can mean something else: what only it would do is refused, though it is
harmless to Docker, and nothing of it arrives."""

import json

import pytest

import engine
from api import Api
from engine import Command
from libpod import IMAGE, podman

PROFILE = """
[allow]
operation = *
[container]
bind    = /srv/allowed:ro
network = *
stdin   = yes
[exec]
command = *
"""

PLAIN = {"Image": IMAGE, "Cmd": ["true"]}


def host(**fields):
    return {"HostConfig": fields}


def mount(kind, source, target="/h", **fields):
    return host(Mounts=[{"Type": kind, "Source": source, "Target": target,
                         **fields}])


# Where the daemon is to look is told by what the client is told.
MEANINGS = {
    "Binds[0]": [
        host(Binds=["../../:/h"]), host(Binds=[".:/h"]),
        host(Binds=["./x:/h"]), host(Binds=["v:/h:O"]),
        host(Binds=["v:/h:U"]), host(Binds=["v:/h:upperdir=/x"]),
        host(Binds=["/srv/allowed:/h:O"]), host(Binds=["/srv/allowed:"]),
    ],
    "Mounts[0]": [
        mount("bind", "/srv/allowed,source=/"),
        mount("bind", "/srv/allowed", "/h,source=/"),
        mount("volume", "v,source=/"),
        mount("volume", "v", "/h,volume-opt=type=none,volume-opt=o=bind,"
              "volume-opt=device=/"),
        mount("tmpfs", "", "/h,tmpcopyup"), mount("glob", "/srv/*"),
        mount("devpts", "", "/dev/pts"), mount("ramfs", ""),
        mount("image", IMAGE), mount("bind", "srv/allowed"),
        mount("volume", "../v"), mount("volume", "/srv/allowed"),
        mount("volume", "v", VolumeOptions={"DriverConfig": {
            "Name": "image", "Options": {"image": IMAGE}}}),
    ],
    "Env[0]": [{"Env": ["P*", "A=b"]}, {"Env": ["*"]}, {"Env": [""]}],
    "Env[1]": [{"Env": ["P", "P*"]}, {"Env": ["A=b", "H*"]}],
    "PidMode": [host(PidMode="ns:/proc/self/ns/pid"), host(PidMode="pod")],
    "IpcMode": [host(IpcMode="ns:/proc/self/ns/ipc"), host(IpcMode="pod")],
    "UTSMode": [host(UTSMode="ns:/proc/self/ns/uts"), host(UTSMode="pod")],
    "UsernsMode": [host(UsernsMode="keep-id"), host(UsernsMode="auto"),
                   host(UsernsMode="ns:/proc/self/ns/user")],
    "CgroupnsMode": [host(CgroupnsMode="ns:/proc/self/ns/cgroup")],
    "NetworkMode": [
        host(NetworkMode="ns:/proc/self/ns/net"), host(NetworkMode="pod"),
        host(NetworkMode="slirp4netns:allow_host_loopback=true"),
        host(NetworkMode="pasta:-T,auto"), host(NetworkMode="pasta"),
    ],
    "SecurityOpt[0]": [
        host(SecurityOpt=[option]) for option in (
            "unmask=ALL", "unmask:ALL", "unmask=/proc/sys", "mask=/x",
            "proc-opts=hidepid=1", "seccomp=/etc/passwd", "label=nested",
            "apparmor=unconfined")],
    "LogConfig": [
        host(LogConfig={"Type": "k8s-file", "Config": {
            "path": "{made}"}}),
        host(LogConfig={"Type": "json-file", "Config": {
            "path": "{made}"}}),
        host(LogConfig={"Type": "", "Config": {"path": "{made}"}}),
        host(LogConfig={"Type": "passthrough"}),
    ],
    "Volumes": [
        {"Volumes": {"/:/h": {}}}, {"Volumes": {"../..:/h": {}}},
        {"Volumes": {"/srv/allowed:/h:O": {}}}, {"Volumes": {"h": {}}},
    ],
    "Annotations": [host(Annotations={"run.oci.handler": "krun"})],
    "Devices[0]": [host(Devices=[{
        "PathOnHost": "/dev/null", "PathInContainer": "/dev/x:/dev/sda",
        "CgroupPermissions": "r"}])],
}


def things(ask):
    """What there is of what a request could make."""
    return [{each["Id"] for each in ask.json("GET /containers/json?all=1")},
            {each["Name"] for each in
             ask.json("GET /volumes")["Volumes"] or []}]


@pytest.fixture
def direct(podman):
    ask = Api(podman.socket)
    yield ask
    for each in ask.json("GET /containers/json?all=1"):
        ask(f"DELETE /containers/{each['Id']}?force=1&v=1")
    for each in ask.json("GET /volumes")["Volumes"] or []:
        ask(f"DELETE /volumes/{each['Name']}?force=1")


@pytest.fixture
def ask(podman, direct, postern):
    return Api(postern(podman.socket, web=PROFILE).start().door())


@pytest.mark.parametrize("where", MEANINGS)
def test_what_only_podman_would_do_is_refused(direct, ask, home, where):
    before = things(direct)
    made = home / "made"
    for part in MEANINGS[where]:
        body = json.loads(json.dumps({**PLAIN, **part}).replace(
            "{made}", str(made)))
        answer = ask("POST /v1.41/containers/create", body)
        assert answer.status in (400, 403), (part, answer.raw)
        said = json.loads(answer.body)["message"]
        assert where.partition("[")[0] in said, (part, said)
        assert things(direct) == before, part
    assert not made.exists()


def test_what_is_plain_is_as_it_is_with_docker(direct, ask, home):
    docker = Command(engine.clients()[0], ask.sock, home)
    assert docker.ok("run", "--network", "none", "--rm", IMAGE, "echo",
                     "out") == b"out\n"
    docker.ok("run", "--network", "none", "-d", "--name", "box", "-e", "A=b",
              "-l", "a=b", "-v", "vol1:/data", "--tmpfs", "/memory",
              "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
              "--read-only", "--user", "1000:1000", IMAGE, "sleep", "1000")
    assert docker.ok("exec", "-e", "C=d", "box", "sh", "-c",
                     "echo $A$C") == b"bd\n"
    assert docker.ok("exec", "-i", "box", "cat", stdin=b"typed") == b"typed"
    info = direct.json("GET /v1.41/containers/box/json")
    assert [each["Type"] for each in info["Mounts"]] == ["volume"]
    assert info["Config"]["User"] == "1000:1000"
    assert info["Config"]["Labels"]["a"] == "b"
    docker.ok("rm", "-fv", "box")


def test_no_variable_of_the_service_is_copied(direct, ask):
    body = {**PLAIN, "Env": ["CONTAINERS_CONF", "A=b", "PATH_OF_MINE"]}
    found = []
    for at in (direct, ask):
        ident = at.json("POST /v1.41/containers/create", body)["Id"]
        info = direct.json(f"GET /v1.41/containers/{ident}/json")
        found.append([each for each in info["Config"]["Env"]
                      if each.startswith("CONTAINERS_CONF=")])
        assert "A=b" in info["Config"]["Env"]
    assert len(found[0]) == 1 and found[1] == []


def test_a_volume_in_disguise(direct, ask, home):
    answer = direct("POST /v1.41/volumes/create", {
        "Name": "evil", "DriverOpts": {"type": "none", "o": "bind",
                                       "device": str(home)}})
    assert answer.status == 201, answer.raw
    before = things(direct)
    for part in (host(Binds=["evil:/h"]), mount("volume", "evil")):
        answer = ask("POST /v1.41/containers/create", {**PLAIN, **part})
        assert answer.status == 403, answer.raw
        assert b"[volume] driver-option" in answer.body
    assert things(direct) == before
