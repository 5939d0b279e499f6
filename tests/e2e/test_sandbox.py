# SPDX-License-Identifier: MIT
"""What a worker can still do: the list of system calls in cmd/sandbox.c is
held against those that workers make."""

import os
import re
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

import engine
from profiles import EVERYTHING
from program import binary, is_sanitized
from recorder import serve_plainly
from scripts import (ATTACH, CHUNKED, CREATE, EVENTS, INFO, LOAD, SWITCH,
                     streaming)
from wait import wait_until
from wire import Client, chunk, read_chunk, read_head, request

LAYERS = ("no-new-privileges", "capabilities", "rlimits", "landlock",
          "seccomp")
SOURCE = Path(__file__).parents[2] / "cmd" / "sandbox.c"
SOMETIMES = "sometimes: "

# What machines call that do not have the older one.
OTHER_NAMES = {"epoll_pwait": "epoll_wait", "ppoll": "poll"}


def listed():
    """The table: system calls, and why they are allowed."""
    table = SOURCE.read_text().partition("} calls[] = {")[2]
    table = table.partition("\n};")[0]
    rows = re.findall(r'\{ "(\w+)", "([^"]+)" \},', table)
    assert len(rows) == len(dict(rows)) == table.count("{") > 20
    return dict(rows)


def calls_inside(trace):
    """The system calls of each process of a trace after it has loaded a
    filter, and what they were refused."""
    inside = {}
    refused = []
    for line in trace.read_text(errors="replace").splitlines():
        found = re.match(r"(\d+) +(?:<\.\.\. )?(\w+)[( ]", line)
        if not found:
            continue  # a signal, or an end
        pid, name = found.groups()
        if pid in inside:
            inside[pid].add(name)
            if line.endswith("EPERM (Operation not permitted)"):
                refused.append(line)
        elif "SECCOMP_SET_MODE_FILTER" in line and line.endswith(" = 0"):
            inside[pid] = set()
    return inside, refused


def script(link):
    """A daemon that does what each kind of request is for."""
    head = read_head(link)
    if "attach" in head.target:
        link.send(SWITCH)
        link.send(link.rest())
    elif "events" in head.target:
        link.buffer[:0] = head.raw
        streaming(link)
    else:
        link.buffer[:0] = head.raw
        serve_plainly(link)


def end_a_tunnel(door):
    with Client(door) as client:
        client.send(ATTACH + b"12345")
        assert read_head(client).status == 101
        client.half_close()
        assert client.rest() == b"12345"


def read_slowly(program, recorder):
    """So that bytes wait, on their way up and down."""
    go = threading.Event()

    def slow(link):
        head = read_head(link)
        assert go.wait(10)
        link.buffer[:0] = head.raw
        message = link.request()
        link.send(b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n"
                  % len(message.body) + message.body)

    recorder.script = slow
    body = bytes(4 << 20)
    with Client(program.door()) as client:
        sender = threading.Thread(
            target=client.send,
            args=(request("POST", "/images/load", body=body),))
        sender.start()
        time.sleep(.3)
        go.set()
        sender.join()
        time.sleep(.3)
        assert client.answer().body == body
    recorder.script = script


def make_traffic(program, recorder):
    door = program.door()
    recorder.script = script
    with Client(door) as client:
        assert client.ask(INFO).status == 200
        assert client.ask(CREATE).status == 200
        assert client.ask(LOAD + CHUNKED + chunk(bytes(99999)) +
                          chunk(b"")).status == 200
        assert client.ask(request("DELETE", "/containers/x")).status == 403
        assert client.ask(b"broken\r\n\r\n", "GET").status == 400
    end_a_tunnel(door)
    read_slowly(program, recorder)
    with Client(door) as client:
        client.send(EVENTS)
        read_head(client)
        assert read_chunk(client)[1] == b"tick"
    with Client(door) as client:
        client.send(LOAD + CHUNKED + chunk(b"x"))
    with Client(door) as client:
        client.send(INFO[:9])
        client.half_close()
        client.rest()
    recorder.shut()
    with Client(door) as client:
        assert client.ask(INFO).status == 502
    recorder.open()


def test_the_list_is_what_workers_need(postern, recorder, home, monkeypatch):
    if is_sanitized():
        pytest.skip("under sanitizers there is no filter")
    if shutil.which("strace") is None:
        engine.cannot("no strace here")
    trace = home / "trace"
    # -D: the process that is started becomes the program.
    traced = home / "traced"
    traced.write_text(f"#!/bin/sh\nexec strace -D -f -s 0 -o {trace} "
                      f'{binary()} "$@"\n')
    traced.chmod(0o755)
    monkeypatch.setenv("POSTERN", str(traced))
    program = postern(recorder.path, web=EVERYTHING +
                      "[deny]\noperation = ContainerDelete\n")
    program.start()
    make_traffic(program, recorder)
    with Client(program.door()) as idle:
        assert idle.ask(INFO).status == 200
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: program.log("reloaded"), "the reload")
        assert idle.ask(INFO).status == 200
        make_traffic(program, recorder)
    assert program.finish() == 0
    # The tracer ends last: of the supervisor and two workers.
    wait_until(lambda: trace.read_text(errors="replace").count(
        "+++ exited with 0 +++") == 3, "the trace's end")

    inside, refused = calls_inside(trace)
    assert len(inside) == 2, "not two workers"
    assert refused == []
    table = listed()
    made = set().union(*inside.values())
    assert made - set(table) == set()
    made |= {OTHER_NAMES.get(name, name) for name in made}
    assert {name for name, why in table.items()
            if not why.startswith(SOMETIMES)} - made == set()


def test_the_kernel_says_so_too(program):
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
    worker, = program.workers()
    text = Path(f"/proc/{worker}/status").read_text()
    status = dict(line.split(":\t", 1) for line in text.splitlines())
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == ("0" if is_sanitized() else "2")
    names = ["CapInh", "CapPrm", "CapEff", "CapAmb"]
    if os.geteuid() == 0:
        names.append("CapBnd")
    for name in names:
        assert int(status[name], 16) == 0, name
    assert "0" not in status["Uid"].split()
    assert "0" not in status["Gid"].split()
    limits = Path(f"/proc/{worker}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_log_tells_each_layers_state(program, layer):
    line = program.wait_log("sandbox")
    if is_sanitized() and layer in ("landlock", "seccomp"):
        assert "sanitizers" in line[layer]
    elif layer != "landlock":
        assert line[layer].startswith("on")
    else:
        # What the kernel does not have is said, too.
        assert re.match(r"on.*ABI [0-9]+|off", line[layer])
    assert len(program.log("sandbox")) == 1
