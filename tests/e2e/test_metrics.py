# SPDX-License-Identifier: MIT
"""What is counted one by one: requests by operation and verdict, rejections
by reason, and how long the daemon takes; over reloads, crashes and
upgrades."""

import collections
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from profiles import EVERYTHING, ONLY_PING
from recorder import plain_answer
from scripts import ATTACH, INFO, JSON
from supervised import (PING, answers, daemon, follow, one_worker, reload,
                        status)
from test_control import command, get, samples
from wait import wait_until
from wire import Client, request

LIST = request("GET", "/containers/json")
STOP = request("POST", "/containers/web/stop", body=b"")
NOTHING = request("GET", "/nothing")
SWARM = request("GET", "/swarm")
JUDGED = """[allow]
operation = SystemPing ContainerList ContainerCreate SystemEvents
[deny]
operation = SystemInfo
"""
OPERATION = re.compile(r'postern_operation_requests_total\{profile="(\w+)",'
                       r'operation="(\w+)",verdict="([\w-]+)"\}')
REJECTION = re.compile(r'postern_rejections_total\{profile="(\w+)",'
                       r'reason="([\w-]+)"\}')


def metrics(program):
    return samples(get(program, "/metrics").body.decode())


def by(pattern, found, profile="web"):
    """{labels: value} of a metric's samples for that profile."""
    matches = {pattern.fullmatch(name): value
               for name, value in found.items()}
    return {match.groups()[1:] if len(match.groups()) > 2 else match[2]: value
            for match, value in matches.items()
            if match and match[1] == profile}


def total(found, verdict, profile="web"):
    return found['postern_requests_total'
                 f'{{profile="{profile}",verdict="{verdict}"}}']


def answered(found, profile="web"):
    name = f'postern_daemon_answer_seconds_count{{profile="{profile}"}}'
    return found.get(name, 0)


def within(found, bound, profile="web"):
    return found['postern_daemon_answer_seconds_bucket'
                 f'{{profile="{profile}",le="{bound}"}}']


def check_sums(found, profile="web"):
    """The parts are the whole."""
    operations = by(OPERATION, found, profile)
    for verdict in "allow", "deny":
        assert total(found, verdict, profile) == sum(
            value for (_, one), value in operations.items()
            if one == verdict or (verdict, one) == ("allow", "would-deny"))
    assert sum(by(REJECTION, found, profile).values()) == \
        total(found, "deny", profile) + total(found, "refuse", profile) + \
        total(found, "fail", profile) + \
        found[f'postern_door_turned_away_total{{profile="{profile}"}}']


def ask(program, *requests, profile="web"):
    """Each on a connection of its own."""
    for one in requests:
        with Client(program.door(profile)) as client:
            client.ask(one)


def test_each_operation_is_counted_by_its_verdict(postern, recorder):
    program = postern(recorder.path, web=JUDGED, db=JUDGED).start()
    ask(program, *7 * [PING], *5 * [LIST], *3 * [STOP], *2 * [INFO], NOTHING,
        NOTHING, SWARM)
    ask(program, *4 * [PING], STOP, profile="db")
    with Client(program.door()) as client:
        privileged = request("POST", "/containers/create", JSON,
                             body=b'{"Image":"x","HostConfig":'
                                  b'{"Privileged":true}}')
        assert client.ask(privileged).status == 403
    found = metrics(program)
    assert by(OPERATION, found) == {
        ("SystemPing", "allow"): 7, ("ContainerList", "allow"): 5,
        ("ContainerStop", "deny"): 3, ("SystemInfo", "deny"): 2,
        ("unknown", "deny"): 2, ("SwarmInspect", "deny"): 1,
        ("ContainerCreate", "deny"): 1}
    assert by(REJECTION, found) == {
        "not-allowed": 3, "denied": 2, "unknown-operation": 2,
        "root-equivalent": 1, "field": 1}
    assert by(OPERATION, found, "db") == {
        ("SystemPing", "allow"): 4, ("ContainerStop", "deny"): 1}
    for profile in "web", "db":
        check_sums(found, profile)


def test_what_would_be_denied_is_counted_by_itself(postern, recorder):
    program = postern(recorder.path, web=(
        "[profile]\nmode = observe\n"
        "[allow]\noperation = SystemPing ContainerCreate\n"
        "[deny]\noperation = SystemInfo\n"
        "[container]\nimage = httpd\n"), db=ONLY_PING).start()
    nginx = request("POST", "/containers/create", JSON,
                    body=b'{"Image":"nginx"}')
    ask(program, PING, *2 * [LIST], STOP, INFO, nginx)
    found = metrics(program)
    assert by(OPERATION, found) == {
        ("SystemPing", "allow"): 1, ("ContainerList", "would-deny"): 2,
        ("ContainerStop", "would-deny"): 1, ("SystemInfo", "deny"): 1,
        ("ContainerCreate", "would-deny"): 1}
    assert by(REJECTION, found) == {"denied": 1}
    check_sums(found)
    doors = {door["profile"]: door for door in status(program)["doors"]}
    assert doors["web"]["observes"] is True
    assert doors["db"]["observes"] is False
    assert doors["web"]["operations"]["ContainerList"] == {
        "allow": 0, "deny": 0, "would-deny": 2}
    text = command(program, "status", "web").stdout
    assert f"{program.door()} (observes)\n" in text
    assert ["ContainerList", "0", "0", "2"] in [
        line.split() for line in text.splitlines()]
    assert f"{program.door()} (observes)\n" in \
        command(program, "status").stdout
    # No longer, once the profile does not; what was counted stays.
    program.profile("web", ONLY_PING)
    assert reload(program).returncode == 0
    doors = {door["profile"]: door for door in status(program)["doors"]}
    assert doors["web"]["observes"] is False
    assert by(OPERATION, metrics(program))["ContainerStop", "would-deny"] == 1


# Whatever a request can be rejected for in a moment: what to send, and
# through which door.
REJECTED = {
    "unknown-operation": ("web", NOTHING),
    "not-allowed": ("web", STOP),
    "root-equivalent": ("web", SWARM),
    "denied": ("web", INFO),
    "field": ("web", request("POST", "/containers/create", JSON,
                             body=b'{"Image":"x","Nobody":1}')),
    "malformed": ("web", request("GET", "/a%2fb")),
    "expectation": ("web", request("GET", "/_ping", "Expect: 200-ok")),
    "head-too-large": ("web", request("GET", "/_ping",
                                      f"A: {17000 * 'a'}")),
    "target-too-long": ("web", request("GET", f"/{9000 * 'a'}")),
    "body-too-large": ("web", request("POST", "/containers/create", JSON,
                                      body=2048 * b" ")),
    "peer": ("closed", PING),
    "too-many-connections": ("full", PING),
    "too-many-requests": ("slow", PING),
    "daemon-malformed": ("web", PING),
    "daemon-down": ("web", PING),
}


def test_each_rejection_is_counted_by_its_reason(postern, recorder):
    recorder.script = lambda link: (link.request(), link.send(b"nonsense\r\n\r\n"))
    program = postern(
        recorder.path, web=JUDGED + "[limits]\nbody = 1K\n",
        closed=JUDGED + "[socket]\npeers = uid:4294967294\n",
        full=JUDGED + "[limits]\nconnections = 1\n",
        slow=JUDGED + "[limits]\nrequests-per-second = 1\n").start()
    with Client(program.door("full")) as client:
        assert client.ask(INFO).status == 403
        for reason, (door, sent) in REJECTED.items():
            if reason == "daemon-down":
                recorder.shut()
            if reason == "too-many-requests":
                assert answers(program.door("slow"), INFO) == 403
            assert answers(program.door(door), sent) >= 400
    found = metrics(program)
    counted = collections.Counter()
    for door in "web", "closed", "full", "slow":
        counted.update(by(REJECTION, found, door))
        check_sums(found, door)
    # One each, and those that fill the doors.
    wanted = collections.Counter(REJECTED.keys())
    wanted["denied"] += 2
    assert counted == wanted
    # And the log says the same.
    assert counted == collections.Counter(
        line["reason"] for line in program.log()
        if line["event"] == "refused" or line.get("verdict") == "deny")


def test_time_is_counted_until_the_answer_begins(serve, recorder):
    def script(link):
        while True:
            message = link.request()
            if "/info" in message.target:
                time.sleep(.06)
                head, _, body = plain_answer(message).partition(b"\r\n\r\n")
                link.send(head + b"\r\n\r\n")
                time.sleep(.3)
                link.send(body)
            else:
                link.send(plain_answer(message))

    recorder.script = script
    program = serve(EVERYTHING)
    with Client(program.door()) as client:
        for _ in range(10):
            assert client.ask(PING).status == 200
        assert client.ask(INFO).status == 200
    found = metrics(program)
    assert answered(found) == within(found, "+Inf") == 11
    assert within(found, "0.05") == 10
    assert within(found, "0.25") == 11
    seconds = found['postern_daemon_answer_seconds_sum{profile="web"}']
    assert .06 <= seconds < .3
    bounds = [within(found, bound) for bound in (
        "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
        "0.5", "1", "2.5", "5", "10", "+Inf")]
    assert bounds == sorted(bounds)
    assert sum("_bucket{" in name for name in found) == len(bounds)


def test_what_waits_for_something_else_is_not_timed(serve, recorder):
    recorder.script = daemon
    program = serve(EVERYTHING)
    with follow(program.door()), Client(program.door()) as client:
        client.send(ATTACH)
        assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        ask(program, request("POST", "/containers/web/wait", body=b""),
            request("POST", "/images/load", body=b"x"), NOTHING)
        assert answered(metrics(program)) == 0
        ask(program, PING)
        assert answered(metrics(program)) == 1
    found = metrics(program)
    assert by(OPERATION, found)["ContainerWait", "allow"] == 1
    assert total(found, "allow") == 5


def test_a_request_without_an_answer_is_not_timed(serve, recorder):
    recorder.script = lambda link: link.request()
    program = serve(ONLY_PING)
    assert answers(program.door()) == 502
    found = metrics(program)
    assert answered(found) == 0
    assert by(REJECTION, found) == {"daemon-down": 1}
    assert by(OPERATION, found) == {("SystemPing", "allow"): 1}


def test_nothing_goes_backwards(postern, recorder):
    program = postern(recorder.path, web=JUDGED).start()
    # By a client that goes from one worker to the next.
    sent = collections.Counter({("unknown", "deny"): 1})

    def more():
        ask(program, PING, LIST, INFO)
        sent.update({("SystemPing", "allow"): 1, ("ContainerList", "allow"): 1,
                     ("SystemInfo", "deny"): 1})
        found = metrics(program)
        assert by(OPERATION, found) == sent
        assert by(REJECTION, found) == {
            "denied": sent["SystemInfo", "deny"], "unknown-operation": 1}
        assert answered(found) == 2 * sent["SystemPing", "allow"]
        check_sums(found)

    def killed():
        pid = program.worker()
        os.kill(pid, signal.SIGKILL)
        program.wait_log("worker-ended", pid=pid)

    def upgraded():
        ready = len(program.log("ready"))
        program.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: len(program.log("ready")) > ready, "the next")

    with Client(program.door()) as client:
        assert client.ask(NOTHING).status == 403
        more()
        assert reload(program).returncode == 0
        more()
        assert client.ask(INFO).status == 403
        sent["SystemInfo", "deny"] += 1
        more()
        for happens in killed, upgraded, killed, upgraded, upgraded:
            happens()
            more()
            one_worker(program)
            more()
        # A profile that was away has its counts again.
        program.profile("db", ONLY_PING)
        (program.profiles / "web.ini").unlink()
        assert reload(program).returncode == 0
        assert by(OPERATION, metrics(program)) == {}
        program.profile("web", JUDGED)
        assert reload(program).returncode == 0
        more()


def test_status_of_one_door(postern, recorder):
    program = postern(recorder.path, web=JUDGED, db=ONLY_PING).start()
    ask(program, *3 * [PING], LIST, *2 * [INFO], NOTHING)
    done = command(program, "status", "web")
    assert (done.returncode, done.stderr) == (0, "")
    text = done.stdout
    assert text.startswith(f"door         web\npath         "
                           f"{program.door()}\n")
    assert "\nrequests     4 allowed, 3 denied, 0 refused, 0 failed\n" in text
    assert re.search(r"^answers +4 timed: half within .* ms, 90% within .*, "
                     r"99% within .*$", text, re.M)
    head, operations, rejected = text.split("\n\n")
    assert head.count("\n") == 6
    assert [line.split() for line in operations.splitlines()] == [
        ["OPERATION", "ALLOW", "DENY", "WOULD-DENY"],
        ["SystemPing", "3", "0", "0"], ["SystemInfo", "0", "2", "0"],
        ["ContainerList", "1", "0", "0"], ["unknown", "0", "1", "0"]]
    assert [line.split() for line in rejected.splitlines()] == [
        ["REJECTED", "COUNT"], ["denied", "2"], ["unknown-operation", "1"]]
    done = command(program, "status", "db")
    assert done.returncode == 0
    assert done.stdout.endswith("\nanswers      0 timed\n")


def test_status_of_one_door_for_programs(postern, recorder):
    program = postern(recorder.path, web=JUDGED, db=ONLY_PING).start()
    ask(program, PING, INFO)
    wait_until(lambda: status(program)["clients"] == 0, "their end")
    done = command(program, "status", "--json", "web")
    assert (done.returncode, done.stderr) == (0, "")
    door = json.loads(done.stdout)
    assert door in status(program)["doors"]
    assert door["operations"] == {
        "SystemPing": {"allow": 1, "deny": 0, "would-deny": 0},
        "SystemInfo": {"allow": 0, "deny": 1, "would-deny": 0}}
    assert door["rejections"] == {"denied": 1}
    timed = door["answers"]
    assert timed["count"] == timed["within"]["+Inf"] == 1
    assert 0 < timed["p50"] <= timed["p90"] <= timed["p99"] <= 10
    assert 0 < timed["seconds"] < 10
    other, = [one for one in status(program)["doors"]
              if one["profile"] == "db"]
    assert (other["operations"], other["rejections"]) == ({}, {})
    assert other["answers"] == {"count": 0, "seconds": 0, "p50": None,
                                "p90": None, "p99": None, "within": {}}


@pytest.mark.parametrize("arguments, wanted, words", [
    (["we"], 1, "no profile of that name has a door"),
    (["--json", "webs"], 1, "no profile of that name has a door"),
    (["../health"], 2, "no profile has such a name"),
    ([""], 2, "no profile has such a name"),
    (["x" * 600], 2, "no profile has such a name"),
    (["web", "db"], 2, "one profile, or none"),
])
def test_status_of_no_door(program, arguments, wanted, words):
    done = command(program, "status", *arguments)
    assert (done.returncode, done.stdout) == (wanted, "")
    assert words in done.stderr


@pytest.mark.skipif(not shutil.which("promtool"),
                    reason="promtool is not here (Debian: prometheus)")
def test_promtool_has_nothing_to_say(postern, recorder):
    program = postern(recorder.path, web=JUDGED, **{"a.b-c": JUDGED}).start()
    ask(program, PING, INFO, LIST, NOTHING, request("GET", "/a%2fb"))
    ask(program, PING, INFO, profile="a.b-c")
    text = get(program, "/metrics").body
    assert b"_bucket{" in text and b"rejections_total{" in text
    done = subprocess.run(["promtool", "check", "metrics"], input=text,
                          capture_output=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def counters_resident(pid):
    """Bytes of the memory for counters that are there."""
    inside, found = False, 0
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = "postern-counters" in line
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found


def test_doors_without_clients_cost_no_memory(postern, recorder):
    program = postern(recorder.path, **{
        f"d{number}": ONLY_PING for number in range(400)}).start()
    ask(program, PING, profile="d7")
    found = metrics(program)
    assert answered(found, "d7") == 1
    assert status(program)["doors"][7]["profile"]
    assert not any(by(OPERATION, found, f"d{number}")
                   for number in range(400) if number != 7)
    # All that there is room for would be two megabytes.
    for pid in program.process.pid, program.worker():
        assert 0 < counters_resident(pid) < 100000
