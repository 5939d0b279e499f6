# SPDX-License-Identifier: MIT
"""Sockets that are handed over: by socket units, and by a store of
descriptors that outlives the program."""

import os
import shutil
import signal
import socket

import pytest

import engine
from profiles import EVERYTHING, ONLY_PING
from program import binary
from scripts import INFO
from service import Service, identity, listen
from supervised import PING, answers, inode, status
from wait import wait_until
from wire import Client


@pytest.fixture
def service(home, monkeypatch):
    made = Service(home, monkeypatch)
    yield made
    made.close()


@pytest.fixture
def unit(home):
    """unit(NAME) is the socket of a unit; its path is home/NAME."""
    made = []

    def make(name, **options):
        made.append(listen(home / name, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def allowed(program):
    return {door["profile"]: door["allowed"]
            for door in status(program)["doors"]}


def expect_ignored(program, *words):
    """A line of the log says so, before the configuration says how."""
    line, = [line for line in program.text().splitlines()
             if "socket-ignored" in line]
    for word in words:
        assert word in line


def pending(path, message=PING):
    """A client that waits in the backlog, or for an answer."""
    client = Client(path)
    client.send(message)
    return client


def test_doors_are_the_sockets_of_units(
        postern, recorder, service, unit, home):
    program = postern(recorder.path, web=ONLY_PING, db=EVERYTHING)
    web, db = unit("web"), unit("db")
    before = inode(home / "web"), inode(home / "db")
    service.start(program, [("db", db.fileno()), ("web", web.fileno())])
    for name in "web", "db":
        assert answers(home / name) == 200
        assert not program.door(name).exists()
        line = program.wait_log("door-open", profile=name)
        assert (line["path"], line["by"]) == (str(home / name), "systemd")
    # Each has its own rules.
    assert answers(home / "web", INFO) == 403
    assert answers(home / "db", INFO) == 200
    assert {door["profile"]: door["systemd"]
            for door in status(program)["doors"]} == \
        {"web": True, "db": True}
    assert program.finish() == 0
    assert (inode(home / "web"), inode(home / "db")) == before
    # The unit still listens.
    pending(home / "web").close()


def test_a_client_that_came_first_is_served(
        postern, recorder, service, unit, home):
    program = postern(recorder.path, web=ONLY_PING)
    web = unit("web")
    with pending(home / "web") as client:
        service.start(program, [("web", web.fileno())])
        assert client.answer().status == 200


def test_one_door_is_a_units_and_one_is_made(
        postern, recorder, service, unit, home):
    program = postern(recorder.path, web=ONLY_PING, db=ONLY_PING)
    web = unit("web")
    service.start(program, [("web", web.fileno())])
    assert answers(home / "web") == 200
    assert answers(program.door("db")) == 200
    assert not program.door("web").exists()
    assert "by" not in program.wait_log("door-open", profile="db")
    assert program.finish() == 0
    assert (home / "web").exists() and not program.door("db").exists()


def test_a_units_socket_keeps_its_mode(
        postern, recorder, service, unit, home):
    program = postern(recorder.path, web=ONLY_PING + "[socket]\nmode=0600\n")
    web = unit("web")
    service.start(program, [("web", web.fileno())])
    assert os.lstat(home / "web").st_mode & 0o777 == 0o666


def test_a_socket_waits_for_its_profile(
        postern, recorder, service, unit, home):
    program = postern(recorder.path, web=ONLY_PING)
    web, later = unit("web"), unit("later")
    service.start(program, [("web", web.fileno()),
                            ("later", later.fileno())])
    line = program.wait_log("socket-without-profile", profile="later")
    assert (line["level"], line["path"]) == ("warning", str(home / "later"))
    assert list(allowed(program)) == ["web"]
    with pending(home / "later") as client:
        client.sock.settimeout(.3)
        with pytest.raises(TimeoutError):
            client.answer()
        client.sock.settimeout(10)
        program.profile("later", ONLY_PING)
        program.process.send_signal(signal.SIGHUP)
        assert client.answer().status == 200
    program.wait_log("door-open", profile="later", by="systemd")
    # And when its profile goes, it waits again.
    (program.profiles / "later.ini").unlink()
    program.process.send_signal(signal.SIGHUP)
    program.wait_log("door-closed", profile="later")
    wait_until(lambda: len(program.log("reloaded")) == 2, "the reload")
    with pending(home / "later") as client:
        client.sock.settimeout(.3)
        with pytest.raises(TimeoutError):
            client.answer()
    assert answers(home / "web") == 200


def test_a_socket_whose_name_is_no_profiles(
        postern, recorder, service, unit, home):
    program = postern(recorder.path, web=ONLY_PING)
    web, bad = unit("web"), unit("bad")
    service.start(program, [("../web", bad.fileno()),
                            ("web", web.fileno())])
    expect_ignored(program, str(home / "bad"), "FileDescriptorName=")
    assert answers(home / "web") == 200


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_SEQPACKET])
def test_a_socket_of_another_kind_is_ignored(
        postern, recorder, service, unit, home, kind):
    program = postern(recorder.path, web=ONLY_PING)
    other = unit("other", kind=kind)
    service.start(program, [("web", other.fileno())])
    expect_ignored(program, str(home / "other"), "listens")
    assert answers(program.door("web")) == 200


def test_a_socket_that_does_not_listen_is_ignored(
        postern, recorder, service, home):
    program = postern(recorder.path, web=ONLY_PING)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(home / "other"))
        service.start(program, [("web", other.fileno())])
    expect_ignored(program, str(home / "other"), "listens")
    assert answers(program.door("web")) == 200


@pytest.mark.parametrize("variables, word", [
    ({"LISTEN_FDS": "x"}, "LISTEN_FDS"),
    ({"LISTEN_FDS": "-1"}, "LISTEN_FDS"),
    ({"LISTEN_FDS": "99999999"}, "LISTEN_FDS"),
    ({"LISTEN_FDS": "7"}, "LISTEN_FDNAMES"),
    ({"LISTEN_FDS": "3", "LISTEN_FDNAMES": "web:db:a"}, "descriptor 4"),
    ({"LISTEN_FDNAMES": "web:db"}, "LISTEN_FDNAMES"),
    ({"LISTEN_PID": "x"}, "LISTEN_PID"),
])
def test_variables_without_sense_are_an_error(
        postern, recorder, service, unit, variables, word):
    program = postern(recorder.path, web=ONLY_PING)
    service.hand_over(program, [("web", unit("web").fileno())], **variables)
    assert program.process.wait(10) == 1
    assert word in program.text()
    assert not program.door().exists()


def test_sockets_for_another_process_are_not_ours(
        postern, recorder, service, unit, home):
    program = postern(recorder.path, web=ONLY_PING)
    web = unit("web")
    service.start(program, [("web", web.fileno())], LISTEN_PID="1")
    assert answers(program.door("web")) == 200


def test_systemds_own_tool(postern, recorder, home, monkeypatch):
    tool = shutil.which("systemd-socket-activate")
    if tool is None:
        engine.cannot("no systemd-socket-activate here")
    program = postern(recorder.path, web=ONLY_PING, db=EVERYTHING)
    launcher = home / "activate"
    launcher.write_text(
        f"#!/bin/sh\numask 0\nexec {tool} -l {home}/a -l {home}/b "
        f'--fdname=web:db {binary()} "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("POSTERN", str(launcher))
    program.spawn()
    wait_until(lambda: (home / "b").exists(), "the sockets")
    assert answers(home / "a") == 200
    assert answers(home / "a", INFO) == 403
    assert answers(home / "b", INFO) == 200
    assert len(program.log("door-open", by="systemd")) == 2


# The store.

def stored(service, program, *names):
    """Started with a manager, which keeps these."""
    service.start(program, [], notify=True)
    wait_until(lambda: service.names() == sorted((*names, ".state")),
               "descriptors")
    return program


def test_the_manager_keeps_the_doors(postern, recorder, service):
    program = stored(service, postern(recorder.path, web=ONLY_PING,
                                      db=ONLY_PING), "web", "db")
    for name, fd in service.kept:
        if name != ".state":
            with socket.socket(fileno=os.dup(fd)) as kept:
                assert kept.getsockopt(socket.SOL_SOCKET,
                                       socket.SO_ACCEPTCONN) == 1
    assert all(message["FDPOLL"] == "0"
               for message in service.told(FDSTORE="1"))
    assert program.finish() == 0
    # What is kept is for the next one.
    assert program.door("web").exists() and program.door("db").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_doors_outlive_the_program(postern, recorder, service, number):
    program = stored(service, postern(recorder.path, web=ONLY_PING,
                                      db=ONLY_PING), "web", "db")
    paths = program.door("web"), program.door("db")
    before = [inode(path) for path in paths]
    worker = program.worker()
    for _ in range(3):
        assert answers(paths[0]) == 200
    program.process.send_signal(number)
    program.process.wait(10)
    wait_until(lambda: not os.path.exists(f"/proc/{worker}/fd/0"), "its end")
    assert [inode(path) for path in paths] == before
    # Nobody listens, and somebody keeps the door.
    with pending(paths[1]) as client:
        service.start(program, service.kept, notify=True)
        assert client.answer().status == 200
    assert [inode(path) for path in paths] == before
    assert answers(paths[0]) == 200
    if number == signal.SIGTERM:
        assert allowed(program) == {"web": 4, "db": 1}
    assert status(program)["generation"] == 2
    assert service.names() == [".state", "db", "web"]
    # And once more.
    assert program.finish() == 0
    service.start(program, service.kept, notify=True)
    assert [inode(path) for path in paths] == before
    assert answers(paths[0]) == 200


def test_a_door_whose_profile_went_meanwhile(postern, recorder, service):
    program = stored(service, postern(recorder.path, web=ONLY_PING,
                                      db=ONLY_PING), "web", "db")
    assert program.finish() == 0
    (program.profiles / "db.ini").unlink()
    program.profile("new", ONLY_PING)
    service.start(program, service.kept, notify=True)
    assert not program.door("db").exists()
    assert answers(program.door("web")) == 200
    assert answers(program.door("new")) == 200
    wait_until(lambda: service.names() == [".state", "new", "web"],
               "the store")


def test_a_reload_changes_what_is_kept(postern, recorder, service):
    program = stored(service, postern(recorder.path, web=ONLY_PING,
                                      db=ONLY_PING), "web", "db")
    (program.profiles / "db.ini").unlink()
    program.profile("new", ONLY_PING)
    program.process.send_signal(signal.SIGHUP)
    wait_until(lambda: service.names() == [".state", "new", "web"],
               "the store")
    assert service.told(FDSTOREREMOVE="1", FDNAME="db")


def test_a_door_that_moved_is_kept_where_it_is(postern, recorder, service):
    """Two of one name would be taken for each other."""
    program = stored(service, postern(recorder.path, web=ONLY_PING), "web")
    before = [identity(fd) for name, fd in service.kept if name == "web"]
    program.profile("web", ONLY_PING + "[socket]\npath = %p/d.sock\n")
    program.process.send_signal(signal.SIGHUP)
    program.wait_log("reloaded")
    wait_until(lambda: service.told(FDSTOREREMOVE="1", FDNAME="web"),
               "the old one's end")
    now = [identity(fd) for name, fd in service.kept if name == "web"]
    assert len(now) == 1 and now != before
    path = program.directory / "doors" / "web" / "d.sock"
    moved = inode(path)
    assert program.finish() == 0
    service.start(program, service.kept, notify=True)
    assert inode(path) == moved
    assert answers(path) == 200


def test_units_sockets_are_not_stored(
        postern, recorder, service, unit, home):
    program = postern(recorder.path, web=ONLY_PING, db=ONLY_PING)
    web = unit("web")
    service.start(program, [("web", web.fileno())], notify=True)
    wait_until(lambda: service.names() == [".state", "db"], "the store")
    assert answers(home / "web") == 200
    assert program.finish() == 0
    # Both come back together.
    service.start(program, [("web", web.fileno()), *service.kept],
                  notify=True)
    assert answers(home / "web") == 200
    assert answers(program.door("db")) == 200
    assert allowed(program) == {"web": 2, "db": 1}
