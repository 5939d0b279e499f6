# SPDX-License-Identifier: MIT
"""The supervisor: workers that die, its own end, and what it tells a service
manager."""

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from engine import root_only
from profiles import EVERYTHING, ONLY_PING
from program import binary, children as children_of, clean_environment, \
    is_sanitized
from scripts import ATTACH, INFO
from service import Service
from supervised import (PING, answers, children, daemon, descriptors, follow,
                        inode, status)
from wait import wait_until
from wire import Client, read_head, response

# A sanitizer takes the other one for itself.
DEADLY = [signal.SIGKILL, signal.SIGABRT] + \
    ([] if is_sanitized() else [signal.SIGSEGV])


@pytest.fixture
def service(home, monkeypatch):
    made = Service(home, monkeypatch)
    yield made
    made.close()


@pytest.fixture
def patient(serve):
    """One that gives streams more time than a test has."""
    return serve(EVERYTHING, "--drain", "60m")


def is_gone(pid):
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return "State:\tZ" in text


def kill_worker(program, number=signal.SIGKILL):
    """Returns the process id."""
    pid = program.worker()
    os.kill(pid, number)
    return pid


def another_worker(program, pid):
    """Seconds until there is another one."""
    began = time.monotonic()
    wait_until(lambda: [other for other in program.workers()
                        if other != pid], "another worker")
    return time.monotonic() - began


def tunnel(program, recorder):
    """A client and its end of an open tunnel."""
    recorder.script = daemon
    client = Client(program.door())
    client.send(ATTACH)
    assert read_head(client).status == 101
    return client


def expect_echo(client, data):
    client.send(data)
    assert client.exactly(len(data)) == data


# Workers that die.

@pytest.mark.parametrize("number", DEADLY)
def test_a_dead_worker_is_replaced_at_once(program, number):
    assert answers(program.door()) == 200
    before = inode(program.door())
    time.sleep(1.1)
    pid = kill_worker(program, number)
    began = time.monotonic()
    assert answers(program.door()) == 200
    seconds = time.monotonic() - began
    print(f"served after {1000 * seconds:.0f} ms")
    assert seconds < (2 if is_sanitized() else .5)
    line = program.wait_log("worker-ended", pid=pid)
    assert (line["level"], line["signal"]) == ("error", number)
    assert program.worker() != pid
    assert inode(program.door()) == before
    assert status(program)["restarts"] == 1


def test_clients_wait_while_there_is_no_worker(program):
    assert answers(program.door()) == 200
    pid = program.worker()
    os.kill(program.process.pid, signal.SIGSTOP)
    try:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: is_gone(pid), "its end")
        clients = [Client(program.door()) for _ in range(20)]
        for client in clients:
            client.send(PING)
    finally:
        os.kill(program.process.pid, signal.SIGCONT)
    for client in clients:
        assert client.answer().status == 200
        client.close()


def test_a_worker_that_keeps_dying_is_given_pauses(program):
    time.sleep(1.1)
    gaps = []
    for _ in range(6):
        gaps.append(another_worker(program, kill_worker(program)))
    print("seconds without a worker:", [f"{gap:.2f}" for gap in gaps])
    assert gaps[5] > .35 and gaps[4] > .17
    assert gaps[5] > gaps[4] > gaps[3]
    # One that has lived for a while is replaced at once again.
    assert answers(program.door()) == 200
    time.sleep(1.2)
    assert another_worker(program, kill_worker(program)) < .35
    assert answers(program.door()) == 200
    assert status(program)["restarts"] == 7


def test_dead_workers_leave_nothing_behind(program):
    assert answers(program.door()) == 200
    before = descriptors(program)
    for _ in range(5):
        another_worker(program, kill_worker(program))
    assert answers(program.door()) == 200
    wait_until(lambda: descriptors(program) == before, "descriptors")
    assert len(children(program)) == 1


def test_a_worker_that_does_not_answer_is_replaced(postern, recorder):
    # Asked three times a second: else this takes longer still.
    program = postern(recorder.path, web=ONLY_PING).start(
        env=dict(clean_environment(), WATCHDOG_USEC="1000000"))
    pid = program.worker()
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    with Client(program.door()) as client:
        client.send(PING)
        client.sock.settimeout(30)
        assert client.answer().status == 200
    assert 14 < time.monotonic() - began < 25
    assert program.wait_log("worker-stuck", pid=pid)["seconds"]
    program.wait_log("worker-ended", pid=pid, signal=signal.SIGKILL)


# A supervisor that dies.

def test_without_a_supervisor_a_worker_ends(patient, recorder):
    client = tunnel(patient, recorder)
    worker = patient.worker()
    patient.kill()
    wait_until(lambda: not is_listening(patient), "closed doors")
    # It may go on for as long as "drain" says.
    expect_echo(client, b"still there")
    client.close()
    wait_until(lambda: is_gone(worker), "its end")
    patient.process = None


def is_listening(patient):
    try:
        Client(patient.door()).close()
    except ConnectionRefusedError:
        return False
    return True


def test_without_a_supervisor_streams_end_with_the_drain(
        postern, recorder):
    program = postern(recorder.path, web=EVERYTHING)
    program.start("--drain", "1s")
    client = tunnel(program, recorder)
    worker = program.worker()
    began = time.monotonic()
    program.crash()
    assert client.rest() == b""
    assert .9 < time.monotonic() - began < 5
    wait_until(lambda: is_gone(worker), "its end")


def test_a_fresh_start_takes_over_what_a_dead_one_left(program):
    worker = program.worker()
    program.crash()
    assert program.door().exists()
    wait_until(lambda: is_gone(worker), "its end")
    program.start()
    assert answers(program.door()) == 200
    assert status(program)["healthy"]
    assert os.listdir(program.directory / "doors") == ["web.sock"]


# Its end.

def test_a_stop_lets_an_exchange_end(program, recorder):
    go = threading.Event()

    def script(link):
        link.request()
        assert go.wait(10)
        link.send(response(200, body=b"whole"))

    recorder.script = script
    with Client(program.door()) as client:
        client.send(INFO)
        wait_until(lambda: recorder.links and recorder.link().requests,
                   "the request")
        program.process.send_signal(signal.SIGTERM)
        program.wait_log("stopping")
        time.sleep(.2)
        assert program.is_running()
        go.set()
        answer = client.answer()
        assert answer.body == b"whole"
        assert answer.field("Connection") == "close"
        assert client.at_end()
    assert program.process.wait(5) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_idle_clients_and_endless_streams_at_once(
        patient, recorder, number):
    recorder.script = daemon
    with Client(patient.door()) as idle, follow(patient.door()) as stream:
        assert idle.ask(PING).status == 200
        began = time.monotonic()
        assert patient.finish(number) == 0
        assert time.monotonic() - began < 3
        assert idle.at_end()
        # It is cut: no chunk says that this is the end.
        assert stream.rest() == b""
    assert patient.log("stream-end", operation="SystemEvents")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_gives_tunnels_their_time(postern, recorder, number):
    program = postern(recorder.path, web=EVERYTHING)
    program.start("--drain", "1s")
    client = tunnel(program, recorder)
    began = time.monotonic()
    program.process.send_signal(number)
    assert program.wait_log("stopping")["drain"] == 1
    expect_echo(client, b"going on")
    assert program.is_running()
    assert client.rest() == b""
    assert .9 < time.monotonic() - began < 5
    assert program.process.wait(5) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(patient, recorder, number):
    client = tunnel(patient, recorder)
    patient.process.send_signal(signal.SIGTERM)
    patient.wait_log("stopping")
    expect_echo(client, b"going on")
    patient.process.send_signal(number)
    assert patient.process.wait(3) == 0
    client.close()
    assert os.listdir(patient.directory / "doors") == []


def test_a_terminals_interrupt_reaches_both(postern, recorder):
    program = postern(recorder.path, web=EVERYTHING)
    program.start(start_new_session=True)
    assert answers(program.door()) == 200
    os.killpg(program.process.pid, signal.SIGINT)
    assert program.process.wait(5) == 0
    ends = program.log("worker-ended")
    assert [end.get("status") for end in ends] == [0]


def test_a_stop_removes_its_sockets(program):
    assert (program.directory / "control.sock").exists()
    assert program.finish() == 0
    assert os.listdir(program.directory) == ["doors"]
    assert os.listdir(program.directory / "doors") == []


def test_what_a_manager_keeps_is_not_removed(postern, recorder, service):
    program = postern(recorder.path, web=ONLY_PING)
    service.start(program, [], notify=True)
    assert program.finish() == 0
    assert program.door().exists()
    assert not (program.directory / "control.sock").exists()


# What a worker is.

def test_a_worker_knows_nothing_of_a_manager(postern, recorder, service):
    program = postern(recorder.path, web=ONLY_PING)
    service.start(program, [], notify=True, WATCHDOG_USEC="30000000")
    text = Path(f"/proc/{program.worker()}/environ").read_bytes()
    names = {entry.split(b"=")[0] for entry in text.split(b"\0")}
    assert b"LISTEN_FDS" in names
    assert names.isdisjoint({b"NOTIFY_SOCKET", b"WATCHDOG_USEC",
                             b"WATCHDOG_PID", b"POSTERN_STATE"})


def test_a_worker_holds_nothing_that_it_does_not_need(program):
    pid = program.worker()
    links = [os.readlink(f"/proc/{pid}/fd/{fd}")
             for fd in os.listdir(f"/proc/{pid}/fd")]
    sockets = [link for link in links if link.startswith("socket:")]
    assert len(sockets) == 2  # its door, and the supervisor
    files = {link for link in links if link.startswith("/")
             and not link.startswith("/memfd:")}
    assert files <= {"/dev/null", str(program.errors)}
    assert not [link for link in links if "bundle" in link]


@root_only
def test_nobody_starts_a_worker(home):
    shutil.copy(binary(), home / "postern")
    for command, word in (
            ([], "root"),
            (["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"],
             'for "postern run"')):
        done = subprocess.run(
            [*command, home / "postern", "worker"], capture_output=True,
            text=True, timeout=20, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("postern: worker: ")
        assert word in done.stderr


@root_only
def test_as_a_containers_first_process(postern, recorder, home, monkeypatch):
    program = postern(recorder.path, web=ONLY_PING)
    launcher = home / "first"
    launcher.write_text("#!/bin/sh\nexec unshare --pid --fork --kill-child "
                        f'--mount-proc {binary()} "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("POSTERN", str(launcher))
    program.start()
    first, = children(program)

    def family():
        return children_of(first)

    assert len(family()) == 1
    # An orphan becomes its child, and ends.
    subprocess.run(
        ["nsenter", "-t", str(first), "-p", "sh", "-c",
         f"(sleep .3; : > {home}/slept) & :"], check=True, timeout=20)
    wait_until(lambda: len(family()) == 2, "the orphan")
    wait_until(lambda: (home / "slept").exists() and len(family()) == 1,
               "the orphan's end")
    assert answers(program.door()) == 200
    os.kill(first, signal.SIGTERM)
    assert program.process.wait(10) == 0
    assert os.listdir(program.directory / "doors") == []


# What a manager is told.

def test_a_manager_is_told_how_it_goes(postern, recorder, service):
    program = postern(recorder.path, web=ONLY_PING, db=ONLY_PING)
    service.start(program, [], notify=True, WATCHDOG_USEC="1000000")
    service.wait(READY="1")
    service.wait(STATUS="2 doors, 0 clients")
    with Client(program.door()) as client:
        assert client.ask(PING).status == 200
        service.wait(STATUS="2 doors, 1 client")
    service.wait(STATUS="2 doors, 0 clients")
    assert not service.told(STOPPING="1")
    assert program.finish() == 0
    assert service.told(STOPPING="1")


def test_a_manager_is_told_of_reloads(postern, recorder, service):
    program = postern(recorder.path, web=ONLY_PING)
    service.start(program, [], notify=True)
    service.wait(READY="1")
    count = len(service.messages)
    began = time.monotonic_ns() // 1000
    program.process.send_signal(signal.SIGHUP)
    program.wait_log("reloaded")
    wait_until(lambda: len(service.told(READY="1")) == 2, "READY=1")
    told = [message for message in service.read()[count:]
            if "RELOADING" in message or "READY" in message]
    assert ["RELOADING" in message for message in told] == [True, False]
    assert began <= int(told[0]["MONOTONIC_USEC"]) <= \
        time.monotonic_ns() // 1000

    (program.profiles / "web.ini").write_text("[allow]\noperation = Nope\n")
    program.process.send_signal(signal.SIGHUP)
    program.wait_log("reload-refused")
    wait_until(lambda: len(service.told(READY="1")) == 3, "READY=1")
    assert "web.ini:2" in service.told(READY="1")[-1]["STATUS"]


def test_the_watchdog_is_fed_while_a_worker_answers(
        postern, recorder, service):
    program = postern(recorder.path, web=ONLY_PING)
    service.start(program, [], notify=True, WATCHDOG_USEC="1000000")

    def fed(seconds):
        before = len(service.told(WATCHDOG="1"))
        time.sleep(seconds)
        return len(service.told(WATCHDOG="1")) - before

    service.wait(WATCHDOG="1")
    assert fed(2) >= 3
    os.kill(program.worker(), signal.SIGSTOP)
    time.sleep(.4)
    assert fed(1.5) == 0
    os.kill(program.worker(), signal.SIGCONT)
    assert fed(1.5) >= 2


def test_a_watchdog_for_another_process_is_not_fed(
        postern, recorder, service):
    program = postern(recorder.path, web=ONLY_PING)
    service.start(program, [], notify=True, WATCHDOG_USEC="1000000",
                  WATCHDOG_PID="1")
    time.sleep(1.5)
    assert len(service.told(WATCHDOG="1")) <= 1


def test_a_manager_that_is_gone_is_no_reason_to_stop(
        postern, recorder, service):
    program = postern(recorder.path, web=ONLY_PING)
    service.start(program, [], notify=True)
    service.path.unlink()
    program.process.send_signal(signal.SIGHUP)
    program.wait_log("reloaded")
    assert answers(program.door()) == 200
    assert program.finish() == 0
