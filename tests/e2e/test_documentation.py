# SPDX-License-Identifier: MIT
"""What the manuals and README.md say, against the program and its sources:
what is there is documented, and what is documented is there."""

import json
import math
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

import engine
from profiles import EVERYTHING
from program import run
from wire import Client, request

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


def sources(*folders):
    """{path: text} of all their C files."""
    return {path: path.read_text() for folder in folders
            for path in sorted((TOP / folder).glob("*.c"))}


def calls(text, name):
    """What is between the parentheses of each call of a function."""
    found = []
    for match in re.finditer(rf"\b{name}\(", text):
        depth, end = 1, match.end()
        while depth > 0:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        found.append(text[match.end():end - 1])
    return found


def literals(text):
    return re.findall(r'"((?:[^"\\]|\\.)*)"', text)


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
    prints, save for the line that decides."""
    (home / "look.ini").write_text(run("presets", "readonly").stdout)
    (home / "deploy.ini").write_text(examples(README)["deploy.ini"])
    (home / "ci.ini").write_text(examples(FORMAT)["ci.ini"])
    shown = re.findall(r"^ *\$ (?:echo '(.*)' \|\n *)?postern explain (.*)\n"
                       r"((?:.*\n)*?) *to change that: (.*)\n",
                       README.read_text() + MANUAL.read_text(), re.M)
    assert len(shown) == 4
    assert len([body for body, *_ in shown if body]) == 2
    for body, arguments, verdict, hint in shown:
        done = run("explain", *arguments.split(), "--profiles", home,
                   input=body)
        said = re.sub(r"^decided by: .*\n", "", done.stdout, flags=re.M)
        assert said.split() == \
            f"{verdict} to change that: {hint}".split()


def test_shown_check(home):
    """README.md shows what "postern check" says of deploy.ini, cut short."""
    (home / "deploy.ini").write_text(examples(README)["deploy.ini"])
    real = run("check", "--profiles", home).stdout.splitlines()[2:]
    shown = re.search(r"^    deploy: /.*\n((?:    .*\n)+)",
                      README.read_text(), re.M)[1].splitlines()
    shown = [line[4:] for line in shown if not line.startswith("      door ")]
    assert len(shown) > 6
    real = iter(real)
    for line in shown:
        start = line.partition("...")[0].rstrip()
        assert any(one.startswith(start) for one in real), line


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
    assert {line.split()[1] for line in part(MANUAL, "SYNOPSIS")
            if line.startswith(".Cm ")} == documented


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
        r'"((?:POSTERN|DOCKER|XDG|JOURNAL|NOTIFY|WATCHDOG|LISTEN)_[A-Z_]+'
        r'|HOME|NO_COLOR|TERM)"', "".join(sources("cmd", "sockets").values())))
    # What one program hands to the next is nobody's to set.
    variables.remove("POSTERN_STATE")
    assert len(variables) > 17
    documented = items(part(MANUAL, "ENVIRONMENT"), "Ev")
    assert {name for line in documented for name in line.split(" , ")} == \
        variables


def test_signals():
    text = source("cmd/supervisor.c").partition("\nstart_signals(")[2]
    text = text.partition("\n}\n")[0]
    handled = set(re.findall(r"stops\[\] = \{(.*?)\}", text)[0]
                  .replace(",", " ").split())
    handled |= set(re.findall(r"ev_signal_init\(.*, (SIG\w+)\)", text))
    assert len(handled) > 3
    assert all(hasattr(signal, name) for name in handled)
    documented = items(part(MANUAL, "SIGNALS"), "Dv")
    assert {name for line in documented for name in line.split(" , ")} == \
        handled


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


# Keys that look inside requests.

def section_rows():
    """{(section, key): what it can lead to} of them all."""
    return {(section, key): reach for section, key, reach in re.findall(
        r'\{ "(\w+)", "([\w-]+)", [A-Z]+, REACH_(\w+), \w+ \}',
        source("policy/section.c"))}


def documented_rows():
    """{(section, key): its item's text}."""
    found = {}
    for section in re.findall(r"^\.Ss \[(\w+)\]$", "\n".join(
            part(FORMAT, "INSIDE REQUESTS")), re.M):
        lines = []
        for line in (FORMAT.read_text().partition(".Sh INSIDE REQUESTS")[2]
                     .partition(f"\n.Ss [{section}]\n")[2].splitlines()):
            if line[:3] in (".Ss", ".Sh"):
                break
            lines.append(line)
        for key, text in re.findall(
                r"^\.It Ic ([\w-]+) = ((?:(?!\.It Ic |\.El$).*\n?)*)",
                "\n".join(lines), re.M):
            assert (section, key) not in found
            found[section, key] = text
    return found


def shown_rows(key, text):
    """The lines in a key's item that show how it is written."""
    return re.findall(rf"^(?:\.Dl )?({key} = .*)$", text, re.M)


def test_section_keys():
    names = re.findall(r"^\t\[(?!KEY_NONE)[A-Z_]+\] =$",
                       source("policy/section.c"), re.M)
    rows = section_rows()
    assert len(rows) == len(names) > 60
    assert set(documented_rows()) == set(rows)
    assert documented_keys("INSIDE REQUESTS") == set(rows)


def test_section_keys_say_what_they_lead_to():
    documented = documented_rows()
    for row, reach in section_rows().items():
        if reach == "ROOT":
            text = " ".join(documented[row].split())
            assert "root on the host" in text or "As in" in text, row


def test_section_keys_say_their_default():
    for row, text in documented_rows().items():
        assert re.search(r"The\sdefault\sis|As\sin|[Ll]ikewise", text), row


def test_section_keys_can_be_written_as_shown(home):
    """Each line that shows a key is taken, alone in its section."""
    files = {}
    for (section, key), text in documented_rows().items():
        shown = shown_rows(key, text)
        assert shown, (section, key)
        for i, line in enumerate(shown):
            files[f"{section}-{key}-{i}"] = \
                f"[allow]\noperation = *\n[{section}]\n{line}\n"
    assert len(files) > len(section_rows())
    assert set(allowed_by(home, **files)) == set(files)


@pytest.mark.parametrize("path, section, name, text", [
    (FORMAT, "SETTINGS", "LIMIT_HEAD_DEFAULT", "16K"),
    (FORMAT, "SETTINGS", "LIMIT_DRAIN_DEFAULT", "30s"),
    (FORMAT, "SETTINGS", "LIMIT_DRAIN_MAX", "60m"),
    (FORMAT, "PROFILES", "LIMIT_CONNECTIONS_DEFAULT", "1024"),
    (FORMAT, "PROFILES", "LIMIT_CONNECTIONS_MAX", "1000000"),
    (FORMAT, "PROFILES", "LIMIT_REQUESTS_MAX", "1000000"),
    (FORMAT, "PROFILES", "LIMIT_BODY_DEFAULT", "1M"),
    (FORMAT, "PROFILES", "LIMIT_BODY_MAX", "64M"),
    (FORMAT, "PROFILES", "LIMIT_JSON_DEPTH", "64 deep"),
    (FORMAT, "PROFILES", "LIMIT_JSON_VALUES", "65536 values"),
    (FORMAT, "PROFILES", "LIMIT_SOCKET_PATH", "107"),
    (FORMAT, "PROFILES", "LIMIT_EXTENDS", "8"),
    (FORMAT, "DESCRIPTION", "LIMIT_INI_LINE", "198"),
    (FORMAT, "DESCRIPTION", "LIMIT_INI_LINES", "65535"),
    (MANUAL, "What a client sees", "LIMIT_HEAD_SECONDS", "10 seconds"),
    (MANUAL, "What a client sees", "LIMIT_CONNECT_SECONDS", "10 seconds"),
    (MANUAL, "What a client sees", "LIMIT_LOOKUP_SECONDS", "10 seconds"),
    (MANUAL, "PROCESSES", "LIMIT_ANSWER_SECONDS", "15 seconds"),
    (MANUAL, "PROCESSES", "LIMIT_PAUSE_MAX", "5 seconds"),
    (MANUAL, "The log", "LIMIT_ANSWER_SECONDS", "15 seconds"),
    (MANUAL, "Reload", "LIMIT_DRAIN_DEFAULT", "30 seconds"),
    (MANUAL, "Reload", "LIMIT_RETIRE_SECONDS", "5 seconds"),
    (MANUAL, "Reload", "LIMIT_WORKERS", "16 workers"),
    (MANUAL, "The audit", "LIMIT_LOG_LINE", "4096"),
    (MANUAL, "The audit", "LIMIT_LOG_TARGET", "512"),
    (MANUAL, "The audit", "LIMIT_NEWCOMERS", "64 clients"),
    (MANUAL, "CONTROL SOCKET", "LIMIT_WATCHERS", "8"),
    (MANUAL, "CONTROL SOCKET", "CLIENTS_MAX", "16 connections"),
    (MANUAL, "CONTROL SOCKET", "REQUEST_SIZE", "8192 bytes"),
    (MANUAL, "CONTROL SOCKET", "REQUEST_SECONDS", "5 seconds"),
    (MANUAL, "Metrics", "LIMIT_ASK_SECONDS", "5 seconds"),
    (MANUAL, "DESCRIPTION", "HEALTH_SECONDS", "3 seconds"),
    (README, None, "LIMIT_DRAIN_DEFAULT", "30 seconds"),
])
def test_limits(path, section, name, text):
    value = re.search(
        rf"^(?:#define {name}\s+|\t{name} = )([^,/\n]*?),?(?: /\*.*)?$",
        source("core/limits.h") + source("cmd/control.c")
        + source("cmd/status.c"), re.M)[1]
    assert re.fullmatch(r"[\d()* ]+\.?", value)
    number, unit = re.fullmatch(r"(\d+)([KMsm]?)(?: [a-z]+)?", text).groups()
    units = {"K": 1 << 10, "M": 1 << 20, "m": 60}
    assert math.prod(map(int, re.findall(r"\d+", value))) == \
        int(number) * units.get(unit, 1)
    said = path.read_text() if section is None else \
        "\n".join(part(path, section))
    assert re.search(rf"\b{text}\b".replace(" ", r"\s"), said)


# Operations.

def documented_operations():
    """(name, group, mark, method, path) of each row of the manual."""
    rows, group = [], None
    for line in part(FORMAT, "OPERATIONS"):
        if line.startswith(".Ss "):
            group = line[4:]
        elif line.startswith(".It ") and group is not None:
            name, mark, request = re.fullmatch(
                r"\.It (\w+) Ta (?:(root|judged) )?Ta (.*)",
                line).groups()
            rows.append((name, group, mark or "", *request.split()))
    return rows


def known_operations():
    """Their names in the table, in which Podman's have a macro."""
    text = source("policy/operation_table.c")
    names = re.findall(r'^\t\{ "(\w+)", [A-Z]+, "/', text, re.M)
    podmans = re.findall(
        r'^\t(?:\{ LIBPOD|LOOK|SHOW|CARRY|WRITE|REMOVE|ROOT)\("(\w+)"',
        text, re.M)
    assert len(names) > 100 and len(podmans) > 100
    return names + [name + "Libpod" for name in podmans]


def allow_all(rows):
    return "[allow]\noperation = * *Libpod\n" + "".join(
        f"root-equivalent = {name}\n" for name, _, mark, _, _ in rows
        if mark)


def allowed_by(home, **profiles):
    """What "postern check" says of each: {name: set of operations}."""
    for name, text in profiles.items():
        (home / f"{name}.ini").write_text(text)
    done = run("check", "--json", "--profiles", home)
    assert done.returncode == 0, done.stderr
    return {p["name"]: p for p in json.loads(done.stdout)["profiles"]}


def test_operations(home):
    rows = documented_operations()
    names = known_operations()
    assert sorted(row[0] for row in rows) == sorted(names)
    said = allowed_by(home, all=allow_all(rows),
                      most="[allow]\noperation = * *Libpod\n")
    assert set(said["all"]["allows"]) == set(names)
    assert {row[0] for row in rows if row[2] == "root"} < \
        set(said["all"]["root"]) == {row[0] for row in rows if row[2]}
    # What only root-equivalent allows is left out.
    assert set(said["most"]["allows"]) == \
        {row[0] for row in rows if row[2] != "root"}
    assert said["most"]["root"] == []


def test_only_marked_operations_can_be_root_equivalent(home):
    rows = documented_operations()
    for name, _, mark, _, _ in rows:
        (home / f"{name}.ini").write_text(
            f"[allow]\nroot-equivalent = {name}\n")
    done = run("check", "--profiles", home)
    assert done.returncode == 3
    refused = set(re.findall(r"/(\w+)\.ini:2: \1 cannot take over the host",
                             done.stderr))
    assert refused == {row[0] for row in rows if not row[2]}


def test_judged_operations():
    judged = set(re.findall(r'\.operation = "(\w+)"', "".join(
        sources("policy/inspect").values())))
    assert len(judged) > 30
    assert {row[0] for row in documented_operations()
            if row[2] == "judged"} == judged


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
    if path.startswith("/libpod/"):
        path = "/v4.0.0" + path
    done = run("explain", "--json", "readonly", method, path,
               "--profiles", "/nonexistent")
    assert json.loads(done.stdout)["operation"] == name


def test_presets_are_listed(home):
    names = set(run("presets", "--names").stdout.split())
    assert set(items(part(FORMAT, "PRESETS"), "Sy")) == names
    table = README.read_text().partition("\n## Presets\n")[2]
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| (.*) \|$",
                      table.partition("\n## ")[0], re.M)
    assert {name for name, _ in rows} == names
    said = allowed_by(home, **{
        name: f"[profile]\nextends = {name}\n" for name in names})
    for name, reach in rows:
        assert reach.partition(":")[0] == said[name]["reach"], name


# Answers and the log.

def test_reasons():
    decisions = set(re.findall(
        r'case REASON_\w+:\s+return "([\w-]+)";', source("policy/verdict.c")))
    refusals = set(re.findall(
        r'\[REFUSAL_\w+\]\s+=\s+\{\s*"([\w-]+)",\s*\d+\s*\}',
        source("policy/refusal.c")))
    assert len(decisions) > 4 and len(refusals) > 12
    assert not decisions & refusals
    documented = "\n".join(part(MANUAL, "The log"))
    documented = documented.partition("The reason of a decision")[2]
    of_decisions, _, of_refusals = documented.partition(
        "The reason of a refusal")
    assert set(items(of_decisions.splitlines(), "Li")) == decisions
    assert set(items(of_refusals.splitlines(), "Li")) == refusals


def test_statuses():
    statuses = re.findall(r"^\tcase (\d{3}):", source("sockets/reply.c"),
                          re.M)
    assert len(statuses) > 8
    lines = part(MANUAL, "What a client sees")
    assert [line[4:] for line in lines
            if line.startswith(".It ")] == statuses


FIELD = re.compile(
    r'logger_(?:field|number|seconds)\(\s*[\w&>-]+, "(\w+)"')


def split_events():
    """(events, their fields) of each line that is logged. Where callers name
    the event, it is known by their calls."""
    found = []
    for path, text in sources("cmd", "sockets").items():
        for match in re.finditer(r"\blogger_begin\(", text):
            call = calls(text[match.start():], "logger_begin")[0]
            if "char" in call:
                continue  # its definition
            function = re.findall(r"^(\w+)\(", text[:match.start()], re.M)[-1]
            line = text[match.end():].partition("logger_end(")[0]
            line = line.partition("\n}\n")[0]
            events = literals(call)
            if not events:
                events = [name for one in calls(text, function)
                          for name in literals(one)[:1]]
            assert events, (path.name, call)
            found.append((events, fields_of(text, line)))
    return found


def fields_of(text, line):
    """The fields of a line, also those that the file's functions put."""
    fields = FIELD.findall(line)
    for name in re.findall(r"\b(put_\w+)\(", line):
        body = re.search(rf"^{name}\(.*?^}}$", text, re.M | re.S)[0]
        fields += fields_of(text, body.partition("{")[2])
    return fields


def documented_events():
    """{event: the text of its item}."""
    text = "\n".join(part(MANUAL, "The log"))
    text = text.partition("The reason of a decision")[0]
    return dict(re.findall(r"^\.It Li (\S+)$\n((?:(?!\.It ).*\n)*)", text,
                           re.M))


def test_events():
    events = {name for names, _ in split_events() for name in names}
    assert len(events) > 25
    assert set(documented_events()) == events


def test_fields_of_events():
    documented = documented_events()
    for events, fields in split_events():
        said = set(re.findall(r"\w+", "\n".join(
            line for event in events for line in documented[event].splitlines()
            if line.startswith(".Li "))))
        assert set(fields) <= said, (events, set(fields) - said)


def test_fields():
    fields = set(FIELD.findall("".join(sources("cmd", "sockets").values())))
    words = set(re.findall(r"[\w-]+", "\n".join(
        line for line in part(MANUAL, "The log")
        if line.startswith((".Li ", ".It ")))))
    assert set() != fields <= words


# Processes, and what is asked of them.

def test_sandbox_layers():
    text = source("cmd/sandbox.c").partition("layer_names[")[2]
    names = literals(text.partition(";")[0])
    assert len(names) > 4
    assert items(part(MANUAL, "The sandbox"), "Li") == names


def test_control_targets():
    text = source("cmd/control.c").partition("} targets[] = {")[2]
    targets = [f"{'POST' if post == 'true' else 'GET'} {target}"
               for target, post in re.findall(
                   r'\{ ?"(/[\w/]+)",\s+(true|false)',
                   text.partition("\n};")[0])]
    targets = [f"{target}NAME" if target.endswith("/") else target
               for target in targets]
    assert len(targets) > 3
    documented = items(part(MANUAL, "CONTROL SOCKET"), "Li")
    assert [item for item in documented if " " in item] == targets


def test_control_statuses():
    statuses = re.findall(r"^\tcase (\d{3}):", source("cmd/control.c"), re.M)
    assert len(statuses) > 8
    text = "\n".join(part(MANUAL, "CONTROL SOCKET"))
    assert set(re.findall(r"\b[2-5]\d\d\b", text)) == set(statuses)


def asked(one, target):
    """What a running one says at its control socket."""
    with Client(one.directory / "control.sock") as client:
        answer = client.ask(request("GET", target))
    assert answer.status == 200
    return answer.body


def test_status_members(program):
    status = json.loads(asked(program, "/status"))
    assert items(part(MANUAL, "The status"), "Li") == \
        list(status) + list(status["doors"][0])


def test_metrics(program):
    text = asked(program, "/metrics").decode()
    names = re.findall(r"^# TYPE (\w+) ", text, re.M)
    assert len(names) > 15
    lines = part(MANUAL, "Metrics")
    assert items(lines, "Li") == names
    labels = set(re.findall(r"[{,](\w+)=", text))
    verdicts = set(re.findall(r'(?:verdict|result|direction)="(\w+)"', text))
    words = set(re.findall(r"\w+", " ".join(
        line for line in lines if line.startswith(".Li "))))
    assert labels and verdicts and labels | verdicts <= words


def test_what_the_service_manager_is_told():
    text = "".join(sources("cmd").values())
    said = "".join(
        "".join(literals(call)) for name in ("notify_send", "notify_send_fd")
        for call in calls(text, name))
    names = set(re.findall(r"(?:^|\\n|(?<=[^A-Z_]))([A-Z_]+)(?==)", said))
    assert len(names) > 8
    lines = part(MANUAL, "SERVICE MANAGER")
    main = {item.partition("=")[0] for item in items(lines, "Li")}
    assert main <= names
    assert names <= set(re.findall(r"[A-Z_]+", "\n".join(
        line for line in lines if line.startswith((".Li ", ".It ")))))


def test_files_are_where_the_manual_says(program):
    assert {path.name for path in program.directory.iterdir()} == {
        "doors", "control.sock"}
    lines = part(MANUAL, "FILES")
    assert {"/run/postern/control.sock", "/run/postern/doors/NAME.sock"} <= \
        set(items(lines, "Pa"))
    mode = (program.directory / "control.sock").stat().st_mode & 0o7777
    assert f"mode {mode:04o}" in "\n".join(lines)


# README.md.

def readme_part(heading):
    text = README.read_text().partition(f"\n{heading}\n")[2]
    level = heading.partition(" ")[0]
    return re.split(rf"^#{{1,{len(level)}}} ", text, flags=re.M)[0]


def test_shown_status(postern, recorder):
    """The shown one has the lines and columns of a real one."""
    one = postern(recorder.path, readonly=EVERYTHING, traefik=EVERYTHING)
    one.start()
    real = run("status", "--directory", one.directory)
    assert real.returncode == 0, real.stderr
    shown = re.search(r"^    # postern status\n((?:    .*\n|\n)+)",
                      readme_part("### How is it?"), re.M)[1]
    shown = [line[4:] for line in shown.rstrip().splitlines()]

    def labels(lines):
        return [line.split()[0] for line in lines if line[:1].strip()]

    assert labels(shown) == labels(real.stdout.splitlines())
    table = shown.index("") + 1
    assert shown[table].split() == \
        real.stdout.partition("\n\n")[2].splitlines()[0].split()
    # Its columns stand below each other.
    ends = {tuple(match.end() for match in re.finditer(r"\S+", line))[1:-1]
            for line in shown[table:]}
    assert len(ends) == 1


def packages_needed():
    """{package manager: set of packages} to build, of autogen.sh."""
    text = source("autogen.sh").partition("\nneeds_to_build()\n{")[2]
    text = text.partition("\n}\n")[0].replace("\\\n", " ")
    rows = [shlex.split(line) for line in text.splitlines()
            if line.strip().startswith("need ")]
    return {manager: {word for row in rows for word in row[column].split()}
            for column, manager in enumerate(
                ("apt", "dnf", "apk", "pacman"), 2)}


def test_package_lists():
    shown = re.findall(r"^\| [\w, ]+ \| `(\w+) (?:install|add|-S) (.*)` \|$",
                       readme_part("## Installing"), re.M)
    assert {manager: set(words.split()) for manager, words in shown} == \
        packages_needed()


def test_options_of_configure():
    text = source("configure.ac")
    named = {f"--enable-{name}" for name in
             re.findall(r"AC_ARG_ENABLE\(\[(\w+)\]", text)}
    named |= {f"--without-{name}" for name in
              re.findall(r"AC_ARG_WITH\(\[(\w+)\]", text)}
    named |= {name for name in re.findall(r"AC_ARG_VAR\(\[(\w+)\]", text)
              if name.islower()}
    assert len(named) > 4
    shown = re.findall(r"^\| `((?:--[a-z]+-)?\w+)[ =`]",
                       readme_part("## Installing"), re.M)
    assert set(shown) == named


def test_files_named_in_the_readme_are_there():
    text = README.read_text()
    named = set(re.findall(r"\b(?:core|policy|sockets|cmd|container|systemd|"
                           r"man|tests)/[\w./@-]*\w", text))
    named |= set(re.findall(r"\]\(([^):]+)\)", text))
    named |= {f"container/{name}"
              for name in re.findall(r"`(\w[\w.]*\.yaml)`", text)}
    assert len(named) > 12
    for name in named:
        assert (TOP / name).exists(), name


def test_keys_and_names_of_units():
    paths = [path for path in (TOP / "systemd").rglob("postern*")
             if path.suffix in (".in", ".socket")]
    units = {path.name.removesuffix(".in") for path in paths}
    assert len(units) > 1
    keys = {key for path in paths for key in
            re.findall(r"^(?:@\w+@)?(\w+)=", path.read_text(), re.M)}
    readme, manual = README.read_text(), "\n".join(
        part(MANUAL, "SERVICE MANAGER"))
    shown = set(re.findall(r"`([A-Z][a-z]\w+)=`", readme))
    shown |= set(re.findall(r"^\.Li ([A-Z][a-z]\w+)=", manual, re.M))
    stop = re.search(r"^\.Li (TimeoutStopSec=\S+)", FORMAT.read_text(), re.M)
    assert all(f"\n{stop[1]}\n" in path.read_text() for path in paths
               if path.suffix == ".in")
    assert set() != shown <= keys
    assert set(re.findall(r"^\.Pa (postern\S+)", manual, re.M)) == units
    started = re.findall(r"systemctl [\w -]+? (postern\S*)", readme)
    assert {re.sub(r"@\w+", "@", name) for name in started} == {
        "postern", "postern@.socket"}
