# SPDX-License-Identifier: MIT
"""From what real clients were seen to send (clients/) to a profile: what was
observed passes by what was suggested for it, and no other operation does."""

import pytest

from audited import Audit
from judged import Judged
from program import run
from recorded import names, requests
from schema import request_line
from test_documentation import known_operations
from test_inspect_clients import send
from wait import wait_until

OBSERVE = "[profile]\nmode = observe\n"
OBSERVE_ROOT = OBSERVE + "observe-root = yes\n"

# What Judged asks last.
PING = "[allow]\noperation = SystemPing\n"


def replay(program, recorder, client):
    """Each request, with its status."""
    with Judged(program, recorder) as judged:
        return [(sent, send(judged, sent).status)
                for sent in requests(client)]


def suggested(program):
    """What the log comes to."""
    done = run("suggest", "web", program.errors)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def denied(program):
    return program.log("decision", verdict="deny")


@pytest.mark.parametrize("client", names())
def test_what_was_observed_passes_by_what_is_suggested(
        postern, recorder, client):
    observer = postern(recorder.path, web=OBSERVE_ROOT).start()
    observed = replay(observer, recorder, client)
    recorder.links.clear()
    text = suggested(observer)
    observer.finish()

    enforcer = postern(recorder.path, web=text).start()
    enforced = replay(enforcer, recorder, client)
    assert [(sent["what"], before, after)
            for (sent, before), (_, after) in zip(observed, enforced)
            if before != after] == [], denied(enforcer)
    assert {line["reason"] for line in denied(enforcer)} <= \
        {"unknown-operation"}


def test_the_audit_file_says_the_same_as_the_log(
        postern, recorder, home):
    """Of all clients one after the other, and it passes."""
    audit = Audit(home)
    observer = postern(recorder.path, web=OBSERVE_ROOT).start(
        "--audit-file", str(audit.path))
    observed = [one for client in names()
                for one in replay(observer, recorder, client)]
    decisions = len(observer.log("decision"))
    assert decisions > 50
    wait_until(lambda: len([
        line for line in audit.lines()
        if line["verdict"] != "refuse" or line["needs"] is not None
    ]) == decisions, "the audit")
    recorder.links.clear()
    done = run("suggest", "web", audit.path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == suggested(observer)
    observer.finish()

    enforcer = postern(recorder.path, web=done.stdout).start()
    enforced = [one for client in names()
                for one in replay(enforcer, recorder, client)]
    assert [(sent["what"], before, after)
            for (sent, before), (_, after) in zip(observed, enforced)
            if before != after] == []


@pytest.mark.parametrize("client", names())
def test_no_other_operation_passes(postern, recorder, client):
    observer = postern(recorder.path, web=OBSERVE_ROOT).start()
    replay(observer, recorder, client)
    text = suggested(observer)
    observer.finish()
    seen = {line["operation"] for line in observer.log("decision")
            if "operation" in line}

    enforcer = postern(recorder.path, web=text).start()
    others = [name for name in known_operations() if name not in seen
              and not name.endswith("Libpod")]
    assert len(others) > 30
    with Judged(enforcer, recorder) as judged:
        for name in others:
            method, target = request_line(name).split(" ", 1)
            assert judged.ask(f"{method} {target}").status == 403, name
