# SPDX-License-Identifier: MIT
"""The units, in a machine with a real systemd: as a service of the system, and
as one of a user, for a rootless daemon."""

import os
import re
import signal
import threading
import time

import pytest

import engine
from machine import Machine, Manager, why_not
from profiles import allow
from recorder import Recorder, plain_answer
from scripts import EVENTS, INFO
from wait import wait_until
from wire import Client, request

USER = "tester"
BROKEN = "[allow]\noperation = SystemImfo\n"


@pytest.fixture(scope="module")
def machine():
    reason = why_not()
    if reason:
        engine.cannot(reason)
    made = Machine()
    try:
        made.start()
        made.install()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def system(machine):
    return Manager(machine)


@pytest.fixture(scope="module")
def user(machine):
    machine.ok("useradd", "-m", USER)
    machine.ok("install", "-d", "-o", USER, f"/home/{USER}/.config")
    machine.ok("loginctl", "enable-linger", USER)
    made = Manager(machine, USER)
    wait_until(lambda: made.command("is-active", "default.target")
               .returncode == 0, "the user's manager")
    return made


@pytest.fixture(params=["system", "user"])
def manager(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def daemon(manager):
    """A recorder in the place of the manager's daemon."""
    recorder = Recorder(manager.path(manager.daemon))
    restrict(manager, recorder)
    yield recorder
    recorder.shut()
    errors = [link.error for link in recorder.accepted if link.error]
    assert not errors, errors


def restrict(manager, recorder):
    """Nobody but who may has a way to the daemon."""
    if manager.user is None:
        os.chown(recorder.path, 0, manager.machine.gid("docker"))
    else:
        os.chown(recorder.path, manager.uid, 0)
    os.chmod(recorder.path, 0o660)


@pytest.fixture
def service(manager):
    """Not yet started; the only profile is "web"."""
    manager.profile("web", allow("SystemInfo"))
    try:
        yield manager
    finally:
        manager.clean()


def ask(path, message=INFO):
    """The status of the answer."""
    with Client(path) as client:
        return client.ask(message).status


def change_of(service, pids, index):
    """Wait until another process has the place of that index."""
    return wait_until(
        lambda: (service.pair()[index] != pids[index]) and service.pair(),
        "another process")


def test_it_is_started_when_its_doors_are_open(service, daemon):
    service("start", "postern.service")
    assert ask(service.open_door()) == 200
    assert ask(service.open_door(), EVENTS) == 403
    assert len(daemon.links) == 1
    assert service.is_active()
    assert service.show("WatchdogUSec") == "30s"


def test_its_status_counts_doors_and_clients(service, daemon):
    def status(pattern):
        wait_until(lambda: re.fullmatch(pattern, service.show("StatusText")),
                   pattern)

    service.profile("more", allow("SystemInfo"))
    service.drop_in("[Service]\nWatchdogSec=1s\n")
    service("start", "postern.service")
    with Client(service.open_door()) as client:
        assert client.ask(INFO).status == 200
        status("2 doors, 1 clients?")
    status("2 doors, 0 clients")


def test_a_daemon_may_come_later(service, manager):
    service("start", "postern.service")
    assert ask(service.open_door()) == 502
    recorder = Recorder(manager.path(manager.daemon))
    restrict(manager, recorder)
    try:
        assert ask(service.open_door()) == 200
    finally:
        recorder.shut()


def test_it_is_an_ordinary_user_without_capabilities(service, daemon):
    service("start", "postern.service")
    assert ask(service.open_door()) == 200
    supervisor, worker = service.pair()
    for pid in supervisor, worker:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            status = dict(line.split(":\t") for line in file if ":\t" in line)
        assert service.uid != 0
        assert status["Uid"].split() == [str(service.uid)] * 4
        assert int(status["CapEff"], 16) == 0
        assert status["NoNewPrivs"] == "1\n"
        assert status["Seccomp"] == "2\n"


def test_a_broken_profile_is_named_and_waited_for(service, daemon):
    service.profile("web", BROKEN)
    before = time.time()
    assert service.command("start", "postern.service").returncode != 0
    service.wait_journal("web.ini:2: ", before)
    assert not service.open_door().exists()
    service.profile("web", allow("SystemInfo"))
    wait_until(service.is_active, "the service")
    assert ask(service.open_door()) == 200


def test_a_restart_with_a_broken_profile_costs_no_door(service, daemon):
    service.drop_in("[Service]\nRestartSec=100ms\n")
    service("start", "postern.service")
    with service.machine.holding(service.door()) as held:
        assert ask(held) == 200
        service.profile("web", BROKEN)
        assert service.command("restart", "postern.service").returncode != 0
        wait_until(lambda: int(service.show("NRestarts")) > 5, "many tries")
        service.profile("web", allow("SystemInfo"))
        assert ask(held) == 200


def test_a_reload_is_done_when_it_says_so(service, daemon):
    service("start", "postern.service")
    inode = service.inode()
    supervisor, _ = service.pair()
    assert ask(service.open_door()) == 200
    service.profile("web", allow("SystemEvents"))
    service("reload", "postern.service")
    assert ask(service.open_door()) == 403
    assert service.inode() == inode
    assert service.pair()[0] == supervisor


def test_a_refused_reload_fails_and_changes_nothing(service, daemon):
    service("start", "postern.service")
    pids = service.pair()
    service.profile("web", BROKEN)
    service.profile("new", allow("SystemInfo"))
    before = time.time()
    assert service.command("reload", "postern.service").returncode != 0
    service.wait_journal("web.ini line=2 ", before)
    assert service.is_active()
    assert service.pair() == pids
    assert ask(service.open_door()) == 200
    assert not service.open_door("new").exists()
    assert "web.ini:2: " in service.show("StatusText")


def test_sighup_reloads_too(service, daemon):
    service("start", "postern.service")
    supervisor, _ = service.pair()
    service.profile("web", allow("SystemEvents"))
    os.kill(supervisor, signal.SIGHUP)
    wait_until(lambda: ask(service.open_door()) == 403, "the new rules")
    wait_until(service.is_active, "the end of the reload")
    service.profile("web", BROKEN)
    before = time.time()
    os.kill(supervisor, signal.SIGHUP)
    service.wait_journal("web.ini line=2 ", before)
    wait_until(service.is_active, "the end of the reload")
    assert service.pair()[0] == supervisor


def test_a_mounted_door_survives_restarts(service, daemon):
    service("start", "postern.service")
    inode = service.inode()
    with service.machine.holding(service.door()) as held:
        assert ask(held) == 200
        for _ in range(2):
            service("restart", "postern.service")
            assert ask(held) == 200
            assert ask(held, EVENTS) == 403
            assert service.inode() == inode


def test_a_mounted_door_of_a_socket_unit_survives_restarts(service, daemon):
    service("start", "postern@web.socket")
    inode = service.inode()
    with service.machine.holding(service.door()) as held:
        assert ask(held) == 200
        for _ in range(2):
            service("restart", "postern.service")
            assert ask(held) == 200
            assert ask(held, EVENTS) == 403
            assert service.inode() == inode


def test_doors_of_both_kinds_survive_a_restart(service, daemon):
    service("start", "postern@web.socket")
    service("start", "postern.service")
    service.profile("later", allow("SystemVersion"))
    service("reload", "postern.service")
    inodes = service.inode("web"), service.inode("later")
    assert service.mode("web") == service.mode("later") == 0o666
    assert ask(service.open_door("later")) == 403
    service("restart", "postern.service")
    assert ask(service.open_door("web")) == 200
    assert ask(service.open_door("later")) == 403
    assert (service.inode("web"), service.inode("later")) == inodes


@pytest.mark.parametrize("kind", ["service", "socket"])
def test_connections_made_during_a_restart_are_answered(
        service, daemon, kind):
    if kind == "socket":
        service("start", "postern@web.socket")
    service("start", "postern.service")
    statuses = []
    done = threading.Event()

    def hammer():
        while not done.is_set():
            try:
                statuses.append(ask(service.open_door()))
            except Exception as error:
                statuses.append(repr(error))

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        for _ in range(3):
            before = len(statuses)
            service("restart", "postern.service")
            wait_until(lambda: len(statuses) > before + 10, "answers")
    finally:
        done.set()
        thread.join()
    assert set(statuses) == {200}


@pytest.mark.parametrize("kind", ["service", "socket"])
def test_a_connection_waits_for_a_crashed_supervisor(service, daemon, kind):
    service.drop_in("[Service]\nRestartSec=2s\n")
    if kind == "socket":
        service("start", "postern@web.socket")
    service("start", "postern.service")
    inode = service.inode()
    pids = service.pair()
    with service.machine.holding(service.door()) as held:
        os.kill(pids[0], signal.SIGKILL)
        wait_until(lambda: service.show("SubState") == "auto-restart",
                   "the crash")
        with Client(held) as client:
            client.send(INFO)
            assert service.show("SubState") == "auto-restart"
            assert client.answer().status == 200
    assert service.inode() == inode
    assert not set(service.pair()) & set(pids)


def test_a_killed_worker_is_replaced(service, daemon):
    service("start", "postern.service")
    inode = service.inode()
    pids = service.pair()
    os.kill(pids[1], signal.SIGKILL)
    assert ask(service.open_door()) == 200
    assert change_of(service, pids, 1)[0] == pids[0]
    assert service.inode() == inode
    assert service.is_active()
    assert service.show("NRestarts") == "0"


def test_a_hanging_supervisor_is_replaced(service, daemon):
    service.drop_in("[Service]\nWatchdogSec=2s\n")
    service("start", "postern.service")
    pids = service.pair()
    time.sleep(3)
    assert service.pair() == pids
    with service.machine.holding(service.door()) as held:
        os.kill(pids[0], signal.SIGSTOP)
        wait_until(lambda: service.show("NRestarts") == "1", "a restart")
        assert ask(held) == 200
        assert not set(service.pair()) & set(pids)


def test_no_watchdog_is_fed_for_a_hanging_worker(service, daemon):
    service.drop_in("[Service]\nWatchdogSec=2s\n")
    service("start", "postern.service")
    pids = service.pair()
    with service.machine.holding(service.door()) as held:
        os.kill(pids[1], signal.SIGSTOP)
        wait_until(lambda: service.show("NRestarts") == "1", "a restart")
        assert ask(held) == 200
        assert not set(service.pair()) & set(pids)


def test_what_is_stored_is_what_it_needs(service, daemon):
    def stored():
        return int(service.show("NFileDescriptorStore"))

    service.profile("more", allow("SystemInfo"))
    service("start", "postern.service")
    wait_until(lambda: stored() == 3, "two doors and the state")
    service("restart", "postern.service")
    assert stored() == 3
    service.profile("more", None)
    service("reload", "postern.service")
    wait_until(lambda: stored() == 2, "one door and the state")
    assert not service.open_door("more").exists()
    service("restart", "postern.service")
    assert stored() == 2
    assert ask(service.open_door()) == 200
    assert not service.open_door("more").exists()


@pytest.mark.parametrize("verbs", [("restart",), ("stop", "start")],
                         ids=" ".join)
def test_a_profile_removed_meanwhile_has_no_door(service, daemon, verbs):
    service.profile("more", allow("SystemInfo"))
    service("start", "postern.service")
    assert ask(service.open_door("more")) == 200
    if verbs[0] == "stop":
        service("stop", "postern.service")
    service.profile("more", None)
    service(verbs[-1], "postern.service")
    assert ask(service.open_door()) == 200
    assert not service.open_door("more").exists()
    wait_until(lambda: service.show("NFileDescriptorStore") == "2",
               "one door and the state")


def test_it_stops_and_starts_again(service, daemon):
    service("start", "postern.service")
    assert ask(service.open_door()) == 200
    before = time.monotonic()
    service("stop", "postern.service")
    assert time.monotonic() - before < 5
    assert service.show("ActiveState") == "inactive"
    assert service.show("Result") == "success"
    assert not service.processes()
    with pytest.raises(OSError):
        Client(service.open_door())
    service("start", "postern.service")
    assert ask(service.open_door()) == 200


def test_a_stop_waits_for_an_answer_under_way(service, daemon):
    finish = threading.Event()

    def script(link):
        message = link.request()
        finish.wait(10)
        link.send(plain_answer(message))

    daemon.script = script
    service("start", "postern.service")
    with Client(service.open_door()) as client:
        client.send(INFO)
        daemon.link()
        service("stop", "--no-block", "postern.service")
        wait_until(lambda: service.show("ActiveState") == "deactivating",
                   "the stop")
        finish.set()
        assert client.answer().status == 200
    wait_until(lambda: service.show("ActiveState") == "inactive", "the end")
    assert service.show("Result") == "success"


def test_the_first_connection_starts_it(service, daemon):
    service.profile("traefik", allow("SystemVersion"))
    service("enable", "--now", "postern@traefik.socket", "postern@web.socket")
    inodes = service.inode("web"), service.inode("traefik")
    assert service.show("ActiveState") == "inactive"
    assert ask(service.open_door("web")) == 200
    assert service.is_active()
    assert ask(service.open_door("traefik")) == 403
    assert ask(service.open_door("traefik"),
               request("GET", "/version")) == 200
    assert (service.inode("web"), service.inode("traefik")) == inodes


def test_a_door_of_a_socket_unit_is_back_after_a_stop(service, daemon):
    service("start", "postern@web.socket")
    inode = service.inode()
    assert ask(service.open_door()) == 200
    service("stop", "postern.service")
    assert service.inode() == inode
    assert ask(service.open_door()) == 200
    service("stop", "postern@web.socket")
    assert not service.open_door().exists()


def test_a_socket_unit_without_a_profile_waits_for_it(service, daemon):
    service("start", "postern@later.socket")
    inode = service.inode("later")
    before = time.time()
    service("start", "postern.service")
    service.wait_journal("event=socket-without-profile profile=later ", before)
    service.profile("later", allow("SystemInfo"))
    service("reload", "postern.service")
    assert ask(service.open_door("later")) == 200
    assert ask(service.open_door("later"), EVENTS) == 403
    assert service.inode("later") == inode


def test_sockets_are_made_before_the_service(service, daemon):
    service.start_together("postern.service", "postern@web.socket")
    assert service.is_active("postern@web.socket")
    assert ask(service.open_door()) == 200
    assert service.show("NAccepted", "postern@web.socket") == "0"
    assert service.show("NFileDescriptorStore") == "1"


def test_doors_are_there_before_docker_starts(service, daemon):
    """A container that starts with the daemon mounts a door."""
    service.machine.write(
        f"{service.units}/docker.service",
        "[Service]\nType=oneshot\nRemainAfterExit=yes\n"
        f"ExecStart=test -S {service.door()}\n")
    try:
        service.start_together("docker.service", "postern.service")
        assert service.is_active("docker.service")
    finally:
        service("stop", "docker.service")
        service.path(f"{service.units}/docker.service").unlink()
