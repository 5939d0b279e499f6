# SPDX-License-Identifier: MIT
"""Daemons that go down and come back, and clients that go away."""

import os
import socket
import threading
import time

import pytest

from scripts import EVENTS, INFO, answers, streaming
from wait import wait_until
from wire import Client, Ended, chunk, read_chunk, read_head, response


def test_the_daemon_may_be_down_at_start_and_come_back(program, recorder):
    recorder.shut()
    with Client(program.door()) as client:
        answer = client.ask(INFO)
        assert answer.status == 502
        assert b'{"message":"postern: ' in answer.body
    recorder.open()
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
    recorder.shut()
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 502
    recorder.open()
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200


def test_a_kept_connection_survives_the_daemons_restart(program, recorder):
    with Client(program.door()) as client:
        assert client.ask(INFO).status == 200
        recorder.shut()
        recorder.open()
        assert client.ask(INFO).status == 200


def test_the_daemon_restarts_in_the_middle_of_an_answer(program, recorder):
    sent = threading.Event()

    def script(link):
        link.request()
        link.send(response(200, "Transfer-Encoding: chunked") + chunk(b"a"))
        sent.set()
        link.rest()

    recorder.script = script
    with Client(program.door()) as client:
        client.send(EVENTS)
        assert sent.wait(5)
        recorder.shut()
        with pytest.raises(Ended):
            client.answer()


def test_a_full_backlog_is_waited_for(program, recorder, home):
    recorder.shut()
    recorder.open(backlog=0, accept=False)
    filler = socket.socket(socket.AF_UNIX)
    filler.connect(recorder.path)
    spare = socket.socket(socket.AF_UNIX)
    spare.setblocking(False)
    with pytest.raises(BlockingIOError):
        spare.connect(recorder.path)
    before = program.processor_seconds()
    with Client(program.door()) as client:
        client.send(INFO)
        client.sock.settimeout(.7)
        with pytest.raises(TimeoutError):
            client.answer()
        assert program.processor_seconds() - before < .2
        client.sock.settimeout(10)
        recorder.accept()
        assert client.answer().status == 200
    filler.close()
    spare.close()


def test_a_client_that_vanishes_closes_its_stream(program, recorder):
    recorder.script = streaming
    client = Client(program.door())
    client.send(EVENTS)
    read_head(client)
    read_chunk(client)
    client.close()
    assert recorder.link().wait_gone(1)
    program.wait_log("stream-end", operation="SystemEvents")


def test_a_client_that_vanishes_before_the_answer(program, recorder):
    recorder.script = lambda link: (link.request(), link.rest())
    client = Client(program.door())
    client.send(EVENTS)
    wait_until(lambda: recorder.link().requests, "the request")
    client.close()
    assert recorder.link().wait_gone(1)


def test_a_client_that_half_closes_and_then_vanishes(program, recorder):
    recorder.script = streaming
    client = Client(program.door())
    client.send(EVENTS)
    client.half_close()
    read_head(client)
    read_chunk(client)
    assert not recorder.link().wait_gone(.3)
    client.close()
    assert recorder.link().wait_gone(1)


def test_a_client_that_vanishes_with_requests_in_line(program, recorder):
    """More of them than the door reads while the first is under way."""
    recorder.script = streaming
    client = Client(program.door())
    client.send(EVENTS)
    read_head(client)
    client.sock.settimeout(.5)
    with pytest.raises(TimeoutError):
        client.send(100000 * INFO)
    client.close()
    assert recorder.link().wait_gone(1)


def test_half_closing_does_not_cancel_a_request(program, recorder):
    go = threading.Event()

    def script(link):
        link.request()
        assert not link.wait_gone(.1)
        assert go.wait(10)
        link.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            link.sock.recv(1)
        link.sock.setblocking(True)
        link.send(response(200, body=b"whole"))

    recorder.script = script
    with Client(program.door()) as client:
        client.send(INFO)
        client.half_close()
        wait_until(lambda: recorder.link().requests, "the request")
        go.set()
        assert client.answer().body == b"whole"
        assert client.at_end()


def test_a_slow_reader_gets_everything(program, recorder):
    data = os.urandom(8 << 20)
    recorder.script = answers(response(200, body=data))
    with Client(program.door()) as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send(INFO)
        time.sleep(.3)
        assert client.answer().body == data
