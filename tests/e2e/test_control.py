# SPDX-License-Identifier: MIT
"""The control socket and the commands that ask it; what is counted, and
where it is written."""

import json
import os
import re
import signal
import socket
import stat
import time

import pytest

from engine import root_only
from profiles import ONLY_PING
from program import clean_environment, give, run
from scripts import INFO
from supervised import (PING, answers, daemon, follow, one_worker, reload,
                        status)
from test_doors import as_user, open_to_others
from wait import wait_until
from wire import Client, request

DOOR_KEYS = {"profile", "path", "systemd", "observes", "connections",
             "turned_away", "allowed", "denied", "refused", "failed",
             "streams", "sent", "received", "open", "flowing", "operations",
             "rejections", "answers"}
KEYS = {"state", "healthy", "version", "generation", "started", "uptime",
        "supervisor", "worker", "workers", "reloads", "refusals", "restarts",
        "lines_lost", "audit_lost", "last_error", "upstream", "user",
        "sandbox", "doors", "clients"}
SAMPLE = re.compile(
    r'postern_[a-z_]+(\{[a-z_]+="(?:[^"\\]|\\.)*"'
    r'(?:,[a-z_]+="(?:[^"\\]|\\.)*")*\})? [0-9.]+')


def control(program):
    return program.directory / "control.sock"


def owner(program):
    """Who it runs as."""
    return os.stat(f"/proc/{program.process.pid}").st_uid


def get(program, target, *fields, method="GET"):
    with Client(control(program)) as client:
        return client.ask(request(method, target, *fields))


def command(program, name, *arguments):
    return run(name, "--directory", program.directory, *arguments)


def samples(text):
    """Each sample's value; every line is as Prometheus wants it."""
    found, typed = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram")
            assert name not in typed
            typed[name] = kind
        elif not line.startswith("# HELP "):
            assert SAMPLE.fullmatch(line), line
            name, value = line.rsplit(" ", 1)
            family = name.partition("{")[0]
            if family not in typed:
                family = re.sub("_(bucket|sum|count)$", "", family)
                assert typed[family] == "histogram", line
            assert family in typed, line
            assert name not in found, line
            found[name] = float(value)
    return found


def counted(program, profile="web"):
    """Requests by verdict, and connections."""
    door, = [door for door in status(program)["doors"]
             if door["profile"] == profile]
    return (door["allowed"], door["denied"], door["refused"],
            door["connections"])


# Asking.

def test_status_for_people(program):
    assert answers(program.door()) == 200
    done = command(program, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^state +serving, healthy$", done.stdout, re.M)
    assert re.search(rf"^web +1 .*{program.door()}$", done.stdout, re.M)


def test_status_for_programs(program, recorder):
    answer = status(program)
    assert set(answer) == KEYS
    assert (answer["state"], answer["healthy"]) == ("serving", True)
    assert answer["supervisor"] == program.process.pid
    assert answer["worker"] == program.worker()
    assert answer["upstream"] == recorder.path
    assert answer["generation"] == answer["workers"] == 1
    assert answer["reloads"] == answer["restarts"] == 0
    assert abs(answer["started"] - time.time()) < 60
    door, = answer["doors"]
    assert set(door) == DOOR_KEYS
    assert door["path"] == str(program.door()) and not door["systemd"]


def test_status_counts_what_is_open(program, recorder):
    recorder.script = daemon
    with follow(program.door()), Client(program.door()) as idle:
        assert idle.ask(PING).status == 200
        door, = status(program)["doors"]
        assert (door["open"], door["flowing"], door["streams"]) == (2, 1, 1)
        assert status(program)["clients"] == 2
    wait_until(lambda: status(program)["doors"][0]["open"] == 0, "the end")
    door, = status(program)["doors"]
    assert (door["flowing"], door["streams"]) == (0, 1)


def test_health(program):
    done = command(program, "health")
    assert (done.returncode, done.stdout) == (0, "ok\n")
    assert program.finish() == 0
    done = command(program, "health")
    assert done.returncode == 1
    assert "no postern serves in" in done.stderr


def test_health_without_a_worker(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING).start()
    for _ in range(5):
        pid = program.worker()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: [other for other in program.workers()
                                    if other != pid], "another worker")
    os.kill(program.worker(), signal.SIGKILL)
    wait_until(lambda: command(program, "health").returncode == 1, "illness")
    wait_until(lambda: command(program, "health").returncode == 0, "health")


def test_health_while_it_stops(serve, recorder):
    recorder.script = lambda link: (link.request(), link.rest())
    program = serve(ONLY_PING, "--drain", "10s")
    with Client(program.door()) as client:
        client.send(PING)
        wait_until(lambda: recorder.links, "the request")
        program.process.send_signal(signal.SIGTERM)
        program.wait_log("stopping")
        done = command(program, "health")
        assert (done.returncode, done.stderr) == (1, "stopping\n")
        assert status(program)["state"] == "stopping"
        done = reload(program)
        assert done.returncode == 3 and "stopping" in done.stderr


def test_reload(program):
    program.profile("web", ONLY_PING)
    assert answers(program.door(), INFO) == 200
    done = reload(program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert answers(program.door(), INFO) == 403
    assert status(program)["generation"] == 2
    program.profile("web", "[allow]\noperation = Nope\n")
    done = reload(program)
    assert done.returncode == 3
    assert "web.ini:2: " in done.stderr
    answer = status(program)
    assert (answer["generation"], answer["refusals"]) == (2, 1)
    assert "web.ini:2: " in answer["last_error"]


@pytest.mark.parametrize("name", ["status", "health", "reload"])
def test_without_a_running_program(home, name):
    done = run(name, "--directory", home)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        f"postern: no postern serves in {home} (control.sock: No such file "
        "or directory); start one with: postern run\n")


@pytest.mark.parametrize("target, method, wanted", [
    ("/", "GET", 404), ("/metric", "GET", 404), ("/metrics/", "GET", 404),
    ("/containers/json", "GET", 404), ("/reload", "GET", 405),
    ("/status", "POST", 405), ("/health", "HEAD", 200),
    ("/healthy", "GET", 404), ("/status/", "GET", 404),
    ("/status/we", "GET", 404), ("/status/web/", "GET", 404),
    ("/status/web", "GET", 200), ("/status/web", "POST", 405),
    ("/status/web", "HEAD", 200),
])
def test_other_targets(program, target, method, wanted):
    with Client(control(program)) as client:
        answer = client.ask(request(method, target))
    assert answer.status == wanted
    if wanted != 200:
        assert "message" in json.loads(answer.body)
    assert status(program)["reloads"] == 0


# Who may ask.

def test_it_stands_apart_from_the_doors(program):
    found = os.lstat(control(program))
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_uid == owner(program)
    assert os.listdir(program.directory / "doors") == ["web.sock"]


@root_only
def test_its_own_user_and_root_may_ask_and_nobody_else(program):
    open_to_others(program)

    def try_it():
        try:
            return 0 if get(program, "/health").status == 200 else 1
        except PermissionError:
            return 13

    own = owner(program)
    assert own not in (0, 12345)
    assert as_user(own, own, [], try_it) == 0
    assert as_user(0, 0, [], try_it) == 0
    assert as_user(12345, 12345, [], try_it) == 13
    assert as_user(12345, own, [], try_it) == 13
    # Nor when somebody opens it.
    os.chmod(control(program), 0o666)

    def refused():
        with Client(control(program)) as client:
            return 0 if client.answer().status == 403 else 1

    assert as_user(12345, 12345, [], refused) == 0


def test_a_slow_client_holds_up_nobody(program):
    with Client(control(program)) as slow, Client(control(program)) as mute:
        slow.send(b"GET /status HTTP/1.1\r\nHo")
        assert get(program, "/health").status == 200
        assert command(program, "status").returncode == 0
        assert reload(program).returncode == 0
        assert answers(program.door()) == 200
        slow.send(b"st: x\r\n\r\n")
        assert slow.answer().status == 200
        assert mute.answer().status == 408


def test_many_clients_hold_up_no_door(program):
    clients = [Client(control(program)) for _ in range(40)]
    assert answers(program.door()) == 200
    for client in clients:
        client.close()
    wait_until(lambda: command(program, "health").returncode == 0, "health")


# Counting.

def test_metrics(program):
    assert answers(program.door()) == 200
    assert answers(program.door(), b"broken\r\n\r\n") == 400
    answer = get(program, "/metrics")
    assert answer.status == 200
    assert answer.field("Content-Type").startswith(
        "text/plain; version=0.0.4")
    found = samples(answer.body.decode())
    verdict = 'postern_requests_total{profile="web",verdict="%s"}'
    assert found[verdict % "allow"] == 1
    assert found[verdict % "refuse"] == 1
    assert found[verdict % "deny"] == 0
    assert found['postern_door_connections_total{profile="web"}'] == 2
    assert len(found) > 10


def send(program, allowed, denied):
    with Client(program.door()) as client:
        for _ in range(allowed):
            assert client.ask(PING).status == 200
        for _ in range(denied):
            assert client.ask(INFO).status == 403


def test_counts_are_exact_whatever_happens(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING).start()
    with Client(program.door()) as kept:
        assert kept.ask(PING).status == 200
        send(program, 5, 3)
        assert counted(program) == (6, 3, 0, 2)
        assert reload(program).returncode == 0
        assert counted(program) == (6, 3, 0, 2)
        # It is no new connection, though another worker has it.
        assert kept.ask(INFO).status == 403
        assert counted(program) == (6, 4, 0, 2)
    one_worker(program)
    for _ in range(3):
        send(program, 4, 2)
        pid = program.worker()
        os.kill(pid, signal.SIGKILL)
        program.wait_log("worker-ended", pid=pid)
    assert answers(program.door()) == 200
    assert counted(program) == (19, 10, 0, 6)
    ready = len(program.log("ready"))
    program.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(program.log("ready")) > ready, "the next program")
    assert counted(program) == (19, 10, 0, 6)
    send(program, 1, 1)
    assert counted(program) == (20, 11, 0, 7)
    one_worker(program)
    program.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(program.log("ready")) > ready + 1, "one more")
    send(program, 1, 1)
    assert counted(program) == (21, 12, 0, 8)
    found = samples(get(program, "/metrics").body.decode())
    assert found['postern_requests_total{profile="web",verdict="allow"}'] \
        == 21
    assert len(program.log("decision", verdict="allow")) == 21
    assert len(program.log("decision", verdict="deny")) == 12


def test_counts_come_back_with_their_profile(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING, db=ONLY_PING).start()
    assert answers(program.door("db")) == 200
    (program.profiles / "db.ini").unlink()
    assert reload(program).returncode == 0
    assert [door["profile"] for door in status(program)["doors"]] == ["web"]
    assert '"db"' not in get(program, "/metrics").body.decode()
    program.profile("db", ONLY_PING)
    assert reload(program).returncode == 0
    assert answers(program.door("db")) == 200
    assert counted(program, "db") == (2, 0, 0, 2)


# The file.

@pytest.fixture
def metrics(home):
    """A directory for it, which the program may write to."""
    folder = home / "metrics"
    folder.mkdir()
    give(folder)
    return folder / "postern.prom"


def start_with_metrics(program, path):
    """Asked, and written, three times a second."""
    return program.start(
        "--metrics-file", str(path),
        env=dict(clean_environment(), WATCHDOG_USEC="1000000"))


def test_the_file_of_metrics(postern, recorder, metrics):
    program = postern(recorder.path, web=ONLY_PING)
    start_with_metrics(program, metrics)
    name = 'postern_requests_total{profile="web",verdict="allow"}'
    wait_until(metrics.exists, "the file")
    assert stat.S_IMODE(os.lstat(metrics).st_mode) == 0o644
    first = os.lstat(metrics).st_ino
    held = os.open(metrics, os.O_RDONLY)
    assert samples(metrics.read_text())[name] == 0
    assert answers(program.door()) == 200
    wait_until(lambda: samples(metrics.read_text())[name] == 1, "the count")
    # Another file took its place: who read the old one read all of it.
    assert os.lstat(metrics).st_ino != first
    assert samples(os.read(held, 1 << 20).decode())[name] == 0
    os.close(held)
    wait_until(lambda: os.listdir(metrics.parent) == ["postern.prom"],
               "a moment without a new one")
    assert not program.log("metrics-failed")


def test_every_reader_sees_a_whole_file(postern, recorder, metrics):
    program = postern(recorder.path, **{
        f"d{number}": ONLY_PING for number in range(50)})
    start_with_metrics(program, metrics)
    wait_until(metrics.exists, "the file")
    count = len(samples(metrics.read_text()))
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        assert len(samples(metrics.read_text())) == count


@root_only
def test_a_file_that_cannot_be_written_is_said_once(
        postern, recorder, home, metrics):
    locked = home / "locked"
    locked.mkdir(0o755)
    program = postern(recorder.path, web=ONLY_PING)
    start_with_metrics(program, locked / "postern.prom")
    line = program.wait_log("metrics-failed")
    assert line["level"] == "warning" and str(locked) in line["why"]
    time.sleep(1.2)
    assert len(program.log("metrics-failed")) == 1
    assert answers(program.door()) == 200
    # It may work later.
    give(locked)
    wait_until((locked / "postern.prom").exists, "the file")
    (locked / "postern.prom").unlink()
    os.chown(locked, 0, 0)
    wait_until(lambda: len(program.log("metrics-failed")) == 2, "the word")


def test_a_client_that_hangs_up_harms_nobody(program):
    for message in b"", b"GET", b"POST /reload HTTP/1.1\r\nHost: x\r\n\r\n":
        for _ in range(5):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(control(program)))
                client.sendall(message)
    wait_until(lambda: command(program, "health").returncode == 0, "health")
    assert answers(program.door()) == 200
    wait_until(lambda: status(program)["state"] == "serving", "its end")


def test_lines_that_nobody_reads_are_counted_over_reloads(
        postern, recorder, home):
    pipe = home / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    program = postern(recorder.path, web=ONLY_PING)
    program.spawn(prefix=("sh", "-c", 'exec "$@" 2>"$0"', str(pipe)))
    wait_until(control(program).exists, "the control socket")
    wait_until(lambda: answers(program.door(), PING) == 200, "the door")
    with pytest.raises(BlockingIOError):
        while True:
            os.write(reader, 4096 * b"x")
    with Client(program.door()) as client:
        for _ in range(50):
            assert client.ask(PING).status == 200
    # Both processes lose some: the supervisor, those of the reload.
    assert reload(program).returncode == 0
    wait_until(lambda: status(program)["lines_lost"] > 50, "the count", 30)
    lost = status(program)["lines_lost"]
    assert reload(program).returncode == 0
    assert status(program)["lines_lost"] >= lost
    os.close(reader)
