# SPDX-License-Identifier: MIT
"""postern import tecnativa, linuxserver: for each setting, an operation is
allowed if a real HAProxy with those proxies' rules lets all its samples
through, and else it is not; there is nothing in between. What is compared is
method and path: what postern makes of what is inside comes later."""

import random
import shutil

import pytest

import engine
from haproxy import RULES, VARIABLES, Haproxy
from imports import NAMES, allowed, imported, operations, targets
from program import run
from wire import Client, request

# Values that are on, and that are off, or seem to be something else.
ODD = ["2", "10", "-1", "01", "+1", "1abc", "1 ", "1.0", "0", "00", "", "true",
       "TRUE", "yes", "on", "enabled", " 1", "0x1", "0.5", "-", "-0"]


def settings():
    """[(kind, {variable: value})]"""
    rng = random.Random(2375)
    found = []
    for kind, names in VARIABLES.items():
        found += [(kind, {}), (kind, dict.fromkeys(names, "1")),
                  (kind, dict.fromkeys(names, "0"))]
        found += [(kind, {name: "1"}) for name in names]
        found += [(kind, {name: "1", "POST": "1"}) for name in names[::4]]
        found += [(kind, {name: "1" for name in names
                          if rng.random() < share})
                  for share in (.1, .3, .5, .8) for _ in range(5)]
        found += [(kind, {name: "0" for name in names
                          if rng.random() < .3}) for _ in range(3)]
    found += [("tecnativa", {"CONTAINERS": value, "POST": "1"})
              for value in ODD]
    found += [("linuxserver", {"CONTAINERS": "1", "POST": value,
                               "ALLOW_LOGS": value, "ALLOW_STOP": value})
              for value in ODD]
    return found


def env_file(path, values):
    path.write_text("".join(f'{name}="{value}"\n'
                            for name, value in values.items()))
    return path


@pytest.fixture
def haproxy(home):
    if shutil.which("haproxy") is None:
        if engine.must_not_skip():
            pytest.fail("nothing may be skipped here, but no haproxy")
        pytest.skip("no haproxy here")
    started = []

    def start(chosen):
        started.append(Haproxy(home, chosen))
        return started[0]

    yield start
    for one in started:
        one.stop()


PARTS = 4


def same_verdicts(home, haproxy, chosen):
    """Returns which operations were allowed at all."""
    proxy = haproxy(chosen)
    texts = {f"s{number}": imported(kind, env_file(home / "x.env", values))[0]
             for number, (kind, values) in enumerate(chosen)}
    verdicts = allowed(home, texts)
    rows = [(name, method, target) for name, (method, path)
            in operations().items() for target in targets(
                path, {"id": NAMES["id"][:2], "name": NAMES["name"][:2]})]
    # Of other versions, and without one.
    rows += [("ContainerList", "GET", "/containers/json"),
             ("ContainerStop", "POST", "/v1.24/containers/X/stop"),
             ("ImageDelete", "DELETE", "/images/a/b:c")]
    seen = set()
    for number, (kind, values) in enumerate(chosen):
        let = proxy.verdicts(
            number, [(method, target) for _, method, target in rows])
        whole, part = verdicts[f"s{number}"]
        assert part == set()
        wrong = [(row, passed) for row, passed in zip(rows, let)
                 if (row[0] in whole) != passed]
        assert not wrong, (kind, values, wrong[:5])
        seen |= whole
    return seen


@pytest.mark.parametrize("part", range(PARTS))
def test_verdicts_are_haproxys(home, haproxy, part):
    assert len(settings()) > 150
    seen = same_verdicts(home, haproxy, settings()[part::PARTS])
    # Nearly all that can be allowed was, by one or the other.
    assert len(seen) > 200


def test_doors_do_what_haproxy_does(home, haproxy, postern, recorder):
    chosen = [("tecnativa", {"CONTAINERS": "1", "IMAGES": "1"}),
              ("tecnativa", {"POST": "1", "VOLUMES": "1", "ALLOW_STOP": "1"}),
              ("linuxserver", {"ALLOW_START": "1", "CONTAINERS": "1",
                               "ALLOW_LOGS": "1"}),
              ("linuxserver", {"POST": "1", "LIBPOD_PODS": "1",
                               "NETWORKS": "1"})]
    proxy = haproxy(chosen)
    one = postern(recorder.path, **{
        f"s{number}": imported(kind, env_file(home / "x.env", values))[0]
        for number, (kind, values) in enumerate(chosen)}).start()
    rows = [(method, targets(path)[0])
            for method, path in operations().values()]
    for number in range(len(chosen)):
        let = proxy.verdicts(number, rows)
        for (method, target), passed in zip(rows, let):
            with Client(one.door(f"s{number}")) as client:
                answer = client.ask(request(method, target))
            # "does not allow X (...)", and not "does not allow X: field".
            denied = answer.status == 403 and (
                b" does not allow " in answer.body or method == "HEAD") and \
                b": " not in answer.body.partition(b" allow ")[2]
            assert denied != passed, (chosen[number], method, target,
                                      answer.raw)


def test_every_rule_of_both_is_tried():
    names = {kind: {name for one, values in settings() if one == kind
                    for name in values} for kind in RULES}
    assert names == {kind: set(known) for kind, known in VARIABLES.items()}


WARNED = {
    "unknown": ("tecnativa", "LOGS=1\nDELETE=1\n",
                ["x.env:1: LOGS: ", "x.env:2: DELETE: "]),
    "linuxservers_own": ("tecnativa", "ALLOW_LOGS=1\n", ["ALLOW_LOGS: "]),
    "true": ("tecnativa", "CONTAINERS=true\nEVENTS=yes\n",
             ["CONTAINERS=true is no number: to this proxy it is off",
              "EVENTS=yes is no number: to this proxy it is off"]),
    "beginning_with_a_number": (
        "tecnativa", "CONTAINERS=1x\n",
        ["CONTAINERS=1x is no number: to this proxy it is on"]),
    "actions_without_post": (
        "tecnativa", "ALLOW_START=1\n", ["ALLOW_START had no effect"]),
    "actions_without_post_elsewhere": ("linuxserver", "ALLOW_START=1\n", []),
    "without_a_value": ("tecnativa", "POST\n", ["POST: has no value"]),
    "socket": ("tecnativa", "SOCKET_PATH=/x\n", ["upstream"]),
    "of_no_meaning": ("tecnativa", "LOG_LEVEL=info\nDISABLE_IPV6=1\n", []),
    "lower_case": ("tecnativa", "containers=1\n", []),
}


@pytest.mark.parametrize("name", WARNED)
def test_warnings(home, name):
    kind, text, warnings = WARNED[name]
    (home / "x.env").write_text(text)
    profile, said = imported(kind, home / "x.env")
    assert len(said.splitlines()) == len(warnings)
    flat = " ".join(line[1:].strip() for line in profile.splitlines()
                    if line.startswith(";"))
    for warning in warnings:
        assert warning in said
        assert warning.partition(": ")[2].strip() in flat


COMPOSE = """
x-common: &common
  CONTAINERS: 1
services:
  app:
    image: example.com/app
    environment: [POST=1]
  proxy:
    image: ghcr.io/tecnativa/docker-socket-proxy:0.4
    environment:
      <<: *common
      IMAGES: "1"
      INFO: 0
      EVENTS: ${EVENTS:-0}
"""


def test_compose_files(home):
    path = home / "compose.yaml"
    path.write_text(COMPOSE)
    text, said = imported("tecnativa", path)
    whole, _ = allowed(home, {"a": text})["a"]
    assert {"ContainerList", "ImageList"} <= whole
    # What is filled in is not known; the default is the proxy's.
    assert "SystemEvents" in whole and "SystemInfo" not in whole
    assert "ContainerStart" not in whole
    assert said.startswith(f"{path}:14: EVENTS: ")
    whole, _ = allowed(home, {"a": imported("tecnativa", path, "app")[0]})["a"]
    assert "ContainerList" not in whole
    path.write_text(COMPOSE.replace("example.com/app",
                                    "tecnativa/docker-socket-proxy"))
    done = run("import", "tecnativa", path)
    assert done.returncode == 1 and "several services" in done.stderr
    path.write_text("services:\n  a:\n    environment:\n    - CONTAINERS=1\n")
    assert "ContainerList" in allowed(
        home, {"a": imported("tecnativa", path)[0]})["a"][0]


def test_the_environment(home):
    text, said = imported("tecnativa", env={"PATH": "/bin", "NETWORKS": "1"})
    assert said == ""
    whole, _ = allowed(home, {"a": text})["a"]
    assert whole >= {"NetworkList", "SystemEvents"}
    assert "NetworkCreate" not in whole and "ContainerList" not in whole


@pytest.mark.parametrize("arguments, status, word", [
    ([], 2, "tecnativa, linuxserver"), (["fly"], 2, "KIND"),
    (["knrdl"], 2, "FILE"), (["sockguard"], 2, "FILE"),
    (["tecnativa", "x", "y", "z"], 2, "FILE"),
    (["tecnativa", "--", "-x"], 2, "FILE"),
    (["tecnativa", "/nothing/x.env"], 1, "/nothing/x.env"),
])
def test_wrong_usage(arguments, status, word):
    done = run("import", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert word in done.stderr


@pytest.mark.parametrize("kind, name, text, word", [
    ("tecnativa", "x.env", "CONTAINERS: 1\n", "x.env:1: "),
    ("tecnativa", "x.env", "A=1\n\nA B\n", "x.env:3: "),
    ("tecnativa", "x.yaml", "a: [\n", "x.yaml:2: "),
    ("tecnativa", "x.yaml", "", "nothing is in it"),
    ("tecnativa", "x.yaml", "version: 3\n", "no services"),
    ("tecnativa", "x.yaml", 'services: {a: {environment: {"a\\0b": 1}}}\n',
     "NUL"),
    ("tecnativa", "x.env", "A=1\0\n", "NUL"),
    ("sockguard", "x.yaml", "listen: {}\n", "no list of rules"),
    ("wollomatic", "x", "-allowGET='/a\n", "quote"),
])
def test_what_cannot_be_read(home, kind, name, text, word):
    (home / name).write_text(text)
    done = run("import", kind, home / name)
    assert (done.returncode, done.stdout) == (1, "")
    assert word in done.stderr and name in done.stderr
