# SPDX-License-Identifier: MIT
"""A daemon that records every byte it is sent and answers by a script."""

import array
import contextlib
import fcntl
import json
import os
import re
import select
import socket
import termios
import threading

from wait import wait_until
from wire import Client, Ended, Stream, read_request, request, response

FENCE = request("GET", "/_ping", "User-Agent: fence")
KEEP = 1 << 20


class Link(Stream):
    """One connection to the recorder. got is what came, from its start."""

    def __init__(self, sock):
        super().__init__(sock)
        self.got = bytearray()
        self.requests = []
        self.error = None

    def receive(self, size=65536):
        """Record first, then take: so a socket with nothing left to read
        is one whose bytes are all in got."""
        data = self.sock.recv(size, socket.MSG_PEEK)
        if data and len(self.got) < KEEP:
            self.got += data
        if data:
            self.sock.recv(len(data))
        return data

    def request(self):
        message = read_request(self)
        self.requests.append(message)
        return message

    def is_closed(self):
        return self.sock.fileno() == -1

    def drained(self):
        waiting = array.array("i", [0])
        try:
            fcntl.ioctl(self.sock, termios.FIONREAD, waiting)
        except (OSError, ValueError):
            return True  # closed by the script
        return waiting[0] == 0

    def wait_gone(self, seconds):
        """Whether the other side has closed both ways within so long. A
        script that has come to its end has seen that already."""
        poll = select.poll()
        try:
            poll.register(self.sock, 0)
        except (OSError, ValueError):
            return True
        return bool(poll.poll(seconds * 1000))


ID = 4 * "0123456789abcdef"

# What could be the beginning of an ID.
LIKE_ID = "/(?:containers|networks)/([0-9a-f]{1,63})(?:/json)?"

# What a door itself asks for before it lets a request pass, and what is said
# of anything of that name: by the path, without the version.
KNOWN = {
    "/volumes/(.+)": lambda name: {"Name": name, "Driver": "local"},
    "/networks/(.+)": lambda name: {"Name": name, "Driver": "bridge"},
    "/images/(.+)/json": lambda name: {
        "Id": f"sha256:{ID}", "RepoTags": [name], "Config": {"User": ""}},
    "/containers/(.+)/json": lambda name: {
        "Id": ID, "Config": {"User": ""}, "Mounts": []},
    "/exec/(.+)/json": lambda name: {
        "ID": name, "ContainerID": ID, "ProcessConfig": {
            "entrypoint": "true", "arguments": [], "privileged": False,
            "user": ""}},
    "/plugins/(.+)/json": lambda name: {
        "Name": name, "Config": {}, "Settings": {}},
    "/nodes/(.+)": lambda name: {"ID": name, "Spec": {"Role": "worker"}},
    "/version": lambda: {"ApiVersion": "1.41"},
    "/swarm": lambda: {"Spec": {"CAConfig": {"ForceRotate": 0}}},
}


def known(target):
    """What is known of that, or nothing; None where no ID begins so."""
    path = re.sub(r"^/v1\.\d+", "", target.partition("?")[0])
    like = re.fullmatch(LIKE_ID, path)
    if like and not ID.startswith(like[1]):
        return None
    for pattern, answer in KNOWN.items():
        found = re.fullmatch(pattern, path)
        if found:
            return answer(*found.groups())
    return {}


def plain_answer(message):
    """What a daemon without anything to say answers."""
    if message.method == "HEAD":
        return response(200, "Content-Length: 0", "Api-Version: 1.41")
    said, status = {}, 200
    if message.method == "GET":
        said = known(message.target)
    if said is None:
        said, status = {"message": "no such object"}, 404
    return response(status, "Content-Type: application/json",
                    body=json.dumps(said).encode() + b"\n")


def serve_plainly(link):
    while True:
        link.send(plain_answer(link.request()))


class Recorder:
    """script(link) is run for each connection on which at least one byte has
    come, in a thread of its own. These are the links, in that order."""

    def __init__(self, path, script=serve_plainly, backlog=1024):
        self.path = str(path)
        self.script = script
        self.accepted = []
        self.links = []
        self.listener = None
        self.open(backlog)

    def open(self, backlog=1024, accept=True):
        """Bind the socket anew (a new inode)."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o666)
        self.listener.listen(backlog)
        if accept:
            self.accept()

    def accept(self):
        threading.Thread(
            target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            link = Link(sock)
            self.accepted.append(link)
            threading.Thread(
                target=self._run, args=(link,), daemon=True).start()

    def _run(self, link):
        try:
            link.fill()
            self.links.append(link)
            self.script(link)
        except (Ended, OSError):
            pass
        except Exception as error:
            link.error = error
            raise
        finally:
            link.close()

    def shut(self):
        """Go down: no listener, no socket, no connection."""
        if self.listener is not None:
            # accept() in another thread wakes up for shutdown() only.
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        for link in self.accepted:
            with contextlib.suppress(OSError):
                link.sock.shutdown(socket.SHUT_RDWR)

    def link(self, number=0):
        """The connection of that number, once there is one."""
        wait_until(lambda: len(self.links) > number, "a daemon connection")
        return self.links[number]

    def heard(self, door):
        """All bytes that have come so far, of all connections; nothing
        that a door had sent before this call is missing. A request of our
        own goes through the door last, and is not counted."""
        with Client(door) as client:
            assert client.ask(FENCE).status == 200
        accepted = list(self.accepted)
        wait_until(lambda: all(link.drained() for link in accepted),
                   "silence")
        fences = [link for link in accepted if b": fence\r\n" in link.got]
        assert len(fences) == 1
        return b"".join(bytes(link.got) for link in accepted
                        if link is not fences[0])
