# SPDX-License-Identifier: MIT
"""Requests through a door that looks into them, and what came out of it."""

import copy
import io
import json
import re
import tarfile
from typing import NamedTuple

from recorder import known
from wire import Client, chunk, request

# By this field, which passes, the request that a daemon got is known again.
MARK = "sent-"


# What a daemon only tells of a network.
TOLD = ["DNSNames[]", "EndpointID", "Gateway", "GlobalIPv6Address",
        "GlobalIPv6PrefixLen", "IPAddress", "IPPrefixLen", "IPv6Gateway",
        "NetworkID"]

# What clients send though no daemon reads it there, or what only a client
# reads: dropped, whatever is in it.
IGNORED = {
    "ContainerCreate": [
        "HostConfig.ContainerIDFile", "Name", "name", "platform",
        *(f"NetworkingConfig.EndpointsConfig{{}}.{name}" for name in TOLD)],
    "NetworkConnect": [f"EndpointConfig.{name}" for name in TOLD],
    "ContainerExec": ["Detach", "Container"],
    "ExecStart": ["Container", "hijack", "stdin"],
    "ImageCommit": ["author", "changes", "comment", "container", "pause",
                    "repo", "tag"],
}

# Where an object without members says something, as does an empty list.
SETS = {"Volumes", "ExposedPorts", "Mode"}
EMPTY_LISTS = {"MaskedPaths", "ReadonlyPaths"}


def meaning(value, name=""):
    """A document without its empty members: what daemons read."""
    if isinstance(value, list):
        return [meaning(element) for element in value]
    if not isinstance(value, dict):
        return value
    cleaned = {key: meaning(inner, key) for key, inner in value.items()}
    return {key: inner for key, inner in cleaned.items()
            if inner or name in SETS and inner == {}
            or key in EMPTY_LISTS and inner == []}


def drop(body, path):
    """Take what is there away, if it is there."""
    name, _, below = path.partition(".")
    bare = name.removesuffix("[]").removesuffix("{}")
    if not isinstance(body, dict) or bare not in body:
        return
    if not below:
        del body[bare]
    elif name != bare:
        for inner in (body[bare] or {}).values():
            drop(inner, below)
    else:
        drop(body[bare], below)


def drop_bare_variables(body):
    """Names alone of variables: they set nothing, but one daemon would copy
    its own."""
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        if name == "Env":
            body[name] = [variable for variable in value or []
                          if not re.fullmatch("[A-Za-z_][A-Za-z0-9_.-]*",
                                              variable)]
        else:
            drop_bare_variables(value)


def without_ignored(body, operation):
    """What is to arrive of a body."""
    body = copy.deepcopy(body)
    for path in IGNORED.get(operation, []):
        drop(body, path)
    drop_bare_variables(body)
    return meaning(body)


def completed(body, operation):
    """The same, with what a door adds to each."""
    if operation == "NetworkCreate" and "Name" in body:
        return {**body, "CheckDuplicate": True}
    return body


class Answer(NamedTuple):
    number: int
    status: int
    message: str


def archive(names):
    """A tar archive with such members."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name in names:
            member = tarfile.TarInfo(name.rstrip("/"))
            if name.endswith("/"):
                member.type = tarfile.DIRTYPE
            tar.addfile(member)
    return made.getvalue()


class Judged:
    """Sends requests through a door one by one, on connections that are kept
    as long as the door keeps them."""

    def __init__(self, program, recorder):
        self.door = program.door()
        self.recorder = recorder
        self.client = None
        self.sent = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()

    def hang_up(self):
        if self.client is not None:
            self.client.close()
            self.client = None

    def ask(self, line, *fields, body=None, chunked=False):
        """Send a request; line is its method and target."""
        self.sent += 1
        method, target = line.split(" ", 1)
        fields = [f"User-Agent: {MARK}{self.sent}", *fields]
        if chunked:
            data = request(method, target, *fields,
                           "Transfer-Encoding: chunked")
            data += (chunk(body) if body else b"") + chunk(b"")
        else:
            data = request(method, target, *fields, body=body)
        if self.client is None:
            self.client = Client(self.door)
        answer = self.client.ask(data, method)
        if answer.field("Connection") == "close":
            self.hang_up()
        said = ""
        if answer.status != 200 and answer.body:
            said = json.loads(answer.body)["message"]
        return Answer(self.sent, answer.status, said)

    def ask_json(self, line, body):
        """The same with a body, unless it is None."""
        if body is None:
            return self.ask(line, *(
                [] if line.startswith("GET ") else ["Content-Length: 0"]))
        return self.ask(line, "Content-Type: application/json",
                        body=json.dumps(body).encode())

    def arrived(self):
        """What the daemon got, by the numbers of the answers; all else that
        it got, the door must have asked by itself."""
        self.hang_up()
        self.recorder.heard(self.door)
        found = {}
        for link in self.recorder.links:
            for message in link.requests:
                mark = message.field("User-Agent")
                if mark == "fence":
                    continue
                if mark is None:
                    assert message.method == "GET", message.head
                    assert known(message.target) != {}, message.head
                    assert message.raw == message.head, message.raw
                else:
                    number = int(mark.removeprefix(MARK))
                    assert number not in found
                    found[number] = message
        return found


def send(judged, sent):
    """One of recorded.requests(), as it was sent."""
    fields = []
    if sent.get("type"):
        fields.append(f"Content-Type: {sent['type']}")
    for name, values in (sent.get("fields") or {}).items():
        for value in values if isinstance(values, list) else [values]:
            fields.append(f"{name}: {value}")
            if name == "Upgrade":
                fields.append("Connection: Upgrade")
    body = b"" if sent.get("empty") else None
    if "tar" in sent:
        body = archive(sent["tar"])
    elif sent.get("body") or sent.get("other"):
        body = (sent.get("body") or sent["other"]).encode()
    return judged.ask(f"{sent['method']} {sent['target']}", *fields,
                      body=body, chunked=sent.get("chunked", False))
