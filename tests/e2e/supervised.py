# SPDX-License-Identifier: MIT
"""What tests of reloads and upgrades share: asking the program under test
how it is, and clients with something under way."""

import json
import os
from pathlib import Path

from program import run
from recorder import plain_answer
from scripts import CHUNKED, EVENTS, SWITCH
from wait import wait_until
from wire import Client, chunk, read_chunk, read_head, request, response

PING = request("GET", "/_ping")
HALF = (b"POST /containers/create HTTP/1.1\r\nHost: d\r\n"
        b"Content-Type: application/json\r\n"
        b"Expect: 100-continue\r\n" + CHUNKED + chunk(b"{"))


def daemon(link):
    """A script: events stream, an attach echoes, the rest is answered."""
    while True:
        message = link.request()
        if "/events" in message.target:
            link.send(response(200, "Transfer-Encoding: chunked") +
                      chunk(b"tick"))
            link.rest()
        elif "/attach" in message.target:
            link.send(SWITCH)
            while data := link.receive():
                link.send(data)
        else:
            link.send(plain_answer(message))


def reload(program):
    return run("reload", "--directory", program.directory)


def status(program):
    done = run("status", "--json", "--directory", program.directory)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def inode(path):
    return os.lstat(path).st_ino


def answers(path, asked=PING):
    with Client(path) as client:
        return client.ask(asked).status


def follow(door):
    """A client with a stream of events that has begun."""
    client = Client(door)
    client.send(EVENTS)
    assert read_head(client).status == 200
    assert read_chunk(client)[1] == b"tick"
    return client


def link_of(recorder, mark):
    """The daemon's end of the last connection that was asked for that."""
    return [link for link in recorder.links if mark in link.got][-1]


def half(door):
    """A client whose body is held and not whole."""
    client = Client(door)
    client.send(HALF)
    assert client.answer().status == 100
    return client


def children(program):
    """What the kernel lists at once: quick, but not all while one ends."""
    pid = program.process.pid
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def one_worker(program):
    wait_until(lambda: len(program.workers()) == 1, "the end of old workers")


def descriptors(program):
    """Of the supervisor."""
    return len(os.listdir(f"/proc/{program.process.pid}/fd"))
