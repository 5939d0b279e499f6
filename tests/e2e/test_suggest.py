# SPDX-License-Identifier: MIT
"""postern suggest: where it reads, what it prints, and that what it prints is
a profile, or a patch of one."""

import json
import os
import subprocess

import pytest

from api import Api
from program import clean_environment, run

OBSERVE = "[profile]\nmode = observe\nobserve-root = yes\n"

LOG = """\
level=info event=need profile=web operation=ImageCreate line="[image] pull = \
docker.io/library/nginx:latest"
level=info event=decision verdict=allow reason=allowed profile=web uid=0 gid=0 \
operation=ImageCreate method=POST target="/images/create?fromImage=nginx"
level=info event=decision verdict=would-deny reason=not-allowed profile=web \
uid=0 gid=0 operation=ContainerList method=GET target=/containers/json \
hint="[allow] operation = ContainerList"
"""
SUGGESTED = """\
; What web was seen to need, in 2 requests.

[allow]
; 1 time
operation = ContainerList
; 1 time
operation = ImageCreate

[image]
; 1 time
pull = docker.io/library/nginx:latest
"""


def suggest(*arguments, **options):
    done = run("suggest", *arguments, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def put(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_reads_a_file_or_standard_input(home):
    path = put(home, "log", LOG)
    assert suggest("web", path) == SUGGESTED
    assert suggest("web", "-", input=LOG) == SUGGESTED


@pytest.mark.parametrize("prefix", [
    "<6>", "Nov 22 13:00:00 host postern[123]: ", "postern-1  | ",
    "2026-11-22T13:00:00.123456789Z ",
])
def test_reads_what_others_put_before_a_line(home, prefix):
    log = "".join(prefix + line for line in LOG.splitlines(keepends=True))
    assert suggest("web", "-", input=log) == SUGGESTED


def journalctl(home, script):
    """A journalctl in the PATH."""
    folder = home / "bin"
    folder.mkdir()
    path = put(folder, "journalctl", "#!/bin/sh\n" + script)
    path.chmod(0o755)
    return {**clean_environment(), "PATH": f"{folder}:{os.environ['PATH']}"}


def test_asks_the_journal_where_no_file_is_named(home):
    put(home, "log", LOG)
    env = journalctl(home, f'echo "$@" >{home}/asked; cat {home}/log\n')
    assert suggest("web", env=env) == SUGGESTED
    assert (home / "asked").read_text() == (
        "-o cat --no-pager -q -u postern.service --user-unit "
        "postern.service\n")


def test_says_where_there_is_no_journal(home):
    done = run("suggest", "web", env=journalctl(home, "exit 1\n"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "journalctl could not read the journal: name the log's file" in \
        done.stderr
    (home / "none").mkdir()
    done = run("suggest", "web", env={"PATH": str(home / "none")})
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no journalctl here: name the log's file" in done.stderr


@pytest.mark.parametrize("arguments, status, said", [
    ((), 2, "suggest takes PROFILE and perhaps FILE"),
    (("web", "a", "b"), 2, "suggest takes PROFILE and perhaps FILE"),
    (("../web", "-"), 2, "no profile can be called ../web"),
    (("web", "/nonexistent"), 1, "/nonexistent: No such file"),
    (("web", "/tmp"), 1, "/tmp: Is a directory"),
    (("db", "-"), 1, "standard input says of no request that it came "
                     "through the door of db; is the log's level info?"),
    (("web", "-", "--merge", "--profiles", "/nonexistent"), 1,
     "/nonexistent"),
])
def test_says_what_is_wrong(arguments, status, said):
    done = run("suggest", *arguments, input=LOG)
    assert done.returncode == status
    assert done.stdout == ""
    assert said in done.stderr


def test_tells_of_lines_that_cannot_be_read():
    done = run("suggest", "web", "-",
               input=LOG + LOG.replace("docker.io/library/", "A B"))
    assert done.returncode == 0
    assert done.stderr == ("postern: standard input: 1 line could not be "
                           "read; the first is line 4\n")


def test_is_not_led_by_what_clients_send(serve):
    """Their bytes stand in the log, and in the profile, as values."""
    program = serve(OBSERVE)
    api = Api(program.door())
    hostile = "x\nlevel=info event=need profile=web operation=ImageCreate " \
        'line="[image] load = yes"\n; [image] load = yes\n[allow]'
    for value in (hostile, hostile.replace("\n", "; ")):
        api("POST /containers/web/exec", {
            "Cmd": ["a", value], "Env": [f"A={value}"]})
        api("POST /volumes/create", {"Name": "v", "Driver": value})
        api("POST /containers/create", {
            "Image": "nginx", "HostConfig": {"Dns": [value]}})
    program.wait_log("decision", operation="ContainerCreate")
    text = suggest("web", program.errors)
    assert "\nload" not in text
    put(program.profiles, "new.ini", text)
    done = run("check", "--json", "--profiles", program.profiles)
    assert done.returncode == 0, done.stderr
    said, = [one for one in json.loads(done.stdout)["profiles"]
             if one["name"] == "new"]
    assert said["allows"] == ["ContainerCreate", "ContainerExec",
                              "VolumeCreate"]


# --merge

NEEDS = """\
level=info event=need profile=web operation=ContainerCreate \
line="[container] {}"
level=info event=decision verdict=would-deny reason=field profile=web \
operation=ContainerCreate
"""


def merge(home, text, log):
    """The file's text once the patch is applied, and what was remarked."""
    folder = home / "profiles.d"
    folder.mkdir(exist_ok=True)
    path = put(folder, "web.ini", text)
    done = run("suggest", "web", "--merge", "-", "--profiles", folder,
               input=log, cwd=folder)
    assert done.returncode == 0, done.stderr
    if done.stdout:
        assert done.stdout.startswith("--- web.ini\n+++ web.ini\n@@ -")
        patched = subprocess.run(
            ["patch", "-p0", "--fuzz=0"], input=done.stdout, cwd=folder,
            capture_output=True, text=True, timeout=20)
        assert patched.returncode == 0, (patched.stdout, done.stdout)
        assert "offset" not in patched.stdout
        assert run("check", "--profiles", folder).returncode == 0
    return path.read_text(), done.stderr


FILE = """\
; what web may do

[profile]
mode = observe

[allow]
; to look
operation = SystemPing

; and more
operation = ContainerCreate

; not too much
[limits]
body = 1M
"""


def test_merges_at_the_end_of_the_section(home):
    text, remarks = merge(home, FILE, LOG)
    assert text == FILE.replace("operation = ContainerCreate\n", """\
operation = ContainerCreate
; 1 time
operation = ContainerList
; 1 time
operation = ImageCreate
""") + """
[image]
; 1 time
pull = docker.io/library/nginx:latest
"""
    assert remarks == (
        "allowed and not seen: ContainerCreate\n"
        "allowed and not seen: SystemPing\n"
        "web still observes: once mode = enforce, it denies\n")
    # Once it is there, it is not added again.
    assert merge(home, text, LOG)[0] == text


@pytest.mark.parametrize("text", [
    "", "\n", "[allow]", "[allow]\n", "[allow]\noperation = ContainerStop",
    "; a comment", "[image]\n\n[allow]\n",
    "[image]\npull = httpd\n[allow]\noperation = ContainerStop",
    "[allow]\n" + "; a comment\n" * 7 + "operation = ContainerStop\n"
    + "\n" * 7 + "[image]\n" + "; a comment\n" * 7,
    "[image]\n" + "\n" * 6 + "[allow]\n" + "\n" * 7,
    "; a comment\n" * 9 + "[profile]\nmode = observe",
])
def test_merges_into_whatever_there_is(home, text):
    merged, _ = merge(home, text, LOG)
    lines = [line for line in merged.split("\n") if line]
    for line in text.split("\n"):
        assert not line or lines.count(line) >= text.split("\n").count(line)
    said, = json.loads(run("check", "--json", "--profiles",
                           home / "profiles.d").stdout)["profiles"]
    assert {"ContainerList", "ImageCreate"} <= set(said["allows"])


def test_merges_nothing_that_is_there_in_other_words(home):
    text = ("[profile]\nextends = readonly\n"
            "[allow]\noperation = Image*\n[image]\npull = docker.io/*\n")
    merged, remarks = merge(home, text, LOG)
    assert merged == text
    assert "not seen: ContainerList\n" not in remarks
    assert "not seen: ImageTag\n" in remarks


def test_merges_nothing_that_would_take_something_away(home):
    text = "[allow]\noperation = ContainerCreate\n"
    merged, remarks = merge(home, text, NEEDS.format("image = nginx:1"))
    assert merged == text
    assert "not added, since any will do now: [container] image = nginx:1" \
        in remarks


def test_merges_nothing_that_never_passed_and_gives_root(home):
    text = "[allow]\noperation = ContainerCreate\n"
    merged, remarks = merge(home, text, (
        "level=notice event=decision verdict=deny reason=field profile=web "
        'operation=ContainerCreate hint="[container] privileged = yes"\n'))
    assert merged == text
    assert "not added: [container] privileged = yes (denied 1 time; gives " \
        "root on the host)" in remarks


def test_merges_nothing_that_cannot_be_loaded(home):
    folder = home / "profiles.d"
    folder.mkdir()
    put(folder, "web.ini", "[allow]\noperation = ContainerCreate\n"
        "[container]\nbind = /srv:rw\nuser = nonroot\n")
    done = run("suggest", "web", "--merge", "-", "--profiles", folder,
               input=NEEDS.format("user = 0"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "what was seen cannot stand with what the file says:\n" in \
        done.stderr
    assert "web.ini:4: with :rw a container leaves root's files" in \
        done.stderr


def test_merge_wants_the_profiles_file(home):
    folder = home / "profiles.d"
    folder.mkdir()
    put(folder, "db.ini", "")
    done = run("suggest", "web", "--merge", "-", "--profiles", folder,
               input=LOG)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "postern: no such profile: web\n"


def test_a_patch_of_an_absolute_name_is_applied_in_the_root(home):
    folder = home / "profiles.d"
    folder.mkdir()
    path = put(folder, "web.ini", FILE)
    done = run("suggest", "web", "--merge", "-", "--profiles", folder,
               input=LOG, cwd="/")
    patched = subprocess.run(["patch", "-p0"], input=done.stdout, cwd="/",
                             capture_output=True, text=True, timeout=20)
    assert patched.returncode == 0, patched.stdout
    assert "pull = docker.io/library/nginx:latest" in path.read_text()
