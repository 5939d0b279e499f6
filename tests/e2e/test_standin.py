# SPDX-License-Identifier: MIT
"""The stand-in daemon is good enough for the docker command line client,
directly and through a door."""

import subprocess
import sys
from pathlib import Path

import pytest

import engine
from wait import wait_until
from wire import Client, read_chunk, read_head, request

STANDIN = Path(__file__).parent / "standin.py"


@pytest.fixture
def standin(home):
    path = home / "standin.sock"
    process = subprocess.Popen([sys.executable, str(STANDIN), str(path)],
                               stdout=subprocess.DEVNULL)
    try:
        wait_until(path.exists, "the stand-in")
        path.chmod(0o666)
        yield path
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("command, word", [
    ("version", b"stand-in"), ("info", b"stand-in"), ("ps", b"web:1"),
    ("ps -a", b"web:1"), ("images", b"web"), ("network ls", b"bridge"),
    ("volume ls", b"data"), ("inspect web", b'"Id": "c0ffee'),
])
def test_docker_works(standin, postern, docker_path, home, command, word):
    program = postern(standin, web="[profile]\nextends = readonly\n").start()
    here = engine.Command(docker_path, standin, home)(*command.split())
    there = engine.Command(
        docker_path, program.door(), home)(*command.split())
    assert word in here.stdout
    assert (here.stdout, here.stderr, here.returncode) == \
        (there.stdout, there.stderr, there.returncode)
    assert there.returncode == 0


def test_events_never_end(standin, postern):
    program = postern(standin, web="[profile]\nextends = traefik\n").start()
    with Client(program.door()) as client:
        client.send(request("GET", "/events"))
        assert read_head(client).status == 200
        assert b'"Type": "container"' in read_chunk(client)[1]
        client.sock.settimeout(.2)
        with pytest.raises(TimeoutError):
            while client.receive() != b"":
                pass


def test_traefiks_calls(standin, postern):
    program = postern(standin, web="[profile]\nextends = traefik\n").start()
    with Client(program.door()) as client:
        for target in ("/version", "/v1.24/containers/json",
                       "/v1.24/containers/web/json"):
            assert client.ask(request("GET", target)).status == 200
        assert client.ask(
            request("POST", "/containers/web/stop")).status == 403


def test_nothing_can_be_changed(standin):
    with Client(standin) as client:
        assert client.ask(request(
            "POST", "/containers/create", body=b"{}")).status == 501
        assert client.ask(request("GET", "/nothing")).status == 404
