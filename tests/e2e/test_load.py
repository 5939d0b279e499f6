# SPDX-License-Identifier: MIT
"""Under load, whatever is replaced: rules, workers, the program, the daemon.
The only requests that fail are those that were under way in what died."""

import collections
import json
import os
import signal
import statistics
import time
from pathlib import Path

import pytest

from load import Daemon, Load
from profiles import allow
from wait import wait_until
from wire import Client, request

RELOADS = 100
KILLS = 20
UPGRADES = 5
RESTARTS = 3

PROFILE = allow("ContainerInspect", "ContainerCreate")
LEAST = 500  # requests, for a figure to say anything
# A worker that lived for less is only replaced after a pause.
STABLE_SECONDS = 1.1


@pytest.fixture
def daemon(home):
    daemon = Daemon(home / "daemon.sock").start()
    yield daemon
    daemon.kill()


@pytest.fixture
def program(postern, daemon):
    program = postern(daemon.path, web=PROFILE)
    return program.start("--log-level", "notice")


@pytest.fixture
def show(capsys):
    """Print the figures even if all is well."""
    def show(*lines):
        with capsys.disabled():
            print("", *lines, sep="\n")
    return show


def control(program, method, target):
    with Client(program.directory / "control.sock") as client:
        return client.ask(request(method, target, "Accept: application/json",
                                  host="postern"))


def status(program):
    return json.loads(control(program, "GET", "/status").body)


def allowed(program):
    [door] = status(program)["doors"]
    return door["allowed"]


def test_reloads_fail_no_request(program, show):
    took = []
    with Load(program.door()) as load:
        time.sleep(.2)
        for _ in range(RELOADS):
            began = time.monotonic()
            assert control(program, "POST", "/reload").status == 200
            took.append(time.monotonic() - began)
        time.sleep(.2)
    show(load.table(f"{RELOADS} reloads"),
         f"  a reload took {1000 * statistics.median(took):.0f} ms, "
         f"the longest {1000 * max(took):.0f} ms")
    assert load.failures == []
    assert load.answered >= LEAST
    assert len(program.log("reloaded")) == RELOADS
    # Not one was lost on its way from worker to worker, or judged twice.
    assert allowed(program) == load.answered


def test_upgrades_fail_no_request(program, show):
    pid = program.process.pid
    with Load(program.door()) as load:
        time.sleep(.2)
        for number in range(UPGRADES):
            program.process.send_signal(signal.SIGUSR2)
            wait_until(lambda: len(program.log("ready")) == number + 2,
                       "the next program")
        time.sleep(.2)
    show(load.table(f"{UPGRADES} upgrades"))
    assert load.failures == []
    assert load.answered >= LEAST
    assert program.process.pid == pid and program.is_running()
    assert allowed(program) == load.answered


def is_dead(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return text.rpartition(")")[2].split()[0] in "ZX"


def kill_worker(program):
    """Returns when it was killed, and when it was surely dead."""
    victim = wait_until(lambda: status(program)["worker"], "a worker")
    began = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    while not is_dead(victim):
        time.sleep(.0005)
    return began, time.monotonic()


def test_a_killed_workers_clients_alone_are_lost(program, show):
    kills = []
    with Load(program.door()) as load:
        for _ in range(KILLS):
            time.sleep(STABLE_SECONDS)
            kills.append(kill_worker(program))
        time.sleep(.5)
    gaps = [load.back_after(began) for began, _ in kills]
    show(load.table(f"{KILLS} killed workers"),
         "  until somebody who came after was served: "
         f"{1000 * statistics.median(gaps):.0f} ms, the longest "
         f"{1000 * max(gaps):.0f} ms")
    lost = collections.Counter()
    for one in load.failures:
        kill = max(kill for kill in kills if kill[0] <= one.at)
        assert one.opened is not None and one.opened <= kill[1], one
        lost[kill] += 1
    assert max(lost.values()) <= load.open_at_once
    # They were hung up on; nobody was turned away or got half an answer.
    assert set(load.kinds()) <= {
        "EOF before an answer", "ECONNRESET before an answer",
        "EPIPE at sending", "EOF before an answer, idle"}
    assert load.answered >= LEAST
    assert statistics.median(gaps) < .1
    assert max(gaps) < 1
    assert len(program.log("worker-ended", signal=signal.SIGKILL)) == KILLS


def test_a_daemons_restart_is_502_and_no_more(program, daemon, show):
    downs = []
    with Load(program.door()) as load:
        for _ in range(RESTARTS):
            time.sleep(.4)
            began = time.monotonic()
            daemon.kill()
            time.sleep(.2)
            daemon.start()
            downs.append((began, time.monotonic()))
        time.sleep(.4)
    gaps = [load.back_after(up) for _, up in downs]
    show(load.table(f"{RESTARTS} restarts of the daemon"),
         f"  service was back after {1000 * max(gaps):.0f} ms")
    assert set(load.kinds()) == {"status 502"}
    # One that came while it was down may be told so a moment later.
    late = [one for one in load.failures
            if not any(began <= one.at and one.opened <= up
                       for began, up in downs)]
    assert late == []
    assert load.answered >= LEAST
    assert max(gaps) < 1
    assert not program.log("worker-ended")
