# SPDX-License-Identifier: MIT
"""Doors that observe: what they would deny passes and is told, and what can
give root on the host does not pass all the same."""

import json

import pytest

from api import Api
from program import run
from wait import wait_until

OBSERVE = "[profile]\nmode = observe\n"
CREATE = "POST /containers/create"


@pytest.fixture
def observe(serve):
    """observe(TEXT): such a door, with more in its profile."""
    def make(text="", head=OBSERVE):
        program = serve(head + text)
        api = Api(program.door())
        api.program = program
        return api

    return make


def decision(api, operation):
    """The only one about the operation, once it is there."""
    api.program.wait_log("decision", operation=operation)
    line, = api.program.log("decision", operation=operation)
    return line


def test_what_would_be_denied_passes_and_is_told(observe, recorder):
    api = observe()
    assert api("POST /containers/web/stop").status == 200
    line = decision(api, "ContainerStop")
    assert line["level"] == "notice"
    assert line["verdict"] == "would-deny"
    assert line["reason"] == "not-allowed"
    assert line["hint"] == "[allow] operation = ContainerStop"
    assert recorder.link().requests[0].target == "/containers/web/stop"


def test_what_is_missing_is_told_line_by_line(observe, recorder):
    api = observe("[allow]\noperation = ContainerCreate\n"
                  "[container]\nimage = httpd\n")
    body = {"Image": "nginx:1", "HostConfig": {
        "Binds": ["/srv/web:/web:ro"], "Privileged": False}}
    assert api(CREATE, body).status == 200
    line = decision(api, "ContainerCreate")
    assert line["verdict"] == "would-deny"
    assert line["reason"] == "field"
    assert line["field"] == "Image"
    assert line["hint"] == (
        "[container] image = docker.io/library/nginx:1\n"
        "[container] bind = /srv/web:ro")
    needs = [need["line"] for need in api.program.log("need")]
    assert needs == line["hint"].split("\n")
    # It is written anew, as what was judged.
    sent, = [request for request in recorder.link().requests
             if request.method == "POST"]
    assert json.loads(sent.body) == {
        "Image": "docker.io/library/nginx:1",
        "HostConfig": {"Binds": ["/srv/web:/web:ro"], "Privileged": False}}


def test_what_is_allowed_is_told_with_what_it_needs(observe):
    api = observe("[allow]\noperation = ContainerCreate ContainerList\n")
    assert api("GET /containers/json").status == 200
    assert decision(api, "ContainerList")["verdict"] == "allow"
    assert api(CREATE, {"Image": "nginx"}).status == 200
    assert decision(api, "ContainerCreate")["verdict"] == "allow"
    need, = api.program.log("need")
    assert need["level"] == "info"
    assert need["profile"] == "web"
    assert need["operation"] == "ContainerCreate"
    assert need["line"] == \
        "[container] image = docker.io/library/nginx:latest"


ROOT = {
    "privileged": {"HostConfig": {"Privileged": True}},
    "a capability": {"HostConfig": {"CapAdd": ["SYS_ADMIN"]}},
    "the host's root": {"HostConfig": {"Binds": ["/:/host:ro"]}},
    "the daemon's socket": {"HostConfig": {"Mounts": [{
        "Type": "bind", "Source": "/var/run/docker.sock",
        "Target": "/s", "ReadOnly": True}]}},
    "to write to the host": {"HostConfig": {"Binds": ["/srv:/srv"]}},
    "its processes": {"HostConfig": {"PidMode": "host"}},
    "what no line allows": {"HostConfig": {"VolumesFrom": ["db"]}},
    "a field that nobody knows": {"HostConfig": {"Xyz": 1}},
}


@pytest.mark.parametrize("name", ROOT)
def test_what_can_give_root_stays_refused(observe, recorder, name):
    api = observe()
    body = {"Image": "nginx", **ROOT[name]}
    assert api(CREATE, body).status == 403
    line = decision(api, "ContainerCreate")
    assert line["verdict"] == "deny"
    assert b"POST" not in recorder.heard(api.sock)


@pytest.mark.parametrize("name", ROOT)
def test_what_can_give_root_passes_where_that_is_said(observe, name):
    api = observe("observe-root = yes\n")
    body = {"Image": "nginx", **ROOT[name]}
    assert api(CREATE, body).status == 200
    assert decision(api, "ContainerCreate")["verdict"] == "would-deny"


def test_operations_that_can_give_root_stay_refused(observe):
    api = observe()
    assert api("POST /containers/web/checkpoints").status == 403
    assert decision(api, "CheckpointCreate")["reason"] == "root-equivalent"
    assert api("POST /containers/web/kill").status == 200


def test_deny_holds(observe):
    api = observe("observe-root = yes\n[deny]\noperation = ContainerKill\n"
                  "request = GET /containers/db/json\n")
    assert api("POST /containers/web/kill").status == 403
    assert decision(api, "ContainerKill")["reason"] == "denied"
    assert api("GET /containers/db/json").status == 403
    assert api("GET /containers/web/json").status == 200


def test_nothing_else_is_let_through(observe):
    """What is malformed, what is no operation, and what is too large."""
    api = observe("observe-root = yes\n[limits]\nbody = 1000\n")
    assert api("GET /nothing").status == 403
    assert api(CREATE, {"Image": 1}).status == 400
    assert api(CREATE, {"Image": "x" * 1000}).status == 413
    assert api("GET /containers//json").status == 400
    assert api("GET /containers/json").status == 200


def test_an_archive_is_filtered_all_the_same(observe):
    api = observe()
    fields = ("Content-Type: application/x-tar",)
    assert api("PUT /containers/web/archive?path=/srv", b"no archive" * 100,
               *fields).status == 403
    assert api.program.log("refused", reason="archive") or \
        api.program.wait_log("refused")
    assert api("PUT /containers/web/archive?path=/srv", bytes(1024),
               *fields).status == 200
    assert {need["line"] for need in api.program.log("need")} == \
        {"[container] archive = /srv"}


def test_every_start_and_reload_says_which_doors_observe(
        postern, recorder):
    program = postern(recorder.path, web=OBSERVE,
                      db=OBSERVE + "observe-root = yes\n",
                      strict="[profile]\nmode = enforce\n").start()
    lines = {line["profile"]: line for line in program.log("door-observes")}
    assert set(lines) == {"web", "db"}
    assert lines["web"]["level"] == "warning"
    assert lines["web"]["why"] == "what it would deny passes"
    assert lines["db"]["why"] == "what it would deny passes, root included"
    program.profile("web", "[allow]\noperation = SystemPing\n")
    done = run("reload", "--directory", program.directory)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: len(program.log("door-observes")) == 3, "a reload")
    assert program.log("door-observes")[2]["profile"] == "db"


def test_check_says_so(home):
    (home / "web.ini").write_text(OBSERVE)
    (home / "db.ini").write_text(OBSERVE + "observe-root = yes\n")
    (home / "strict.ini").write_text("[profile]\nmode = enforce\n")
    done = run("check", "--profiles", home)
    assert done.returncode == 0
    assert done.stdout.count("note         it observes") == 2
    said = {one["name"]: one for one in json.loads(run(
        "check", "--json", "--profiles", home).stdout)["profiles"]}
    assert {name: one["observes"] for name, one in said.items()} == \
        {"web": True, "db": True, "strict": False}
    assert said["web"]["reach"] == "changes what others own"
    assert said["db"]["reach"] == "root on the host"
    assert any(note.startswith("it observes, root included")
               for note in said["db"]["notes"])
    done = run("check", "--no-root", "--profiles", home)
    assert done.returncode == 4
    assert done.stderr == "postern: db can reach root on the host\n"


@pytest.mark.parametrize("line, body, observed", [
    ("GET /containers/json", None, "pass"),
    ("POST /containers/web/kill", None, "deny"),
    ("POST /session", None, "deny"),
    ("GET /nothing", None, "deny"),
    (CREATE, {"Image": "nginx", "HostConfig": {"CapAdd": ["NET_ADMIN"]}},
     "pass"),
    (CREATE, {"Image": "nginx", "HostConfig": {"CapAdd": ["SYS_ADMIN"]}},
     "deny"),
    ("GET /_ping", None, None),
])
def test_explain_says_what_comes_of_it(home, line, body, observed):
    (home / "web.ini").write_text(
        OBSERVE + "[allow]\noperation = SystemPing ContainerCreate\n"
        "[deny]\noperation = ContainerKill\n")
    given = {} if body is None else {"input": json.dumps(body)}
    command = ["explain", "web", *line.split(), "--profiles", home]
    said = json.loads(run(*command, "--json", **given).stdout)
    assert said["observed"] == observed
    assert said["verdict"] == ("deny" if observed else "allow")
    last = run(*command, **given).stdout.splitlines()[-1]
    assert last.startswith("but the profile observes: it ") == bool(observed)
    if observed:
        assert last.endswith("passes, and is logged") == (observed == "pass")
