# SPDX-License-Identifier: MIT
"""Ways around a door that looks into requests, tried on a real daemon. Where
one says "works", the daemon itself falls for it."""

import json

import pytest

import engine
from api import TIGHT, direct, door, folders
from engine import IMAGE, Command

MORE = TIGHT + "[container]\nbind = {shared}\n[exec]\ncommand = *\n"
NONROOT = TIGHT + "[container]\nuser = nonroot\npids-max = 50\n"
CREATE = "POST /containers/create"
PLAIN = {"Image": IMAGE, "Cmd": ["true"]}
FORM = "Content-Type: application/x-www-form-urlencoded"


def body(rest, head='{"Image":"bb:1","Cmd":["true"],'):
    return (head + rest + "}").encode()


# Bodies that make a container which is privileged, or shares something.
WORKS = [
    body('"hostconfig":{"Privileged":true}'),
    body('"HOSTCONFIG":{"privileged":true}'),
    body('"HostConfig":{"privileged":true}'),
    body('"HostConfig":{"PRIVILEGED":true}'),
    body('"HostConfig":{"Privileged":false,"Privileged":true}'),
    body('"HostConfig":{"Privileged":true,"privileged":true}'),
    body('"HostConfig":{"Privileged":false,"privileged":true}'),
    body('"HostConfig":{},"HostConfig":{"Privileged":true}'),
    body('"HostConfig":{"Privileged":true},"HostConfig":{}'),
    body('"HostConfig":{},"hostConfig":{"Privileged":true}'),
    body('"HostConfig":{"\\u0050rivileged":true}'),
    body('"HostConfig":{"Bind\u017f":["/:/h"]}'),
    body('"HostConfig":{"Bind\\u017f":["/:/h"]}'),
    body('"HostConfig":{"Networ\u212aMode":"host"}'),
    body('"HostConfig":{"Binds":[],"Bind\u017f":["/:/h"]}'),
    body('"Ho\u017ftConfig":{"Privileged":true}'),
]

# The same, to daemons that still read HostConfig's fields outside of it.
WORKED = [
    body('"Privileged":true'),
    body('"Binds":["/:/h"]'),
    body('"NetworkMode":"host"'),
    body('"PidMode":"host"'),
    body('"HostConfig":null,"Privileged":true'),
    body('"HostConfig":null,"privileged":true'),
    body('"Privileged":true,"HostConfig":null'),
]

# What the daemon refuses as well, or what is harmless there.
DOES_NOT = [
    body('"HostConfig":{}') + body('"HostConfig":{"Privileged":true}'),
    body('"HostConfig":{}') + b"x",
    b"[" + body('"HostConfig":{"Privileged":true}') + b"]",
    b"\xef\xbb\xbf" + body('"HostConfig":{"Privileged":true}'),
    body('"HostConfig":{"Privileged":true}').decode().encode("utf-16"),
    body('"HostConfig":{"Privileged":1}'),
    body('"HostConfig":{"Privileged":"true"}'),
    body('"HostConfig":[{"Privileged":true}]'),
    body('"HostConfig":{"Privileged\\u0000":true}'),
    body('"HostConfig":{"Memory":1e9}'),
    body('"HostConfig":{"Bind\xe9s":["/:/h"]}').replace(b"\xc3", b""),
    b"", b"null", b"{}",
    b"HostConfig=%7B%22Privileged%22%3Atrue%7D",
]


def is_open(info):
    host = info["HostConfig"]
    return bool(host["Privileged"] or host["Binds"] or host["PidMode"] or
                host["NetworkMode"] == "host")


def test_no_spelling_gets_through(direct, door):
    ask = door(TIGHT)
    version = direct.json("GET /version")
    outside = int(version["ApiVersion"].split(".")[1]) < 46
    for raw in WORKS + WORKED:
        before = direct.everything()
        answer = ask(CREATE, raw)
        assert answer.status in (400, 403), (raw, answer.raw)
        assert direct.everything() == before
        ident = direct.json(CREATE, raw)["Id"]
        info = direct.json(f"GET /containers/{ident}/json")
        assert is_open(info) or (raw in WORKED and not outside), raw
    before = direct.everything()
    for raw in DOES_NOT:
        answer = ask(CREATE, raw)
        assert answer.status in (400, 403, 415), (raw, answer.raw)
    for raw in WORKS + WORKED + DOES_NOT:
        for field in (FORM, "Content-Type: text/plain",
                      "Content-Type: multipart/form-data; boundary=x"):
            answer = ask(CREATE, raw, field)
            assert answer.status in (400, 403, 415), (raw, answer.raw)
    for version in ("1.12", "1.23", "1.99", "4.3.1", "1.41x"):
        answer = ask(f"POST /v{version}/containers/create",
                     body('"Privileged":true'))
        assert answer.status in (400, 403), version
    assert direct.everything() == before


BINDS = """
/:/h
//:/h
/./:/h
{shared}/..:/h
{shared}/../secret:/h:ro
{shared}//file:/h
{shared}/./file:/h
{shared}/.:/h
{shared}/*:/h
{shared}:/h:ro,rw
{shared}:/h:rw,ro
{shared}:/h:rshared
{shared}:/h:ro:rw
{shared}:/h:ro,
{shared}:/proc
{shared}:/proc/sys
{shared}:/
{shared}:h
{shared}:/h/../proc
{shared},source=/:/h
:/h
.:/h
..:/h
../../:/h
./x:/h
~:/h
x/../y:/h
""".strip().splitlines()


def test_no_path_leads_elsewhere(direct, door, folders):
    ask = door(MORE)
    before = direct.everything()
    for line in BINDS:
        line = line.format(**folders)
        source, target = line.split(":")[:2]
        for host in ({"Binds": [line]}, {"Mounts": [{
                "Type": "bind", "Source": source, "Target": target}]}):
            if "Mounts" in host and line.count(":") > 1:
                continue
            answer = ask(CREATE, {**PLAIN, "HostConfig": host})
            assert answer.status in (400, 403), (host, answer.raw)
    assert direct.everything() == before
    # What is allowed is read only, whatever was asked.
    for mode in ("", ":rw", ":ro", ":rw,rprivate"):
        ident = ask.json(CREATE, {**PLAIN, "HostConfig": {
            "Binds": [f"{folders['shared']}:/h{mode}"]}})["Id"]
        mounts = direct.json(f"GET /containers/{ident}/json")["Mounts"]
        assert [each["RW"] for each in mounts] == [False]


def test_a_start_has_no_body(direct, door):
    ask = door(TIGHT)
    direct.create("c1", {**PLAIN, "HostConfig": {}})
    host = {"Binds": ["/:/h"], "PidMode": "host"}
    for version in ("", "/v1.23", "/v1.24", "/v1.41"):
        answer = ask(f"POST {version}/containers/c1/start", host)
        assert answer.status in (400, 403), version
    state = direct.json("GET /containers/c1/json")
    assert state["State"]["Status"] == "created"
    # The daemon itself would have taken it, while it spoke that version.
    if direct.json("GET /version")["MinAPIVersion"] == "1.12":
        assert direct("POST /v1.23/containers/c1/start", host).status == 204
        info = direct.json("GET /containers/c1/json")
        assert info["HostConfig"]["PidMode"] == "host"
    direct.create("c2", PLAIN)
    assert ask("POST /containers/c2/start").status == 204


def test_what_was_made_elsewhere_is_not_started(direct, door):
    ask = door(MORE + "user = 1000\n")
    box = direct.create("c1", {"Image": IMAGE, "Cmd": ["sleep", "1000"]})
    direct.json(f"POST /containers/{box}/start")

    def start(**fields):
        ident = direct.json(f"POST /containers/{box}/exec", {
            "Cmd": ["touch", "/tmp/made"], "User": "1000", **fields})["Id"]
        answer = ask(f"POST /exec/{ident}/start", {"Detach": True})
        return answer, direct.json(f"GET /exec/{ident}/json")

    for fields, word in (({"Privileged": True}, b"[exec] privileged = yes"),
                         ({"User": "0"}, b"[exec] user = 0"),
                         ({"User": ""}, b"[exec] user = 0")):
        answer, state = start(**fields)
        assert answer.status == 403 and word in answer.body, answer.raw
        assert not state["Pid"] and state["ExitCode"] is None
    answer, state = start(Cmd=["true"])
    assert answer.status == 200, answer.raw
    assert state["Pid"] or state["ExitCode"] == 0


def test_a_volume_that_is_the_host_in_disguise(direct, door, folders):
    ask = door(TIGHT)
    options = {"type": "none", "o": "bind", "device": str(folders["secret"])}
    direct.json("POST /volumes/create", {"Name": "evil",
                                         "DriverOpts": options})
    before = direct.everything()
    for host in ({"Binds": ["evil:/h"]}, {"Binds": ["evil:/h:ro"]},
                 {"Mounts": [{"Type": "volume", "Source": "evil",
                              "Target": "/h"}]},
                 {"Mounts": [{"Type": "volume", "Target": "/h",
                              "VolumeOptions": {"DriverConfig": {
                                  "Name": "local", "Options": options}}}]}):
        answer = ask(CREATE, {**PLAIN, "HostConfig": host})
        assert answer.status == 403, (host, answer.raw)
        assert b"[volume] driver-option = " in answer.body
        assert str(folders["secret"]).encode() not in answer.body or \
            "Mounts" in host
    answer = ask("POST /volumes/create", {"Name": "v2",
                                          "DriverOpts": options})
    assert answer.status == 403
    # By a client that holds the directory's name in another way.
    for raw in (b'{"Name":"v3","driveropts":{"o":"bind"}}',
                b'{"Name":"v3","DriverOpts":{"O":"bind","device":"/"}}',
                b'{"Name":"v3","DriverOpts":{},"DriverOpts":{"o":"bind"}}'):
        assert ask("POST /volumes/create", raw).status in (400, 403)
    assert direct.everything() == before
    ask.json("POST /volumes/create", {"Name": "v4", "DriverOpts": None})
    assert not direct.json("GET /volumes/v4")["Options"]


def test_images_go_by_what_they_are_called(direct, door):
    ask = door(TIGHT + "[container]\nimage = good:*\n")
    ident = direct.json(f"GET /images/{IMAGE}/json")["Id"]
    direct.json(f"POST /images/{IMAGE}/tag?repo=good&tag=1")
    try:
        for name in ("good:1", "docker.io/library/good:1", ident, ident[7:],
                     ident[7:19]):
            answer = ask(CREATE, {"Image": name, "Cmd": ["true"]})
            assert answer.status == 201, (name, answer.raw)
        # By its ID, so that no name could be moved meanwhile.
        made = json.loads(answer.body)["Id"]
        info = direct.json(f"GET /containers/{made}/json")
        assert info["Config"]["Image"] == info["Image"] == ident
        for name in (IMAGE, "example.com/good:1", "good@" + ident, "GOOD:1",
                     "good:1 ", "", "x/good:1"):
            answer = ask(CREATE, {"Image": name, "Cmd": ["true"]})
            assert answer.status in (400, 403, 404), (name, answer.raw)
    finally:
        direct.json("DELETE /images/good:1")
    # It is not called that any more.
    for name in (ident, ident[7:19]):
        assert ask(CREATE, {"Image": name, "Cmd": ["true"]}).status == 403


@pytest.fixture
def imported(dockerd, direct, home):
    """imported(NAME, USER) makes an image for that user."""
    names = []
    archive = home / "image.tar"
    docker = Command(engine.clients()[0], dockerd.socket, home)
    docker.ok("create", "--name", "source", IMAGE, "true")
    docker.ok("export", "-o", str(archive), "source")
    docker.ok("rm", "source")

    def make(name, user):
        names.append(name)
        docker.ok("import", "-c", f"USER {user}", str(archive), name)

    yield make
    direct.clear()
    docker.ok("rmi", *set(names))


def test_nobody_is_root(direct, door, imported, dockerd, home):
    ask = door(NONROOT)
    imported("user:1", "1000")
    imported("root:1", "0")
    imported("name:1", "nobody")
    for user in ("+0", "00", "0:0", "root", "0", "-1", "0x3e8", "1000:0",
                 " 1000", "1000 ", "1000:", ":1000", "nobody", "01000",
                 "1000:root", "4294967296", "1e3"):
        answer = ask(CREATE, {**PLAIN, "User": user})
        assert answer.status == 403, (user, answer.raw)
        assert b"[container] user" in answer.body
    for image in (IMAGE, "root:1", "name:1"):
        for more in ({}, {"User": ""}, {"User": None}):
            answer = ask(CREATE, {"Image": image, **more})
            assert answer.status == 403, (image, more, answer.raw)
    assert direct.everything()[0] == set()
    docker = Command(engine.clients()[0], ask.sock, home)
    assert docker.ok("run", "--rm", "user:1", "id", "-u") == b"1000\n"
    assert docker.ok("run", "--rm", "-u", "7:8", IMAGE, "id", "-u") == b"7\n"
    # The name is given to another image; who was there is who he was.
    docker.ok("create", "--name", "c1", "user:1", "id", "-u")
    imported("user:1", "0")
    assert docker("create", "user:1", "id").returncode == 1
    assert docker.ok("start", "-a", "c1") == b"1000\n"


def test_no_limit_is_the_most(direct, door):
    ask = door(NONROOT)
    for limit, most in ((None, 50), (0, 50), (-1, 50), (7, 7), (50, 50)):
        ident = ask.json(CREATE, {**PLAIN, "User": "1:1", "HostConfig": {
            "PidsLimit": limit}})["Id"]
        info = direct.json(f"GET /containers/{ident}/json")
        assert info["HostConfig"]["PidsLimit"] == most
        for update in (0, -1, 51):
            answer = ask(f"POST /containers/{ident}/update",
                         {"PidsLimit": update})
            assert answer.status == 403, (update, answer.raw)
        ask.json(f"POST /containers/{ident}/update", {"PidsLimit": 9})
        info = direct.json(f"GET /containers/{ident}/json")
        assert info["HostConfig"]["PidsLimit"] == 9
    assert ask(CREATE, {**PLAIN, "User": "1:1", "HostConfig": {
        "PidsLimit": 51}}).status == 403


@pytest.mark.parametrize("option", [
    "seccomp=unconfined", "seccomp:unconfined", "apparmor:unconfined",
    "label:disable", "label=type:spc_t", "systempaths=unconfined",
    "no-new-privileges=false", "no-new-privileges:false", "unmask=ALL",
    "seccomp={}", "mask=/x", "seccomp"])
def test_security_options_however_they_are_spelled(direct, door, option):
    ask = door(TIGHT)
    before = direct.everything()
    for options in ([option], ["no-new-privileges", option]):
        answer = ask(CREATE, {**PLAIN, "HostConfig": {
            "SecurityOpt": options}})
        assert answer.status in (400, 403), answer.raw
    assert direct.everything() == before
