# SPDX-License-Identifier: MIT
"""Reloads: the new rules hold for everybody, nobody is hung up on for them,
and one that fails changes nothing."""

import os
import resource
import signal
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest

from profiles import EVERYTHING, ONLY_PING, allow
from program import Postern, binary, clean_environment, give, is_sanitized
from scripts import ATTACH, CREATE, INFO
from supervised import (PING, answers, children, daemon, descriptors, follow,
                        half, inode, link_of, one_worker, reload, status)
from wait import wait_until
from wire import (Client, chunk, connect, read_chunk, read_head, request,
                  response)

REST = chunk(b"}") + chunk(b"")


@pytest.fixture
def recorder(recorder):
    recorder.script = daemon
    return recorder


@pytest.fixture
def program(serve):
    """What is under way at a reload has time to come to its end."""
    return serve(EVERYTHING, "--drain", "30s")


def hup(program):
    """SIGHUP, and wait for what comes of it."""
    before = len(program.log("reloaded"))
    program.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(program.log("reloaded")) > before, "the reload")


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def start_reload(program):
    """A "postern reload" that is under way."""
    return subprocess.Popen(
        [binary(), "reload", "--directory", str(program.directory)],
        stderr=subprocess.PIPE, env=clean_environment())


def refused(program, *words):
    """A reload fails with these words, in the log too; and nothing is
    different."""
    before = status(program)
    doors = {path: inode(path) for path in program.directory.rglob("*")}
    done = reload(program)
    assert done.returncode == 3 and done.stdout == ""
    for word in words:
        assert word in done.stderr
        assert any(word in line["why"] or word == line.get("file")
                   for line in program.log("reload-refused"))
    wait_until(lambda: len(children(program)) == before["workers"],
               "the end of what was tried")
    after = status(program)
    assert after["refusals"] == before["refusals"] + 1
    assert after["last_error"] == done.stderr
    for field in ("state", "healthy", "generation", "worker", "reloads"):
        assert after[field] == before[field]
    assert {path: inode(path)
            for path in program.directory.rglob("*")} == doors
    return done


HOW = {"SIGHUP": hup, "reload": lambda program: reload(program)}


@pytest.mark.parametrize("how", HOW)
def test_doors_keep_their_files(program, how):
    doors = program.directory / "doors" / "web.sock", \
        program.directory / "control.sock"
    before = [os.lstat(door) for door in doors]
    worker = program.worker()
    HOW[how](program)
    assert program.worker() != worker
    # All but st_atime, which a connection may change.
    assert [(was.st_ino, was.st_mode, was.st_uid, was.st_ctime)
            for was in before] == [
        (now.st_ino, now.st_mode, now.st_uid, now.st_ctime)
        for now in map(os.lstat, doors)]
    assert answers(program.door()) == 200


def test_a_new_profile_is_a_new_door(program):
    assert reload(program).returncode == 0
    assert not program.door("other").exists()
    program.profile("other", ONLY_PING)
    assert reload(program).returncode == 0
    assert program.log("door-open", profile="other")
    assert answers(program.door("other")) == 200
    assert answers(program.door("other"), INFO) == 403
    assert answers(program.door(), INFO) == 200


def test_a_removed_profiles_clients_are_cut_off(postern, recorder):
    program = postern(recorder.path, web=EVERYTHING, other=EVERYTHING)
    program.start("--drain", "30s")
    idle = Client(program.door())
    assert idle.ask(PING).status == 200
    stays, goes = follow(program.door("other")), follow(program.door())
    tunnel = Client(program.door())
    tunnel.send(ATTACH)
    assert read_head(tunnel).status == 101
    waits = half(program.door())
    (program.profiles / "web.ini").unlink()
    began = time.monotonic()
    assert reload(program).returncode == 0
    assert not program.door().exists()
    assert program.log("door-closed", profile="web")
    with pytest.raises(OSError):
        connect(program.door())
    for client in goes, tunnel, idle, waits:
        assert client.at_end()
        client.close()
    assert time.monotonic() - began < 1.5
    link = link_of(recorder, b"/events")
    assert link_of(recorder, b"/attach").wait_gone(1)
    [link] = [one for one in recorder.links
              if b"/events" in one.got and not one.wait_gone(0)]
    link.send(chunk(b"tock"))
    assert read_chunk(stays)[1] == b"tock"
    stays.close()


def test_new_rules_hold_for_connections_that_are_open(program, recorder):
    with Client(program.door()) as client:
        for profile, expected in ((ONLY_PING, 403), (EVERYTHING, 200),
                                  (ONLY_PING, 403), (EVERYTHING, 200)):
            program.profile("web", profile)
            assert reload(program).returncode == 0
            assert client.ask(INFO).status == expected
            assert client.ask(PING).status == 200


@pytest.mark.parametrize("before, after, expected", [
    (EVERYTHING, ONLY_PING, 403), (ONLY_PING, EVERYTHING, 200)])
@pytest.mark.parametrize("cut", [1, 10, len(INFO) - 1])
def test_new_rules_hold_for_half_a_head(serve, before, after, expected, cut):
    program = serve(before)
    with Client(program.door()) as client:
        client.send(INFO[:cut])
        assert answers(program.door()) == 200  # so those have come
        program.profile("web", after)
        assert reload(program).returncode == 0
        client.send(INFO[cut:])
        assert client.answer().status == expected


def test_a_body_that_was_on_its_way_belongs_to_the_old_rules(program):
    with half(program.door()) as client:
        program.profile("web", ONLY_PING)
        asked = start_reload(program)
        wait_until(lambda: answers(program.door(), INFO) == 403, "new rules")
        assert asked.poll() is None
        client.send(REST)
        assert client.answer().status == 200
        assert asked.wait(5) == 0
        assert client.ask(CREATE).status == 403


def test_no_body_puts_off_the_end_of_the_old_rules(program, recorder):
    with half(program.door()) as client:
        program.profile("web", ONLY_PING)
        began = time.monotonic()
        assert reload(program).returncode == 0
        assert 1 < time.monotonic() - began < 4
        assert client.answer().status == 408
        assert client.at_end()
    assert recorder.heard(program.door()) == b""


def test_streams_go_on_until_the_drain_is_over(serve, recorder):
    program = serve(EVERYTHING, "--drain", "1s")
    stream, tunnel = follow(program.door()), Client(program.door())
    tunnel.send(ATTACH)
    assert read_head(tunnel).status == 101
    program.profile("web", ONLY_PING)
    assert reload(program).returncode == 0
    began = time.monotonic()
    assert status(program)["workers"] == 2
    for number in range(3):
        data = b"%d" % number
        link_of(recorder, b"/events").send(chunk(data))
        assert read_chunk(stream)[1] == data
        tunnel.send(data)
        assert tunnel.exactly(1) == data
    assert stream.at_end() and tunnel.at_end()
    assert .5 < time.monotonic() - began < 5
    one_worker(program)
    assert len(program.log("stream-end")) == 2
    assert not program.log("worker-ended", level="error")
    stream.close()
    tunnel.close()


def test_a_broken_file_changes_nothing(program):
    program.profile("other", ONLY_PING + "operation = Nonsense\n")
    program.profile("third", ONLY_PING)
    path = program.profiles / "other.ini"
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
        done = refused(program, str(path))
        assert f"{path}:3: " in done.stderr
        [line] = program.log("reload-refused")
        assert line["level"] == "error"
        assert (line["file"], line["line"]) == (str(path), 3)
        assert client.ask(INFO).status == 200
    assert not program.door("third").exists()
    path.unlink()
    assert reload(program).returncode == 0
    assert status(program)["last_error"] is None
    assert answers(program.door("third")) == 200


def test_profiles_that_cannot_be_read_change_nothing(program):
    program.profiles.chmod(0)
    if os.geteuid() != 0 and os.access(program.profiles, os.R_OK):
        pytest.skip("everything can be read here")
    try:
        refused(program, str(program.profiles))
    finally:
        program.profiles.chmod(0o755)
    assert reload(program).returncode == 0


def test_a_doors_place_that_is_taken_changes_nothing(program):
    program.profile("a-new", ONLY_PING)
    program.profile("b-new", ONLY_PING)
    taken = program.door("b-new")
    taken.write_text("precious")
    refused(program, str(taken))
    # Not even the door that was made first.
    assert not program.door("a-new").exists()
    assert taken.read_text() == "precious"
    taken.unlink()
    assert reload(program).returncode == 0
    assert answers(program.door("a-new")) == answers(taken) == 200


def test_a_door_in_anothers_place_changes_nothing(program):
    program.profile("other", ONLY_PING + "[socket]\npath = "
                    f"{program.door()}\n")
    refused(program, "another profile's door")


def test_a_mode_changes_with_the_same_file(program):
    before = inode(program.door())
    program.profile("web", EVERYTHING + "[socket]\nmode = 0660\n")
    assert reload(program).returncode == 0
    assert (inode(program.door()), mode(program.door())) == (before, 0o660)
    program.profile("web", EVERYTHING + "[socket]\nmode = 0600\n")
    program.profile("z", ONLY_PING)
    program.door("z").mkdir()
    refused(program, str(program.door("z")))
    assert (inode(program.door()), mode(program.door())) == (before, 0o660)


def test_another_path_is_another_door(program):
    old = program.door()
    new = program.directory / "doors" / "web" / "docker.sock"
    with Client(old) as client:
        assert client.ask(INFO).status == 200
        program.profile(
            "web", EVERYTHING + "[socket]\npath = %p/docker.sock\n")
        assert reload(program).returncode == 0
        assert not old.exists()
        # It came in before, through the same profile's door.
        assert client.ask(INFO).status == 200
    assert answers(new, INFO) == 200


def test_two_doors_change_places(postern, recorder):
    """Each file stays, and gets the other profile's rules."""
    program = postern(recorder.path)
    for name, rules in (("a", EVERYTHING), ("b", ONLY_PING)):
        program.profile(name, rules + f"[socket]\npath = {name}.sock\n")
    program.start()
    doors = program.door("a"), program.door("b")
    files = [inode(door) for door in doors]
    assert [answers(door, INFO) for door in doors] == [200, 403]
    for name, other, rules in (("a", "b", EVERYTHING), ("b", "a", ONLY_PING)):
        program.profile(name, rules + f"[socket]\npath = {other}.sock\n")
    assert reload(program).returncode == 0
    assert [answers(door, INFO) for door in doors] == [403, 200]
    assert [inode(door) for door in doors] == files


def test_a_door_that_somebody_removed_comes_back(program):
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
        program.door().unlink()
        assert reload(program).returncode == 0
        assert client.ask(INFO).status == 200
    assert answers(program.door(), INFO) == 200


class Configured(Postern):
    """One whose settings are all in a file."""

    def configure(self, directory):
        self.directory = Path(directory)
        (self.home / "postern.ini").write_text(
            f"[daemon]\nupstream = unix://{self.upstream}\n"
            f"directory = {directory}\nprofiles = {self.profiles}\n"
            "[log]\nformat = json\n")

    def spawn(self, *arguments, **options):
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [binary(), "run", "-c", str(self.home / "postern.ini")],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                env=clean_environment())


@pytest.fixture
def configured(home, recorder):
    one = Configured(home, recorder.path)
    one.profile("web", EVERYTHING)
    one.configure(home / "run")
    yield one
    try:
        one.stop()
    finally:
        one.kill()


def test_the_directory_stays(configured, home):
    program = configured.start()
    program.configure(home / "other")
    program.directory = home / "run"
    refused(program, str(home / "other"), str(home / "run"))
    assert not (home / "other").exists()
    assert answers(program.door(), INFO) == 200
    # Other settings of that file are read anew.
    (home / "postern.ini").write_text(
        (home / "postern.ini").read_text().replace(
            str(home / "other"), str(home / "run")) + "level = error\n")
    assert reload(program).returncode == 0
    lines = len(program.log())
    assert answers(program.door(), INFO) == 200
    assert len(program.log()) == lines


def test_our_own_door_as_the_daemon_changes_nothing(configured, recorder):
    program = configured.start()
    program.upstream = program.door()
    program.configure(program.directory)
    refused(program, "the daemon's own socket")
    assert answers(program.door(), INFO) == 200
    program.upstream = recorder.path
    program.configure(program.directory)
    assert reload(program).returncode == 0


def test_the_directory_stays_for_the_next_program(configured, home):
    program, other = configured.start(), home / "other"
    other.mkdir()
    give(other)
    program.configure(other)
    program.directory = home / "run"
    program.process.send_signal(signal.SIGUSR2)

    def is_refused():
        assert list(other.iterdir()) == []
        return "-refused" in program.text()
    wait_until(is_refused, "the refusal")
    assert answers(program.door(), INFO) == 200
    program.configure(home / "run")


def test_a_reload_during_a_reload_is_not_lost(program):
    with half(program.door()) as client:
        program.profile("web", allow("ContainerCreate"))
        asked = start_reload(program)
        wait_until(lambda: answers(program.door(), INFO) == 403, "new rules")
        program.profile("web", EVERYTHING)
        program.process.send_signal(signal.SIGHUP)
        client.send(REST)
        assert client.answer().status == 200
        assert asked.wait(5) == 0
        wait_until(lambda: len(program.log("reloaded")) == 2, "the second")
        assert client.ask(INFO).status == 200
    assert status(program)["generation"] == 3


def test_whoever_asks_during_a_reload_waits_for_the_next(program):
    """That one has not read what was written since it began."""
    with half(program.door()) as first:
        asked = start_reload(program)
        wait_until(lambda: status(program)["generation"] == 2, "new rules")
        with half(program.door()) as second:
            program.profile("web", ONLY_PING)
            asked_again = start_reload(program)
            time.sleep(.2)
            first.close()
            wait_until(lambda: status(program)["generation"] == 3, "his own")
            with pytest.raises(subprocess.TimeoutExpired):
                asked_again.wait(.3)
            second.send(REST)
            assert second.answer().status == 200
            assert asked.wait(5) == asked_again.wait(5) == 0
    assert answers(program.door(), INFO) == 403


def test_whoever_asks_during_a_reload_hears_of_his_own_errors(program):
    with half(program.door()):
        asked = start_reload(program)
        wait_until(lambda: status(program)["generation"] == 2, "new rules")
        program.profile("web", "nonsense\n")
        assert reload(program).returncode == 3
        assert asked.wait(5) == 0


def memory(program):
    """Bytes of the supervisor's own."""
    text = Path(f"/proc/{program.process.pid}/status").read_text()
    [line] = [line for line in text.splitlines() if "RssAnon:" in line]
    return int(line.split()[1]) * 1024


def test_reloads_leak_nothing(program):
    # A worker under a sanitizer takes ten times as long to start.
    often = 200 if is_sanitized() else 1000
    with Client(program.door()) as client:
        for number in range(often):
            with Client(program.directory / "control.sock") as control:
                assert control.ask(
                    request("POST", "/reload", host="postern")).status == 200
            if number == 49:
                one_worker(program)
                time.sleep(.1)
                before = descriptors(program), memory(program)
        assert client.ask(INFO).status == 200
    one_worker(program)
    wait_until(lambda: descriptors(program) == before[0],
               f"{before[0]} descriptors")
    # A sanitizer keeps what was freed.
    if not is_sanitized():
        assert memory(program) - before[1] <= 64 * 1024
    assert status(program)["reloads"] == often


def test_requests_in_line_are_answered_in_their_order(program, recorder):
    count, go = 200, threading.Event()

    def script(link):
        while True:
            message = link.request()
            assert go.wait(10)
            link.send(response(200, body=message.target.encode()))

    recorder.script = script
    targets = [f"/v1.41/containers/c{i}/json" for i in range(count)]
    with Client(program.door()) as client:
        client.send(b"".join(request("GET", one) for one in targets))
        wait_until(lambda: recorder.link().requests, "the first")
        assert reload(program).returncode == 0
        go.set()
        for number, target in enumerate(targets):
            if number == count // 2:
                assert reload(program).returncode == 0
            assert client.answer().body == target.encode()
    # Not one was sent twice.
    assert sum(len(link.requests) for link in recorder.links) == count
    one_worker(program)


def test_a_client_with_requests_in_line_goes_away(program, recorder):
    """It leaves with more of them than are read ahead, from a worker that
    stays for another's stream."""
    go = threading.Event()

    def script(link):
        if b"/events" in link.buffer:
            daemon(link)
        link.request()
        assert go.wait(10)
        if len(recorder.links) == 2:
            link.send(response(200, body=b""))
        link.rest()

    recorder.script = script
    stream = follow(program.door())
    client = Client(program.door())
    client.send(1000 * INFO)
    wait_until(lambda: len(recorder.links) == 2 and
               recorder.link(1).requests, "the first request")
    assert reload(program).returncode == 0
    go.set()
    assert client.answer().status == 200
    wait_until(lambda: len(recorder.links) == 3 and
               recorder.link(2).requests, "the next one's request")
    # Its new worker closes the connection only after the old one has seen
    # all that it may see of it.
    worker = program.worker()
    os.kill(worker, signal.SIGSTOP)
    try:
        client.close()
        for number in range(9):
            recorder.link(0).send(chunk(b"%d" % number))
            assert read_chunk(stream)[1] == b"%d" % number
    finally:
        os.kill(worker, signal.SIGCONT)
    assert recorder.link(2).wait_gone(5)
    assert not program.log("worker-ended")
    stream.close()


def test_a_client_that_has_said_nothing_yet_is_served(program):
    silent = [Client(program.door()) for _ in range(20)]
    assert answers(program.door()) == 200
    for _ in range(3):
        assert reload(program).returncode == 0
    one_worker(program)
    for client in silent:
        assert client.ask(INFO).status == 200
        client.close()
    assert status(program)["doors"][0]["connections"] == 21


def test_a_thousand_clients_go_over_at_once(program):
    """More than fit into the channel between two workers."""
    clients = [Client(program.door()) for _ in range(1000)]
    assert clients[-1].ask(INFO).status == 200
    for client in clients[::3]:
        client.send(INFO[:10])
    for _ in range(3):
        assert reload(program).returncode == 0
    one_worker(program)
    wait_until(lambda: status(program)["clients"] == 1000, "all who came")
    for number, client in enumerate(clients):
        client.send(INFO if number % 3 else INFO[10:])
    for client in clients:
        assert client.answer().status == 200
        client.close()


def test_limits_count_those_who_came_before(serve):
    program = serve(EVERYTHING + "[limits]\nconnections = 3\n")
    clients = [Client(program.door()) for _ in range(3)]
    for client in clients:
        assert client.ask(INFO).status == 200
    assert reload(program).returncode == 0
    wait_until(lambda: status(program)["clients"] == 3, "all who came")
    assert answers(program.door(), INFO) == 429
    clients.pop().close()
    wait_until(lambda: answers(program.door(), INFO) == 200, "a free place")
    for client in clients:
        assert client.ask(INFO).status == 200
        client.close()


def test_peers_are_asked_who_they_are_once_more(program):
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
        program.profile(
            "web", EVERYTHING + f"[socket]\npeers = uid:{os.getuid() + 1}\n")
        assert reload(program).returncode == 0
        assert client.ask(INFO).status == 403


def test_an_old_worker_that_is_stuck_is_killed(program):
    old = program.worker()
    program.profile("web", ONLY_PING)
    os.kill(old, signal.SIGSTOP)
    began = time.monotonic()
    assert reload(program).returncode == 0
    assert 3 < time.monotonic() - began < 9
    assert program.log("worker-ended", pid=old, signal=signal.SIGKILL)
    assert answers(program.door(), INFO) == 403
    one_worker(program)


def test_a_worker_that_cannot_start_changes_nothing(postern, recorder):
    """It would need two descriptors more for each door; the supervisor, for
    which there are enough, needs one."""
    program = postern(recorder.path, web=ONLY_PING).start(
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (60, 60)))
    program.profile("web", EVERYTHING + "[socket]\nmode = 0600\n")
    for number in range(25):
        program.profile(f"new{number}", ONLY_PING)
    refused(program, "the new worker ended")
    assert mode(program.door()) == 0o666
    assert answers(program.door(), INFO) == 403
    for number in range(25):
        (program.profiles / f"new{number}.ini").unlink()
    assert reload(program).returncode == 0
    assert mode(program.door()) == 0o600
    assert answers(program.door(), INFO) == 200


def test_stopped_in_a_reload_it_leaves_nothing_behind(program):
    program.profile("new", ONLY_PING)
    program.process.send_signal(signal.SIGHUP)
    while not (program.door("new").exists() and len(children(program)) > 1):
        pass
    assert program.finish() == 0
    assert list(program.directory.rglob("*.sock")) == []


def test_stopped_while_it_starts_it_leaves_nothing_behind(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.spawn()
    while not program.door().exists():
        pass
    program.finish()
    assert list(program.directory.rglob("*.sock")) == []


def test_stopped_while_an_old_worker_retires_it_stops(serve):
    program = serve(EVERYTHING, "--drain", "2s")
    tunnel = Client(program.door())
    tunnel.send(ATTACH)
    assert read_head(tunnel).status == 101
    with half(program.door()) as client:
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: status(program)["generation"] == 2, "new rules")
        program.process.send_signal(signal.SIGTERM)
        program.wait_log("stopping")
        client.close()
        assert program.process.wait(8) == 0
    tunnel.close()
    assert program.log("stopped") and not program.log("reloaded")
    assert list(program.directory.rglob("*.sock")) == []
