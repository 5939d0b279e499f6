# SPDX-License-Identifier: MIT
"""Each field and parameter that the API is known to have (schema.tsv), alone,
through a door whose profile says next to nothing: it arrives, or it is
refused and nothing arrives; none is dropped unseen. All that arrives is on
data/harmless.txt, which people have read."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from judged import Judged, archive, completed, meaning, without_ignored
from profiles import INSPECTED
from schema import alone, merged, rows

HARMLESS = Path(__file__).parent / "data/harmless.txt"

# The least with which each operation that is looked into can pass.
LEAST = """
[allow]
operation = *

[container]
bind    = /srv/app
network = web
archive = /tmp

[exec]
command = ["true"]

[image]
push = busybox
tag  = busybox
load = yes

[plugin]
name = busybox

[swarm]
address = 10.0.0.1:2377
remote  = 10.0.0.2:2377
"""

SERVICE = {"TaskTemplate": {"ContainerSpec": {"Image": "busybox"}}}
SWARM = {"ListenAddr": "10.0.0.1:2377"}
MOUNT = {"Type": "volume", "Target": "/x"}
BIND = {"Type": "bind", "Source": "/srv/app", "ReadOnly": True}

# What must be there as well, for a request to be one at all: of all of an
# operation's, or of those whose path begins so.
BODIES = {
    "ContainerCreate": {"Image": "busybox"},
    "ContainerCreate HostConfig.Mounts[]":
        {"HostConfig": {"Mounts": [MOUNT]}},
    "ContainerCreate HostConfig.Mounts[].TmpfsOptions":
        {"HostConfig": {"Mounts": [{"Type": "tmpfs"}]}},
    "ContainerCreate HostConfig.Mounts[].BindOptions":
        {"HostConfig": {"Mounts": [BIND]}},
    "ContainerCreate HostConfig.Ulimits[]":
        {"HostConfig": {"Ulimits": [{"Name": "nofile"}]}},
    "ContainerCreate HostConfig.LogConfig":
        {"HostConfig": {"LogConfig": {"Type": "local"}}},
    "ContainerExec": {"Cmd": ["true"]},
    "NodeUpdate": {"Role": "worker"},
    "ServiceCreate": SERVICE,
    "ServiceUpdate": SERVICE,
    "SwarmInit": SWARM,
    "SwarmJoin": {**SWARM, "RemoteAddrs": ["10.0.0.2:2377"]},
}
for operation in ("ServiceCreate", "ServiceUpdate"):
    container = f"{operation} TaskTemplate.ContainerSpec"
    for path, member in (
            ("Mounts[]", {"Mounts": [MOUNT]}),
            ("Mounts[].BindOptions", {"Mounts": [BIND]}),
            ("Mounts[].TmpfsOptions", {"Mounts": [{"Type": "tmpfs"}]}),
            ("Ulimits[]", {"Ulimits": [{"Name": "nofile"}]})):
        BODIES[f"{container}.{path}"] = {
            "TaskTemplate": {"ContainerSpec": member}}
    BODIES[f"{operation} TaskTemplate.LogDriver"] = {
        "TaskTemplate": {"LogDriver": {"Name": "local"}}}
    BODIES[f"{operation} TaskTemplate.Networks[]"] = {
        "TaskTemplate": {"Networks": [{"Target": "web"}]}}
    BODIES[f"{operation} Networks[]"] = {"Networks": [{"Target": "web"}]}

QUERIES = {
    "ImageCreate": {"fromImage": "busybox"},
    "ImageTag": {"repo": "busybox"},
    "PluginPull": {"remote": "busybox"},
    "PluginUpgrade": {"remote": "busybox"},
    "PutContainerArchive": {"path": "/tmp"},
}

# Operations whose body is a stream.
STREAMS = {"ImageBuild", "ImageCreate", "ImageLoad", "PutContainerArchive"}

# Those that mean nothing, and those that somewhere mean much.
STRINGS = ["x", "0", "/x", "host", "true", "a=b"]
NUMBERS = [1, -1]
VALUES = {"string": STRINGS, "strings": STRINGS, "map": STRINGS,
          "int": NUMBERS, "ints": NUMBERS}


def needed(row):
    body = {}
    for begins, part in BODIES.items():
        operation, _, path = begins.partition(" ")
        if operation == row.operation and row.path.startswith(path):
            body = merged(body, part)
    return body


def with_id(line):
    return line.replace("/exec/web/", f"/exec/{64 * '0'}/")


def judge_body(judged, row, value):
    """Send it; returns the answer and what it was."""
    line, body = alone(row, needed(row), value)
    query = urlencode(QUERIES.get(row.operation, {}))
    if query:
        line += "?" + query
    return judged.ask_json(with_id(line), body), body


def judge_query(judged, row):
    line, _ = alone(row, QUERIES.get(row.operation))
    if row.operation in STREAMS:
        return judged.ask(with_id(line), "Content-Type: application/x-tar",
                          body=archive(["x"])), line
    body = needed(row) if any(rows(row.operation, "body")) else None
    return judged.ask_json(with_id(line), body), line


def compare(found, where):
    """All that was found is on the list, and the list has no more."""
    lines = HARMLESS.read_text(encoding="ascii").splitlines()
    listed = {line for line in lines if line and not line.startswith("#")
              and (" ?" in line) == (where == "query")}
    assert sorted(found - listed) == [], "it passes, and is not on the list"
    assert sorted(listed - found) == [], "it is on the list, and is refused"


def test_a_field_arrives_or_is_refused(serve, recorder):
    fields = [row for row in rows(where="body") if row.operation in INSPECTED]
    with Judged(serve(LEAST), recorder) as judged:
        answered = [(row, value, *judge_body(judged, row, value))
                    for row in fields
                    for value in VALUES.get(row.type, [None])]
        arrived = judged.arrived()
    passed = {}
    for row, value, answer, body in answered:
        if answer.status != 200:
            assert answer.status in (400, 403), (row, value, answer)
            assert answer.number not in arrived
            continue
        got = json.loads(arrived.pop(answer.number).body)
        arrives = without_ignored(body, row.operation)
        assert meaning(got) == completed(arrives, row.operation), row
        if arrives == meaning(body):
            passed.setdefault(row, []).append(value)
    assert not arrived
    found = set()
    for row, values in passed.items():
        line = f"{row.operation} {row.path}"
        if values != VALUES.get(row.type, [None]):
            line += ": " + " ".join(map(str, values))
        found.add(line)
    compare(found, "body")


def test_a_parameter_arrives_or_is_dropped_or_refused(serve, recorder):
    parameters = [row for row in rows(where="query")
                  if row.operation in INSPECTED]
    with Judged(serve(LEAST), recorder) as judged:
        answered = [(row, *judge_query(judged, row)) for row in parameters]
        arrived = judged.arrived()
    found = set()
    for row, answer, line in answered:
        if answer.status != 200:
            assert answer.status in (400, 403), (row, answer)
            assert answer.number not in arrived
            continue
        sent = parse_qsl(line.partition("?")[2], keep_blank_values=True)
        got = parse_qsl(arrived.pop(answer.number).target.partition("?")[2],
                        keep_blank_values=True)
        # No other is lost by it, and none comes to be.
        assert [pair for pair in sent if pair[0] != row.path] == \
            [pair for pair in got if pair[0] != row.path], row
        if row.path in dict(got):
            assert dict(got)[row.path] == dict(sent)[row.path]
            found.add(f"{row.operation} ?{row.path}")
    assert not arrived
    compare(found, "query")
