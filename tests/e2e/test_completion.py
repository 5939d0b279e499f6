# SPDX-License-Identifier: MIT
"""Completion in shells, against what the program and its manual say of
commands and options: none is missing, and none is too many."""

import re
import shutil
from pathlib import Path

import pytest

from program import run
from shells import COMPLETIONS, SHELLS, Bash

MANUAL = Path(__file__).resolve().parents[2] / "man" / "postern.8"
PRESETS = set(run("presets", "--names").stdout.split())
HELP = run("--help").stdout


@pytest.fixture(scope="module", params=SHELLS)
def started(request, tmp_path_factory):
    """zsh takes a second to learn what it can complete."""
    shell = SHELLS[request.param](tmp_path_factory.mktemp(request.param))
    yield shell
    shell.stop()


@pytest.fixture
def shell(started):
    there = set(started.home.iterdir())
    yield started
    for path in set(started.home.iterdir()) - there:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture
def home(shell):
    """The shell's directory; what a test makes there is removed."""
    return shell.home


def commands():
    """{command: how its arguments are called} of the program."""
    text = HELP.partition("Commands:\n")[2].partition("Options:\n")[0]
    return {line.split()[0]: re.findall(r"\[?\b[A-Z]+\b\]?", line[:32])
            for line in re.findall(r"^  (\w.*)$", text, re.M)}


def options():
    """{option: what is called its value, or ""} of the program."""
    found = {}
    for short, long, value in re.findall(
            r"^ +(?:(-\w), )?(--[\w-]+) ?([A-Z]*)  ", HELP, re.M):
        found[long] = value
        if short:
            found[short] = value
    return found


def options_of_commands():
    """{command: its options}, by the manual's synopsis."""
    text = MANUAL.read_text()
    lines = text.partition(".Sh SYNOPSIS\n")[2].partition("\n.Sh ")[0]
    general = {"-h", "--help", "-V", "--version"}
    settings = {name for name, value in options().items() if value}
    return {
        part.split()[1]: general | (
            settings if ".Op Ar setting ..." in part else set())
        | {f"-{name}" for line in re.findall(r"^\.Op Fl .*", part, re.M)
           for name in re.findall(r"(?<= )-[a-z-]+", line)}
        for part in lines.split(".Nm\n") if part.startswith(".Cm")}


def words(names):
    """Without options: zsh shows them where there is nothing else."""
    return {name for name in names if not name.startswith("-")}


def long(names):
    return {name for name in names if name.startswith("--")}


def test_the_tables_of_this_test_are_not_empty():
    assert len(commands()) > 7 and len(options()) > 15
    assert set(options_of_commands()) == set(commands())
    assert all(part <= set(options())
               for part in options_of_commands().values())
    assert set().union(*options_of_commands().values()) == set(options())


# What is there.

def test_all_commands(shell):
    assert shell.complete("postern ") == set(commands())
    assert shell.complete("postern --log-level info -c x ") == set(commands())


def test_the_beginning_of_a_command(shell):
    for letter in {name[0] for name in commands()}:
        assert shell.complete(f"postern {letter}") == {
            name for name in commands() if name.startswith(letter)}
    assert shell.complete("postern ch") == {"check"}
    assert shell.complete("postern xyz") == set()


def test_all_options(shell):
    assert long(shell.complete("postern --")) == long(options())
    assert set(options()) - shell.complete("postern -") <= long(options())


def test_options_of_each_command(shell):
    for command, known in options_of_commands().items():
        assert shell.complete(f"postern {command} --") == long(known), command
        assert {name for name in known if len(name) == 2} <= \
            shell.complete(f"postern {command} -"), command
    assert shell.complete("postern check --n") == {"--names", "--no-root"}
    assert shell.complete("postern --log-level info presets --n") == \
        {"--names"}


@pytest.mark.parametrize("option", ["--log-level", "--log-format"])
def test_words_for_an_option(shell, option):
    known = set(re.search(rf"{option} \w+ +(.*)", HELP)[1].replace(",", "")
                .replace(" or ", " ").split())
    assert len(known) > 1
    for line in (f"postern run {option} ", f"postern run {option}=",
                 f"postern {option} ", f"postern -c x {option}="):
        assert shell.complete(line) == known
    word = min(known)
    assert shell.complete(f"postern {option}={word[:2]}") == {word}
    assert shell.complete(f"postern {option} {word[:2]}") == {word}


def test_files_and_directories_for_options(shell, home):
    (home / "t").mkdir()
    (home / "t/file.ini").write_text("")
    (home / "t/folder").mkdir()
    kinds = {"FILE": {"file.ini", "folder"}, "DIR": {"folder"},
             "SOCKET": {"file.ini", "folder"}}
    tried = 0
    for option, value in options().items():
        if value not in kinds:
            continue
        for line in (f"postern run {option} t/", f"postern {option}=t/"):
            if "=" in line and not option.startswith("--"):
                continue
            found = {re.sub(".*/", "", name) for name in shell.complete(line)}
            assert found == kinds[value], line
            tried += 1
    assert tried > 8


def test_a_socket_with_its_scheme(shell, home):
    (home / "t").mkdir()
    (home / "t/d.sock").write_text("")
    assert "unix://" in {*shell.ask("postern --upstream "),
                         *shell.ask("postern --upstream u")}
    for line in (f"postern --upstream unix://{home}/t/",
                 f"postern run --upstream=unix://{home}/t/d"):
        found, = shell.complete(line)
        assert found.endswith(f"{home}/t/d.sock")


def test_users(shell):
    assert "nobody" in shell.complete("postern run --user nobo")


# Arguments.

def test_arguments_of_commands_without_any(shell):
    for command, arguments in commands().items():
        if not arguments:
            assert words(shell.complete(f"postern {command} ")) == set(), \
                command


def test_presets(shell):
    assert shell.complete("postern presets ") == PRESETS
    assert shell.complete("postern presets --names tra") == {
        "traefik", "traefik-swarm"}
    assert words(shell.complete("postern presets traefik ")) == set()


def test_directories_for_init(shell, home):
    (home / "t/folder").mkdir(parents=True)
    (home / "t/file").write_text("")
    assert shell.complete("postern init t/") == {"t/folder"}


def test_kinds_and_files_for_import(shell, home):
    (home / "t").mkdir()
    (home / "t/compose.yaml").write_text("")
    assert shell.complete("postern import ") == {
        "tecnativa", "linuxserver", "wollomatic", "cetusguard", "knrdl",
        "sockguard"}
    assert shell.complete("postern import tecnativa t/") == {
        "t/compose.yaml"}


def test_watch(shell, home):
    (home / "p").mkdir()
    (home / "p/web.ini").write_text("[allow]\noperation = SystemPing\n")
    for line in ("postern watch --profiles p ",
                 "postern --profiles=p watch --json w"):
        assert shell.complete(line) == {"web"}, line


def test_explain(shell, home):
    (home / "p").mkdir()
    (home / "p/web.ini").write_text("[allow]\noperation = SystemPing\n")
    (home / "c.ini").write_text(f"[daemon]\nprofiles = {home}/p\n")
    for line in ("postern explain -c c.ini ", "postern -c c.ini explain ",
                 "postern --config=c.ini explain --json ",
                 "postern --config c.ini explain ",
                 "postern explain --profiles p ",
                 "postern --profiles=p --log-level info explain ",
                 "postern explain -c ~/c.ini ",
                 "bin/postern explain -c c.ini ",
                 "~/bin/postern explain -c 'c.ini' "):
        assert shell.complete(line) == {"web"} | PRESETS, line
    assert shell.complete("postern --profiles p explain w") == \
        {"web", "watchtower", "watchtower-monitor"}
    assert shell.complete("postern explain web ") == \
        set("GET HEAD POST PUT DELETE OPTIONS".split())
    assert shell.complete("postern explain --json web P") == {"POST", "PUT"}
    assert shell.complete("postern explain web GET /") == set()
    assert words(shell.complete("postern explain web GET / ")) == set()


def test_doors_for_status(shell, home):
    """No presets: they have no doors."""
    (home / "p").mkdir()
    (home / "p/web.ini").write_text("[allow]\noperation = SystemPing\n")
    for line in ("postern status --profiles p ",
                 "postern --profiles=p status --json w"):
        assert shell.complete(line) == {"web"}, line
    assert words(shell.complete("postern status --profiles p web ")) == set()


def test_a_configuration_that_is_refused_has_no_names(shell, home):
    (home / "p").mkdir()
    (home / "p/web.ini").write_text("[alow]\n")
    assert shell.complete("postern explain --profiles p ") == PRESETS


@pytest.mark.parametrize("line, completed", [
    ("postern ch", "postern check "),
    ("postern --log-level=no", "postern --log-level=notice "),
    ("postern explain --no", "postern explain --no"),
    ("postern check --no", "postern check --no-root "),
    ("postern presets bes", "postern presets beszel "),
    ("postern --upstream unix:///{home}/so",
     "postern --upstream unix:///{home}/some\\ sock "),
    ("postern --upstream=unix:///{home}/so",
     "postern --upstream=unix:///{home}/some\\ sock "),
    ("postern --upstream=unix:///{home}/dir",
     "postern --upstream=unix:///{home}/directory/"),
    ("postern init dir", "postern init directory/"),
    ("postern --upstream unix:///x -c c.ini explain w",
     "postern --upstream unix:///x -c c.ini explain w"),
    ("postern --upstream unix:///x -c c.ini explain we",
     "postern --upstream unix:///x -c c.ini explain web "),
])
def test_what_readline_makes_of_it(tmp_path, line, completed):
    home = tmp_path
    shell = Bash(home)
    (home / "some sock").write_text("")
    (home / "directory").mkdir()
    (home / "c.ini").write_text(f"[daemon]\nprofiles = {home}/p\n")
    (home / "p").mkdir()
    (home / "p/web.ini").write_text("[allow]\noperation = SystemPing\n")
    assert shell.type(line.format(home=home)) == completed.format(home=home)


@pytest.mark.parametrize("typed", [
    "-c $(touch${IFS}ran)", "-c `touch${IFS}ran`", "--profiles=$(>ran)",
    "--profiles ;>ran", "--profiles ';>ran'"])
def test_nothing_that_was_typed_is_run(shell, home, typed):
    shell.complete(f"postern {typed} explain ")
    assert not (home / "ran").exists()


def test_each_file_says_what_it_is_for():
    files = sorted(path.name for path in COMPLETIONS.iterdir())
    assert files == ["_postern", "postern.bash", "postern.fish"]
    for name in files:
        assert "# SPDX-License-Identifier: MIT\n" in \
            (COMPLETIONS / name).read_text()[:60]
