# SPDX-License-Identifier: MIT
"""postern init: what it writes is right, and nothing else is touched."""

import json
import os
import re
import resource
import signal
import subprocess
from pathlib import Path

import pytest

import engine
from program import binary, clean_environment, run

WRITTEN = ["postern.ini", "profiles.d/readonly.ini"]
NOBODY = 65534


def tree(path):
    """{name: (kind and mode, bytes)} of all that is below."""
    found = {}
    for one in sorted(Path(path).rglob("*")):
        status = one.lstat()
        found[str(one.relative_to(path))] = (
            oct(status.st_mode),
            one.read_bytes() if one.is_file() else
            os.readlink(one) if one.is_symlink() else None)
    return found


def profiles(*arguments, **options):
    done = run("check", "--json", *arguments, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)["profiles"]


@pytest.fixture
def made(home):
    """What it makes in a directory that is not there yet."""
    done = run("init", home / "a/b")
    assert (done.returncode, done.stderr) == (0, "")
    return home / "a/b"


def uncomment(path):
    """Take away each ";" right before something. How many there were."""
    text, count = re.subn(r"^;(?=\S)", "", path.read_text(), flags=re.M)
    path.write_text(text)
    return count


# What is written.

def test_what_is_written_is_said_and_loads(home):
    done = run("init", home / "a/b")
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert said[:2] == [f"wrote {home}/a/b/{name}" for name in WRITTEN]
    assert [line.strip() for line in said if line.startswith(" ")] == [
        f"postern {command} -c {home}/a/b/postern.ini"
        for command in ("check", "run")]
    profile, = profiles("-c", home / "a/b/postern.ini")
    assert profile["name"] == profile["extends"] == "readonly"
    assert profile["file"] == f"{home}/a/b/profiles.d/readonly.ini"
    assert profile["door"] == "/run/postern/doors/readonly.sock"
    assert profile["reach"] == "reads secrets"


def test_modes_are_the_same_whatever_the_umask(home):
    for umask in (0o000, 0o022, 0o077):
        done = run("init", home / f"{umask}/b", umask=umask)
        assert done.returncode == 0, done.stderr
        modes = {name: mode for name, (mode, _) in
                 tree(home / f"{umask}").items()}
        assert modes == {"b": "0o40755", "b/profiles.d": "0o40755",
                         **{f"b/{name}": "0o100644" for name in WRITTEN}}
        assert (home / f"{umask}").stat().st_mode == 0o40755


def test_lines_are_short(made):
    for name in WRITTEN:
        text = (made / name).read_text()
        lines = [line for line in text.splitlines()
                 if not line.startswith("profiles = ")]
        assert max(map(len, lines)) <= 80
        assert "\t" not in text and text.endswith("\n")


def test_each_setting_is_there_with_its_section(made):
    source = (Path(__file__).parents[2] / "policy/config.c").read_text()
    keys = re.findall(r'\[SETTING_\w+\] = \{\s*"(\w+)",\s*"([\w-]+)"', source)
    assert len(keys) > 5
    section, shown = None, []
    for line in (made / "postern.ini").read_text().splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = match[1]
        elif match := re.match(r";?([\w-]+) += ", line):
            shown.append((section, match[1]))
    assert shown == keys


def test_all_that_is_commented_out_can_be_used(made):
    assert uncomment(made / "postern.ini") >= 8
    assert uncomment(made / "profiles.d/readonly.ini") >= 8
    profile, = profiles("-c", made / "postern.ini")
    assert profile["door"] == "/run/postern/doors/readonly/docker.sock"
    assert profile["mode"] == "0660"
    assert "ContainerLogs" in profile["allows"]
    assert "SecretList" not in profile["allows"]
    assert profile["allows_some"] == ["ContainerRestart"]


def test_each_line_that_is_commented_out_can_be_used_alone(made):
    profile = made / "profiles.d/readonly.ini"
    for path in (made / "postern.ini", profile):
        text = path.read_text()
        for line in re.findall(r"^;(?=\w)\S.*$", text, re.M):
            path.write_text(text.replace(line, line[1:]))
            if path == profile:
                # Its section is a comment, too.
                section = re.findall(
                    r"^;?(\[\w+\])$", text.partition(line)[0], re.M)[-1]
                path.write_text(text + f"\n{section}\n{line[1:]}\n")
            assert profiles("-c", made / "postern.ini")
        path.write_text(text)


def test_it_runs(made, home, recorder):
    process = subprocess.Popen(
        [binary(), "run", "-c", made / "postern.ini", "--directory",
         home / "run", "--upstream", f"unix://{recorder.path}"],
        env=clean_environment(), stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if "event=ready" in line:
                break
        assert "doors=1" in line
        assert (home / "run/doors/readonly.sock").is_socket()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


# Where it is written.

def test_a_relative_directory_is_meant_from_here(home):
    (home / "x").mkdir()
    for given, real in (("c", "c"), ("./d/", "d"), ("x/../e", "e"),
                        (".", "."), (f"{home}/f//", "f")):
        done = run("init", given, cwd=home)
        assert done.returncode == 0, done.stderr
        path = Path(os.path.normpath(home / real))
        assert f"wrote {path}/postern.ini\n" in done.stdout
        assert f"\nprofiles = {path}/profiles.d\n" in \
            (path / "postern.ini").read_text()
        assert profiles("-c", path / "postern.ini")


def test_a_link_to_a_directory_is_followed(home):
    (home / "real").mkdir()
    (home / "link").symlink_to("real")
    assert run("init", home / "link").returncode == 0
    assert f"\nprofiles = {home}/real/profiles.d\n" in \
        (home / "real/postern.ini").read_text()


@pytest.mark.parametrize("name", ["a b", "it's", "$HOME", "a;b", "ä", "%s"])
def test_the_commands_that_are_named_work(home, name):
    done = run("init", home / name)
    assert done.returncode == 0, done.stderr
    (home / "bin").mkdir()
    (home / "bin/postern").symlink_to(binary())
    environment = clean_environment()
    environment["PATH"] = f"{home}/bin:{environment['PATH']}"
    command, _ = re.findall(r"^    (.*)$", done.stdout, re.M)
    checked = subprocess.run(["sh", "-c", command], env=environment,
                             capture_output=True, text=True, timeout=20)
    assert checked.returncode == 0, checked.stderr
    assert f"readonly: {home}/{name}/profiles.d/" in checked.stdout


@engine.root_only
def test_without_a_directory_it_is_the_users_own(home):
    os.chown(home, NOBODY, NOBODY)
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": [],
                 "env": {**clean_environment(), "HOME": str(home)}}
    done = run("init", **as_nobody)
    assert (done.returncode, done.stderr) == (0, "")
    own = home / ".config/postern"
    assert "-c" not in done.stdout and f"wrote {own}/" in done.stdout
    assert f"\n;profiles = {own}/profiles.d\n" in \
        (own / "postern.ini").read_text()
    profile, = profiles(**as_nobody)
    assert profile["file"] == f"{own}/profiles.d/readonly.ini"

    as_nobody["env"].update(XDG_CONFIG_HOME=f"{home}/xdg",
                            XDG_RUNTIME_DIR=f"{home}/run")
    done = run("init", **as_nobody)
    assert f"wrote {home}/xdg/postern/postern.ini\n" in done.stdout
    assert f"\n;directory = {home}/run/postern\n" in \
        (home / "xdg/postern/postern.ini").read_text()


@engine.root_only
def test_without_a_directory_it_is_the_systems_for_root(home):
    usual = Path(re.search(r"^ +(/.*/postern/postern\.ini)$",
                           run("--help").stdout, re.M)[1])
    above = usual.parent.parent
    if not above.is_dir():
        pytest.skip(f"no {above} here")
    # Nothing of the machine's own: that directory is an empty one of ours.
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", """
            mount -t tmpfs -o mode=0755 none "$2"
            "$1" init
            "$1" check --names
            cat "$2/postern/postern.ini"
            ! "$1" init
         """, "-", binary(), above], env={**clean_environment(),
                                          "HOME": str(home)},
        capture_output=True, text=True, timeout=20)
    if "mount" in done.stderr:
        engine.cannot("mounting is not possible here")
    assert done.returncode == 0, done.stderr
    assert f"wrote {usual}\n" in done.stdout
    assert "    postern check\n    postern run\nreadonly\n" in done.stdout
    assert f"\n;profiles = {usual.parent}/profiles.d\n" in done.stdout
    assert f"postern: {usual} exists\n" in done.stderr
    assert tree(home) == {}


# What is there stays as it is.

@pytest.mark.parametrize("name", [
    "postern.ini", "profiles.d/readonly.ini", "profiles.d/web.ini"])
@pytest.mark.parametrize("kind", ["file", "link", "directory"])
def test_nothing_is_written_over(home, name, kind):
    path = home / "c" / name
    path.parent.mkdir(parents=True)
    if kind == "file":
        path.write_text("; mine\n")
    elif kind == "link":
        path.symlink_to(home / "nothing")
    else:
        path.mkdir()
    before = tree(home)
    done = run("init", home / "c")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"postern: {path} exists\n" \
                          "postern: nothing was written\n"
    assert tree(home) == before


def test_all_that_is_there_is_said(made):
    (made / "profiles.d/web.ini").write_text("")
    before = tree(made)
    done = run("init", made)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        *(f"postern: {made}/{name} exists"
          for name in [*WRITTEN, "profiles.d/web.ini"]),
        "postern: nothing was written"]
    assert tree(made) == before


def test_what_is_no_profile_does_not_matter(home):
    (home / "profiles.d").mkdir(mode=0o700)
    (home / "profiles.d/.web.ini").write_text("mine")
    (home / "profiles.d/README").write_text("mine")
    before = tree(home)
    assert run("init", home).returncode == 0
    after = tree(home)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == set(WRITTEN)


# What fails leaves nothing.

@pytest.mark.parametrize("name, word", [
    (150 * "x", "long"), ("a ;b", "cannot stand"), ("a\nb", "cannot stand"),
    ("a\x07b", "cannot stand"), ("a/" + 300 * "x", "too long")])
def test_a_path_that_cannot_be_written_down(home, name, word):
    done = run("init", home / "new" / name / name)
    assert (done.returncode, done.stdout) == (1, "")
    assert word in done.stderr and "nothing was written" in done.stderr
    assert tree(home) == {}


@engine.root_only
@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"])
def test_an_environment_that_cannot_be_written_down(home, variable):
    os.chown(home, NOBODY, NOBODY)
    done = run("init", user=NOBODY, group=NOBODY, extra_groups=[], env={
        **clean_environment(), "HOME": str(home),
        variable: f"{home}/a\nmetrics = /x"})
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot stand in postern.ini; nothing was written" in done.stderr
    assert tree(home) == {}


def test_a_file_where_a_directory_must_be(home):
    (home / "profiles.d").write_text("mine")
    before = tree(home)
    for path in (home, home / "profiles.d", home / "profiles.d/x"):
        done = run("init", path)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{home}/profiles.d: Not a directory" in done.stderr
        assert tree(home) == before


@pytest.mark.parametrize("size", [0, 100])
def test_a_file_that_cannot_be_written_whole(home, size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = run("init", home / "a/b", preexec_fn=limit)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{home}/a/b/postern.ini: File too large; nothing was written" \
        in done.stderr
    assert tree(home) == {}


@engine.root_only
def test_a_disk_that_is_full_after_the_first_file(home):
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", """
            mount -t tmpfs -o size=4k none "$2"
            ! "$1" init "$2/c"
            find "$2" -mindepth 1
         """, "-", binary(), home], env=clean_environment(),
        capture_output=True, text=True, timeout=20)
    if "mount" in done.stderr:
        engine.cannot("mounting is not possible here")
    assert (done.returncode, done.stdout) == (0, "")
    assert "/readonly.ini: No space left on device; nothing was written" \
        in done.stderr


@engine.root_only
def test_a_directory_that_may_not_be_written_to(home):
    (home / "c").mkdir()
    done = run("init", home / "c", user=NOBODY, group=NOBODY,
               extra_groups=[])
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{home}/c/profiles.d: Permission denied" in done.stderr
    assert tree(home / "c") == {}


@pytest.mark.parametrize("arguments, word", [
    (["a", "b"], "one directory"), ([""], "one directory"),
    (["-c", "x.ini"], "no settings"), (["--config", "x.ini", "a"], "settings"),
    (["--drain", "1s", "a"], "settings"), (["--profiles", "p"], "settings"),
])
def test_wrong_usage(home, arguments, word):
    done = run("init", *arguments, cwd=home)
    assert (done.returncode, done.stdout) == (2, "")
    assert word in done.stderr and len(done.stderr.splitlines()) == 1
    assert tree(home) == {}
