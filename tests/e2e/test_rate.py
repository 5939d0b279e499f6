# SPDX-License-Identifier: MIT
"""[limits] requests-per-second: how many pass a door at once and over time,
and what a client is told that is put off."""

import json
import time

from profiles import ONLY_PING
from scripts import CREATE, INFO
from supervised import PING, reload, status
from wait import wait_until
from wire import Client, request


def limited(number, text=ONLY_PING):
    return f"{text}[limits]\nrequests-per-second = {number}\n"


def statuses(client, *requests):
    """Of requests that are sent at once, so that no token comes back in
    between."""
    client.send(b"".join(requests))
    return [client.answer().status for _ in requests]


def test_so_many_pass_and_the_next_does_not(serve, recorder):
    program = serve(limited(3))
    with Client(program.door()) as client:
        # Denied ones count as much.
        assert statuses(client, INFO, INFO, INFO, INFO) == \
            [403, 403, 403, 429]
    assert recorder.links == []
    line = program.wait_log("refused")
    assert (line["status"], line["reason"], line["level"]) == \
        (429, "too-many-requests", "notice")
    assert line["target"] == "/info"


def test_a_client_that_waits_as_it_is_told_is_served(serve):
    program = serve(limited(1))
    with Client(program.door()) as client:
        assert statuses(client, INFO) == [403]
        for _ in range(2):
            answer = client.ask(PING)
            assert answer.status == 429
            assert answer.field("Content-Type") == "application/json"
            assert json.loads(answer.body) == {
                "message": "postern: too many requests per second at this "
                           "door"}
            assert answer.field("Connection") is None
            time.sleep(int(answer.field("Retry-After")))
            # On the same connection.
            assert client.ask(PING).status == 200


def test_the_daemon_hears_only_what_passes(serve, recorder):
    program = serve(limited(2))
    with Client(program.door()) as client:
        # One waits for the other's answer; then there is one more to have
        # only if half a second has passed.
        began = time.monotonic()
        got = [client.ask(PING).status for _ in range(20)]
        passed = got.count(200)
        assert passed <= 2 + 2 * (time.monotonic() - began)
        assert got.count(429) == 20 - passed > 0
    assert len(recorder.link().requests) == passed


def test_other_doors_are_not_affected(postern, recorder):
    program = postern(recorder.path, web=limited(2), db=limited(2),
                      free=ONLY_PING).start()
    with Client(program.door("web")) as web, \
            Client(program.door("db")) as db, \
            Client(program.door("free")) as free:
        assert statuses(web, INFO, INFO, INFO) == [403, 403, 429]
        assert statuses(db, INFO, INFO, INFO) == [403, 403, 429]
        assert statuses(free, *50 * [INFO]) == 50 * [403]


def test_all_clients_of_a_door_share_it(serve):
    program = serve(limited(2))
    with Client(program.door()) as one, Client(program.door()) as other:
        one.send(INFO)
        other.send(INFO + INFO + INFO)
        got = sorted([one.answer().status] +
                     [other.answer().status for _ in range(3)])
        assert got[-1] == 429 and got.count(403) in (2, 3)


def test_a_steady_client_gets_its_rate(serve):
    """A second's worth at once, and then so many each second."""
    program = serve(limited(50))
    passed, began = 0, time.monotonic()
    with Client(program.door()) as client:
        while time.monotonic() - began < 1.5:
            passed += client.ask(INFO).status == 403
        most = 50 + 50 * (time.monotonic() - began)
    assert 50 + 50 * 1.5 * .5 <= passed <= most


def test_a_body_that_was_not_read_ends_the_connection(serve):
    program = serve(limited(1))
    with Client(program.door()) as client:
        assert statuses(client, INFO) == [403]
        answer = client.ask(CREATE)
        assert answer.status == 429
        assert answer.field("Connection") == "close"
        assert client.at_end()


def test_an_answer_to_head_has_no_body(serve):
    program = serve(limited(1))
    with Client(program.door()) as client:
        assert statuses(client, INFO) == [403]
        answer = client.ask(request("HEAD", "/_ping"))
        assert answer.status == 429 and answer.body == b""
        # What comes next is read as an answer of its own.
        assert client.ask(PING).status == 429


def test_what_is_not_understood_counts_too(serve):
    program = serve(limited(2))
    for wanted in 400, 400, 429:
        with Client(program.door()) as client:
            assert client.ask(request("GET", "/a%2fb")).status == wanted
            assert client.at_end()


def test_a_reload_begins_with_a_full_bucket_of_another_size(serve):
    program = serve(limited(1))
    with Client(program.door()) as client:
        assert statuses(client, INFO, INFO) == [403, 429]
        program.profile("web", limited(3))
        assert reload(program).returncode == 0
        assert statuses(client, *4 * [INFO]) == [403, 403, 403, 429]
        program.profile("web", ONLY_PING)
        assert reload(program).returncode == 0
        assert statuses(client, *50 * [INFO]) == 50 * [403]


def test_a_flood_leaves_no_flood_in_the_log(serve):
    program = serve(limited(1))
    with Client(program.door()) as client:
        for _ in range(20):
            statuses(client, *50 * [INFO])
    assert status(program)["doors"][0]["refused"] >= 990
    wait_until(lambda: program.log("denials-left-out"), "the count")
    assert len(program.log("refused")) < 200
