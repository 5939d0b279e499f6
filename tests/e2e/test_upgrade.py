# SPDX-License-Identifier: MIT
"""SIGUSR2: another program takes this one's place, in the same process, with
its doors, its clients and its counts; or it does not, and nothing changes."""

import os
import shutil
import signal
import time

import pytest

from profiles import EVERYTHING, ONLY_PING
from program import binary, clean_environment
from scripts import ATTACH, INFO
from supervised import (answers, daemon, descriptors, follow, half, inode,
                        link_of, one_worker, reload, status)
from wait import wait_until
from wire import Client, chunk, read_chunk, read_head


@pytest.fixture
def recorder(recorder):
    recorder.script = daemon
    return recorder


@pytest.fixture
def program_file(home, monkeypatch):
    """A copy of the program, which a test may replace."""
    path = home / "postern"
    shutil.copy(binary(), path)
    path.chmod(0o755)
    monkeypatch.setenv("POSTERN", str(path))
    return path


@pytest.fixture
def program(program_file, serve):
    return serve(EVERYTHING, "--drain", "30s")


def replace(path, source):
    """As an installer does it."""
    new = path.with_suffix(".new")
    shutil.copy(source, new)
    new.chmod(0o755)
    new.rename(path)


def upgrade(program):
    """SIGUSR2, and wait until the next one is ready."""
    before = len(program.log("ready"))
    program.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(program.log("ready")) > before, "the next program")


def executable(program):
    return os.stat(f"/proc/{program.process.pid}/exe").st_ino


def test_the_next_program_takes_everything_over(
        program, program_file, recorder):
    doors = program.door(), program.directory / "control.sock"
    files = [inode(door) for door in doors]
    kept = Client(program.door())
    for _ in range(3):
        assert kept.ask(INFO).status == 200
    silent = Client(program.door())
    stream, tunnel = follow(program.door()), Client(program.door())
    tunnel.send(ATTACH)
    assert read_head(tunnel).status == 101
    assert reload(program).returncode == 0
    before, old = status(program), executable(program)
    replace(program_file, program_file)
    for _ in range(3):
        upgrade(program)
    assert executable(program) == inode(program_file) != old
    assert [inode(door) for door in doors] == files
    after = status(program)
    assert after["supervisor"] == before["supervisor"] == program.process.pid
    assert after["worker"] != before["worker"]
    assert after["generation"] == before["generation"] + 3
    for field in ("started", "reloads", "refusals", "restarts", "upstream"):
        assert after[field] == before[field]
    [was], [now] = before["doors"], after["doors"]
    assert now["connections"] == was["connections"] == 4
    assert now["allowed"] == was["allowed"] == 5
    assert now["open"] == was["open"] == 4
    assert kept.ask(INFO).status == silent.ask(INFO).status == 200
    link_of(recorder, b"/events").send(chunk(b"tock"))
    assert read_chunk(stream)[1] == b"tock"
    tunnel.send(b"echo")
    assert tunnel.exactly(4) == b"echo"
    for client in kept, silent, stream, tunnel:
        client.close()
    one_worker(program)
    [now] = status(program)["doors"]
    assert (now["allowed"], now["open"]) == (7, 0)
    # It reloads, upgrades and replaces its workers like the first one.
    victim = program.worker()
    os.kill(victim, signal.SIGKILL)
    program.wait_log("worker-ended", pid=victim)
    wait_until(lambda: status(program)["worker"], "another worker")
    assert status(program)["restarts"] == before["restarts"] + 1
    program.profile("web", ONLY_PING)
    assert reload(program).returncode == 0
    assert answers(program.door(), INFO) == 403


def test_it_reads_its_configuration_anew(program):
    program.profile("web", ONLY_PING)
    program.profile("other", EVERYTHING)
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
        upgrade(program)
        assert client.ask(INFO).status == 403
    assert answers(program.door("other"), INFO) == 200


def test_every_line_of_the_log_has_the_same_format(program):
    upgrade(program)
    one_worker(program)
    assert reload(program).returncode == 0
    lines = program.text().splitlines()
    assert [line for line in lines if not line.startswith("{")] == []


def test_upgrades_leak_no_descriptor(program):
    upgrade(program)
    one_worker(program)
    time.sleep(.1)
    before = descriptors(program)
    for _ in range(10):
        upgrade(program)
    one_worker(program)
    wait_until(lambda: descriptors(program) == before,
               f"{before} descriptors")


def missing(path, program):
    path.unlink()


def not_executable(path, program):
    replace(path, path)
    path.chmod(0o644)


def not_a_program(path, program):
    replace(path, __file__)


def another_program(path, program):
    replace(path, "/bin/false")


def broken_configuration(path, program):
    program.profile("other", "nonsense\n")


@pytest.mark.parametrize("what", [
    missing, not_executable, not_a_program, another_program,
    broken_configuration])
def test_one_that_would_not_do_changes_nothing(
        program, program_file, tmp_path, recorder, what):
    good = tmp_path / "good"
    shutil.copy(program_file, good)
    stream = follow(program.door())
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
        before, old = status_of(good, program), executable(program)
        what(program_file, program)
        program.process.send_signal(signal.SIGUSR2)
        line = program.wait_log("upgrade-refused")
        assert line["program"] == str(program_file) and line["why"]
        assert client.ask(INFO).status == 200
        link_of(recorder, b"/events").send(chunk(b"tock"))
        assert read_chunk(stream)[1] == b"tock"
        stream.close()
        after = status_of(good, program)
        assert executable(program) == old
        for field in ("supervisor", "worker", "workers", "generation",
                      "state", "healthy"):
            assert after[field] == before[field]
        # It can still reload, and upgrade, once all is well.
        (program.profiles / "other.ini").unlink(missing_ok=True)
        program.process.send_signal(signal.SIGHUP)
        program.wait_log("reloaded")
        replace(program_file, good)
        upgrade(program)
        assert executable(program) == inode(program_file)
        assert client.ask(INFO).status == 200


def status_of(path, program):
    """What it says of itself, asked by a program that is there."""
    before = os.environ["POSTERN"]
    os.environ["POSTERN"] = str(path)
    try:
        return status(program)
    finally:
        os.environ["POSTERN"] = before


def test_a_reload_and_an_upgrade_are_done_one_after_the_other(program):
    with half(program.door()) as client:
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: status(program)["generation"] == 2, "new rules")
        program.process.send_signal(signal.SIGUSR2)
        program.profile("web", ONLY_PING)
        client.close()
        wait_until(lambda: len(program.log("ready")) == 2, "the next program")
    assert program.log("reloaded")
    assert answers(program.door(), INFO) == 403


def test_a_signal_that_comes_early_is_not_lost(program):
    for _ in range(5):
        before = len(program.log("ready"))
        program.process.send_signal(signal.SIGUSR2)
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(program.log("ready")) > before, "the next")
    assert program.finish() == 0


@pytest.mark.parametrize("milliseconds", range(0, 12, 3))
def test_stopped_in_an_upgrade_it_stops(postern, recorder, milliseconds):
    """Whichever of the two programs is told."""
    for _ in range(10):
        program = postern(recorder.path, web=EVERYTHING).start()
        program.process.send_signal(signal.SIGUSR2)
        time.sleep(milliseconds / 1000)
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(5) == 0
        assert list(program.directory.rglob("*.sock")) == []


def test_a_door_that_cannot_be_made_is_refused_by_the_next(program):
    """It goes on with the rules of the one before, and its workers are
    replaced as ever."""
    program.profile("new", ONLY_PING)
    program.door("new").mkdir()
    before = status(program)
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
        program.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: "reload-refused" in program.text(), "the refusal")
        after = status(program)
        for field in ("state", "worker", "generation", "upstream"):
            assert after[field] == before[field], field
        assert client.ask(INFO).status == 200
    program.door("new").rmdir()
    os.kill(before["worker"], signal.SIGKILL)
    wait_until(lambda: status(program)["worker"] not in (
        0, before["worker"]), "another worker")
    assert answers(program.door(), INFO) == 200


@pytest.mark.parametrize("number", ["7", "0", "-1", "x", ""])
def test_a_state_that_is_none_is_ignored(postern, recorder, number):
    program = postern(recorder.path, web=EVERYTHING)
    program.start(env=dict(clean_environment(), POSTERN_STATE=number))
    assert answers(program.door(), INFO) == 200
    assert status(program)["generation"] == 1
    assert "state-lost" not in program.text()
