# SPDX-License-Identifier: MIT
"""What log, audit and "postern watch" say of a request's query: nothing that
may be secret, whatever clients put there."""

import contextlib
import json
import urllib.parse

import pytest

from audited import Audit
from judged import Judged, send
from profiles import EVERYTHING, ONLY_PING
from recorded import requests
from test_watch import Watch
from wait import wait_until

# An environment, as clients were seen to repeat it, and one that is secret.
SEEN, SECRET = "A=1", "PASSWORD=hunter2"

# Each way that a request may go: a profile, what is put behind the target,
# and the status.
WAYS = {
    "allowed": (EVERYTHING, "", 200),
    "denied": (ONLY_PING, "", 403),
    "denied for a field": (
        "[allow]\noperation = ContainerCreate\n", "", 403),
    "refused": (EVERYTHING, "&name=again", 400),
    "put off": (EVERYTHING + "[limits]\nrequests-per-second = 1\n", "", 429),
    "of no operation": (EVERYTHING, "", 403),
    "of no version": (EVERYTHING, "", 400),
}


def creates(client):
    """Its requests for a container with an environment, that now is secret;
    all have a name."""
    found = []
    for sent in requests(client):
        if "/containers/create?" in sent["target"] and (
                "Env=A%3D1" in sent["target"]):
            assert SEEN in sent["body"] and "&name=" in sent["target"]
            sent["target"] = sent["target"].replace(
                urllib.parse.quote(SEEN), urllib.parse.quote(SECRET))
            sent["body"] = sent["body"].replace(SEEN, SECRET)
            found.append(sent)
    return found


@pytest.fixture(params=["dockerode", "testcontainers"])
def sent(request):
    return creates(request.param)[0]


@pytest.mark.parametrize("way", WAYS)
def test_no_environment_of_a_new_container(
        postern, recorder, home, sent, way):
    profile, behind, status = WAYS[way]
    audit = Audit(home)
    program = postern(recorder.path, web=profile)
    program.start("--audit-file", str(audit.path))
    path = "/containers/create"
    if way.startswith("of no"):
        path = {"of no operation": "/containers/creat",
                "of no version": "/v1.2/containers/create"}[way]
    sent["target"] = sent["target"].replace("/containers/create", path) + behind
    with contextlib.ExitStack() as stack:
        shows = [Watch(program), Watch(program, "--json")]
        for one in shows:
            stack.callback(one.end)
        judged = stack.enter_context(Judged(program, recorder))
        before = 1 if status == 429 else 0
        for _ in range(before):
            judged.ask("GET /_ping")
        assert send(judged, sent).status == status
        line = audit.wait_lines(before + 1)[-1]
        logged = (program.log("decision") + program.log("refused"))[-1]
        shown = [[one.line() for _ in range(before + 1)][-1] for one in shows]
    target = f"{path}?..."
    if not way.startswith("of no"):
        name = urllib.parse.parse_qs(sent["target"])["name"][0]
        target = f"{path}?name={name}{behind}&..."
    assert line["target"] == logged["target"] == target
    assert f" {target} " in shown[0]
    assert json.loads(shown[1])["target"] == target
    said = "".join([program.text(), audit.path.read_text(), *shown])
    assert "hunter2" not in said and "PASSWORD" not in said


def test_no_arguments_of_a_build(postern, recorder, home):
    audit = Audit(home)
    program = postern(recorder.path, web=EVERYTHING)
    program.start("--audit-file", str(audit.path))
    count = 0
    with Judged(program, recorder) as judged:
        for sent in requests("docker-cli-28"):
            if "/build?buildargs=%7B" not in sent["target"]:
                continue
            assert send(judged, sent).status == 200
            count += 1
    assert count > 0
    for line in audit.wait_lines(count):
        assert "buildargs=...&" in line["target"]
        assert "&dockerfile=" in line["target"]
    wait_until(lambda: len(program.log("decision")) == count, "the log")
    assert "buildargs=%" not in program.text() + audit.path.read_text()
