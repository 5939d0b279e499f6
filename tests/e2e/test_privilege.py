# SPDX-License-Identifier: MIT
"""Who it is: root becomes somebody else at once, keeps what is needed to reach
the daemon, and nothing more."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from engine import root_only
from profiles import ONLY_PING
from program import binary, run, user
from supervised import answers, reload, status

pytestmark = root_only

OTHER = 12345
GROUP = 4242
DOOR_GROUP = 5353


def processes(program):
    return [program.process.pid, *program.workers()]


def identity(pid):
    """All four user ids, all four group ids, and the groups."""
    text = Path(f"/proc/{pid}/status").read_text()
    lines = dict(line.split(":\t", 1) for line in text.splitlines()
                 if ":\t" in line)
    return tuple({int(word) for word in lines[key].split()}
                 for key in ("Uid", "Gid", "Groups"))


def refused(program, status_code, *words, arguments=()):
    program.spawn(*arguments)
    assert program.process.wait(10) == status_code, program.text()
    for word in words:
        assert word in program.text()
    assert not program.door().exists()


def as_other(home, monkeypatch, *options):
    """From now on the program is started as an ordinary user."""
    shutil.copy(binary(), home / "postern")
    launcher = home / "launch"
    launcher.write_text(
        f"#!/bin/sh\nexec setpriv --reuid={OTHER} --regid={OTHER} "
        f'--clear-groups {" ".join(options)} {home}/postern "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("POSTERN", str(launcher))


def own_home(program):
    os.chown(program.home, OTHER, OTHER)


def test_root_becomes_an_ordinary_user(postern, recorder):
    os.chown(recorder.path, 0, GROUP)
    program = postern(recorder.path, web=ONLY_PING).start()
    assert len(processes(program)) == 2
    for pid in processes(program):
        users, groups, more = identity(pid)
        assert users == {user().pw_uid}
        assert 0 not in groups | more
        assert len(groups) == 1
    assert answers(program.door()) == 200
    # Not by a reload either.
    assert reload(program).returncode == 0
    assert identity(program.worker())[0] == {user().pw_uid}


@pytest.mark.parametrize("where", ["option", "setting"])
def test_root_becomes_whom_it_is_told(postern, recorder, home, where):
    program = postern(recorder.path, web=ONLY_PING)
    if where == "option":
        program.start("--user", str(OTHER))
    else:
        settings = home / "postern.ini"
        settings.write_text(f"[daemon]\nuser = {OTHER}\n")
        program.start("-c", str(settings))
    for pid in processes(program):
        assert identity(pid)[0] == {OTHER}
    found = os.stat(program.directory)
    assert found.st_uid == OTHER
    assert stat.S_IMODE(found.st_mode) == 0o750
    assert os.stat(program.door()).st_uid == OTHER
    assert status(program)["user"] == str(OTHER)
    assert answers(program.door()) == 200


def test_root_becomes_somebody_by_name(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.start("--user", "daemon")
    assert identity(program.process.pid)[0] == {1}
    assert status(program)["user"] == "daemon"


@pytest.mark.parametrize("name", ["root", "0", "00"])
def test_it_never_serves_as_root(postern, recorder, name):
    refused(postern(recorder.path, web=ONLY_PING), 3, "never serves as root",
            arguments=("--user", name))


def test_a_user_that_is_not_there(postern, recorder):
    refused(postern(recorder.path, web=ONLY_PING), 1, "no such user",
            arguments=("--user", "nosuchuser"))


def test_the_daemons_group_is_kept_and_no_other_of_roots(
        postern, recorder, home, monkeypatch):
    os.chown(recorder.path, 0, GROUP)
    os.chmod(recorder.path, 0o660)
    program = postern(recorder.path, web=ONLY_PING)
    launcher = home / "launch"
    launcher.write_text("#!/bin/sh\nexec setpriv --groups 0,4,27 "
                        f'{binary()} "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("POSTERN", str(launcher))
    program.start("--user", str(OTHER))
    for pid in processes(program):
        users, groups, more = identity(pid)
        assert users == {OTHER}
        assert more - groups == {GROUP}
        assert not more & {0, 4, 27}
    assert answers(program.door()) == 200


def test_a_daemon_that_no_group_may_open_lends_none(postern, recorder):
    os.chown(recorder.path, 0, GROUP)
    os.chmod(recorder.path, 0o600)
    program = postern(recorder.path, web=ONLY_PING).start()
    assert GROUP not in identity(program.worker())[2]
    assert answers(program.door()) == 502


def test_doors_get_their_groups(postern, recorder):
    program = postern(
        recorder.path,
        web=ONLY_PING + f"[socket]\nmode = 0660\ngroup = {DOOR_GROUP}\n")
    program.start()
    found = os.stat(program.door())
    assert found.st_gid == DOOR_GROUP
    assert stat.S_IMODE(found.st_mode) == 0o660
    assert DOOR_GROUP in identity(program.process.pid)[2]
    assert answers(program.door()) == 200


def test_somebody_elses_directory_is_an_error(postern, recorder):
    program = postern(recorder.path, web=ONLY_PING)
    program.directory.mkdir(0o755)
    refused(program, 1, str(program.directory), "belongs to uid 0", "chown")
    os.chown(program.directory, user().pw_uid, 0)
    program.start()
    assert answers(program.door()) == 200


@pytest.mark.parametrize("mode", [0o600, 0o000])
def test_profiles_that_it_cannot_read_are_an_error(postern, recorder, mode):
    program = postern(recorder.path, web=ONLY_PING)
    (program.profiles / "web.ini").chmod(mode)
    refused(program, 1, "web.ini", "Permission denied")


def test_a_door_for_another_user_needs_the_right_to_give_it(
        postern, recorder):
    program = postern(
        recorder.path, web=ONLY_PING + f"[socket]\nuser = {OTHER}\n")
    refused(program, 1, "door web", "owner")


def test_a_door_for_another_user_with_that_right(
        postern, recorder, home, monkeypatch):
    program = postern(
        recorder.path, web=ONLY_PING + "[socket]\nuser = 23456\n")
    own_home(program)
    as_other(home, monkeypatch, "--inh-caps=+chown", "--ambient-caps=+chown")
    program.start()
    assert os.stat(program.door()).st_uid == 23456
    assert identity(program.worker())[0] == {OTHER}
    text = Path(f"/proc/{program.worker()}/status").read_text()
    assert "CapEff:\t0000000000000000" in text
    # And a reload keeps it.
    assert reload(program).returncode == 0, program.text()
    assert os.stat(program.door()).st_uid == 23456


def test_an_ordinary_user_needs_nothing_of_root(
        postern, recorder, home, monkeypatch):
    program = postern(recorder.path, web=ONLY_PING)
    own_home(program)
    as_other(home, monkeypatch)
    program.start()
    for pid in processes(program):
        assert identity(pid) == ({OTHER}, {OTHER}, set())
    assert answers(program.door()) == 200
    assert reload(program).returncode == 0
    assert answers(program.door()) == 200
    assert status(program)["user"] == str(OTHER)
    assert program.finish() == 0


def test_an_ordinary_user_cannot_become_another(
        postern, recorder, home, monkeypatch):
    """The setting is for root: for others it says nothing."""
    program = postern(recorder.path, web=ONLY_PING)
    own_home(program)
    as_other(home, monkeypatch)
    program.start("--user", "daemon")
    assert identity(program.process.pid)[0] == {OTHER}


def test_a_daemon_that_it_may_not_open(postern, recorder, home, monkeypatch):
    program = postern(recorder.path, web=ONLY_PING)
    own_home(program)
    os.chmod(recorder.path, 0o600)
    as_other(home, monkeypatch)
    program.start()
    assert answers(program.door()) == 502
    assert program.log("daemon-unreachable")
    os.chmod(recorder.path, 0o666)
    assert answers(program.door()) == 200


def test_no_root_in_any_subcommand_is_needed(home):
    shutil.copy(binary(), home / "postern")
    done = subprocess.run(
        ["setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups",
         home / "postern", "presets"], capture_output=True, text=True,
        timeout=20, check=False)
    assert done.returncode == 0 and done.stdout == run("presets").stdout
