# SPDX-License-Identifier: MIT
"""The docker command line client, run once on the daemon's own socket and
once through a door that allows it: it must see no difference."""

import contextlib
import fcntl
import io
import os
import pty
import random
import struct
import tarfile
import termios
import time

import pytest

from engine import IMAGE, Command, assert_alike
from profiles import EVERYTHING
from wait import wait_until

RUN = ("run", "--network", "none")


class Pair:
    """The same client, on the daemon's socket and at a door."""

    def __init__(self, direct, door, postern):
        self.direct = direct
        self.door = door
        self.postern = postern

    def __iter__(self):
        return iter((self.direct, self.door))


@pytest.fixture
def pair(dockerd, postern, docker_path, home):
    program = postern(dockerd.socket, web=EVERYTHING).start()
    direct = Command(docker_path, dockerd.socket, home)
    yield Pair(direct, Command(docker_path, program.door(), home), program)
    containers = direct.ok("ps", "-aq").decode().split()
    if containers:
        direct.ok("rm", "-fv", *containers)


@pytest.fixture
def box(pair):
    """A running container of that name."""
    pair.direct.ok(*RUN, "-d", "--name", "box", IMAGE, "sleep", "1000")
    return "box"


@pytest.mark.parametrize("command", [
    "ps", "ps -a --no-trunc", "images --digests", "version", "info",
    "network ls", "volume ls", "inspect box", "inspect bb:1",
    "top box -o pid,args", "diff box", "port box", "logs box",
    "history bb:1", "system df",
    "network inspect none", "inspect nothing", "logs nothing",
    "stats --no-stream --format {{.Name}}:{{.PIDs}} box",
    "ps --filter label=a=b --filter status=running --format {{.ID}}",
], ids=lambda command: command.replace(" ", "_"))
def test_reads_alike(pair, box, command):
    pair.direct.ok("exec", box, "touch", "/changed")
    assert_alike(pair.direct, pair.door, *command.split())


def test_run_has_the_same_output_and_status(pair):
    done = [docker(*RUN, "--rm", IMAGE, "sh", "-c",
                   "echo out; echo err >&2; exit 7") for docker in pair]
    for one in done:
        assert (one.stdout, one.stderr, one.returncode) == \
            (b"out\n", b"err\n", 7)


def test_run_detached(pair):
    for name, docker in zip(("a1", "b1"), pair):
        ident = docker.ok(*RUN, "-d", "--name", name, IMAGE, "sleep", "1000")
        assert len(ident) == 65
        assert ident.strip() in pair.direct.ok("ps", "-q", "--no-trunc")


def test_run_passes_standard_input_through(pair):
    data = random.Random(1).randbytes(3 << 20)
    for docker in pair:
        assert docker.ok(
            *RUN, "--rm", "-i", IMAGE, "cat", stdin=data) == data


@contextlib.contextmanager
def terminal(docker, *arguments):
    """Run it in a terminal of 33 lines; yields the process and our end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack("HHHH", 33, 111, 0, 0))
    try:
        with docker.running(*arguments, stdin=theirs, stdout=theirs,
                            stderr=theirs, start_new_session=True) as process:
            os.close(theirs)
            yield process, ours
    finally:
        os.close(ours)


def read_terminal(ours, mark=None):
    """Up to the mark, or to the end."""
    seen = b""
    while mark is None or mark not in seen:
        try:
            data = os.read(ours, 65536)
        except OSError:
            data = b""
        if not data:
            assert mark is None, seen
            break
        seen += data
    return seen


def test_run_in_a_terminal_of_the_right_size(pair):
    wait = ('until [ "$(stty size 2>&-)" = "33 111" ]; do sleep .05; done; '
            "echo ok")
    for docker in pair:
        with terminal(docker, *RUN, "--rm", "-it", IMAGE, "sh", "-c",
                      wait) as (process, ours):
            assert read_terminal(ours) == b"ok\r\n"
            assert process.wait(20) == 0


def test_exec_in_a_terminal(pair, box):
    for docker in pair:
        with terminal(docker, "exec", "-it", box, "sh") as (process, ours):
            os.write(ours, b"stty -echo; echo $((6*7))\n")
            read_terminal(ours, b"\n42\r\n")
            os.write(ours, b"exit 5\n")
            read_terminal(ours)
            assert process.wait(20) == 5


def test_exec_half_closes(pair, box):
    """cat ends only when its input does, and then all of it is back."""
    data = random.Random(2).randbytes(8 << 20)
    for docker in pair:
        assert docker.ok("exec", "-i", box, "cat", stdin=data) == data


def test_exec_counts_what_it_was_sent(pair, box):
    """The output comes after the half-close, not before."""
    for docker in pair:
        assert docker.ok("exec", "-i", box, "wc", "-c",
                         stdin=5000 * b"x") == b"5000\n"


def test_exec_has_the_same_output_and_status(pair, box):
    for docker in pair:
        done = docker("exec", box, "sh", "-c", "echo o; echo e >&2; exit 9")
        assert (done.stdout, done.stderr, done.returncode) == \
            (b"o\n", b"e\n", 9)


def test_exec_detached(pair, box):
    for docker in pair:
        docker.ok("exec", "-d", box, "touch", "/made")
        wait_until(lambda: pair.direct("exec", box, "rm", "/made")
                   .returncode == 0, "the file")


def test_start_attached(pair):
    for docker in pair:
        docker.ok("create", "-i", "--network", "none", "--name", "c1", IMAGE,
                  "cat")
        assert docker.ok("start", "-ai", "c1", stdin=b"hello\n") == b"hello\n"
        docker.ok("rm", "c1")


def test_attach(pair):
    wait = "until [ -e /go ]; do sleep .05; done; echo late; exit 3"
    pair.direct.ok(*RUN, "-d", "--name", "c1", IMAGE, "sh", "-c", wait)
    with pair.door.running("attach", "c1") as process:
        pair.postern.wait_log("stream-start", operation="ContainerAttach")
        pair.direct.ok("exec", "c1", "touch", "/go")
        assert process.stdout.read() == b"late\n"
        assert process.wait(20) == 3
    pair.postern.wait_log("stream-end", operation="ContainerAttach")


def test_logs_follow_to_the_end(pair):
    count = "for i in 1 2 3 4 5 6 7 8; do echo $i; sleep .1; done"
    pair.direct.ok(*RUN, "-d", "--name", "c1", IMAGE, "sh", "-c", count)
    assert pair.door.ok("logs", "-f", "c1") == b"1\n2\n3\n4\n5\n6\n7\n8\n"


def test_logs_follow_live(pair):
    pair.direct.ok(*RUN, "-d", "-i", "--name", "c1", IMAGE, "cat")
    with pair.door.running("logs", "-f", "c1") as process:
        for word in (b"one\n", b"two\n"):
            with pair.direct.running("attach", "c1") as typing:
                typing.stdin.write(word)
                typing.stdin.flush()
                assert typing.stdout.readline() == word
            assert process.stdout.readline() == word


def test_events_of_the_past(pair):
    since = time.time()
    pair.direct.ok(*RUN, "--name", "c1", IMAGE, "true")
    period = ("--since", f"{since:.6f}", "--until", f"{time.time():.6f}")
    past = [docker.ok("events", *period) for docker in pair]
    assert past[0] == past[1]
    assert b" container die " in past[0]


def test_events_live(pair):
    with pair.door.running("events", "--filter", "type=container",
                           "--format", "{{.Action}}") as process:
        pair.postern.wait_log("stream-start", operation="SystemEvents")
        pair.direct.ok("create", "--name", "c1", IMAGE, "sh")
        assert process.stdout.readline() == b"create\n"
        pair.direct.ok("rm", "c1")
        assert process.stdout.readline() == b"destroy\n"


def test_copy_in_and_out(pair, box, home):
    data = random.Random(3).randbytes(2 << 20)
    (home / "in").write_bytes(data)
    for docker in pair:
        docker.ok("cp", str(home / "in"), f"{box}:/tmp/in")
        docker.ok("cp", f"{box}:/tmp/in", str(home / "out"))
        assert (home / "out").read_bytes() == data
        (home / "out").unlink()
        pair.direct.ok("exec", box, "rm", "/tmp/in")


def test_copy_of_a_tree_is_the_same_archive(pair, box):
    trees = [docker.ok("cp", f"{box}:/bin", "-") for docker in pair]
    assert trees[0] == trees[1]
    assert len(trees[0]) > 1 << 20


def test_copy_of_nothing_says_the_same(pair, box):
    said = [docker("cp", f"{box}:/nothing", "-") for docker in pair]
    assert said[0].stderr == said[1].stderr
    assert said[0].returncode == said[1].returncode == 1


def test_export_is_the_same_archive(pair):
    pair.direct.ok("create", "--name", "c1", "--network", "none", IMAGE, "sh")
    trees = [docker.ok("export", "c1") for docker in pair]
    assert trees[0] == trees[1]


def test_save_and_load(pair):
    saved = [docker.ok("save", IMAGE) for docker in pair]
    assert saved[0] == saved[1]
    said = [docker.ok("load", stdin=saved[0]) for docker in pair]
    assert said[0] == said[1] == f"Loaded image: {IMAGE}\n".encode()


def test_import_and_remove(pair):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add("/bin/busybox", "bin/echo")
    for docker in pair:
        assert docker.ok("import", "-", "im:1",
                         stdin=archive.getvalue()).startswith(b"sha256:")
        assert docker.ok(*RUN, "--rm", "im:1", "/bin/echo", "x") == b"x\n"
        assert b"Untagged: im:1\n" in docker.ok("rmi", "im:1")


def test_commit_and_tag(pair, box):
    for docker in pair:
        assert docker.ok("commit", "-c", "CMD echo committed", box,
                         "co:1").startswith(b"sha256:")
        docker.ok("tag", "co:1", "co:2")
        assert docker.ok(*RUN, "--rm", "co:2") == b"committed\n"
        docker.ok("rmi", "co:1", "co:2")


def test_classic_build(pair, home):
    context = home / "context"
    context.mkdir()
    (context / "big").write_bytes(random.Random(4).randbytes(1 << 20))
    (context / "Dockerfile").write_text(
        f"FROM {IMAGE}\nCOPY big /big\nRUN wc -c < /big\nLABEL a=b\n")
    for docker in pair:
        said = docker.ok("build", "--network", "none", "--no-cache", "-t",
                         "bu:1", str(context), DOCKER_BUILDKIT="0")
        assert b"\n1048576\n" in said
        assert said.endswith(b"Successfully tagged bu:1\n")
        docker.ok("rmi", "bu:1")


def test_wait(pair, box):
    with pair.door.running("wait", box) as process:
        pair.postern.wait_log("stream-start", operation="ContainerWait")
        pair.direct.ok("kill", box)
        assert process.stdout.read() == b"137\n"


LIFE = """
create --network none --name c1 --label a=b bb:1 sleep 1000
start c1
pause c1
unpause c1
update --restart no c1
rename c1 c2
restart -t 0 c2
exec c2 echo hello
kill -s HUP c2
stop -t 0 c2
wait c2
rm c2
rm c2
volume create --label a=b v1
volume inspect -f {{.Name}}{{.Labels}} v1
volume rm v1
network create --internal --label a=b n1
network inspect -f {{.Name}}{{.Labels}} n1
run -d --name c3 --network n1 bb:1 sleep 1000
network disconnect n1 c3
network connect --alias web n1 c3
rm -f c3
network rm n1
container prune -f
volume prune -f
image prune -f
pull 127.0.0.1:1/nothing:1
push 127.0.0.1:1/nothing:1
login -u a -p b 127.0.0.1:1
nothing
""".strip().splitlines()


def without_identifiers(text):
    """Full identifiers are new each time; nothing else is."""
    words = text.replace(b"\n", b" \n").split(b" ")
    return [b"ID" if len(word) == 64 else word for word in words]


def test_lives_alike(pair):
    lives = []
    for docker in pair:
        life = []
        for command in LIFE:
            done = docker(*command.split())
            life.append((command, without_identifiers(done.stdout),
                         without_identifiers(done.stderr), done.returncode))
        lives.append(life)
    for direct, door in zip(*lives):
        assert direct == door
    # And it was a life, not a row of errors.
    failed = [command for command, *_, status in lives[1] if status != 0]
    assert failed == ["rm c2", *[c for c in LIFE if "127.0.0.1" in c],
                      "nothing"]
