# SPDX-License-Identifier: MIT
"""What the manuals and README.md say, against the program and its sources:
what is there is documented, and what is documented is there."""

import json
import math
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import engine
from program import run

TOP = Path(__file__).resolve().parents[2]
README = TOP / "README.md"
MANUAL = TOP / "man" / "postern.8"
FORMAT = TOP / "man" / "postern.ini.5"


def part(path, heading):
    """A manual's section or subsection: its lines."""
    lines = path.read_text().splitlines()
    start = next(i for i, line in enumerate(lines, 1)
                 if line in (f".Sh {heading}", f".Ss {heading}"))
    ends = (".Sh",) if lines[start - 1][:3] == ".Sh" else (".Sh", ".Ss")
    end = next((i for i, line in enumerate(lines[start:], start)
                if line[:3] in ends), len(lines))
    return lines[start:end]


def items(lines, macro):
    """What is behind ".It MACRO" in these lines."""
    prefix = f".It {macro} "
    return [line[len(prefix):] for line in lines if line.startswith(prefix)]


def source(name):
    return (TOP / name).read_text()


# The manuals themselves.

@pytest.mark.parametrize("path", [MANUAL, FORMAT], ids=lambda p: p.name)
def test_mandoc_has_nothing_to_say(path):
    if shutil.which("mandoc") is None:
        if engine.must_not_skip():
            pytest.fail("nothing may be skipped here, but no mandoc")
        pytest.skip("no mandoc here")
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(path)],
        capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# Examples.

def examples(path):
    """The complete files in a document: {"NAME.ini": TEXT}. Each begins with
    a comment that is its path."""
    text = path.read_text()
    if path == README:
        blocks = re.findall(r"^```ini\n(.*?)^```$", text, re.M | re.S)
    else:
        blocks = re.findall(
            r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", text, re.M | re.S)
        blocks = [block for block in blocks if block.startswith("; /")]
    found = {}
    for block in blocks:
        name = re.match(r"; /\S+/([\w.-]+\.ini)\n", block)
        assert name, f"a block does not say which file it is:\n{block}"
        assert name[1] not in found, f"{name[1]} is there twice"
        found[name[1]] = block
    return found


@pytest.mark.parametrize("path, least", [(README, 5), (FORMAT, 6)],
                         ids=lambda value: getattr(value, "name", ""))
def test_examples_are_accepted(home, path, least):
    files = examples(path)
    assert len(files) >= least
    (home / "postern.ini").write_text(files.pop("postern.ini"))
    (home / "p").mkdir()
    for name, text in files.items():
        (home / "p" / name).write_text(text)
    done = run("check", "--json", "-c", home / "postern.ini",
               "--profiles", home / "p")
    assert (done.returncode, done.stderr) == (0, "")
    profiles = json.loads(done.stdout)["profiles"]
    assert {p["name"] + ".ini" for p in profiles} == set(files)
    for profile in profiles:
        assert profile["allows"], profile["name"]


def test_explained_requests_are_as_shown(home):
    """Each "postern explain" in README.md and postern(8), with what it
    prints."""
    (home / "look.ini").write_text(run("presets", "readonly").stdout)
    (home / "deploy.ini").write_text(examples(README)["deploy.ini"])
    shown = re.findall(r"^ *\$ postern explain (.*)\n((?:.*\n)*?)"
                       r" *to change that: (.*)\n",
                       README.read_text() + MANUAL.read_text(), re.M)
    assert len(shown) == 2
    for arguments, verdict, hint in shown:
        done = run("explain", *arguments.split(), "--profiles", home)
        assert done.stdout.splitlines() == [
            *(line.strip() for line in verdict.splitlines()),
            f"to change that: {hint}"]


def test_commands_in_examples_are_there():
    commands = help_commands()
    for path in (README, MANUAL):
        shown = re.findall(r"^(?: *[$#] | {4})postern (\w+)",
                           path.read_text(), re.M)
        assert shown
        assert set(shown) <= commands


# The command line.

def help_commands():
    text = run("--help").stdout.partition("Commands:\n")[2]
    return set(re.findall(r"^  (\w+) ", text.partition("Options:\n")[0],
                          re.M))


def test_commands():
    documented = {line.split()[0]
                  for line in items(part(MANUAL, "DESCRIPTION"), "Cm")}
    assert documented == help_commands() != set()


def test_options():
    options = re.findall(r"^ +(?:(-\w), )?(--[\w-]+)", run("--help").stdout,
                         re.M)
    options = {name for pair in options for name in pair if name}
    assert len(options) > 8
    lines = part(MANUAL, "DESCRIPTION")
    documented = {"-" + name for line in lines if line.startswith(".It Fl ")
                  for name in re.findall(r"Fl (-?[\w-]+)", line)}
    assert documented == options


def test_environment():
    variables = set(re.findall(
        r'"(POSTERN_[A-Z_]+|DOCKER_HOST|[A-Z]+_RUNTIME_DIR|[A-Z]+_STREAM)"',
        source("cmd/settings.c") + source("sockets/logger.c")))
    assert len(variables) > 7
    assert set(items(part(MANUAL, "ENVIRONMENT"), "Ev")) == variables


def test_exit_statuses():
    described = re.search(r"Exit status: (.*?)\n\n", run("--help").stdout,
                          re.S)[1]
    assert re.findall(r"^\.It (\d)$", "\n".join(part(MANUAL, "EXIT STATUS")),
                      re.M) == re.findall(r"\d", described)


# Files.

def documented_keys(heading):
    lines = "\n".join(part(FORMAT, heading))
    return {(section, key)
            for sections, text in re.findall(
                r"^\.Ss ((?:\[\w+\](?: and )?)+)$((?:\n(?!\.Ss).*)*)", lines,
                re.M)
            for section in re.findall(r"\w+(?=\])", sections)
            for key in re.findall(r"^\.It Ic ([\w-]+) = ", text, re.M)}


def test_settings():
    keys = set(re.findall(r'\[SETTING_\w+\] = \{\s*"(\w+)",\s*"([\w-]+)"',
                          source("policy/config.c")))
    assert len(keys) > 5
    assert documented_keys("SETTINGS") == keys


def test_profile_keys():
    keys = set(re.findall(
        r'\{\s*"(\w+)",\s*"([\w-]+)",\s*(?:read|rules|door_options)_',
        source("policy/profile.c")))
    assert len(keys) > 14
    documented = documented_keys("PROFILES")
    documented.remove(("deny", "root-equivalent"))  # "only in [allow]"
    assert documented == keys


@pytest.mark.parametrize("name, text, section", [
    ("LIMIT_HEAD_DEFAULT", "16K", "SETTINGS"),
    ("LIMIT_CONNECTIONS_DEFAULT", "1024", "PROFILES"),
    ("LIMIT_CONNECTIONS_MAX", "1000000", "PROFILES"),
    ("LIMIT_BODY_DEFAULT", "1M", "PROFILES"),
    ("LIMIT_BODY_MAX", "64M", "PROFILES"),
    ("LIMIT_SOCKET_PATH", "107", "PROFILES"),
    ("LIMIT_EXTENDS", "8", "PROFILES"),
    ("LIMIT_INI_LINE", "198", "DESCRIPTION"),
    ("LIMIT_INI_LINES", "65535", "DESCRIPTION"),
])
def test_limits(name, text, section):
    value = re.search(rf"^#define {name}\s+(.*)$", source("core/limits.h"),
                      re.M)[1]
    assert re.fullmatch(r"[\d()* ]+", value)
    units = {"K": 1 << 10, "M": 1 << 20}
    assert math.prod(map(int, re.findall(r"\d+", value))) == \
        int(text.rstrip("KM")) * units.get(text[-1], 1)
    assert re.search(rf"\b{text}\b", "\n".join(part(FORMAT, section)))


# Operations.

def documented_operations():
    """(name, group, root, method, path) of each row of the manual."""
    rows = []
    for line in part(FORMAT, "OPERATIONS"):
        if line.startswith(".Ss "):
            group = line[4:]
        elif line.startswith(".It "):
            name, root, request = re.fullmatch(
                r"\.It (\w+) Ta (root )?Ta (.*)", line).groups()
            rows.append((name, group, bool(root), *request.split()))
    return rows


def allow_all(rows):
    return "[allow]\noperation = *\n" + "".join(
        f"root-equivalent = {name}\n" for name, _, root, _, _ in rows if root)


def allowed_by(home, **profiles):
    """What "postern check" says of each: {name: set of operations}."""
    for name, text in profiles.items():
        (home / f"{name}.ini").write_text(text)
    done = run("check", "--json", "--profiles", home)
    assert done.returncode == 0, done.stderr
    return {p["name"]: p for p in json.loads(done.stdout)["profiles"]}


def test_operations(home):
    rows = documented_operations()
    names = re.findall(r'^\t\{ "(\w+)", [A-Z]+, "/',
                       source("policy/operation_table.c"), re.M)
    assert len(names) > 100
    assert sorted(row[0] for row in rows) == sorted(names)
    said = allowed_by(home, all=allow_all(rows))["all"]
    assert set(said["allows"]) == set(names)
    assert set(said["root"]) == {row[0] for row in rows if row[2]}


def test_operations_are_in_their_groups(home):
    rows = documented_operations()
    groups = {row[1] for row in rows}
    # Denying takes a group's root-equivalents too.
    said = allowed_by(home, **{
        group.replace(":", "-"):
        allow_all(rows) + f"[deny]\ngroup = {group}\n" for group in groups})
    every = {row[0] for row in rows}
    for group in groups:
        left = set(said[group.replace(":", "-")]["allows"])
        assert every - left == {row[0] for row in rows if row[1] == group}


@pytest.mark.parametrize("row", documented_operations(),
                         ids=lambda row: row[0])
def test_an_operation_is_what_its_path_means(row):
    name, _, _, method, path = row
    for parameter in ("{id}", "{name}", "{any}"):
        path = path.replace(parameter, "x1")
    done = run("explain", "--json", "readonly", method, path,
               "--profiles", "/nonexistent")
    assert json.loads(done.stdout)["operation"] == name


def test_presets_are_listed():
    names = set(run("presets", "--names").stdout.split())
    assert set(items(part(FORMAT, "PRESETS"), "Sy")) == names
    table = README.read_text().partition("\n## Presets\n")[2]
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| (.*) \|$",
                      table.partition("\n## ")[0], re.M)
    assert {name for name, _ in rows} == names
    for name, reach in rows:
        done = run("presets", name)
        root = "\nroot-equivalent = " in done.stdout
        assert (reach == "**root on the host**") == root, name


# Answers and the log.

def test_reasons():
    names = set(re.findall(
        r'case REASON_\w+:\s+return "([\w-]+)";', source("policy/verdict.c")))
    assert len(names) > 4
    documented = "\n".join(part(MANUAL, "The log"))
    documented = documented.partition("The reason of a decision")[2]
    assert set(items(documented.splitlines(), "Li")) == names


def test_statuses():
    statuses = re.findall(r"^\tcase (\d{3}):", source("sockets/reply.c"),
                          re.M)
    assert len(statuses) > 8
    lines = part(MANUAL, "What a client sees")
    assert [line[4:] for line in lines
            if line.startswith(".It ")] == statuses


def log_sources():
    return "".join(path.read_text() for folder in ("cmd", "sockets")
                   for path in (TOP / folder).glob("*.c"))


def test_events():
    text = log_sources()
    events = set(re.findall(r'logger_begin\([^;{"]*"([\w-]+)"\)', text))
    events |= set(re.findall(r'put_stream\(s, "([\w-]+)"', text))
    assert len(events) > 8
    documented = "\n".join(part(MANUAL, "The log"))
    documented = documented.partition("The reason of a decision")[0]
    assert set(items(documented.splitlines(), "Li")) == events


def test_fields():
    fields = set(re.findall(
        r'logger_(?:field|number|seconds)\(\s*logger, "(\w+)"',
        log_sources()))
    assert len(fields) > 15
    words = set(re.findall(r"[\w-]+", "\n".join(
        line for line in part(MANUAL, "The log")
        if line.startswith((".Li ", ".It ")))))
    assert fields <= words
