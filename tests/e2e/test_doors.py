# SPDX-License-Identifier: MIT
"""The doors themselves: where they stand, whose they are, who may enter, and
what is done to what stands there already."""

import contextlib
import os
import signal
import socket
import stat
import threading

import pytest

from engine import root_only
from profiles import ONLY_PING
from program import give, run, user
from wire import Client, connect, request

PING = request("GET", "/_ping")
STRANGER = 23456


def permissions(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def enters(path):
    with Client(path) as client:
        return client.ask(PING).status == 200


def as_user(uid, gid, groups, call):
    """Run call() in a process of that user; returns what it returned, a
    small number."""
    pid = os.fork()
    if pid == 0:
        status = 255
        try:
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            status = call()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def open_to_others(program):
    """Let other users reach the doors' directory."""
    for path in (program.home.parent, program.home, program.directory):
        os.chmod(path, 0o755)


def refused(program, *words):
    """It does not start, and says why in one line with these words."""
    program.spawn()
    assert program.process.wait(10) == 1, program.text()
    lines = [line for line in program.text().splitlines()
             if line.startswith("postern: ")]
    assert len(lines) == 1, program.text()
    for word in words:
        assert word in lines[0]


def test_modes_of_a_new_directory(serve):
    program = serve(ONLY_PING)
    assert permissions(program.directory) == 0o750
    assert permissions(program.directory / "doors") == 0o755
    assert permissions(program.door()) == 0o666
    assert stat.S_ISSOCK(os.lstat(program.door()).st_mode)
    assert os.listdir(program.directory / "doors") == ["web.sock"]


def test_modes_do_not_depend_on_the_umask(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.start(umask=0o777)
    assert permissions(program.directory) == 0o750
    assert permissions(program.directory / "doors") == 0o755
    assert permissions(program.door()) == 0o666


def test_a_directory_that_is_there_keeps_its_mode(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.make_directory(0o700)
    program.start()
    assert permissions(program.directory) == 0o700
    assert enters(program.door())


@pytest.mark.parametrize("mode", ["0600", "0660", "666", "0000", "0640"])
def test_mode(serve, mode):
    program = serve(ONLY_PING + f"[socket]\nmode = {mode}\n")
    assert permissions(program.door()) == int(mode, 8)


def test_the_mode_is_right_from_the_first_moment(postern, recorder):
    """Whoever watches never sees a door that is more open than it ends."""
    program = postern(recorder.path, **{
        f"d{number}": ONLY_PING + "[socket]\nmode = 0600\n"
        for number in range(200)})
    doors = program.make_directory()
    seen, stop = set(), threading.Event()

    def look():
        while not stop.is_set():
            for name in os.listdir(doors):
                with contextlib.suppress(FileNotFoundError):
                    seen.add((name.endswith(".sock"),
                              permissions(doors / name)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        program.start(umask=0)
    finally:
        stop.set()
        thread.join()
    assert (True, 0o600) in seen
    assert {mode for _, mode in seen} <= {0o600, 0}
    assert {mode for finished, mode in seen if finished} == {0o600}


@root_only
def test_group(serve):
    program = serve(ONLY_PING + "[socket]\ngroup = 54321\n")
    status = os.lstat(program.door())
    assert (status.st_uid, status.st_gid) == (user().pw_uid, 54321)


@root_only
def test_user_and_group_by_name(serve):
    program = serve(ONLY_PING + f"[socket]\nuser = {user().pw_name}\n"
                    "group = daemon\n")
    status = os.lstat(program.door())
    assert status.st_uid == user().pw_uid
    assert status.st_gid not in (0, user().pw_gid)


@root_only
def test_a_user_that_it_may_not_give_a_door_to(postern, recorder):
    program = postern(
        recorder.path, web=ONLY_PING + "[socket]\nuser = 12345\n")
    refused(program, "door web", "owner", "not permitted")
    assert os.listdir(program.directory / "doors") == []


@root_only
def test_mode_and_group_decide_who_can_connect(serve, home):
    program = serve(
        ONLY_PING + "[socket]\nmode = 0660\ngroup = 54321\n")
    open_to_others(program)
    door = program.door()

    def try_it():
        try:
            return 0 if enters(door) else 1
        except PermissionError:
            return 13

    assert as_user(12345, 54321, [], try_it) == 0
    assert as_user(12345, 12345, [54321], try_it) == 0
    assert as_user(12345, 12345, [], try_it) == 13


def test_path_with_a_directory_of_its_own(serve):
    program = serve(ONLY_PING + "[socket]\npath = %p/docker.sock\n")
    path = program.directory / "doors" / "web" / "docker.sock"
    assert enters(path)
    assert permissions(path.parent) == 0o755
    assert not program.door().exists()
    program.finish()
    assert not path.exists()


def test_absolute_path(serve, home):
    elsewhere = home / "elsewhere"
    elsewhere.mkdir(0o755)
    give(elsewhere)
    serve(ONLY_PING + f"[socket]\npath = {elsewhere}/%p-%p.sock\n")
    assert enters(elsewhere / "web-web.sock")


def test_a_stale_socket_is_replaced(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING).start()
    inode = os.lstat(program.door()).st_ino
    program.crash()
    assert program.door().exists()
    # Keep its number in use, so that a new file has another one.
    os.link(program.door(), program.home / "kept")
    program.start()
    assert enters(program.door())
    assert os.lstat(program.door()).st_ino != inode
    assert os.listdir(program.directory / "doors") == ["web.sock"]


def test_a_live_socket_is_left_alone(postern, recorder):
    first = postern(recorder.path, web=ONLY_PING).start()
    inode = os.lstat(first.door()).st_ino
    second = postern(recorder.path, web=ONLY_PING, other=ONLY_PING)
    second.directory = first.directory
    refused(second, str(first.door()), "listens")
    assert os.lstat(first.door()).st_ino == inode
    assert enters(first.door())
    # And of its other doors nothing is left behind.
    assert os.listdir(first.directory / "doors") == ["web.sock"]


def live_but_busy(path):
    """A listener whose backlog is full."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(0)
    return listener, connect(path)


def test_a_busy_socket_is_left_alone(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.make_directory()
    listener, filler = live_but_busy(program.door())
    with listener, filler:
        refused(program, str(program.door()))
        assert program.door().exists()


def put_file(path):
    path.write_text("precious")


def put_directory(path):
    path.mkdir()


def put_symlink(path):
    target = path.parent.parent / "target"
    target.write_text("precious")
    path.symlink_to(target)


def put_dangling_symlink(path):
    path.symlink_to(path.parent.parent / "made-by-link")


def put_symlink_to_a_stale_socket(path):
    target = path.parent.parent / "target"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(target))
    path.symlink_to(target)


def put_fifo(path):
    os.mkfifo(path)


@pytest.mark.parametrize("put", [
    put_file, put_directory, put_symlink, put_dangling_symlink,
    put_symlink_to_a_stale_socket, put_fifo],
    ids=lambda put: put.__name__[4:])
def test_anything_else_is_left_alone(postern, recorder, put):
    program = postern(recorder.path, web=ONLY_PING)
    program.make_directory()
    put(program.door())
    before = os.lstat(program.door())
    refused(program, str(program.door()), "not a socket")
    after = os.lstat(program.door())
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)
    assert os.listdir(program.directory / "doors") == ["web.sock"]
    assert not (program.directory / "made-by-link").exists()


@root_only
def test_somebody_elses_socket_is_left_alone(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.make_directory()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(program.door()))
    os.chown(program.door(), STRANGER, STRANGER)
    inode = os.lstat(program.door()).st_ino
    refused(program, str(program.door()), f"belongs to uid {STRANGER}")
    assert os.lstat(program.door()).st_ino == inode


@root_only
def test_a_door_given_to_somebody_is_replaced_when_stale(postern, recorder):
    """Ours with "user =" is stale after a crash as any other."""
    program = postern(
        recorder.path, web=ONLY_PING + "[socket]\nuser = 12345\n")
    program.make_directory()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(program.door()))
    os.chown(program.door(), 12345, -1)
    os.chmod(program.door(), 0o666)
    may_give = ["setpriv", f"--reuid={user().pw_uid}",
                f"--regid={user().pw_gid}", "--clear-groups",
                "--inh-caps=+chown", "--ambient-caps=+chown"]
    program.start(prefix=may_give)
    assert os.lstat(program.door()).st_uid == 12345
    program.crash()
    program.start(prefix=may_give)
    assert enters(program.door())


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775])
@pytest.mark.parametrize("where", ["the doors'", "the one above"])
def test_a_directory_others_can_write_to_is_refused(
        postern, recorder, where, mode):
    program = postern(recorder.path, web=ONLY_PING)
    doors = program.make_directory()
    unsafe = doors if where == "the doors'" else program.directory
    os.chmod(unsafe, mode)
    refused(program, str(unsafe), "written to by others")
    assert permissions(unsafe) == mode
    assert os.listdir(doors) == []


def test_a_directory_others_can_enter_is_warned_about(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.make_directory(0o755)
    program.start()
    assert "directory-open" in program.text()


def test_a_directory_nobody_can_enter_is_not(serve):
    assert "directory-open" not in serve(ONLY_PING).text()


@root_only
def test_somebody_elses_directory_is_refused(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    doors = program.make_directory()
    os.chown(doors, STRANGER, STRANGER)
    refused(program, str(doors), f"belongs to uid {STRANGER}")
    assert os.listdir(doors) == []


def test_a_file_in_place_of_the_directory(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.directory.write_text("precious")
    refused(program, str(program.directory))
    assert program.directory.read_text() == "precious"


def test_a_path_that_is_too_long(postern, recorder):
    program = postern(recorder.path, **{200 * "x": ONLY_PING})
    program.spawn()
    assert program.process.wait(10) in (1, 3)
    assert "107" in program.text()
    assert not program.door(200 * "x").parent.exists() or \
        os.listdir(program.door().parent) == []


def test_a_path_of_107_bytes(postern, recorder, home):
    program = postern(recorder.path)
    name = (107 - len(str(program.door("")))) * "x"
    assert len(str(program.door(name))) == 107
    program.profile(name, ONLY_PING)
    program.start()
    assert enters(program.door(name))


def test_the_daemons_own_socket_is_no_door(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING +
                      f"[socket]\npath = {recorder.path}\n")
    program.spawn()
    assert program.process.wait(10) == 1
    assert "daemon's own socket" in program.text()
    with Client(recorder.path) as client:
        assert client.ask(PING).status == 200


def test_two_profiles_at_one_path(postern, recorder, home):
    same = ONLY_PING + f"[socket]\npath = {home}/same.sock\n"
    program = postern(recorder.path, a=same, b=same)
    program.spawn()
    assert program.process.wait(10) == 3
    assert not (home / "same.sock").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_removes_the_doors(postern, recorder, number):
    program = postern(recorder.path, a=ONLY_PING, b=ONLY_PING).start()
    with Client(program.door("a")) as client:
        assert client.ask(PING).status == 200
        assert program.finish(number) == 0
        assert client.at_end()
    assert os.listdir(program.directory / "doors") == []
    assert program.log("stopped")


def test_somebody_elses_new_file_is_not_removed_at_the_end(serve):
    program = serve(ONLY_PING)
    program.door().unlink()
    program.door().write_text("precious")
    assert program.finish() == 0
    assert program.door().read_text() == "precious"


def test_doors_survive_a_client_that_hangs_up_at_once(serve):
    program = serve(ONLY_PING)
    for _ in range(200):
        connect(program.door()).close()
    assert enters(program.door())


PEERS = {
    # peers, uid, gid, groups, status
    "uid": ("uid:12345", 12345, 1, [], 200),
    "another_uid": ("uid:12345", 12346, 12345, [], 403),
    "one_of_two": ("uid:1 uid:12345", 12345, 1, [], 200),
    "gid": ("gid:54321", 12345, 54321, [], 200),
    "supplementary_gid": ("gid:54321", 12345, 1, [7, 54321], 200),
    "another_gid": ("gid:54321", 54321, 1, [7], 403),
    "root_is_not_special": ("uid:12345", 0, 0, [], 403),
}


@root_only
@pytest.mark.parametrize("name", PEERS)
def test_peers(serve, recorder, name):
    peers, uid, gid, groups, status = PEERS[name]
    program = serve(ONLY_PING + f"[socket]\npeers = {peers}\n")
    open_to_others(program)

    def try_it():
        with Client(program.door()) as client:
            return 0 if client.ask(PING).status == status else 1

    assert as_user(uid, gid, groups, try_it) == 0
    if status == 403:
        line = program.wait_log("refused", status=403)
        assert (line["uid"], line["gid"]) == (uid, gid)
        assert recorder.links == []


def test_ready_comes_last_and_names_all(postern, recorder):
    program = postern(recorder.path, a=ONLY_PING, b=ONLY_PING).start()
    events = [line["event"] for line in program.log()]
    assert events == ["sandbox", "door-open", "door-open", "ready"]
    assert program.log("ready")[0]["doors"] == 2
    assert [line["path"] for line in program.log("door-open")] == [
        str(program.door("a")), str(program.door("b"))]


def test_a_daemon_that_is_not_there_yet_is_said(postern, home):
    program = postern(home / "nothing.sock", web=ONLY_PING).start()
    assert program.log("daemon-unreachable")[0]["level"] == "warning"


def test_what_runs_is_what_was_checked(postern, recorder):
    """Settings of "run" and of "check" mean the same."""
    program = postern(recorder.path, web=ONLY_PING).start()
    done = run("check", "--directory", program.directory, "--profiles",
               program.profiles, "--upstream", f"unix://{recorder.path}")
    assert done.returncode == 0
    assert str(program.door()) in done.stdout
