# SPDX-License-Identifier: MIT
"""What real clients were seen to send to real daemons: tests/e2e/clients.

Each file there holds one client's requests, one JSON object a line; the
first line says which client and daemon it was. The keys of a request:

what    the command or call that sent it
method, target
type    its Content-Type, or null
body    the body's exact text, where it was JSON; "" where there was none
tar     instead of body: the members' names of a tar archive that was sent
other   instead of body: how another kind of body began
chunked true if the body came in chunks
empty   true if there was no body but a Content-Length of 0
fields  header fields that matter and that not every request has; the value
        is a list where one came several times
status  what the daemon answered, or null

To keep the files short, and to show what an option changes, a body that is
much like an earlier one is written as that: "as" is the key "is" of the
earlier request, and "but" has the values that differ, by their paths."""

import json
from pathlib import Path

CLIENTS = Path(__file__).with_name("clients")


def names():
    """The names of all clients recorded."""
    return sorted(path.stem for path in CLIENTS.glob("*.jsonl"))


def text(body):
    """JSON as Go's encoder writes it."""
    written = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written + "\n"


def changed(body, differences):
    """That JSON text with other values at some places in it."""
    body = json.loads(body)
    for path, value in differences.items():
        *folders, name = path.split(".")
        place = body
        for folder in folders:
            place = place[folder]
        assert name in place, path
        place[name] = value
    return text(body)


def of_client(name):
    """What one client sent, in the order in which it did."""
    bodies = {}
    lines = (CLIENTS / f"{name}.jsonl").read_text("utf-8").strip().split("\n")
    for line in lines[1:]:
        request = json.loads(line)
        if "as" in request:
            request["body"] = changed(bodies[request.pop("as")],
                                      request.pop("but"))
        if "is" in request:
            bodies[request.pop("is")] = request["body"]
        request["client"] = name
        yield request


def requests(client=None):
    """Every request recorded, or those of one client. Each is a dict with
    the keys above and "client"."""
    for name in [client] if client else names():
        yield from of_client(name)
