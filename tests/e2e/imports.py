# SPDX-License-Identifier: MIT
"""What profiles allow that "postern import" made, and targets to ask about."""

import json
import re

from program import run
from test_documentation import documented_operations

HEX = "0123456789abcdef" * 4

# What may stand for an object in a path.
NAMES = {"id": ["web-1.a_b", "X1", HEX, HEX[:12]],
         "name": ["nginx", "ghcr.io/acme/web:1.0", "a/b", HEX],
         "any": []}


def operations():
    """{name: (method, path)} of all but OPTIONS, which takes any path."""
    return {name: (method, path) for name, _, _, method, path
            in documented_operations() if method != "OPTIONS"}


def fill(path, names):
    """A path with names for its parameters; each is as many as there are."""
    if "{" not in path:
        return [path]
    kind = re.search(r"\{(\w+)\}", path)[1]
    if "/exec/" in path and not path.endswith("/exec"):
        return [path.replace("{id}", HEX)]
    return [re.sub(r"\{\w+\}", name, path) for name in names[kind]]


def targets(path, names=None, docker="/v1.41", podman="/v4.3.1"):
    version = podman if path.startswith("/libpod/") else docker
    return [version + one for one in fill(path, names or NAMES)]


def imported(*arguments, **options):
    """The profile, which must be all right; and the warnings."""
    done = run("import", *arguments, **options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("; ")
    return done.stdout, done.stderr


def allowed(home, texts):
    """{name: (set of operations that a profile allows whole, set of those
    that it allows in part)}."""
    folder = home / "imported"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.ini").write_text(text)
    done = run("check", "--json", "--profiles", folder)
    assert (done.returncode, done.stderr) == (0, "")
    return {one["name"]: (set(one["allows"]), set(one["allows_some"]))
            for one in json.loads(done.stdout)["profiles"]}
