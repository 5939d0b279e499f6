# SPDX-License-Identifier: MIT
"""What a profile allows and denies, and what client and operator are told."""

import json
import os
import re
import time

import pytest

from engine import root_only
from profiles import EVERYTHING, ONLY_PING, ROOT_EQUIVALENT
from wait import wait_until
from wire import Client, request

# Each way to allow something: a profile; requests that it allows; and the
# nearest ones that it does not.
ALLOWS = {
    "an_operation": (
        "[allow]\noperation = ContainerList\n",
        ["GET /containers/json"],
        ["GET /containers/web/json", "POST /containers/json",
         "GET /images/json", "HEAD /containers/json"]),
    "operations_in_one_line": (
        "[allow]\noperation = ContainerList  ImageList\n",
        ["GET /containers/json", "GET /images/json"],
        ["GET /volumes"]),
    "operations_in_two_lines": (
        "[allow]\noperation = ContainerList\noperation = ImageList\n",
        ["GET /containers/json", "GET /images/json"],
        ["GET /volumes"]),
    "a_wildcard": (
        "[allow]\noperation = Container*t\n",
        ["GET /containers/json", "POST /containers/web/start",
         "GET /containers/web/json", "GET /containers/web/export"],
        ["POST /containers/web/stop", "GET /images/json",
         "POST /containers/create"]),
    "the_widest_wildcard": (
        "[allow]\noperation = *\n",
        ["GET /info", "POST /containers/web/stop", "DELETE /images/a",
         "GET /containers/web/logs", "GET /debug/vars",
         "POST /containers/create", "POST /build"],
        ["POST /containers/web/exec", "PUT /containers/web/archive?path=/",
         "POST /containers/web/attach?stdin=1", "POST /swarm/init",
         "GET /swarm", "POST /plugins/pull?remote=a", "POST /plugins/create",
         "POST /session", "POST /grpc"]),
    "a_group_that_reads": (
        "[allow]\ngroup = container:read\n",
        ["GET /containers/json", "GET /containers/web/json",
         "GET /containers/web/changes", "POST /containers/web/wait"],
        ["GET /containers/web/logs", "GET /containers/web/top",
         "POST /containers/web/stop", "GET /images/json"]),
    "a_group_that_writes": (
        "[allow]\ngroup = container:write\n",
        ["POST /containers/web/stop", "DELETE /containers/web",
         "POST /containers/create"],
        ["GET /containers/json", "PUT /containers/web/archive?path=/",
         "POST /images/load"]),
    "a_group_of_data": (
        "[allow]\ngroup = container:data\n",
        ["GET /containers/web/logs", "GET /containers/web/export"],
        ["GET /containers/web/json", "POST /containers/web/attach"]),
    "root_equivalent": (
        "[allow]\nroot-equivalent = SwarmInspect\n",
        ["GET /swarm"],
        ["GET /swarm/unlockkey", "POST /swarm/leave"]),
    "root_equivalent_and_so_not_looked_into": (
        "[allow]\nroot-equivalent = ContainerCreate\n",
        ["POST /containers/create",
         "POST /containers/create?name=0123456789ab"],
        ["POST /containers/web/exec", "POST /containers/web/start"]),
    "an_operation_that_is_looked_into": (
        "[allow]\noperation = ContainerCreate ContainerAttach\n",
        ["POST /containers/create", "POST /containers/web/attach?stdin=0"],
        ["POST /containers/web/attach?stdin=1",
         "POST /containers/web/start"]),
    "a_request_that_is_looked_into": (
        "[allow]\nrequest = DELETE /containers/web\n",
        ["DELETE /containers/web", "DELETE /containers/web?link=0"],
        ["DELETE /containers/web?link=1", "DELETE /containers/db"]),
    "a_request": (
        "[allow]\nrequest = POST /containers/web/restart\n",
        ["POST /containers/web/restart", "POST /v1.41/containers/web/restart",
         "POST /containers/web/restart?t=1"],
        ["POST /containers/web2/restart", "POST /containers/we/restart",
         "POST /containers/web/stop", "POST /containers/xweb/restart",
         "POST /containers/WEB/restart"]),
    "a_request_with_a_glob": (
        "[allow]\nrequest = GET /containers/web-*/logs\n",
        ["GET /containers/web-1/logs", "GET /containers/web-/logs"],
        ["GET /containers/web/logs", "GET /containers/db/logs",
         "GET /containers/web-1/top"]),
    "a_request_for_all_methods": (
        "[allow]\nrequest = * /containers/web/archive\n",
        ["GET /containers/web/archive?path=/",
         "HEAD /containers/web/archive?path=/"],
        ["PUT /containers/web/archive?path=/",
         "GET /containers/db/archive?path=/"]),
    "a_request_for_images_with_slashes": (
        "[allow]\nrequest = GET /images/example.com/*/json\n",
        ["GET /images/example.com/a/json", "GET /images/example.com/a/b/json"],
        ["GET /images/example.org/a/json", "GET /images/a/json",
         "GET /images/x/example.com/a/json",
         "GET /images/example.com/a/history"]),
    "deny_beats_allow": (
        "[deny]\noperation = ContainerInspect\n"
        "[allow]\noperation = Container*\n",
        ["GET /containers/json"],
        ["GET /containers/web/json"]),
    "a_denied_group": (
        "[allow]\noperation = *\n[deny]\ngroup = image:write\n",
        ["GET /images/json", "POST /containers/web/stop"],
        ["DELETE /images/a", "POST /images/load"]),
    "a_denied_request": (
        "[allow]\noperation = ContainerStop\n"
        "[deny]\nrequest = POST /containers/db*/stop\n",
        ["POST /containers/web/stop", "POST /containers/xdb/stop"],
        ["POST /containers/db/stop", "POST /containers/db2/stop",
         "POST /containers/d%62/stop"]),
    "a_denied_wildcard_reaches_root_equivalents": (
        EVERYTHING + "[deny]\noperation = Container*\n",
        ["GET /info", "POST /build"],
        ["POST /containers/create", "POST /containers/web/exec"]),
    "extends_a_preset": (
        "[profile]\nextends = traefik\n[allow]\noperation = ContainerStop\n",
        ["GET /containers/json", "GET /events", "POST /containers/web/stop"],
        ["POST /containers/web/start", "GET /containers/web/logs"]),
    "denies_what_it_extends": (
        "[profile]\nextends = traefik\n[deny]\noperation = SystemEvents\n",
        ["GET /containers/json"],
        ["GET /events"]),
    "nothing": (
        "[deny]\noperation = SystemEvents\n", [],
        ["GET /containers/json", "GET /events", "GET /info", "HEAD /_ping"]),
}


# The least that there must be in a body, other than an empty object.
BODIES = {"/containers/create": b'{"Image":"a"}',
          "/containers/web/exec": b'{"Cmd":["true"]}',
          "/plugins/pull": b"[]"}


def ask(client, line, body=None):
    method, target = line.split(" ")
    if method not in ("POST", "PUT"):
        return client.ask(request(method, target))
    body = body or BODIES.get(target.partition("?")[0], b"{}")
    return client.ask(request(
        method, target, "Content-Type: application/json", body=body))


@pytest.mark.parametrize("name", ALLOWS)
def test_allows_and_not_more(serve, recorder, name):
    profile, allowed, denied = ALLOWS[name]
    program = serve(profile)
    for line in allowed:
        with Client(program.door()) as client:
            assert ask(client, line).status == 200, line
    assert len(recorder.links) == len(allowed)
    for line in denied:
        with Client(program.door()) as client:
            assert ask(client, line).status == 403, line
    assert len(recorder.links) == len(allowed)
    assert len(program.log("decision", verdict="allow")) == len(allowed)
    assert len(program.log("decision", verdict="deny")) == len(denied)


def test_extends_another_profile(postern, recorder):
    program = postern(
        recorder.path, base="[allow]\noperation = SystemInfo SystemVersion\n",
        web="[profile]\nextends = base\n[deny]\noperation = SystemVersion\n"
            "[allow]\noperation = SystemPing\n").start()
    for door, line, status in (
            ("base", "GET /info", 200), ("base", "GET /version", 200),
            ("base", "GET /_ping", 403), ("web", "GET /info", 200),
            ("web", "GET /version", 403), ("web", "GET /_ping", 200)):
        with Client(program.door(door)) as client:
            assert ask(client, line).status == status, (door, line)


def test_doors_have_profiles_of_their_own(postern, recorder):
    program = postern(
        recorder.path, a="[allow]\noperation = SystemInfo\n",
        b="[allow]\noperation = SystemVersion\n").start()
    for door, line, status in (
            ("a", "GET /info", 200), ("a", "GET /version", 403),
            ("b", "GET /info", 403), ("b", "GET /version", 200)):
        with Client(program.door(door)) as client:
            assert ask(client, line).status == status, (door, line)


UNKNOWN = [
    "GET /", "GET /nothing", "GET /containers/json/",
    "GET /containers/a/b/json", "POST /containers/web/copy", "PATCH /info",
    "get /info", "TRACE /info", "GET /V1.41/info",
    "GET /_PING", "HEAD /info", "POST /images/json",
    "GET /v4.3.1/libpod/nothing", "GET /libpod/info",
    "GET /volumes/a/b", "POST /exec/a/b/start",
]


@pytest.mark.parametrize("line", UNKNOWN)
def test_what_the_api_does_not_have_is_denied_to_everybody(
        serve, recorder, line):
    program = serve(EVERYTHING)
    with Client(program.door()) as client:
        answer = ask(client, line)
    assert answer.status == 403
    assert recorder.links == []
    logged = program.wait_log("decision", verdict="deny")
    assert logged["reason"] == "unknown-operation"
    assert logged["target"] == line.split(" ")[1]
    assert "operation" not in logged and "hint" not in logged


def test_what_the_api_does_not_have_is_called_so(serve):
    program = serve(EVERYTHING)
    with Client(program.door()) as client:
        answer = client.ask(request("GET", "/v1.41/nothing?x=y"))
    assert json.loads(answer.body)["message"] == (
        "postern: profile web does not allow GET /nothing: no operation of "
        "the API")


# What the client is told.

def test_a_denial_in_full(serve):
    program = serve(ONLY_PING)
    with Client(program.door()) as client:
        answer = client.ask(
            request("POST", "/v1.41/containers/web/stop?t=1"))
    assert answer.line == "HTTP/1.1 403 Forbidden"
    assert answer.field("Content-Type") == "application/json"
    assert answer.field("Connection") is None
    assert answer.body == (
        b'{"message":"postern: profile web does not allow ContainerStop '
        b'(POST /containers/web/stop)"}\n')


def test_a_denied_head_has_no_body(serve):
    program = serve(ONLY_PING)
    with Client(program.door()) as client:
        answer = client.ask(request("HEAD", "/_ping"))
        assert answer.status == 403
        assert int(answer.field("Content-Length")) > 0
        # The next answer follows at once.
        assert client.ask(request("GET", "/_ping")).status == 200


@pytest.mark.parametrize("status, sent", [
    (400, b"G(T / HTTP/1.1\r\n\r\n"),
    (403, request("GET", "/info")),
    (413, request("POST", "/containers/create", body=2000 * b" ")),
    (414, b"GET /" + 9000 * b"x"),
    (417, request("GET", "/_ping", "Expect: x")),
    (431, request("GET", "/_ping", "X: " + 20000 * "x")),
    (502, request("GET", "/_ping")),
])
def test_errors_have_the_daemons_shape(serve, recorder, status, sent):
    program = serve("[allow]\noperation = SystemPing\n"
                    "root-equivalent = ContainerCreate\n"
                    "[limits]\nbody = 1K\n")
    recorder.shut()
    with Client(program.door()) as client:
        answer = client.ask(sent, "GET")
        assert answer.status == status
        assert answer.field("Content-Type") == "application/json"
        said = json.loads(answer.body)
        assert list(said) == ["message"]
        assert said["message"].startswith("postern: ")
        if status != 403:
            assert client.at_end()


def test_the_path_in_the_message_is_escaped(serve):
    program = serve(ONLY_PING)
    with Client(program.door()) as client:
        answer = client.ask(request("GET", "/containers/@:+_.-/json"))
    assert json.loads(answer.body)["message"] == (
        "postern: profile web does not allow ContainerInspect "
        "(GET /containers/@:+_.-/json)")


def test_a_long_path_is_denied_in_full(serve):
    program = serve(ONLY_PING)
    path = "/containers/" + 7000 * "x" + "/json"
    with Client(program.door()) as client:
        answer = client.ask(request("GET", path))
    assert answer.status == 403
    assert path in json.loads(answer.body)["message"]
    logged = program.wait_log("decision", verdict="deny")
    assert len(logged["target"]) == 512


# What the operator is told.

def test_a_denial_in_the_log(serve):
    program = serve(ONLY_PING)
    with Client(program.door()) as client:
        client.ask(request("POST", "/v1.41/containers/web/stop?t=1"))
    line = program.wait_log("decision", verdict="deny")
    assert line == {
        "level": "notice", "event": "decision", "verdict": "deny",
        "reason": "not-allowed", "profile": "web", "uid": os.getuid(),
        "gid": os.getgid(), "pid": os.getpid(), "operation": "ContainerStop",
        "method": "POST", "target": "/v1.41/containers/web/stop?t=1",
        "hint": "[allow] operation = ContainerStop"}


def test_a_denial_in_logfmt(serve):
    program = serve(ONLY_PING, log_format="logfmt")
    with Client(program.door()) as client:
        client.ask(request("POST", "/containers/web/stop"))
    lines = wait_until(
        lambda: re.findall("^level=notice event=decision .*\n",
                           program.text(), re.M), "the line")
    assert lines == [
        "level=notice event=decision verdict=deny reason=not-allowed "
        f"profile=web uid={os.getuid()} gid={os.getgid()} pid={os.getpid()} "
        "operation=ContainerStop method=POST target=/containers/web/stop "
        'hint="[allow] operation = ContainerStop"\n']


def test_following_the_hint_helps(postern, recorder):
    """Until nothing is denied any more: the log is enough to write a
    profile by."""
    asked = [
        ("GET /info", None), ("GET /swarm", None), ("GET /events", None),
        ("POST /containers/create", {
            "Image": "a", "HostConfig": {
                "Privileged": True, "Binds": ["/srv/app:/app:ro"],
                "CapAdd": ["net_admin"], "NetworkMode": "web",
                "PortBindings": {"53/udp": [{"HostIp": "127.0.0.1",
                                             "HostPort": "53"}]}}}),
        ("POST /images/a/tag?repo=b", None),
        ("DELETE /containers/web", None)]
    sections = {}
    for _ in range(20):
        profile = "".join(
            f"[{name}]\n" + "".join(f"{line}\n" for line in lines)
            for name, lines in sections.items())
        program = postern(
            recorder.path, web=profile or "[allow]\n").start()
        denied = False
        for line, body in asked:
            body = json.dumps(body).encode() if body else None
            with Client(program.door()) as client:
                denied = ask(client, line, body).status != 200
            if denied:
                break
        if not denied:
            break
        hint = program.wait_log("decision", verdict="deny")["hint"]
        name, line = re.fullmatch(r"\[(\w+)\] (.+ = .+)", hint).groups()
        assert line not in sections.setdefault(name, [])
        sections[name].append(line)
    assert not denied
    assert {name: sorted(lines) for name, lines in sections.items()} == {
        "allow": ["operation = ContainerCreate",
                  "operation = ContainerDelete", "operation = ImageTag",
                  "operation = SystemEvents", "operation = SystemInfo",
                  "root-equivalent = SwarmInspect"],
        "container": ["bind = /srv/app:ro", "capability = NET_ADMIN",
                      "network = web", "privileged = yes",
                      "publish = 127.0.0.1:53/udp"],
        "image": ["tag = b"]}


def test_a_field_that_is_refused_in_full(serve, recorder):
    program = serve(ONLY_PING + "operation = ContainerCreate\n")
    body = b'{"Image":"a","HostConfig":{"Privileged":true}}'
    with Client(program.door()) as client:
        answer = ask(client, "POST /v1.41/containers/create?name=x", body)
        assert answer.status == 403
        assert json.loads(answer.body)["message"] == (
            "postern: profile web does not allow ContainerCreate: "
            "HostConfig.Privileged = true (add [container] privileged = yes, "
            "or drop the field)")
        # The connection goes on, and the next one is judged for itself.
        assert ask(client, "POST /containers/create").status == 200
    first, second = program.log("decision")
    assert first == {
        "level": "notice", "event": "decision", "verdict": "deny",
        "reason": "field", "profile": "web", "uid": os.getuid(),
        "gid": os.getgid(), "pid": os.getpid(),
        "operation": "ContainerCreate", "method": "POST",
        "target": "/v1.41/containers/create?name=x",
        "field": "HostConfig.Privileged",
        "hint": "[container] privileged = yes"}
    assert (second["verdict"], second["reason"]) == ("allow", "allowed")
    assert recorder.heard(program.door()).count(b"Privileged") == 0


def test_a_field_that_a_line_refuses_names_it(serve):
    program = serve("[allow]\noperation = ContainerCreate\n"
                    "[container]\nmemory-max = 1M\n")
    body = b'{"Image":"a","HostConfig":{"Memory":2097152}}'
    with Client(program.door()) as client:
        assert ask(client, "POST /containers/create", body).status == 403
    line = program.wait_log("decision", verdict="deny")
    assert line["field"] == "HostConfig.Memory"
    assert line["rule"] == f"{program.profiles}/web.ini:4"
    assert "hint" not in line


def test_a_denying_line_is_named(serve):
    program = serve("[allow]\noperation = *\n\n[deny]\n"
                    "operation = SystemInfo\n")
    with Client(program.door()) as client:
        assert client.ask(request("GET", "/info")).status == 403
    line = program.wait_log("decision", verdict="deny")
    assert line["reason"] == "denied"
    rule = f"{program.profiles}/web.ini:5"
    assert line["rule"] == rule
    assert rule in line["hint"]


def test_an_allowing_line_is_named(serve):
    program = serve("[profile]\nextends = traefik\n[allow]\n"
                    "operation = SystemInfo\n")
    with Client(program.door()) as client:
        client.ask(request("GET", "/info"))
        client.ask(request("GET", "/version"))
    first = program.wait_log("decision", operation="SystemInfo")
    assert (first["level"], first["verdict"], first["reason"]) == \
        ("info", "allow", "allowed")
    assert first["rule"] == f"{program.profiles}/web.ini:4"
    second = program.wait_log("decision", operation="SystemVersion")
    assert second["rule"].startswith("preset:traefik:")


def test_root_equivalents_are_called_so(serve):
    program = serve("[allow]\noperation = *\n")
    with Client(program.door()) as client:
        ask(client, "GET /swarm")
    line = program.wait_log("decision", verdict="deny")
    assert line["reason"] == "root-equivalent"
    assert line["hint"] == "[allow] root-equivalent = SwarmInspect"


def test_no_wildcard_reaches_a_root_equivalent(serve):
    program = serve(
        "[allow]\noperation = *\n" + "".join(
            f"group = {section}:{access}\n"
            for section in ("container", "exec", "image", "volume", "network",
                            "plugin", "node", "swarm", "service")
            for access in ("read", "write")
            if (section, access) != ("swarm", "read")))
    requests = {
        "PluginCreate": "POST /plugins/create", "SwarmInspect": "GET /swarm",
        "SwarmUnlockkey": "GET /swarm/unlockkey",
        "Session": "POST /session", "Grpc": "POST /grpc",
        "CheckpointCreate": "POST /containers/x/checkpoints",
        "CheckpointDelete": "DELETE /containers/x/checkpoints/y",
    }
    assert sorted(requests) == sorted(ROOT_EQUIVALENT)
    for name, line in requests.items():
        with Client(program.door()) as client:
            assert ask(client, line).status == 403, name
    assert {line["operation"] for line in program.log(
        "decision", reason="root-equivalent")} <= set(ROOT_EQUIVALENT)


HOSTILE = [
    b'GET /info?x="]}\' HTTP/1.1\r\nHost: d\r\n\r\n',
    b"GET /info?x=%0Alevel=error HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /info?\\x=\\u0041\\ HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /info?a=b=c HTTP/1.1\r\nHost: d\r\n\r\n",
    b'!"evil" /x HTTP/1.1\r\nHost: d\r\n\r\n',
    b"!#$%&'*+-.^_`|~ /x?y HTTP/1.1\r\nHost: d\r\n\r\n",
]


@pytest.mark.parametrize("log_format", ["json", "logfmt"])
def test_hostile_bytes_stay_inside_their_field(serve, log_format):
    program = serve(ONLY_PING, log_format=log_format)
    for sent in HOSTILE:
        with Client(program.door()) as client:
            assert client.ask(sent, "GET").status in (400, 403)
    program.finish()
    lines = program.text().splitlines()
    told = [line for line in lines
            if "event=decision" in line or '"event":"decision"' in line
            or "event=refused" in line or '"event":"refused"' in line]
    assert len(told) == len(HOSTILE)
    for line in lines:
        assert re.fullmatch("[ -~]*", line), line
        if log_format == "json":
            json.loads(line)
        else:
            assert re.fullmatch(
                r'level=\w+ event=[\w-]+( [a-z-]+=([!#-<>-\[\]-~]+|'
                r'"([^"\\]|\\.)*"))*', line), line


def test_a_flood_of_denials_is_counted(serve):
    program = serve(ONLY_PING)
    flood = 500
    with Client(program.door()) as client:
        client.send(flood * request("GET", "/info"))
        for _ in range(flood):
            assert client.answer().status == 403

    def told():
        return len(program.log("decision", verdict="deny")) + sum(
            line["count"] for line in program.log("denials-left-out"))

    left_out = program.wait_log("denials-left-out", profile="web")
    assert left_out["count"] > 0
    wait_until(lambda: told() == flood, "all to be told or counted")
    assert len(program.log("decision", verdict="deny")) <= 60


def test_a_flood_is_counted_when_the_program_stops(serve):
    program = serve(ONLY_PING)
    flood = 100
    with Client(program.door()) as client:
        client.send(flood * request("GET", "/info"))
        for _ in range(flood):
            assert client.answer().status == 403
    program.finish()
    assert len(program.log("decision", verdict="deny")) + sum(
        line["count"] for line in program.log("denials-left-out")) == flood


def test_a_flood_at_one_door_does_not_hide_another(postern, recorder):
    program = postern(recorder.path, a=ONLY_PING, b=ONLY_PING).start()
    with Client(program.door("a")) as client:
        client.send(100 * request("GET", "/info"))
        for _ in range(100):
            client.answer()
    with Client(program.door("b")) as client:
        assert client.ask(request("GET", "/version")).status == 403
    program.wait_log("decision", profile="b", verdict="deny")


def test_levels_of_the_log(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.spawn("--log-level", "warning")
    wait_until(program.door().exists, "the door")
    with Client(program.door()) as client:
        assert client.ask(request("GET", "/_ping")).status == 200
        assert client.ask(request("GET", "/info")).status == 403
    recorder.shut()
    with Client(program.door()) as client:
        assert client.ask(request("GET", "/_ping")).status == 502
    program.wait_log("refused", status=502, level="warning")
    assert not program.log("decision")


@root_only
def test_who_is_logged_is_who_connected(serve, home):
    program = serve(ONLY_PING)
    for path in (home, program.home, program.directory):
        os.chmod(path, 0o755)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgid(54321)
            os.setuid(12345)
            with Client(program.door()) as client:
                if client.ask(request("GET", "/info")).status == 403:
                    status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    line = program.wait_log("decision", verdict="deny")
    assert (line["uid"], line["gid"], line["pid"]) == (12345, 54321, pid)


def test_a_long_stream_is_one_decision(serve, recorder):
    program = serve("[allow]\noperation = SystemEvents SystemPing\n")
    with Client(program.door()) as client:
        began = time.monotonic()
        assert client.ask(request("GET", "/events")).status == 200
        assert client.ask(request("GET", "/_ping")).status == 200
        assert time.monotonic() - began < 5
    assert len(program.log("decision", operation="SystemEvents")) == 1
    assert len(program.log("stream-start", operation="SystemEvents")) == 1
    assert len(program.log("stream-end", operation="SystemEvents")) == 1
