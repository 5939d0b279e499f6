# SPDX-License-Identifier: MIT
"""Hijacked connections: bytes both ways, from the moment at which the daemon
agrees and not before."""

import os
import threading

import pytest

from profiles import EVERYTHING
from recorder import plain_answer, serve_plainly
from scripts import ATTACH, INFO, JSON, RAW, SWITCH, answers
from wait import wait_until
from wire import Client, read_head, request, response


def test_client_bytes_wait_for_the_101(program, recorder):
    """They were sent too early, and are not lost."""
    go = threading.Event()

    def script(link):
        link.request()
        assert go.wait(10)
        link.send(SWITCH)
        link.send(link.exactly(11))

    recorder.script = script
    with Client(program.door()) as client:
        client.send(ATTACH + b"early ")
        wait_until(lambda: recorder.link().requests, "the request")
        client.send(b"bytes")
        with Client(program.door()) as other:
            other.send(b"x")
        assert not recorder.link().got.endswith(b"early bytes")
        assert recorder.link().got.endswith(b"\r\n\r\n")
        go.set()
        head = read_head(client)
        assert head.status == 101
        assert head.field("Upgrade") == "tcp"
        assert head.field("Connection") == "Upgrade"
        assert head.field("Content-Type") == \
            "application/vnd.docker.raw-stream"
        assert client.exactly(11) == b"early bytes"


def test_bytes_behind_an_exec_body_wait_for_the_101(program, recorder):
    """The daemon would lose what comes with the body."""
    def script(link):
        assert link.request().body == b"{}"
        assert not link.buffer and link.got.endswith(b"\r\n\r\n{}")
        link.send(SWITCH)
        link.send(link.rest())

    recorder.script = script
    with Client(program.door()) as client:
        client.send(request("POST", "/exec/e1/start", "Connection: Upgrade",
                            "Upgrade: tcp", JSON, body=b"{}") + b"early ")
        assert read_head(client).status == 101
        client.send(b"late")
        client.half_close()
        assert client.rest() == b"early late"


def test_bytes_behind_the_101_are_not_lost(program, recorder):
    recorder.script = answers(SWITCH + b"prompt> ")
    with Client(program.door()) as client:
        client.send(ATTACH)
        assert read_head(client).status == 101
        assert client.rest() == b"prompt> "


def test_a_101_in_single_bytes(program, recorder):
    recorder.script = answers(
        *[bytes([byte]) for byte in SWITCH + b"prompt> "])
    with Client(program.door()) as client:
        client.send(ATTACH)
        assert read_head(client).status == 101
        assert client.rest() == b"prompt> "


def test_a_tunnel_passes_half_closes_both_ways(program, recorder):
    def script(link):
        link.request()
        link.send(SWITCH)
        assert link.rest() == b"input"
        link.send(b"output")
        link.half_close()

    recorder.script = script
    with Client(program.door()) as client:
        client.send(ATTACH)
        assert read_head(client).status == 101
        client.send(b"input")
        client.half_close()
        assert client.rest() == b"output"


def test_the_daemon_may_half_close_first(program, recorder):
    got = []

    def script(link):
        link.request()
        link.send(SWITCH + b"output")
        link.half_close()
        got.append(link.rest())

    recorder.script = script
    with Client(program.door()) as client:
        client.send(ATTACH)
        assert read_head(client).status == 101
        assert client.rest() == b"output"
        client.send(b"still typing")
        client.half_close()
        wait_until(lambda: got, "the end of the input")
    assert got == [b"still typing"]


def test_a_daemon_that_closes_a_tunnel_ends_it(program, recorder):
    recorder.script = answers(SWITCH, b"bye")
    with Client(program.door()) as client:
        client.send(ATTACH)
        assert read_head(client).status == 101
        assert client.rest() == b"bye"
    program.wait_log("stream-end", operation="ContainerAttach")


def test_a_client_that_vanishes_ends_its_tunnel(program, recorder):
    def script(link):
        link.request()
        link.send(SWITCH)
        link.rest()
        # A shell that does not mind the end of its input.
        assert link.wait_gone(5)

    recorder.script = script
    client = Client(program.door())
    client.send(ATTACH)
    assert read_head(client).status == 101
    client.close()
    assert recorder.link().wait_gone(1)
    program.wait_log("stream-end", operation="ContainerAttach")


def test_a_raw_stream_without_upgrade(program, recorder):
    """Docker's 200 without a length goes both ways, too."""
    def script(link):
        link.request()
        link.send(response(200, RAW))
        link.send(b"<" + link.rest() + b">")

    recorder.script = script
    with Client(program.door()) as client:
        client.send(request("POST", "/exec/e1/start", JSON, body=b"{}"))
        assert read_head(client).status == 200
        client.send(b"typed")
        client.half_close()
        assert client.rest() == b"<typed>"


def test_a_raw_stream_type_with_a_length_is_an_answer(program, recorder):
    def script(link):
        link.request()
        link.send(response(200, RAW, body=b"x"))
        serve_plainly(link)

    recorder.script = script
    with Client(program.door()) as client:
        assert client.ask(ATTACH).body == b"x"
        assert client.ask(INFO).body == b"{}\n"


def test_logs_of_the_raw_stream_type_are_no_tunnel(program, recorder):
    """Their operation does not hijack."""
    got = []

    def script(link):
        link.request()
        link.send(response(200, RAW) + b"line\n")
        got.append(link.rest())

    recorder.script = script
    with Client(program.door()) as client:
        client.send(request("GET", "/containers/web/logs?stdout=1"))
        read_head(client)
        client.send(b"typed")
        assert client.exactly(5) == b"line\n"
    wait_until(lambda: got, "the end")
    assert got == [b""]


WRONG_SWITCHES = {
    "another_protocol": response(101, "Connection: Upgrade", "Upgrade: h2c"),
    "no_protocol": response(101),
    "two_protocols": response(101, "Connection: Upgrade", "Upgrade: tcp",
                              "Upgrade: h2c"),
}


@pytest.mark.parametrize("name", WRONG_SWITCHES)
def test_a_wrong_101_is_no_tunnel(program, recorder, name):
    def script(link):
        link.request()
        link.send(WRONG_SWITCHES[name])
        assert link.rest() == b""

    recorder.script = script
    with Client(program.door()) as client:
        client.send(ATTACH + INFO)
        assert client.answer().status == 502
        assert client.at_end()


def test_101_without_having_asked_is_no_tunnel(program, recorder):
    recorder.script = answers(SWITCH)
    with Client(program.door()) as client:
        assert client.ask(request("POST", "/containers/web/attach",
                                  body=b"")).status == 502


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_an_upgrade_that_is_not_granted_is_an_answer(
        serve, recorder, status):
    program = serve(EVERYTHING + "[deny]\noperation = ContainerDelete\n")

    def script(link):
        if link.request().method == "POST":
            link.send(response(status, "Content-Type: application/json",
                               body=b"{}"))
        else:
            link.send(plain_answer(link.requests[0]))
        serve_plainly(link)

    recorder.script = script
    with Client(program.door()) as client:
        client.send(ATTACH + request("DELETE", "/containers/victim"))
        assert client.answer().status == status
        assert client.answer().status == 403
        assert client.ask(INFO).status == 200
    assert b"DELETE" not in recorder.heard(program.door())


def test_a_session_tunnels_h2c(program, recorder):
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    def script(link):
        link.request()
        link.send(response(101, "Connection: Upgrade", "Upgrade: h2c",
                           reason="Switching Protocols") + preface)
        assert link.rest() == preface

    recorder.script = script
    with Client(program.door()) as client:
        client.send(request("POST", "/session", "Connection: Upgrade",
                            "Upgrade: h2c", body=b""))
        assert read_head(client).field("Upgrade") == "h2c"
        client.send(preface)
        client.half_close()
        assert client.rest() == preface


def test_a_websocket_is_tunnelled(program, recorder):
    fields = ["Origin: http://x", "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]

    def script(link):
        head = link.request()
        assert [f"{name}: {value}" for name, value in head.fields] == [
            "Host: docker", *fields, "Connection: Upgrade",
            "Upgrade: websocket"]
        link.send(response(101, "Upgrade: websocket", "Connection: Upgrade",
                           "Sec-WebSocket-Accept: a", reason="Switching"))
        link.send(link.rest())

    recorder.script = script
    with Client(program.door()) as client:
        client.send(request(
            "GET", "/containers/web/attach/ws?stream=1", *fields,
            "Connection: keep-alive, Upgrade", "Upgrade: websocket"))
        head = read_head(client)
        assert head.status == 101
        assert head.field("Sec-WebSocket-Accept") == "a"
        assert head.field("Upgrade") == "websocket"
        client.send(b"frames")
        client.half_close()
        assert client.rest() == b"frames"


def test_streams_are_logged_at_start_and_end(program, recorder):
    recorder.script = answers(SWITCH, b"12345")
    with Client(program.door()) as client:
        client.send(ATTACH + b"123")
        assert read_head(client).status == 101
        assert client.rest() == b"12345"
    start = program.wait_log("stream-start", operation="ContainerAttach")
    assert start["profile"] == "web" and start["pid"] == os.getpid()
    end = program.wait_log("stream-end", operation="ContainerAttach")
    assert end["received"] == 5
    assert end["seconds"] >= 0
