# SPDX-License-Identifier: MIT
"""What only the system's own units do, in a machine with a real systemd."""

import os
import shutil
import stat
import sys

import pytest

import engine
from engine import IMAGE, Engine
from machine import Machine, Manager, why_not
from profiles import ONLY_PING, allow
from wait import wait_until
from wire import Client, request

INFO = request("GET", "/info")
SCORE = 1.5

# A client in Python: print the answer to a request for $2 at the door $1.
CLIENT = """
import socket, sys
door = socket.socket(socket.AF_UNIX)
door.connect(sys.argv[1])
door.sendall(f"GET {sys.argv[2]} HTTP/1.1\\r\\nHost: d\\r\\n\\r\\n".encode())
print(door.recv(65536))
"""


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
def manager(machine):
    return Manager(machine)


@pytest.fixture
def service(manager):
    """Not yet started; the only profile is "web"."""
    manager.profile("web", ONLY_PING)
    try:
        yield manager
    finally:
        manager.clean()


@pytest.mark.parametrize("scope", ["system", "user"])
def test_systemd_finds_nothing_wrong_with_the_units(machine, scope):
    folder = f"/usr/lib/systemd/{scope}"
    done = machine.run(
        "systemd-analyze", f"--{scope}", "--man=no", "verify",
        f"{folder}/postern.service", f"{folder}/postern@web.socket",
        env={"XDG_RUNTIME_DIR": "/run"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_finds_the_service_well_protected(machine):
    said = machine.ok("systemd-analyze", "security", "--no-pager",
                      "postern.service")
    line = said.splitlines()[-1]
    print(line)
    assert float(line.partition("level for postern.service: ")[2]
                 .split()[0]) <= SCORE, said


def test_the_user_has_no_login_and_is_in_the_group_of_docker(machine):
    fields = machine.ok("getent", "passwd", "postern").strip().split(":")
    assert fields[5] == "/"
    assert fields[6].endswith("nologin")
    assert 0 < int(fields[2]) < 1000
    assert "docker" in machine.ok("id", "-nG", "postern").split()


def test_the_directories_are_there_before_the_service(machine):
    owner = machine.ids("postern")
    for name, mode in ("/run/postern", 0o750), ("/run/postern/doors", 0o755):
        found = os.stat(machine.path(name))
        assert stat.S_IMODE(found.st_mode) == mode
        assert (found.st_uid, found.st_gid) == owner


def test_they_stay_when_it_stops(machine, service):
    def inodes():
        return [os.stat(machine.path(name)).st_ino
                for name in ("/run/postern", "/run/postern/doors")]

    before = inodes()
    service("start", "postern.service")
    service("stop", "postern.service")
    assert inodes() == before


def test_a_stranger_does_not_reach_a_door_that_is_not_mounted(
        machine, service):
    service("start", "postern.service")
    done = machine.run("setpriv", "--reuid=12345", "--regid=12345",
                       "--clear-groups", sys.executable, "-c", CLIENT,
                       service.door(), "/_ping")
    assert "PermissionError" in done.stderr


def test_who_is_at_a_door_is_seen(machine, service):
    """Whatever the service is kept from, this it can see."""
    service("start", "postern.service")
    said = machine.ok(
        "unshare", "--mount", "sh", "-c",
        'touch /dev/held; mount --bind "$0" /dev/held; echo $$; '
        "exec setpriv --reuid=12345 --regid=23456 --clear-groups "
        f'{sys.executable} -c "$1" /dev/held /info',
        service.door(), CLIENT)
    pid, answer = said.splitlines()
    assert answer.startswith("b'HTTP/1.1 403 ")
    service.wait_journal(f" uid=12345 gid=23456 pid={pid} ", 0)


class Inside(Engine):
    """A dockerd in the machine."""

    def __init__(self, machine):
        super().__init__()
        self.machine = machine
        self.socket = machine.path("/run/docker.sock")

    def start(self):
        self.machine.ok(
            "systemd-run", "--unit=private-docker.service",
            "-p", "Delegate=yes", "-p", "KillMode=mixed",
            "dockerd", "--exec-opt", "native.cgroupdriver=systemd",
            "--iptables=false", "--ip-forward=false", "--bridge=none",
            "--storage-driver=vfs")
        wait_until(self.answers, "dockerd", 40)
        self.make_image()

    def stop(self):
        self.machine.run("systemctl", "stop", "private-docker.service")
        shutil.rmtree(self.home)


@pytest.fixture
def docker(machine):
    """docker(ARGUMENT...) asks a real dockerd in the machine."""
    reason = engine.why_not()
    if reason:
        engine.cannot(reason)
    client = engine.clients()[0]
    daemon = Inside(machine)
    try:
        daemon.start()
        yield lambda *arguments: machine.ok(client, *arguments).strip()
    finally:
        daemon.stop()


def test_a_container_keeps_its_door_when_all_but_it_restart(
        machine, service, docker):
    service.profile("web", allow("SystemInfo", "ContainerList"))
    service("start", "postern@web.socket", "postern.service")
    service.profile("later", allow("SystemInfo"))
    service("reload", "postern.service")
    mounts = [option for name, door in (("web", "/web"), ("later", "/later"))
              for option in ("--mount", "type=bind,source="
                             f"{service.door(name)},target={door}")]
    name = docker("run", "-d", "--network=none", "--stop-signal=KILL", *mounts,
                  IMAGE, "sleep", "1h")
    pid = docker("inspect", "-f", "{{.State.Pid}}", name)

    def ask(door, target):
        """The status that the container is answered."""
        with Client(machine.path(f"/proc/{pid}/root{door}")) as client:
            return client.ask(request("GET", target)).status

    def check():
        assert ask("/web", "/info") == 200
        assert ask("/web", "/containers/json") == 200
        assert ask("/web", "/images/json") == 403
        assert ask("/later", "/info") == 200
        assert ask("/later", "/containers/json") == 403

    check()
    service("restart", "postern.service")
    check()
    service("kill", "-s", "KILL", "postern.service")
    check()
    machine.ok("systemctl", "kill", "-s", "HUP", "postern.service")
    check()
