# SPDX-License-Identifier: MIT
"""postern import wollomatic, cetusguard, knrdl, sockguard: against a model of
each proxy that is made of Python's own expressions, asked with samples."""

import re

import pytest

from imports import HEX, NAMES, allowed, fill, imported, operations
from program import run

DOCKER = ["", "/v1.24", "/v1.41", "/v1.51"]
PODMAN = ["/v3.4.4", "/v4.3.1", "/v5.0.0"]
QUERIES = ["", "?all=1", "?filters=%7B%7D", "?signal=USR1", "?a=b"]


class Model:
    """rules: [(methods or None, expression, allow)]; the first decides."""

    def __init__(self, rules, clean=False, versionless=False, query=False):
        self.rules = [(methods, re.compile(expression, re.ASCII), allow)
                      for methods, expression, allow in rules]
        self.clean, self.versionless = clean, versionless
        self.queries = QUERIES if query else [""]

    def allows(self, method, target):
        if self.versionless:
            target = re.sub(r"^/v\d[\d.]*(?=/)", "", target)
        if self.clean or self.versionless:
            target = target.rstrip("/")
        return next((allow for methods, expression, allow in self.rules
                     if (methods is None or method in methods)
                     and expression.search(target)), False)

    def all(self, method, path, names, versions):
        """Whether all samples of a version are let through."""
        return any(all(self.allows(method, version + one + query)
                       for one in fill(path, names)
                       for query in self.queries)
                   for version in versions)

    def any(self, method, path, versions):
        return any(self.allows(method, version + one + query)
                   for version in versions for one in fill(path, NAMES)
                   for query in self.queries)


def pythons(expression):
    """The same, as Python writes it."""
    expression = re.sub(r"^\(\?i\)(.*)", r"(?i:\1)", expression)
    return expression.replace("[:alnum:]", "a-zA-Z0-9")


def wollomatic(flags):
    rules = [({flag[6:].partition("=")[0]},
              f"^{pythons(flag.partition('=')[2])}$", True) for flag in flags]
    return Model(rules)


CETUS_BUILTIN = [
    ({"GET", "HEAD"}, r"^(/v\d+(\.\d+)*)?/_ping$", True),
    ({"GET", "HEAD"}, r"^/v\d+(\.\d+)*/libpod/_ping$", True),
    ({"GET"}, r"^(/v\d+(\.\d+)*)?/(version|info)$", True),
    ({"GET"}, r"^/v\d+(\.\d+)*/libpod/(version|info)$", True)]


def knrdl(text):
    rules = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            method, target = line.split(None, 1)
            methods = {one for one in ("GET", "HEAD", "POST", "PUT", "DELETE")
                       if re.search(f"^{method}$", one)}
            rules.append((methods, f"^{target}$", True))
    return Model(rules, query=True)


def glob(path):
    return "^" + "".join(
        {"/**": "(/.*)?", "**": ".*", "*": "[^/]*"}.get(
            piece, re.escape(piece))
        for piece in re.split(r"(/\*\*|\*\*|\*)", path)) + "$"


def sockguard(rules):
    return Model([(None if method == "*" else set(method.split(",")),
                   glob(path), action == "allow")
                  for method, path, action in rules], versionless=True)


def sockguard_text(rules):
    return "rules:\n" + "".join(
        f"  - match: {{ method: \"{method}\", path: \"{path}\" }}\n"
        f"    action: {action}\n" for method, path, action in rules)


WOLLOMATIC = {
    "traefik": [r"-allowGET=/v1\..{1,2}/(version|containers/.*|events.*)",
                "-allowHEAD=/_ping"],
    "dozzle": [r"-allowGET=/v1\..{2}/(containers/.*|events)|/_ping"],
    "watchtower": [r"-allowGET=/v1\..{2}/(containers/.*|images/.*)",
                   r"-allowPOST=/v1\..{2}/(containers|images|networks)/.*",
                   r"-allowDELETE=/v1\..{2}/(containers|images)/.*",
                   "-allowHEAD=/_ping"],
    "from_variables": [r"-allowGET=(/v[\d.]+)?/(containers|images)(/.*)?"],
    "all": ["-allowGET=.*", "-allowPOST=.*", "-allowPUT=.*",
            "-allowDELETE=.*", "-allowHEAD=.*"],
    "bar": ["-allowPOST=/containers/create|stop", "-allowGET=/info|/version"],
    "no_version": ["-allowGET=/containers/json", "-allowGET=/version"],
    "only_one_version": [r"-allowGET=/v1\.41/(info|volumes)"],
    "one_container": [r"-allowPOST=(/v1\.\d+)?/containers/(web|db-.*)/"
                      r"(start|stop)"],
    "folded": [r"-allowGET=(?i)/V1\.\d+/INFO"],
    "classes": [r"-allowGET=/v1\.\d{2}/containers/[[:alnum:]_.-]+/json"],
    "words": [r"-allowGET=/v1\.\d+/volumes/\w+"],
    "podman": [r"-allowGET=/v\d+\.\d+\.\d+/libpod/(pods|containers)/json"],
}

CETUSGUARD = {
    "builtin": ("", []),
    "podman": (
        "GET,HEAD,POST %API_PREFIX_LIBPOD_CONTAINERS%(/.*)?\n",
        [({"GET", "HEAD", "POST"},
          r"^/v\d+(\.\d+)*/libpod/containers(/.*)?$", True)]),
    "sections": (
        "GET,HEAD,POST,PUT,DELETE %API_PREFIX_CONTAINERS%(/.*)?\n"
        "GET %API_PREFIX_DEBUG%/pprof\n",
        [({"GET", "HEAD", "POST", "PUT", "DELETE"},
          r"^(/v\d+(\.\d+)*)?/containers(/.*)?$", True),
         ({"GET"}, r"^(/v\d+(\.\d+)*)?/debug/pprof$", True)]),
    "inert_query": (
        "GET %API_PREFIX_CONTAINERS%/json(\\?.*)?\n",
        [({"GET"}, r"^(/v\d+(\.\d+)*)?/containers/json(\?.*)?$", True)]),
    "names": (
        "! comment\nDELETE %API_PREFIX_VOLUMES%/%VOLUME_NAME%\n"
        "POST %API_PREFIX_CONTAINERS%/%CONTAINER_NAME%/stop\n",
        [({"DELETE"}, r"^(/v\d+(\.\d+)*)?/volumes/[a-zA-Z0-9][\w.-]+$",
          True),
         ({"POST"}, r"^(/v\d+(\.\d+)*)?/containers/[a-zA-Z0-9][\w.-]+/stop$",
          True)]),
}

V = r"(v\d+\.\d+/)?"
KNRDL = {
    "readonly": "(GET|HEAD) /.*\n",
    "unprotected": "[A-Z]+ /.*\n",
    "traefik": "\n".join([
        r"GET /v\d+\.\d+/containers/json(\?.+)?",
        r"GET /v\d+\.\d+/containers/[0-9a-fA-F]+/json",
        r"GET /v\d+\.\d+/events\?filters=%7B%7D",
        r"GET /v\d+\.\d+/version"]),
    "portainer": "\n".join([
        "HEAD /_ping", "# comment",
        rf"GET /{V}(_ping|events|images|info|volumes)(\?.*|/.*)?",
        rf"DELETE /{V}(containers|images|networks)(\?.*|/.*)?"]),
}

SOCKGUARD = {
    "traefik": [("GET", "/_ping", "allow"), ("HEAD", "/_ping", "allow"),
                ("GET", "/containers/**", "allow"),
                ("GET", "/networks/**", "allow"), ("*", "/**", "deny")],
    "order": [("*", "/containers/*/exec", "deny"),
              ("*", "/containers/**", "allow"), ("GET", "/info", "allow"),
              ("*", "/**", "deny"), ("GET", "/version", "allow")],
    "pieces": [("GET,HEAD", "/images/**/json", "allow"),
               ("POST", "/containers/*/st*", "allow"),
               ("GET", "/libpod/**", "allow")],
    "denied": [("POST", "/containers/secret*/**", "deny"),
               ("POST", "/containers/**", "allow")],
}


def cases():
    for name, flags in WOLLOMATIC.items():
        yield f"wollomatic-{name}", ["wollomatic", "--", *flags], None, \
            wollomatic(flags)
    for name, (text, rules) in CETUSGUARD.items():
        yield f"cetusguard-{name}", ["cetusguard"], ("rules", text + "!\n"), \
            Model(CETUS_BUILTIN + rules, clean=True)
    for name, text in KNRDL.items():
        yield f"knrdl-{name}", ["knrdl"], ("profile", text), knrdl(text)
    for name, rules in SOCKGUARD.items():
        yield f"sockguard-{name}", ["sockguard"], \
            ("rules.yaml", sockguard_text(rules)), sockguard(rules)


CASES = {name: rest for name, *rest in cases()}


def shown(text, section):
    """The request lines of a section, each with samples for its globs:
    [(method, paths)]."""
    lines = text.partition(f"\n[{section}]\n")[2].partition("\n[")[0]
    return [(method, [path.replace("*", sample)
                      for sample in ("x", "1", "a-B_2.c")])
            for method, path in re.findall(
                r"^request = (\w+) (.*)$", lines, re.M)]


@pytest.mark.parametrize("name", CASES)
def test_operations_are_those_of_the_rules(home, name):
    arguments, file, model = CASES[name]
    if file is not None:
        (home / file[0]).write_text(file[1])
        arguments = [*arguments, home / file[0]]
    text, _ = imported(*arguments)
    whole, part = allowed(home, {"a": text})["a"]

    def versions_of(path):
        if not path.startswith("/libpod/"):
            return DOCKER
        return [*PODMAN, ""] if path == "/libpod/_ping" else PODMAN

    for operation, (method, path) in operations().items():
        versions = versions_of(path)
        let = model.all(method, path, NAMES, versions)
        by_id = "{" in path and "/volumes/" not in path and model.all(
            method, path, {"id": [HEX], "name": [HEX], "any": []}, versions)
        some = model.any(method, path, versions)
        reads = method in ("GET", "HEAD") and model.queries != [""]
        if operation in whole:
            assert let or by_id or (reads and some), operation
        elif operation not in part:
            assert not let and not by_id, operation
            # What passed at least for some is told.
            assert not some or re.search(rf"; .*\b{operation}:", text), \
                operation
    for section, wanted in (("allow", True), ("deny", False)):
        for method, paths in shown(text, section):
            for path in paths:
                assert any(model.allows(method, version + path)
                           for version in versions_of(path)) == wanted, path


# What comes of the published examples, in full.
EXACT = {
    "wollomatic-traefik": """
        ContainerList ContainerInspect ContainerTop ContainerLogs
        ContainerChanges ContainerExport ContainerStats
        ContainerAttachWebsocket ContainerArchive SystemVersion
        SystemPingHead SystemEvents CheckpointList""",
    "wollomatic-one_container": "~ContainerStart ~ContainerStop",
    "wollomatic-folded": "SystemInfo",
    "wollomatic-no_version": "ContainerList SystemVersion",
    "cetusguard-builtin": """
        SystemInfo SystemVersion SystemPing SystemPingHead SystemPingLibpod
        SystemPingHeadLibpod SystemInfoLibpod SystemVersionLibpod""",
    "knrdl-traefik":
        "ContainerList ContainerInspect SystemVersion SystemEvents",
    "sockguard-traefik": """
        ContainerList ContainerInspect ContainerTop ContainerLogs
        ContainerChanges ContainerExport ContainerStats
        ContainerAttachWebsocket ContainerArchive NetworkList NetworkInspect
        SystemPing SystemPingHead CheckpointList""",
}


@pytest.mark.parametrize("name", EXACT)
def test_published_examples(home, name):
    arguments, file, _ = CASES[name]
    if file is not None:
        (home / file[0]).write_text(file[1])
        arguments = [*arguments, home / file[0]]
    whole, part = allowed(home, {"a": imported(*arguments)[0]})["a"]
    assert whole | {f"~{one}" for one in part} == set(EXACT[name].split())


# Requests that a door must let through, and the nearest that it must not.
TRIED = {
    "wollomatic-one_container": (
        ["POST /containers/web/stop", "POST /containers/db-1/start"],
        ["POST /containers/web2/stop", "POST /containers/db/start"]),
    "sockguard-denied": (
        ["POST /containers/web/stop", "POST /containers/secre/stop"],
        ["POST /containers/secret/stop", "POST /containers/secrets/stop"]),
}


@pytest.mark.parametrize("name", TRIED)
def test_single_objects(home, name):
    arguments, file, _ = CASES[name]
    if file is not None:
        (home / file[0]).write_text(file[1])
        arguments = [*arguments, home / file[0]]
    (home / "p").mkdir()
    (home / "p" / "web.ini").write_text(imported(*arguments)[0])
    for verdict, lines in zip(("allow", "deny"), TRIED[name]):
        for line in lines:
            done = run("explain", "web", *line.split(), "--profiles",
                       home / "p")
            assert f": {verdict} " in done.stdout, done.stdout


def test_remarks(home):
    """What the old rules let through without meaning to is told."""
    text, _ = imported("wollomatic", "--", r"-allowGET=/v1\.41/(info|version)"
                       "|/_ping", "-allowGET=/containers/.*")
    flat = " ".join(line[1:].strip() for line in text.splitlines()
                    if line.startswith(";"))
    for part in ("its '|' is outside of parentheses",
                 "compared by their beginning only: GET /v1.41/infoXYZ",
                 "dot segments: GET /", "carry content out",
                 "did not pass with all versions"):
        assert part in flat, part
    text, _ = imported("wollomatic", "--", "-allowGET=/v1\\.[0-9]+/info")
    assert "dot segments" not in text and "beginning only" not in text


def test_rules_that_are_too_large(home):
    """What is not known is not allowed, and told once."""
    (home / "x").write_text("GET /info\n"
                            "GET /.*(a|b|[c-z0-9])*a.{14}[/a-z]*z.*\n"
                            "GET /.*[a-m].{20}\n")
    text, warnings = imported("knrdl", home / "x")
    whole, part = allowed(home, {"a": text})["a"]
    assert len(warnings.splitlines()) < 20
    left = next(line for line in warnings.splitlines() if "too large" in line)
    assert "ContainerInspect" in left
    assert not (whole | part) & set(left.split())


COMMAND = """
services:
  proxy:
    image: ghcr.io/wollomatic/socket-proxy:1
    command:
      - '-allowGET=/(info|version)$$'
      - '-allowHEAD=${HEAD}'
    environment:
      SP_ALLOW_GET: /_ping
      SP_ALLOW_POST: /containers/[^/]+/stop
  app:
    image: app
"""


def test_compose_files_with_a_command(home):
    path = home / "compose.yml"
    path.write_text(COMMAND)
    text, warnings = imported("wollomatic", path)
    whole, part = allowed(home, {"a": text})["a"]
    assert (whole, part) == (
        {"SystemInfo", "SystemVersion", "ContainerStop"}, set())
    assert warnings.startswith(f"{path}:7: left out: ")
    path.write_text(COMMAND.replace("    command:\n", "    command: >-\n")
                    .replace("      - '-", "      '-"))
    text, warnings = imported("wollomatic", path)
    # As one text it is not known at all, with ${HEAD} in it.
    assert allowed(home, {"a": text})["a"][0] == {"ContainerStop",
                                                  "SystemPing"}
    assert "${...}" in warnings
