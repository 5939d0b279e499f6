# SPDX-License-Identifier: MIT
"""The audit: a line for each request and no more, whatever else happens."""

import json
import os
import re
import signal
import stat
import time

import pytest

import engine
from audited import Audit
from engine import IMAGE, Command
from load import Daemon, Load
from profiles import EVERYTHING, ONLY_PING, allow
from program import give, run
from recorder import plain_answer
from scripts import (ATTACH, CHUNKED, CREATE, INFO, JSON, LOAD)
from supervised import (PING, answers, daemon, follow, link_of, one_worker,
                        reload, status)
from test_container import tools  # noqa: F401 (a fixture)
from test_documentation import MANUAL, items, part
from wait import wait_until
from wire import Client, chunk, read_chunk, read_head, request

PROFILE = EVERYTHING + "[deny]\noperation = ContainerDelete\n"
NOBODYS = 64 * "0"


@pytest.fixture
def audit(home):
    return Audit(home)


@pytest.fixture
def audited(serve, audit):
    """A program with an audit, in front of the recorder."""
    return serve(PROFILE, "--audit-file", str(audit.path))


def stray(name):
    """What a client sends that is refused, and how."""
    return {
        "no HTTP": (b"broken\r\n\r\n", "malformed", 400),
        "a dot segment": (request("GET", "/a/../b"), "malformed", 400),
        "an expectation": (request("GET", "/info", "Expect: x"),
                           "expectation", 417),
        "a long target": (request("GET", "/" + 9000 * "x"),
                          "target-too-long", 414),
        "a large head": (request("GET", "/info", "X: " + 20000 * "x"),
                         "head-too-large", 431),
        "a large body": (request("POST", "/containers/create", JSON,
                                 "Content-Length: 9999999"),
                         "body-too-large", 413),
        "no JSON": (request("POST", "/containers/create", JSON, body=b"{"),
                    "malformed", 400),
        "a broken chunk": (
            b"POST /containers/create HTTP/1.1\r\nHost: d\r\n" +
            JSON.encode() + b"\r\n" + CHUNKED + b"x\r\n", "malformed", 400),
    }[name]


# The lines.

def test_members_are_those_of_the_manual(audited, audit):
    with Client(audited.door()) as client:
        assert client.ask(INFO).status == 200
        assert client.ask(request("DELETE", "/containers/x")).status == 403
        assert client.ask(b"broken\r\n\r\n", "GET").status == 400
    documented = items(part(MANUAL, "The audit"), "Li")
    assert len(documented) > 15
    for line in audit.wait_lines(3):
        assert list(line) == documented


def test_an_allowed_request(audited, audit):
    began = time.time()
    with Client(audited.door()) as client:
        assert client.ask(CREATE).status == 200
    line, = audit.wait_lines(1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
                        line["time"])
    assert abs(time.mktime(time.strptime(
        line["time"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
        - began) < 5
    assert line["profile"] == "web"
    assert (line["uid"], line["gid"]) == (os.geteuid(), os.getegid())
    assert line["pid"] == os.getpid()
    assert line["operation"] == "ContainerCreate"
    assert (line["method"], line["target"]) == ("POST", "/containers/create")
    assert re.fullmatch(r".*/web\.ini:\d+", line["rule"])
    assert (line["verdict"], line["reason"]) == ("allow", "allowed")
    assert (line["status"], line["sent"], line["received"]) == (200, 2, 3)
    assert 0 < line["seconds"] < 5 and line["stream"] is False
    assert line["field"] is None and line["needs"] is None


def test_a_denied_field(serve, audit):
    program = serve("[allow]\noperation = ContainerCreate\n",
                    "--audit-file", str(audit.path))
    body = b'{"Image":"busybox","HostConfig":{"Privileged":true}}'
    with Client(program.door()) as client:
        answer = client.ask(request(
            "POST", "/containers/create", JSON, body=body))
    assert answer.status == 403
    line, = audit.wait_lines(1)
    assert (line["verdict"], line["reason"]) == ("deny", "field")
    assert line["field"] == "HostConfig.Privileged"
    assert (line["status"], line["sent"]) == (403, 0)


OBSERVE = "[profile]\nmode = observe\n"


def test_what_would_be_denied_has_its_needs(serve, audit):
    program = serve(OBSERVE + "[allow]\noperation = ContainerCreate\n"
                    "[deny]\noperation = SystemInfo\n"
                    "[container]\nimage = httpd\n",
                    "--audit-file", str(audit.path))
    body = (b'{"Image":"nginx:1","HostConfig":'
            b'{"Binds":["/srv/web:/web:ro"]}}')
    with Client(program.door()) as client:
        assert client.ask(request(
            "POST", "/containers/create", JSON, body=body)).status == 200
        assert client.ask(request("GET", "/_ping")).status == 200
        assert client.ask(INFO).status == 403
        assert client.ask(b"broken\r\n\r\n", "GET").status == 400
    create, ping, info, broken = audit.wait_lines(4)
    assert (create["verdict"], create["reason"]) == ("would-deny", "field")
    assert create["field"] == "Image"
    assert create["status"] == 200
    assert create["needs"] == [
        "[container] image = docker.io/library/nginx:1",
        "[container] bind = /srv/web:ro"]
    assert (ping["verdict"], ping["reason"], ping["needs"]) == (
        "would-deny", "not-allowed", [])
    assert (info["verdict"], info["reason"], info["needs"]) == (
        "deny", "denied", None)
    assert (broken["verdict"], broken["needs"]) == ("refuse", None)
    # What the log says of the same requests.
    assert create["needs"] == [
        line["line"] for line in program.log("need")]
    for line, logged in zip((create, ping, info), program.log("decision")):
        assert [line[key] for key in ("verdict", "reason", "rule", "field")] \
            == [logged.get(key)
                for key in ("verdict", "reason", "rule", "field")]


def test_needs_that_are_too_many_are_left_out_whole(serve, audit):
    program = serve(OBSERVE, "--audit-file", str(audit.path))
    binds = [f"/srv/{number:0100}:/a{number}:ro" for number in range(100)]
    body = json.dumps({"Image": "nginx", "HostConfig": {"Binds": binds}})
    with Client(program.door()) as client:
        assert client.ask(request("POST", "/containers/create", JSON,
                                  body=body.encode())).status == 200
    line, = audit.wait_lines(1)
    assert audit.path.stat().st_size <= 4096
    *needs, last = line["needs"]
    assert last == "unknown: they are too long for a line of the audit"
    assert len(needs) > 20
    assert needs == [need["line"] for need in
                     program.log("need")][:len(needs)]
    done = run("suggest", "web", audit.path)
    assert done.returncode == 0
    assert "; ContainerCreate: what it needs is not all known: they are " \
        "too long" in done.stdout


@pytest.mark.parametrize("name", [
    "no HTTP", "a dot segment", "an expectation", "a long target",
    "a large head", "a large body", "no JSON", "a broken chunk"])
def test_what_is_refused_has_one_line(audited, audit, name):
    asked, reason, wanted = stray(name)
    with Client(audited.door()) as client:
        assert client.ask(asked, "GET").status == wanted
    assert answers(audited.door()) == 200
    line, ping = audit.wait_lines(2)
    assert ping["target"] == "/_ping"
    assert (line["verdict"], line["reason"], line["status"]) == (
        "refuse", reason, wanted)


def test_a_daemon_that_is_down(audited, audit, recorder):
    recorder.shut()
    assert answers(audited.door(), INFO) == 502
    line, = audit.wait_lines(1)
    assert (line["verdict"], line["reason"], line["status"]) == (
        "refuse", "daemon-down", 502)
    assert line["operation"] == "SystemInfo" and line["rule"]
    recorder.open()


def test_streams_and_tunnels_have_theirs_at_their_end(
        audited, audit, recorder):
    recorder.script = daemon
    stream = follow(audited.door())
    with Client(audited.door()) as client:
        client.send(ATTACH + b"12345")
        assert read_head(client).status == 101
        assert client.exactly(5) == b"12345"
        assert audit.lines() == []
    line, = audit.wait_lines(1)
    assert line["operation"] == "ContainerAttach" and line["stream"]
    assert (line["status"], line["sent"], line["received"]) == (101, 5, 5)
    stream.close()
    line, = audit.wait_lines(1, operation="SystemEvents")
    assert line["stream"] and line["status"] == 200
    assert len(audit.lines()) == 2


def test_a_client_that_goes_away_before_its_answer(
        audited, audit, recorder):
    recorder.script = lambda link: (link.request(), link.rest())
    with Client(audited.door()) as client:
        client.send(INFO)
        wait_until(lambda: recorder.links, "the request")
    line, = audit.wait_lines(1)
    assert (line["verdict"], line["status"]) == ("allow", None)


def test_requests_in_one_piece_have_one_each(audited, audit):
    with Client(audited.door()) as client:
        client.send((PING + request("DELETE", "/containers/x")) * 50)
        for _ in range(50):
            assert client.answer().status == 200
            assert client.answer("DELETE").status == 403
    lines = audit.wait_lines(100)
    assert [line["verdict"] for line in lines] == 50 * ["allow", "deny"]


def test_a_body_that_was_asked_for(audited, audit):
    with Client(audited.door()) as client:
        client.send(LOAD + b"Expect: 100-continue\r\n" + CHUNKED)
        client.send(chunk(bytes(1000)) + chunk(b""))
        answer = client.answer()
        while answer.status == 100:
            answer = client.answer()
        assert answer.status == 200
    line, = audit.wait_lines(1)
    assert (line["status"], line["stream"]) == (200, False)
    assert line["sent"] > 1000


def test_seconds_are_to_the_last_byte(audited, audit, recorder):
    def slowly(link):
        link.request()
        link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        time.sleep(.3)
        link.send(b"b")

    recorder.script = slowly
    assert answers(audited.door()) == 200
    line, = audit.wait_lines(1)
    assert line["seconds"] >= .29


def test_the_command_says_the_same_as_the_setting(postern, recorder, audit):
    program = postern(recorder.path, web=ONLY_PING)
    settings = program.home / "postern.ini"
    settings.write_text(f"[log]\naudit = {audit.path}\n")
    program.start("-c", str(settings))
    assert answers(program.door()) == 200
    assert stat.S_IMODE(audit.path.stat().st_mode) & ~0o640 == 0
    audit.wait_lines(1)
    # The log has its own lines.
    assert program.log("decision", verdict="allow")


def test_without_one_nothing_is_asked(program, recorder):
    assert answers(program.door()) == 200
    assert "container" not in program.wait_log("decision")
    assert status(program)["audit_lost"] == 0


# The file.

def test_it_is_opened_anew(audited, audit):
    assert answers(audited.door()) == 200
    audit.wait_lines(1)
    audit.rotate()
    audited.process.send_signal(signal.SIGUSR1)
    wait_until(audit.path.exists, "the new file")
    assert answers(audited.door(), INFO) == 200
    assert [line["target"] for line in audit.wait_lines(2)] == [
        "/_ping", "/info"]
    assert audit.path.stat().st_size > 0


def test_the_old_file_stays_where_a_new_one_cannot_be(audited, audit):
    audit.rotate()
    audit.path.mkdir()
    audited.process.send_signal(signal.SIGUSR1)
    line = audited.wait_log("audit-failed")
    assert line["level"] == "error" and str(audit.path) in line["why"]
    assert answers(audited.door()) == 200
    old, = audit.before
    wait_until(lambda: old.stat().st_size > 0, "the line in the old file")
    audit.path.rmdir()


def test_it_follows_a_reload(postern, recorder, audit):
    program = postern(recorder.path, web=ONLY_PING)
    settings = program.home / "postern.ini"
    settings.write_text("")
    program.start("-c", str(settings))
    assert answers(program.door()) == 200
    other = audit.folder / "other"
    with Client(program.door()) as kept:
        for path, lines in ((audit.path, 1), (other, 1), (None, 1),
                            (audit.path, 2)):
            settings.write_text(
                f"[log]\naudit = {path}\n" if path else "")
            assert reload(program).returncode == 0
            one_worker(program)
            assert kept.ask(PING).status == 200
            if path:
                wait_until(lambda path=path, lines=lines:
                           path.read_bytes().count(b"\n") == lines,
                           "the line")
    assert other.read_bytes().count(b"\n") == 1
    settings.write_text(f"[log]\naudit = {audit.folder}\n")
    done = reload(program)
    assert done.returncode == 3 and str(audit.folder) in done.stderr
    assert answers(program.door()) == 200
    audit.wait_lines(3)


def test_a_file_that_cannot_be_is_an_error_at_the_start(
        postern, recorder, home):
    program = postern(recorder.path, web=ONLY_PING)
    program.spawn("--audit-file", "/dev/null")
    assert program.process.wait(10) == 1
    assert "neither a file nor a FIFO" in program.text()


def test_nobody_waits_for_the_reader_of_a_fifo(serve, audit):
    os.mkfifo(audit.path)
    give(audit.path)
    program = serve(PROFILE, "--audit-file", str(audit.path))
    count = 0
    with Client(program.door()) as client:
        while status(program)["audit_lost"] == 0:
            began = time.monotonic()
            client.send(request("DELETE", "/containers/" + 400 * "x") * 200)
            for _ in range(200):
                assert client.answer("DELETE").status == 403
            assert time.monotonic() - began < 5
            count += 200
    lost = status(program)["audit_lost"]
    reader = os.open(audit.path, os.O_RDONLY | os.O_NONBLOCK)
    text = b""

    def read():
        nonlocal text
        try:
            text += os.read(reader, 1 << 20)
        except BlockingIOError:
            pass
        return text.count(b"\n") == count - lost

    wait_until(read, "all that was not lost")
    for line in text.splitlines():
        assert json.loads(line)["verdict"] == "deny"
    assert "postern_audit_lines_lost_total %d\n" % lost in run_metrics(
        program)
    assert reload(program).returncode == 0
    one_worker(program)
    assert status(program)["audit_lost"] == lost
    assert f"audit        {lost} lines lost" in run(
        "status", "--directory", program.directory).stdout
    os.close(reader)


def run_metrics(program):
    with Client(program.directory / "control.sock") as client:
        return client.ask(request("GET", "/metrics")).body.decode()


# Under load.

@pytest.fixture
def loaded(postern, home, audit):
    """A program with an audit, in front of a daemon that is quick."""
    quick = Daemon(home / "daemon.sock").start()
    program = postern(quick.path, web=allow(
        "ContainerInspect", "ContainerCreate"))
    program.start("--log-level", "notice", "--audit-file", str(audit.path))
    yield program
    quick.kill()


def test_each_request_has_a_line_while_all_is_replaced(loaded, audit):
    with Load(loaded.door()) as load:
        for number in range(12):
            time.sleep(.15)
            audit.rotate()
            loaded.process.send_signal(signal.SIGUSR1)
            wait_until(audit.path.exists, "the new file")
            if number % 3 == 1:
                assert reload(loaded).returncode == 0
            if number % 6 == 5:
                ready = len(loaded.log("ready"))
                loaded.process.send_signal(signal.SIGUSR2)
                wait_until(lambda: len(loaded.log("ready")) > ready,
                           "the next program")
    assert load.failures == [] and load.answered > 500
    audit.wait_for_all(loaded, load.answered)
    assert {line["status"] for line in audit.lines()} == {200}
    targets = [line["target"] for line in audit.lines()
               if line["method"] == "GET"]
    assert len(set(targets)) == len(targets) > 300


def test_a_worker_that_dies_takes_no_line_with_it(loaded, audit):
    kills = 3
    with Load(loaded.door()) as load:
        for _ in range(kills):
            time.sleep(1.2)
            os.kill(loaded.worker(), signal.SIGKILL)
        time.sleep(.3)
    assert load.answered > 500
    assert len(loaded.log("worker-ended", signal=signal.SIGKILL)) == kills
    # One that had sent an answer may have died before it wrote the line.
    low, high = load.answered - kills, load.answered + len(load.failures)

    def there():
        return len(audit.lines()) + status(loaded)["audit_lost"]

    wait_until(lambda: there() >= low, "the lines")
    time.sleep(.2)
    assert low <= there() <= high


# Containers.

def test_the_container_of_a_client(
        postern, recorder, dockerd, tools, home, audit):  # noqa: F811
    program = postern(recorder.path, web=PROFILE)
    program.start("--audit-file", str(audit.path))
    docker = Command(engine.clients()[0], dockerd.socket, home)
    said = docker.ok(
        "run", "--rm", "--cidfile", str(home / "cid"), "--network", "none",
        "-v", f"{tools}:/tools:ro", "-v", f"{program.door()}:/door",
        IMAGE, "/tools/ask", "/door", "/_ping")
    assert b" 200 " in said
    container = (home / "cid").read_text().strip()
    line, = audit.wait_lines(1)
    assert line["container"] == container and len(container) == 64
    assert program.wait_log("decision")["container"] == container
    # A process of the host is in none.
    assert answers(program.door()) == 200
    assert audit.wait_lines(2)[1]["container"] is None


def test_a_client_keeps_its_container_over_a_reload(
        postern, recorder, dockerd, tools, home, audit):  # noqa: F811
    program = postern(recorder.path, web=PROFILE)
    program.start("--audit-file", str(audit.path))
    docker = Command(engine.clients()[0], dockerd.socket, home)
    with docker.running(
            "run", "--rm", "-i", "--cidfile", str(home / "cid"), "--network",
            "none", "-v", f"{tools}:/tools:ro", "-v",
            f"{program.door()}:/door", IMAGE, "/tools/ask", "/door", "/_ping",
            "often") as client:
        for number in range(1, 4):
            client.stdin.write(b"\n")
            client.stdin.flush()
            audit.wait_lines(number)
            assert reload(program).returncode == 0
            one_worker(program)
            assert status(program)["clients"] == 1
        container = (home / "cid").read_text().strip()
        assert {line["container"] for line in audit.lines()} == {container}
        docker.ok("kill", container)
