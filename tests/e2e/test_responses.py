# SPDX-License-Identifier: MIT
"""Responses on their way down: passed as they come, and never made to look
like more than they are."""

import threading

import pytest

from recorder import plain_answer, serve_plainly
from scripts import EVENTS, INFO, SWITCH, answers
from wait import wait_until
from wire import Client, Ended, chunk, read_chunk, read_head, request, response

CUT = {
    "body_with_length": response(200, "Content-Length: 10") + b"12345",
    "chunk": response(200, "Transfer-Encoding: chunked") + b"a\r\n12345",
    "between_chunks":
        response(200, "Transfer-Encoding: chunked") + chunk(b"12345"),
    "chunk_size": response(200, "Transfer-Encoding: chunked") + b"a",
    "broken_chunk":
        response(200, "Transfer-Encoding: chunked") + chunk(b"1") + b"x\r\n",
    "trailers": response(200, "Transfer-Encoding: chunked") + b"0\r\nX: y",
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_answer_does_not_look_whole(program, recorder, name):
    recorder.script = answers(CUT[name])
    with Client(program.door()) as client:
        with pytest.raises(Ended):
            client.ask(INFO)


def test_a_chunked_answer_comes_as_it_is_sent(program, recorder):
    """Byte by byte, each chunk before the next one is there."""
    go = threading.Semaphore(0)

    def script(link):
        read_head(link)
        for byte in response(200, "Transfer-Encoding: chunked"):
            link.send(bytes([byte]))
        for word in (b"one", b"two"):
            for byte in b"0000000" + chunk(word):
                link.send(bytes([byte]))
            assert go.acquire(timeout=10)
        link.send(b"0\r\nX: y\r\n\r\n")
        serve_plainly(link)

    recorder.script = script
    with Client(program.door()) as client:
        client.send(EVENTS)
        head = read_head(client)
        assert head.field("Transfer-Encoding") == "chunked"
        for word in (b"one", b"two"):
            got = b""
            while got != word:
                got += read_chunk(client)[1]
            go.release()
        assert read_chunk(client) == (b"0\r\n\r\n", b"")
        assert client.ask(INFO).status == 200


def test_head_of_an_answer_comes_before_its_body(program, recorder):
    """"docker run" waits for the head of its "wait" request."""
    go = threading.Event()

    def script(link):
        link.request()
        link.send(response(200, "Content-Length: 5"))
        assert go.wait(10)
        link.send(b"hello")

    recorder.script = script
    with Client(program.door()) as client:
        client.send(request("POST", "/containers/web/wait", body=b""))
        assert read_head(client).status == 200
        go.set()
        assert client.exactly(5) == b"hello"


WITHOUT_BODY = {
    "204": ("DELETE", "/containers/web", response(204)),
    "204_with_length": ("DELETE", "/containers/web",
                        response(204, "Content-Length: 0")),
    "304": ("POST", "/containers/web/start",
            response(304, "Content-Length: 7")),
    "HEAD": ("HEAD", "/containers/web/archive?path=/",
             response(200, "Content-Length: 7",
                      "X-Docker-Container-Path-Stat: e30=")),
    "HEAD_404_chunked": ("HEAD", "/containers/web/archive?path=/",
                         response(404, "Transfer-Encoding: chunked")),
    "empty": ("GET", "/info", response(200, body=b"")),
    "empty_chunked": ("GET", "/info", response(
        200, "Transfer-Encoding: chunked") + b"0\r\n\r\n"),
}


@pytest.mark.parametrize("name", WITHOUT_BODY)
def test_answers_without_body_do_not_end_the_connection(
        program, recorder, name):
    method, target, sent = WITHOUT_BODY[name]

    def script(link):
        link.request()
        link.send(sent)
        serve_plainly(link)

    recorder.script = script
    with Client(program.door()) as client:
        answer = client.ask(request(method, target))
        assert answer.status == int(sent.split(b" ")[1])
        assert answer.body == b""
        assert client.ask(INFO).body == b"{}\n"
    assert len(recorder.links) == 1


def test_fields_of_an_answer_are_passed(program, recorder):
    recorder.script = answers(response(
        200, "Api-Version: 1.41", "X-Docker-Container-Path-Stat: e30=",
        "Connection: keep-alive", "Keep-Alive: timeout=5", "X: a", "X: b",
        reason="Fine, thanks", body=b"x"))
    with Client(program.door()) as client:
        answer = client.ask(INFO)
    assert answer.line == "HTTP/1.1 200 Fine, thanks"
    assert sorted(answer.fields) == [
        ("Api-Version", "1.41"), ("Content-Length", "1"), ("X", "a"),
        ("X", "b"), ("X-Docker-Container-Path-Stat", "e30=")]


def test_an_answer_that_ends_with_the_connection(program, recorder):
    recorder.script = answers(
        response(200, "Content-Type: text/plain"), b"one", b"two")
    with Client(program.door()) as client:
        answer = client.ask(INFO)
        assert answer.body == b"onetwo"
        assert answer.field("Connection") == "close"
        assert client.at_end()


def test_an_http_1_0_client_gets_no_chunks(program, recorder):
    recorder.script = answers(response(
        200, "Transfer-Encoding: chunked") + chunk(b"one") + chunk(b"two") +
        chunk(b""))
    with Client(program.door()) as client:
        answer = client.ask(b"GET /info HTTP/1.0\r\n\r\n")
        assert answer.field("Transfer-Encoding") is None
        assert answer.body == b"onetwo"
        assert client.at_end()


def test_an_http_1_0_daemon(program, recorder):
    recorder.script = answers(b"HTTP/1.0 200 OK\r\n\r\nbody")
    with Client(program.door()) as client:
        assert client.ask(INFO).body == b"body"


def test_the_daemon_may_close_between_requests(program, recorder):
    def script(link):
        link.request()
        link.send(response(200, "Connection: close", body=b"x"))

    recorder.script = script
    with Client(program.door()) as client:
        for _ in range(3):
            assert client.ask(INFO).body == b"x"
    assert len(recorder.links) == 3


def test_the_daemon_may_close_an_idle_connection(program, recorder):
    def script(link):
        link.send(plain_answer(link.request()))

    recorder.script = script
    with Client(program.door()) as client:
        for number in range(3):
            assert client.ask(INFO).status == 200
            wait_until(recorder.link(number).is_closed, "the daemon's close")
    assert len(recorder.links) == 3


BAD_ANSWERS = {
    "garbage": b"\x00\x01garbage\r\n\r\n",
    "nothing": b"",
    "half_a_head": b"HTTP/1.1 200 OK\r\nContent-",
    "http_2": b"HTTP/2.0 200 OK\r\n\r\n",
    "status_of_two_digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "status_of_letters": b"HTTP/1.1 2OO OK\r\n\r\n",
    "bare_line_feeds": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "length_and_chunked": response(
        200, "Content-Length: 5", "Transfer-Encoding: chunked") + chunk(b""),
    "two_lengths": response(200, "Content-Length: 0", "Content-Length: 1"),
    "bad_length": response(200, "Content-Length: x"),
    "unknown_coding": response(200, "Transfer-Encoding: gzip"),
    "folded_line": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
    "endless_head": b"HTTP/1.1 200 OK\r\nX: " + 200000 * b"x",
    "switching_where_nothing_hijacks": SWITCH,
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_bad_answer_becomes_502(program, recorder, name):
    recorder.script = answers(BAD_ANSWERS[name])
    with Client(program.door()) as client:
        answer = client.ask(INFO)
        assert answer.status == 502
        assert b'{"message":"postern: ' in answer.body
        assert client.at_end()
    program.wait_log("refused", status=502)


def test_bytes_behind_an_answer_reach_nobody(program, recorder):
    """A second answer that nobody asked for must not become the answer to
    the next request."""
    def script(link):
        link.request()
        link.send(response(200, body=b"1") + response(200, body=b"evil"))
        serve_plainly(link)

    recorder.script = script
    with Client(program.door()) as client:
        assert client.ask(INFO).body == b"1"
        try:
            assert client.ask(INFO).body != b"evil"
        except Ended as ended:
            assert b"evil" not in ended.args[0]
