# SPDX-License-Identifier: MIT
"""A daemon's API, asked by exactly the bytes that a test sends, at a real
daemon and at doors in front of it."""

import json
import os

import pytest

from wire import Client, request

# Without sections all is judged as by default.
TIGHT = "[allow]\noperation = *\n"


class Api:
    """Asks at one socket, with exactly the bytes that it is told to send."""

    def __init__(self, sock):
        self.sock = sock

    def __call__(self, line, body=None, *fields):
        method, target = line.split(" ", 1)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None and not fields:
            fields = ("Content-Type: application/json",)
        with Client(self.sock) as client:
            return client.ask(request(method, target, *fields, body=body))

    def json(self, line, body=None):
        answer = self(line, body)
        assert answer.status < 300, (line, answer.raw)
        return json.loads(answer.body) if answer.body else None

    def create(self, name, body):
        """The ID of a container."""
        return self.json(f"POST /containers/create?name={name}", body)["Id"]

    def everything(self):
        """What there is of what a request could make."""
        return (
            {each["Id"] for each in self.json("GET /containers/json?all=1")},
            {each["Name"] for each in
             self.json("GET /volumes")["Volumes"] or []},
            {each["Id"] for each in self.json("GET /networks")},
            {(each["Id"], *sorted(each["RepoTags"] or []))
             for each in self.json("GET /images/json?all=1")})

    def clear(self):
        """Remove all but the images."""
        for each in self.json("GET /containers/json?all=1"):
            self.json(f"DELETE /containers/{each['Id']}?force=1&v=1")
        for each in self.json("GET /volumes")["Volumes"] or []:
            self.json(f"DELETE /volumes/{each['Name']}")
        for each in self.json("GET /networks"):
            if each["Name"] not in ("host", "none"):
                self.json(f"DELETE /networks/{each['Id']}")


@pytest.fixture
def direct(dockerd):
    api = Api(dockerd.socket)
    api.clear()
    yield api
    api.clear()


@pytest.fixture
def folders(home):
    """Directories of the host's: one to read, one to write to."""
    made = {"shared": home / "shared", "work": home / "work",
            "secret": home / "secret"}
    for folder in made.values():
        folder.mkdir()
        (folder / "file").write_text(folder.name)
    os.chown(made["work"], 1000, 1000)
    return made


@pytest.fixture
def door(dockerd, direct, postern, folders):
    """door(PROFILE) asks at such a door."""
    def make(text):
        program = postern(dockerd.socket, web=text.format(**folders))
        program.start()
        api = Api(program.door())
        api.program = program
        return api

    return make
