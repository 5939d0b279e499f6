# SPDX-License-Identifier: MIT
"""The fields and parameters of schema.tsv: as rows, and each one alone in a
request, with a value that no default could be mistaken for."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

DATA = Path(__file__).with_name("schema.tsv")
TABLE = Path(__file__).resolve().parents[2] / "policy/operation_table.c"

# In the place of a path's parameter.
NAMES = {"id": "web", "name": "busybox", "any": "x"}

# Keys of maps that a daemon reads as more than a name.
KEYS = {"EndpointsConfig": "bridge", "ExposedPorts": "1/tcp",
        "PortBindings": "1/tcp", "Tmpfs": "/x", "Volumes": "/x"}

# What is at the end of a row's path. An object gets a field that nobody
# knows: it shows whether what is in there is looked at.
UNKNOWN = {"x": "x"}
VALUES = {
    "bool": True, "int": 1, "float": 1.5, "string": "x", "object": UNKNOWN,
    "ints": 1, "strings": "x", "stringlists": "x", "objects": UNKNOWN,
    "map": "x", "set": {}, "mapobject": UNKNOWN, "mapobjects": UNKNOWN,
}


class Row(NamedTuple):
    operation: str
    where: str
    path: str
    type: str
    first: str
    last: str

    def __str__(self):
        return f"{self.operation} {self.where} {self.path}"

    @property
    def steps(self):
        """The path's names, and [] and {} between and after them."""
        return re.findall(r"[^.\[\]{}]+|\[\]|\{\}", self.path)

    @property
    def is_leaf(self):
        """Whether the value itself is there, and not an object's fields."""
        return VALUES[self.type] is not UNKNOWN


def rows(operation=None, where=None):
    """All rows, or those of one operation, or only body or query."""
    with open(DATA, encoding="ascii") as data:
        found = [Row(*line.rstrip("\n").split("\t"))
                 for line in data if not line.startswith("#")]
    return [row for row in found if operation in (None, row.operation)
            and where in (None, row.where)]


@cache
def request_line(operation):
    """An operation's method and path, with names for its parameters."""
    found = re.search(r'\{ "' + operation + r'", ([A-Z]+), "([^"]+)"',
                      TABLE.read_text(encoding="utf-8"))
    path = re.sub(r"\{(\w+)\}", lambda part: NAMES[part[1]], found[2])
    return f"{found[1]} {path}"


def merged(needed, given):
    """Both; where they differ, what is given."""
    if isinstance(needed, list) and isinstance(given, list) \
            and len(needed) == len(given) == 1:
        return [merged(needed[0], given[0])]
    if not (isinstance(needed, dict) and isinstance(given, dict)):
        return given
    both = {**needed, **given}
    for name in needed.keys() & given.keys():
        both[name] = merged(needed[name], given[name])
    return both


def value(row, built=None):
    """The row's value, or another, with all that is around it in the
    body."""
    if built is None:
        built = VALUES[row.type]
    for at, step in reversed(list(enumerate(row.steps))):
        if step == "[]":
            built = [built]
        elif step == "{}":
            built = {KEYS.get(row.steps[at - 1], "x"): built}
        else:
            built = {step: built}
    return built


def alone(row, needed=None, given=None):
    """A request with nothing but this field or parameter, and what is needed
    for it to be one at all, such as {"Image": "busybox"}: its method and
    target, and its body or None."""
    line = request_line(row.operation)
    if row.where == "body":
        return line, merged(needed or {}, value(row, given))
    text = given or {"bool": "1", "int": "1"}.get(row.type, "x")
    query = {**(needed or {}), row.path: text}
    return line + "?" + "&".join(
        f"{name}={quote(text, safe='')}" for name, text in query.items()), None
