# SPDX-License-Identifier: MIT
"""postern watch: what it shows, that nothing is missing uncounted, and that
nobody waits for whoever watches."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import time

import pytest

from profiles import ONLY_PING
from program import binary, clean_environment, run
from scripts import INFO
from supervised import PING, answers, one_worker, reload
from wait import wait_until
from wire import Client, read_head, request

ESCAPE = "\033["


@pytest.fixture
def program(postern, recorder):
    """One with two doors, that allow next to nothing, and one that observes."""
    return postern(recorder.path, web=ONLY_PING, db=ONLY_PING,
                   app="[profile]\nmode = observe\n").start()


class Watch:
    """A "postern watch" that has begun to watch."""

    def __init__(self, program, *arguments, **options):
        options.setdefault("stdout", subprocess.PIPE)
        before = watching(program)
        self.process = subprocess.Popen(
            [binary(), "watch", "--directory", str(program.directory),
             *arguments], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=clean_environment() | options.pop("env", {}), text=True,
            **options)
        wait_until(lambda: watching(program) > before, "the watcher")

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def end(self):
        self.process.kill()
        self.process.wait()
        for pipe in self.process.stdout, self.process.stderr:
            if pipe is not None:
                pipe.close()


def sockets(pid):
    """The inodes of a process's sockets."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            link = os.readlink(f"/proc/{pid}/fd/{name}")
            if link.startswith("socket:"):
                found.append(link)
    return found


def watching(program):
    """Connections that the supervisor shares with the worker that serves:
    those of watchers, besides the doors."""
    doors = len(list((program.directory / "doors").iterdir()))
    both = set(sockets(program.process.pid)) & set(sockets(program.worker()))
    return len(both) - doors


@pytest.fixture
def watch(program):
    """watch(ARGUMENT...) starts one."""
    made = []

    def start(*arguments, **options):
        made.append(Watch(program, *arguments, **options))
        return made[-1]

    yield start
    for one in made:
        one.end()


def asking(program, target="/watch"):
    """A client of the control socket whose answer has begun."""
    before = watching(program)
    client = Client(program.directory / "control.sock")
    client.send(request("GET", target))
    assert read_head(client).status == 200
    wait_until(lambda: watching(program) > before, "the watcher")
    return client


def deny(program, count=1, door="web"):
    with Client(program.door(door)) as client:
        for _ in range(count):
            assert client.ask(INFO).status == 403


# What it shows.

def test_lines_for_people(program, watch):
    one = watch()
    assert answers(program.door()) == 200
    deny(program)
    assert answers(program.door("db"), b"broken\r\n\r\n") == 400
    who = f"uid={os.geteuid()} pid={os.getpid()}"
    clock = r"\d\d:\d\d:\d\d\.\d{3}"
    assert re.fullmatch(
        f"{clock} web allow SystemPing GET /_ping {who}", one.line())
    assert re.fullmatch(
        f"{clock} web deny SystemInfo GET /info {who} -- to allow it: "
        r"\[allow\] operation = SystemInfo", one.line())
    assert re.fullmatch(f"{clock} db refuse 400 {who} -- .+", one.line())


def test_all_lines_that_are_missing(program, watch):
    one = watch()
    body = json.dumps({"Image": "bb", "HostConfig": {"Privileged": True}})
    with Client(program.door("app")) as client:
        assert client.ask(request(
            "POST", "/containers/create", "Content-Type: application/json",
            body=body.encode())).status == 403
    assert one.line().endswith(
        " -- to allow it: [allow] operation = ContainerCreate, "
        "[container] privileged = yes")


def test_one_profile(program, watch):
    one = watch("db")
    deny(program, 3)
    deny(program, 1, "db")
    assert " db deny " in one.line()
    deny(program)
    deny(program, 1, "db")
    assert " db deny " in one.line()


def test_lines_for_programs(program, watch):
    one = watch("--json", "web")
    deny(program)
    line = json.loads(one.line())
    logged = program.wait_log("decision", verdict="deny")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
                        line.pop("time"))
    assert line == logged and "hint" in line


def test_what_a_client_sends_cannot_reach_the_terminal(program, watch):
    one = watch()
    with Client(program.door()) as client:
        client.send(b"GET /\x1b[31m\x07\xff HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().status == 400
        assert one.line().isprintable()
    assert answers(program.door(), request("GET", "/%1b%5b31m")) >= 400
    line = one.line()
    assert line.isprintable() and line.isascii()


def read_terminal(program, watch, **environment):
    """What comes to a terminal, of a denial."""
    ours, its = pty.openpty()
    one = watch(stdout=its, env={"TERM": "xterm", **environment})
    os.close(its)
    deny(program)
    text = b""
    while b"\n" not in text:
        text += os.read(ours, 4096)
    one.end()
    os.close(ours)
    wait_until(lambda: watching(program) == 0, "its end")
    return text.decode()


def test_colours_are_for_terminals(program, watch):
    assert f"{ESCAPE}31mdeny{ESCAPE}0m" in read_terminal(program, watch)
    for environment in {"NO_COLOR": "1"}, {"TERM": "dumb"}:
        assert ESCAPE not in read_terminal(program, watch, **environment)
    assert ESCAPE in read_terminal(program, watch, NO_COLOR="")
    one = watch(env={"TERM": "xterm"})
    deny(program)
    assert ESCAPE not in one.line()


# Its end.

def test_it_ends_with_the_program(program, watch):
    one = watch()
    deny(program)
    assert program.finish() == 0
    out, err = one.process.communicate(timeout=10)
    assert one.process.returncode == 1
    assert len(out.splitlines()) == 1
    assert err.startswith("postern: it has ended: no postern serves in ")


def test_control_c_ends_it(program, watch):
    one = watch()
    one.process.send_signal(signal.SIGINT)
    # A shell says 130.
    assert one.process.wait(10) == -signal.SIGINT
    wait_until(lambda: watching(program) == 0, "the watcher's end")
    deny(program)


def test_a_reader_that_goes_ends_it(program):
    ends = os.pipe()
    one = Watch(program, stdout=ends[1])
    os.close(ends[1])
    os.close(ends[0])
    deny(program)
    assert one.process.wait(10) != 0
    one.end()


@pytest.mark.parametrize("arguments, status, why", [
    (["nobody"], 1, "no such profile"),
    (["a/b"], 2, "is no profile's name"),
    (["web", "db"], 2, "one profile"),
])
def test_what_cannot_be_watched(program, arguments, status, why):
    done = run("watch", "--directory", program.directory, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert why in done.stderr


def test_without_a_running_program(home):
    done = run("watch", "--directory", home)
    assert done.returncode == 1
    assert "no postern serves in" in done.stderr


def test_there_is_a_limit_to_how_many_watch(program):
    clients = [asking(program) for _ in range(8)]
    done = run("watch", "--directory", program.directory)
    assert done.returncode == 1 and "too many are watching" in done.stderr
    clients.pop().close()
    wait_until(lambda: watching(program) == 7, "the end of one")
    clients.append(asking(program))
    deny(program)
    for client in clients:
        assert b'"deny"' in client.until(b"\n")
        client.close()
    wait_until(lambda: watching(program) == 0, "the end of all")


# Whatever is replaced.

def test_it_goes_on_over_reloads_and_dead_workers(program, watch):
    one = watch()
    with Client(program.door()) as kept:
        assert kept.ask(PING).status == 200
        assert " allow " in one.line()
        assert reload(program).returncode == 0
        assert kept.ask(INFO).status == 403
        assert " deny " in one.line()
    one_worker(program)
    pid = program.worker()
    os.kill(pid, signal.SIGKILL)
    program.wait_log("worker-ended", pid=pid)
    assert answers(program.door()) == 200
    assert " allow " in one.line()


def test_it_comes_back_after_an_upgrade(program, watch):
    one = watch()
    program.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(program.log("ready")) == 2, "the next program")
    assert "it was replaced" in one.process.stderr.readline()
    wait_until(lambda: watching(program) == 1, "the watcher")
    deny(program)
    assert " deny " in one.line()


# Under load.

def drain(client, wanted):
    """Lines until so many were seen or told of as lost: both numbers."""
    seen = lost = 0
    while seen + lost < wanted:
        line = json.loads(client.until(b"\n"))
        if line["event"] == "lost":
            lost += line["count"]
        else:
            seen += 1
    return seen, lost


def test_nothing_is_missing_that_is_not_counted(program):
    quick, slow = asking(program), asking(program)
    began = time.monotonic()
    with Client(program.door()) as client:
        for _ in range(40):
            client.send(INFO * 100)
            for _ in range(100):
                assert client.answer().status == 403
            assert drain(quick, 100) == (100, 0)
    took = time.monotonic() - began
    seen, lost = drain(slow, 4000)
    assert seen + lost == 4000 and seen > 100 and lost > 100
    # The log has left most of them out.
    assert len(program.log("decision")) < 4000
    deny(program)
    assert drain(slow, 1) == drain(quick, 1) == (1, 0)
    # As fast as without anybody who stands still.
    quick.close()
    slow.close()
    wait_until(lambda: watching(program) == 0, "the end of both")
    began = time.monotonic()
    deny(program, 4000)
    assert took < 5 * (time.monotonic() - began) + 1
