# SPDX-License-Identifier: MIT
"""How many instructions a worker spends on a request, counted by valgrind:
that is the same on a busy machine as on an idle one. What was recorded is in
tests/bench/instructions.txt.

To record anew, after a change that is worth it:
    make check-e2e PYTESTFLAGS='-k instructions' RECORD_INSTRUCTIONS=1"""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from load import Daemon
from program import binary, clean_environment, is_sanitized
from wait import wait_until
from wire import Client

BENCH = Path(__file__).parents[1] / "bench"
sys.path.append(str(BENCH))

import cases  # noqa: E402
import policies  # noqa: E402

RECORDED = BENCH / "instructions.txt"
RECORDS = "RECORD_INSTRUCTIONS" in os.environ
MORE = 1.1  # of what is recorded, at most
REQUESTS = 100
START_SECONDS = 40
ABOUT = """\
# Instructions of a worker for a request on a connection that is kept, as
# tests/e2e/test_instructions.py counts and compares them. To record anew:
# make check-e2e PYTESTFLAGS='-k instructions' RECORD_INSTRUCTIONS=1
"""
# With the fields of a real daemon's answers.
ANSWER = b"""\
HTTP/1.1 %s\r
Api-Version: 1.41\r
Content-Type: application/json\r
Docker-Experimental: false\r
Ostype: linux\r
Server: Docker/20.10.24+dfsg1 (linux)\r
Date: Sun, 22 Nov 2026 06:57:43 GMT\r
Content-Length: %d\r
\r
%s"""
CREATED = b'{"Id":"%s","Warnings":[]}\n' % (b"0123456789abcdef" * 4)
LISTED = b"[%s]\n" % b",".join([CREATED[:-1]] * 20)
CASES = {"keep-alive GET": (cases.LIST, 200), "denial": (cases.DENIED, 403),
         "inspected POST": (cases.create(), 201)}


def built_by():
    """The compiler, its flags, and the C library; None if the program does
    not say."""
    text = Path(binary()).read_bytes()
    found = re.search(rb"GNU C11 (\d+)\.[^\0]*? (-O\w*) ", text)
    if found is None:
        return None
    compiler, level = (part.decode() for part in found.groups())
    return (f"gcc {compiler} {level}, {os.confstr('CS_GNU_LIBC_VERSION')}, "
            f"{platform.machine()}")


def recorded():
    """By whom the counted program was built, and {case: count}."""
    lines = [line for line in RECORDED.read_text().splitlines()
             if not line.startswith("#")]
    counts = dict(line.split("\t") for line in lines)
    return counts.pop("built by"), {
        name: int(count) for name, count in counts.items()}


def record(name, number):
    before, counts = recorded()
    if before != built_by():
        counts = {}
    counts[name] = number
    lines = [f"built by\t{built_by()}\n",
             *(f"{one}\t{counts[one]}\n" for one in CASES if one in counts)]
    RECORDED.write_text(ABOUT + "".join(lines))


@pytest.fixture(scope="module")
def preload(tmp_path_factory):
    """What stands in for libseccomp."""
    folder = tmp_path_factory.mktemp("unfiltered")
    path = folder / "unfiltered.so"
    done = subprocess.run(
        [*os.environ.get("CC", "cc").split(), "-shared", "-fPIC", "-o",
         str(path), str(Path(__file__).with_name("unfiltered.c"))],
        capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        engine.cannot(f"no library can be built: {done.stderr}")
    # Whoever it becomes must be able to read it.
    for one in (path, folder, *folder.parents[:2]):
        one.chmod(0o755)
    return path


def answer_to(_, body):
    status, answer = ((b"201 Created", CREATED) if body else
                      (b"200 OK", LISTED))
    return ANSWER % (status, len(answer), answer)


@pytest.fixture
def daemon(home):
    daemon = Daemon(home / "daemon.sock", answer_to).start()
    yield daemon
    daemon.kill()


def count(program, preload, request, status, requests):
    """All instructions of a worker in whose life these requests came."""
    program.spawn(
        "--log-level", "warning", prefix=(
            "valgrind", "--tool=callgrind", "--trace-children=yes",
            "--callgrind-out-file=/dev/null", "--vgdb=no"),
        env=dict(clean_environment(), LD_PRELOAD=str(preload)))
    door = program.door("s")
    wait_until(lambda: answers(door) or not program.is_running(), "the door",
               START_SECONDS)
    assert program.is_running(), program.text()
    with Client(door) as client:
        for _ in range(requests):
            assert client.ask(request).status == status
    worker = program.worker()
    assert program.finish() == 0, program.text()
    found = re.search(rf"^=={worker}== Collected : (\d+)$", program.text(),
                      re.M)
    assert found, program.text()
    return int(found[1])


def answers(door):
    """Whether a worker is behind it, which has done then what it does but
    once."""
    try:
        with Client(door) as client:
            return client.ask(cases.PING).status == 200
    except (FileNotFoundError, ConnectionRefusedError):
        return False


def for_one(postern, daemon, preload, request, status):
    """What one more request costs."""
    once, twice = (
        count(postern(daemon.path, s=policies.PLAIN), preload, request,
              status, number) for number in (REQUESTS, 2 * REQUESTS))
    return round((twice - once) / REQUESTS)


@pytest.fixture
def expected():
    """What is recorded, where it can be compared: for a program that was
    built in the same way."""
    if is_sanitized():
        pytest.skip("a sanitized program has other instructions")
    if shutil.which("valgrind") is None:
        engine.cannot("no valgrind here")
    before, counts = recorded()
    if before != built_by() and not RECORDS:
        pytest.skip(f"recorded for {before}, and this program was built by "
                    f"{built_by() or 'another compiler'}")
    return counts


@pytest.mark.parametrize("name", CASES)
def test_a_request_costs_no_more_instructions_than_recorded(
        name, postern, daemon, preload, expected, capsys):
    number = for_one(postern, daemon, preload, *CASES[name])
    with capsys.disabled():
        print(f"\n{name}: {number} instructions for a request, "
              f"{expected.get(name, 'none')} recorded")
    if RECORDS:
        record(name, number)
        return
    assert number <= expected[name] * MORE, (
        f"{name}: {number} instructions, and {expected[name]} are recorded; "
        f"if that is worth it: {__doc__}")


def test_each_case_is_recorded():
    assert list(recorded()[1]) == list(CASES)
