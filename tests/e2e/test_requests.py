# SPDX-License-Identifier: MIT
"""Requests on their way up: connections that are kept, requests in line,
and bodies."""

import threading

from scripts import CHUNKED, CREATE, INFO, LOAD, answers
from wait import wait_until
from wire import Client, Ended, chunk, read_chunk, read_head, request, response


def test_a_connection_is_kept_on_both_sides(program, recorder):
    with Client(program.door()) as client:
        for _ in range(10):
            answer = client.ask(INFO)
            assert answer.status == 200 and answer.body == b"{}\n"
            assert answer.field("Connection") is None
    assert len(recorder.links) == 1
    assert len(recorder.link().requests) == 10


def test_connections_are_shared_with_nobody(program, recorder):
    with Client(program.door()) as one, Client(program.door()) as two:
        for client in (one, two, one, two):
            assert client.ask(INFO).status == 200
    assert [len(link.requests) for link in recorder.links] == [2, 2]


def test_no_daemon_connection_without_a_request(program, recorder):
    with Client(program.door()), Client(program.door()) as client:
        client.send(INFO[:-1])
        with Client(program.door()) as other:
            assert other.ask(INFO).status == 200
        assert len(recorder.links) == 1


def test_connection_close_closes(program, recorder):
    with Client(program.door()) as client:
        answer = client.ask(request("GET", "/info", "Connection: close"))
        assert answer.status == 200
        assert answer.field("Connection") == "close"
        assert client.at_end()
    assert recorder.link().wait_gone(1)


def test_pipelined_requests_are_judged_one_by_one(serve, recorder):
    program = serve("[allow]\noperation = SystemInfo SystemPing\n")
    with Client(program.door()) as client:
        client.send(INFO + request("GET", "/version") + INFO + CREATE)
        assert [client.answer().status for _ in range(4)] == \
            [200, 403, 200, 403]
    assert recorder.heard(program.door()) == \
        2 * b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"


def test_pipelined_answers_come_in_order(program, recorder):
    """And the second request does not go up before the first is answered."""
    go = threading.Event()

    def script(link):
        while True:
            message = link.request()
            if message.target == "/info":
                assert go.wait(10)
            link.send(response(200, body=message.target.encode()))

    recorder.script = script
    with Client(program.door()) as client:
        client.send(INFO + request("GET", "/version"))
        wait_until(lambda: recorder.link().requests, "the first request")
        with Client(program.door()) as other:
            assert other.ask(request("GET", "/_ping")).status == 200
        assert b"/version" not in recorder.link().got
        go.set()
        assert client.answer().body == b"/info"
        assert client.answer().body == b"/version"


def test_many_pipelined_requests(program, recorder):
    count = 3000
    with Client(program.door()) as client:
        sender = threading.Thread(
            target=client.send, args=(count * INFO,), daemon=True)
        sender.start()
        for _ in range(count):
            assert client.answer().status == 200
        sender.join()
    assert len(recorder.link().requests) == count


def test_after_a_denial_the_connection_goes_on(serve):
    program = serve("[allow]\noperation = SystemInfo\n")
    with Client(program.door()) as client:
        for _ in range(3):
            assert client.ask(request("GET", "/version")).status == 403
            assert client.ask(INFO).status == 200


def test_expect_continue_before_a_body_that_is_held(program, recorder):
    with Client(program.door()) as client:
        client.send(b"POST /containers/create HTTP/1.1\r\nHost: d\r\n"
                    b"Content-Type: application/json\r\n"
                    b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.answer().status == 100
        client.send(b"{}")
        assert client.answer().status == 200
    message = recorder.link().requests[0]
    assert message.body == b"{}" and message.field("Expect") is None


def test_expect_continue_before_a_stream(program, recorder):
    def script(link):
        head = read_head(link)
        assert head.field("Expect") == "100-continue"
        link.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert link.exactly(5) == b"hello"
        link.send(response(200, body=b"x"))

    recorder.script = script
    with Client(program.door()) as client:
        client.send(LOAD + b"Content-Length: 5\r\n"
                    b"Expect: 100-continue\r\n\r\n")
        assert client.answer().status == 100
        client.send(b"hello")
        assert client.answer().body == b"x"


def test_expect_continue_is_not_given_for_what_is_denied(serve, recorder):
    program = serve("[allow]\noperation = SystemPing\n")
    with Client(program.door()) as client:
        client.send(LOAD + b"Content-Length: 5\r\n"
                    b"Expect: 100-continue\r\n\r\n")
        assert client.answer().status == 403
        assert client.at_end()
    assert recorder.heard(program.door()) == b""


def test_unasked_100_and_other_interim_answers_are_not_passed(
        program, recorder):
    recorder.script = answers(
        b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nA: b\r\n",
        b"\r\n", b"HTTP/1.1 102 X\r\n\r\nHTTP/1.1 200 OK\r\nContent-",
        b"Length: 1\r\n\r\nx")
    with Client(program.door()) as client:
        answer = client.ask(INFO)
        assert (answer.status, answer.body) == (200, b"x")


def test_a_chunked_body_goes_up_as_it_comes(program, recorder):
    """Byte by byte, and no chunk waits for the next one."""
    step = threading.Semaphore(0)
    seen = []

    def script(link):
        read_head(link)
        data = None
        while data != b"":
            _, data = read_chunk(link)
            seen.append(data)
            step.release()
        link.send(response(200, body=b"done"))

    recorder.script = script
    with Client(program.door()) as client:
        for byte in LOAD + CHUNKED:
            client.send(bytes([byte]))
        for word in (b"one", b"two"):
            for byte in chunk(word):
                client.send(bytes([byte]))
            assert step.acquire(timeout=10)
            assert seen[-1] == word
        client.send(chunk(b""))
        assert client.answer().body == b"done"
    assert seen == [b"one", b"two", b""]


def test_a_client_that_ends_in_its_body_leaves_it_unfinished(
        program, recorder):
    """The daemon must not take half an archive for a whole one."""
    ended = threading.Event()

    def script(link):
        read_head(link)
        try:
            while read_chunk(link)[1] != b"":
                pass
        except Ended:
            ended.set()

    recorder.script = script
    with Client(program.door()) as client:
        client.send(LOAD + CHUNKED + chunk(b"half"))
        client.half_close()
        assert ended.wait(5)


def test_a_broken_chunk_in_a_stream_is_not_passed(program, recorder):
    wrong = threading.Event()

    def script(link):
        read_head(link)
        try:
            while read_chunk(link)[1] != b"":
                pass
        except Ended:
            wrong.set()

    recorder.script = script
    with Client(program.door()) as client:
        client.send(LOAD + CHUNKED + chunk(b"good"))
        wait_until(lambda: b"good" in recorder.link().got, "the first chunk")
        client.send(b"0x1\r\na\r\n0\r\n\r\n")
        assert client.answer().status == 400
        assert client.at_end()
    assert wrong.wait(5)
    assert b"0x1" not in recorder.link().got


def test_the_daemon_may_answer_before_it_has_the_body(program, recorder):
    def script(link):
        read_head(link)
        link.send(response(404, body=b"no"))
        link.rest()

    recorder.script = script
    with Client(program.door()) as client:
        client.send(LOAD + CHUNKED + chunk(1000 * b"x"))
        answer = client.answer()
        assert (answer.status, answer.body) == (404, b"no")


def test_the_daemon_may_hang_up_on_a_body_it_does_not_want(
        program, recorder):
    """Its answer arrives, though writing to it fails."""
    recorder.script = answers(response(413, body=b"too much"))
    with Client(program.door()) as client:
        client.send(LOAD + CHUNKED)
        answered = False
        for _ in range(200):
            try:
                client.send(chunk(10000 * b"x"))
            except (BrokenPipeError, ConnectionResetError):
                break
            if answered:
                break
            answered = bool(recorder.links) and recorder.link().is_closed()
        answer = client.answer()
        assert (answer.status, answer.body) == (413, b"too much")
