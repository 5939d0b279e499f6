# SPDX-License-Identifier: MIT
"""What one client, or very many, may ask of a door, and what that costs:
memory, descriptors and processor time."""

import os
import resource
import threading
import time

import pytest

from profiles import EVERYTHING
from program import is_sanitized
from recorder import serve_plainly
from scripts import (ATTACH, CHUNKED, CREATE, EVENTS, INFO, JSON, LOAD, SWITCH,
                     answers, streaming)
from wait import wait_until
from wire import (Client, chunk, read_chunk, read_head, read_response, request,
                  response)


def test_over_the_limit_of_connections(serve):
    program = serve(EVERYTHING + "[limits]\nconnections = 3\n")
    clients = [Client(program.door()) for _ in range(3)]
    for client in clients:
        assert client.ask(INFO).status == 200
    with Client(program.door()) as fourth:
        answer = fourth.ask(INFO)
        assert answer.status == 429
        assert answer.field("Retry-After")
        assert fourth.at_end()
    program.wait_log("refused", status=429)
    clients.pop().close()

    def enters():
        with Client(program.door()) as client:
            return client.ask(INFO).status == 200
    wait_until(enters, "a free place")
    for client in clients:
        assert client.ask(INFO).status == 200
        client.close()


CREATE_HEAD = (b"POST /containers/create HTTP/1.1\r\nHost: d\r\n"
               b"Content-Type: application/json\r\n")
LARGE_BODIES = {
    "length": request("POST", "/containers/create", JSON, body=1025 * b" "),
    "length_only": CREATE_HEAD +
                   b"Content-Length: 1025\r\nExpect: 100-continue\r\n\r\n",
    "chunked": CREATE_HEAD + CHUNKED +
        chunk(1024 * b" ") + chunk(b" ") + chunk(b""),
    "chunked_without_end": CREATE_HEAD + CHUNKED +
        20 * chunk(1024 * b" "),
    "where_none_is_taken": request("POST", "/containers/web/start",
                                   body=1025 * b" "),
}


@pytest.mark.parametrize("name", LARGE_BODIES)
def test_a_body_over_the_limit_is_413(serve, recorder, name):
    program = serve(EVERYTHING + "[limits]\nbody = 1K\n")
    with Client(program.door()) as client:
        answer = client.ask(LARGE_BODIES[name])
        assert answer.status == 413
        assert client.at_end()
    assert recorder.heard(program.door()) == b""


def test_a_body_at_the_limit_passes(serve, recorder):
    program = serve(EVERYTHING + "[limits]\nbody = 1K\n")
    body = b"{" + 1022 * b" " + b"}"
    head = CREATE_HEAD + CHUNKED
    with Client(program.door()) as client:
        assert client.ask(request(
            "POST", "/containers/create", JSON, body=body)).status == 200
        assert client.ask(
            head + chunk(body[:500]) + chunk(body[500:]) +
            chunk(b"")).status == 200
    assert [m.body for m in recorder.link().requests] == 2 * [body]


BODIES_HELD = 32
HALF = (CREATE_HEAD + b"Expect: 100-continue\r\n" + CHUNKED +
        chunk(b"{"))

# How a body that is held can come to its end.
ENDS_OF_BODIES = {
    "whole": lambda client: client.ask(chunk(b"}") + chunk(b""), "POST"),
    "broken": lambda client: client.ask(b"x\r\n", "POST"),
    "too_large": lambda client: client.ask(chunk(1025 * b" "), "POST"),
    "no_json": lambda client: client.ask(chunk(b""), "POST"),
    "half_closed": lambda client: client.half_close(),
    "vanished": lambda client: None,
}


def start_body(door):
    """Returns a client whose body is held, or the status that it got."""
    client = Client(door)
    client.send(HALF)
    status = client.answer().status
    if status == 100:
        return client
    client.close()
    return status


@pytest.mark.parametrize("name", ENDS_OF_BODIES)
def test_so_many_bodies_are_held_at_once(serve, name):
    """And each one that has ended makes place for another."""
    program = serve(EVERYTHING + "[limits]\nbody = 1K\n")
    for _ in range(2):
        clients = [start_body(program.door()) for _ in range(BODIES_HELD)]
        assert start_body(program.door()) == 503
        with Client(program.door()) as other:
            assert other.ask(INFO).status == 200
            assert other.ask(CREATE).status == 200
        for client in clients:
            ENDS_OF_BODIES[name](client)
            client.close()

        def is_free():
            client = start_body(program.door())
            if client == 503:
                return False
            client.close()
            return True
        wait_until(is_free, "a place")
        wait_until(lambda: program.descriptors() < BODIES_HELD,
                   "all to be gone")


def test_a_stream_has_no_limit(serve, recorder):
    program = serve(EVERYTHING + "[limits]\nbody = 1K\n")
    with Client(program.door()) as client:
        assert client.ask(request(
            "POST", "/images/load", body=100000 * b"x")).status == 200


GIGABYTES = 2
PIECE = 1 << 20
MEMORY_MAY_GROW = 4 << 20


def watch(program, call):
    """Run it while looking at the program's memory; returns how far that
    grew."""
    before = program.resident()
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    most = before
    while thread.is_alive():
        most = max(most, program.resident())
        thread.join(.02)
    return most - before


def flowing_program(serve):
    program = serve(EVERYTHING)
    with Client(program.door()) as client:
        client.ask(INFO)
    return program


def test_gigabytes_down_in_constant_memory(serve, recorder):
    program = flowing_program(serve)
    size = GIGABYTES << 30

    def script(link):
        link.request()
        link.send(response(200, f"Content-Length: {size}"))
        piece = bytes(PIECE)
        for _ in range(size // PIECE):
            link.send(piece)

    recorder.script = script
    total = []

    def read():
        with Client(program.door()) as client:
            client.send(request("GET", "/images/get?names=a"))
            assert read_head(client).status == 200
            left, room = size - len(client.buffer), bytearray(PIECE)
            while left > 0:
                n = client.sock.recv_into(room)
                if n == 0:
                    break
                left -= n
            total.append(size - left)

    grew = watch(program, read)
    assert total == [size]
    assert is_sanitized() or grew < MEMORY_MAY_GROW


def test_gigabytes_up_in_constant_memory(serve, recorder):
    program = flowing_program(serve)
    size = GIGABYTES << 30
    total = []

    def script(link):
        read_head(link)
        left, room = size - len(link.buffer), bytearray(PIECE)
        while left > 0:
            n = link.sock.recv_into(room)
            if n == 0:
                break
            left -= n
        total.append(size - left)
        link.send(response(200, body=b"x"))

    recorder.script = script

    def write():
        with Client(program.door()) as client:
            client.send(LOAD + f"Content-Length: {size}\r\n\r\n".encode())
            piece = bytes(PIECE)
            for _ in range(size // PIECE):
                client.send(piece)
            assert client.answer().status == 200

    grew = watch(program, write)
    assert total == [size]
    assert is_sanitized() or grew < MEMORY_MAY_GROW


def test_a_reader_that_stops_does_not_fill_memory(serve, recorder):
    program = flowing_program(serve)
    size = 64 << 20
    recorder.script = answers(response(200, body=bytes(size)))
    before = program.resident()
    with Client(program.door()) as client:
        client.send(INFO)
        read_head(client)
        time.sleep(.5)
        grew = program.resident() - before
        assert is_sanitized() or grew < MEMORY_MAY_GROW
        got = len(client.take(len(client.buffer)))
        while got < size:
            got += len(client.receive(1 << 20))


def test_a_client_that_never_reads_does_not_fill_memory(serve):
    program = serve("[allow]\noperation = SystemPing\n")
    with Client(program.door()) as client:
        before = program.resident()
        client.sock.settimeout(.5)
        with pytest.raises(TimeoutError):
            client.send((16 << 20) // len(INFO) * INFO)
        grew = program.resident() - before
        assert is_sanitized() or grew < MEMORY_MAY_GROW


def test_a_tunnel_that_nobody_reads_does_not_fill_memory(serve, recorder):
    program = flowing_program(serve)
    size = 32 << 20
    go = threading.Event()
    total = []

    def script(link):
        link.request()
        link.send(SWITCH)
        assert go.wait(20)
        count = len(link.buffer)
        while True:
            data = link.sock.recv(1 << 20)
            if not data:
                break
            count += len(data)
        total.append(count)
        link.send(bytes(size))

    recorder.script = script
    with Client(program.door()) as client:
        client.send(ATTACH)
        assert read_head(client).status == 101
        before = program.resident()
        sender = threading.Thread(target=lambda: (
            client.send(bytes(size)), client.half_close()), daemon=True)
        sender.start()
        time.sleep(.5)
        grew = program.resident() - before
        assert sender.is_alive()
        assert is_sanitized() or grew < MEMORY_MAY_GROW
        go.set()
        sender.join()
        # All of it came, then its end; and it is still open to us.
        assert len(client.rest()) == size
    assert total == [size]


def test_chunks_flow_in_constant_memory(serve, recorder):
    program = flowing_program(serve)
    piece, count = chunk(bytes(100000)), 3000
    total = []

    def script(link):
        read_head(link)
        link.sock.settimeout(20)
        left = count * len(piece) + 5 - len(link.buffer)
        while left > 0:
            left -= len(link.sock.recv(1 << 20))
        link.send(response(200, "Transfer-Encoding: chunked"))
        for _ in range(count):
            link.send(piece)
        link.send(chunk(b""))

    recorder.script = script

    def both():
        with Client(program.door()) as client:
            client.send(LOAD + CHUNKED)
            for _ in range(count):
                client.send(piece)
            client.send(b"0\r\n\r\n")
            read_head(client)
            while True:
                data = read_chunk(client)[1]
                total.append(len(data))
                if not data:
                    break

    grew = watch(program, both)
    assert sum(total) == count * 100000
    assert is_sanitized() or grew < MEMORY_MAY_GROW


def test_a_thousand_doors(postern, recorder):
    program = postern(recorder.path, **{
        f"d{number}": "[profile]\nextends = readonly\n"
        for number in range(1000)})
    began = time.monotonic()
    program.start()
    assert is_sanitized() or time.monotonic() - began < 5
    for number in range(0, 1000, 37):
        with Client(program.door(f"d{number}")) as client:
            assert client.ask(INFO).status == 200
    assert len(os.listdir(program.directory / "doors")) == 1000


def test_two_thousand_connections(serve, recorder):
    program = serve(EVERYTHING + "[limits]\nconnections = 5000\n")
    clients = []
    try:
        for _ in range(2000):
            clients.append(Client(program.door()))
            clients[-1].send(INFO)
        for client in clients:
            assert client.answer().status == 200
        for client in clients:
            client.send(INFO)
        for client in clients:
            assert client.answer().status == 200
    finally:
        for client in clients:
            client.close()
    assert len(recorder.links) == 2000
    few = len(recorder.links) // 100
    wait_until(lambda: program.descriptors() < few, "all to be closed")


def test_out_of_descriptors_waits_without_spinning(postern, recorder):
    program = postern(recorder.path, web=EVERYTHING)

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    program.start(preexec_fn=limit)
    clients = [Client(program.door()) for _ in range(100)]
    wait_until(lambda: program.descriptors() >= 60, "no more descriptors")
    before = program.processor_seconds()
    time.sleep(1)
    assert program.processor_seconds() - before < .3
    for client in clients[:90]:
        client.close()
    for client in clients[90:]:
        assert client.ask(INFO).status == 200
        client.close()
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200


def test_an_idle_program_sleeps(program):
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
        before = program.processor_seconds()
        time.sleep(.5)
        assert program.processor_seconds() - before < .05


def test_no_descriptor_is_left_open(program, recorder):
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
    wait_until(lambda: recorder.link().wait_gone(0), "the first to go")
    before = program.descriptors()
    for script, sent in (
            (serve_plainly, INFO), (answers(SWITCH), ATTACH),
            (answers(b"garbage"), INFO), (streaming, EVENTS),
            (answers(response(200, "Content-Length: 5")), INFO)):
        recorder.script = script
        for _ in range(10):
            with Client(program.door()) as client:
                client.send(sent)
                read_head(client)
    for sent in (b"G(T / HTTP/1.1\r\n\r\n", request("GET", "/nothing")):
        with Client(program.door()) as client:
            client.send(sent)
            read_response(client)
    wait_until(lambda: program.descriptors() <= before,
               f"{before} descriptors")
