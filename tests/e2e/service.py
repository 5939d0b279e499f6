# SPDX-License-Identifier: MIT
"""A service manager played by hand: it is told of what goes on, keeps
descriptors, and hands sockets over."""

import os
import socket
import sys

from program import binary, clean_environment
from wait import wait_until

# Becomes the program, with descriptors from 3 on; the variables that a test
# sets itself stay.
LAUNCHER = """#!{python}
import os, sys
fds = [int(fd) for fd in os.environ.pop("PASSED").split()]
copies = [os.dup(fd) for fd in fds]
copies = [os.dup2(fd, 100 + i) for i, fd in enumerate(copies)]
for i, fd in enumerate(copies):
    os.dup2(fd, 3 + i)
os.closerange(3 + len(fds), 200)
os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.environ.setdefault("LISTEN_FDS", str(len(fds)))
os.execv({program!r}, [{program!r}] + sys.argv[1:])
"""


def listen(path, kind=socket.SOCK_STREAM):
    """A socket as a socket unit makes it."""
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(str(path))
    os.chmod(path, 0o666)
    if kind == socket.SOCK_STREAM:
        made.listen()
    return made


def identity(fd):
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


class Service:
    """What stands between a service manager and the program."""

    def __init__(self, home, monkeypatch):
        self.monkeypatch = monkeypatch
        self.program = binary()
        self.launcher = home / "launch"
        self.launcher.write_text(LAUNCHER.format(
            python=sys.executable, program=self.program))
        self.launcher.chmod(0o755)
        self.path = home / "notify"
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(self.path))
        self.sock.setblocking(False)
        os.chmod(self.path, 0o666)
        self.messages = []
        self.kept = []  # (name, descriptor)

    def close(self):
        self.sock.close()
        self.forget(None)

    def environment(self, **more):
        return dict(clean_environment(), NOTIFY_SOCKET=str(self.path), **more)

    def hand_over(self, program, sockets, *arguments, notify=False, **more):
        """Spawn it with these (name, descriptor)."""
        environment = self.environment() if notify else clean_environment()
        environment["PASSED"] = " ".join(str(fd) for _, fd in sockets)
        if sockets:
            environment["LISTEN_FDNAMES"] = ":".join(
                name for name, _ in sockets)
        environment.update(more)
        with self.monkeypatch.context() as patch:
            patch.setenv("POSTERN", str(self.launcher))
            program.spawn(*arguments, env=environment,
                          pass_fds=[fd for _, fd in sockets])

    def start(self, program, sockets, *arguments, **more):
        before = len(program.log("ready")) if program.errors.exists() else 0
        self.hand_over(program, sockets, *arguments, **more)
        wait_until(lambda: len(program.log("ready")) > before or
                   not program.is_running(), "ready")
        assert program.is_running(), program.text()
        return program

    def forget(self, name):
        for kept in [one for one in self.kept
                     if name is None or one[0] == name]:
            os.close(kept[1])
            self.kept.remove(kept)

    def keep(self, name, fds):
        """What is kept already is not kept twice."""
        for fd in fds:
            if identity(fd) in [identity(kept) for _, kept in self.kept]:
                os.close(fd)
            else:
                self.kept.append((name, fd))

    def read(self):
        """Take the messages that have come. All of them so far."""
        while True:
            try:
                data, fds, _, _ = socket.recv_fds(self.sock, 8192, 16)
            except BlockingIOError:
                return self.messages
            message = dict(line.split("=", 1)
                           for line in data.decode().splitlines())
            self.messages.append(message)
            if "FDSTORE" in message:
                self.keep(message["FDNAME"], fds)
            else:
                assert fds == []
            if "FDSTOREREMOVE" in message:
                self.forget(message["FDNAME"])

    def told(self, **fields):
        """Those messages that say this."""
        return [message for message in self.read()
                if all(message.get(key) == value
                       for key, value in fields.items())]

    def wait(self, **fields):
        return wait_until(lambda: self.told(**fields), f"to be told {fields}")

    def names(self):
        self.read()
        return sorted(name for name, _ in self.kept)
