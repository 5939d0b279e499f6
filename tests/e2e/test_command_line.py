# SPDX-License-Identifier: MIT
"""The subcommands that serve nothing: what they print, and exit statuses."""

import json
import re

import pytest

from profiles import INSPECTED, ONLY_PING, ROOT_EQUIVALENT
from program import clean_environment, run


@pytest.fixture
def folder(home):
    """folder(name=TEXT, ...) writes profiles; returns options to use them
    by."""
    def write(**profiles):
        (home / "p").mkdir(exist_ok=True)
        for name, text in profiles.items():
            (home / "p" / f"{name}.ini").write_text(text)
        return ["--profiles", home / "p", "--directory", home / "d",
                "--upstream", "unix:///run/x.sock"]
    return write


# Help and usage.

def test_version():
    for option in ("--version", "-V"):
        done = run(option)
        assert re.fullmatch(r"postern \d+\.\d+\.\d+\S*\n", done.stdout)
        assert (done.returncode, done.stderr) == (0, "")


def test_help():
    for option in ("--help", "-h"):
        done = run(option)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Usage: postern ")
        for word in ("run", "check", "explain", "presets", "--upstream",
                     "--json", "postern.ini(5)"):
            assert word in done.stdout
        # How long the default file's path is, is up to ./configure.
        lines = [line for line in done.stdout.splitlines()
                 if not line.endswith("/postern/postern.ini")]
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("arguments, word", [
    ([], "command"),
    (["fly"], "fly"),
    (["--fly"], "--fly"),
    (["run", "x"], "run"),
    (["check", "x"], "check"),
    (["explain"], "explain"),
    (["explain", "web", "GET"], "explain"),
    (["explain", "web", "GET", "/info", "x"], "explain"),
    (["presets", "a", "b"], "presets"),
    (["check", "--json", "--names"], "--names"),
    (["run", "--upstream"], "upstream"),
    (["presets", "no-such-preset"], "no-such-preset"),
], ids=lambda value: "_".join(value) if isinstance(value, list) else "")
def test_wrong_usage(arguments, word):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert word in done.stderr
    assert len(done.stderr.splitlines()) == 1


# presets

def test_presets_are_listed():
    names = run("presets", "--names").stdout.splitlines()
    assert names == sorted(names)
    assert {"traefik", "watchtower", "portainer", "readonly"} <= set(names)
    lines = run("presets").stdout.splitlines()
    assert [line.split()[0] for line in lines] == names
    for line in lines:
        assert len(line.split()) > 3 and len(line) <= 80


def test_a_preset_is_shown_and_can_be_used_as_a_file(folder):
    for name in run("presets", "--names").stdout.split():
        shown = run("presets", name)
        assert shown.returncode == 0
        assert shown.stdout.startswith("; ")
        done = run("check", *folder(copy=shown.stdout))
        assert done.returncode == 0, done.stderr


# check

def test_check_in_words(folder, home):
    done = run("check", *folder(
        web="[profile]\nextends = traefik\n",
        ci=ONLY_PING + "[socket]\nmode = 0660\n"))
    assert (done.returncode, done.stderr) == (0, "")
    ci, web = done.stdout.split("\n\n")
    assert ci.startswith(f"ci: {home}/p/ci.ini\n")
    assert f"{home}/d/doors/ci.sock, mode 0660" in ci
    assert "nothing risky" in ci
    assert "SystemPing" in ci and "ContainerList" not in ci
    assert "traefik" in web and "ContainerList" in web
    assert max(map(len, done.stdout.splitlines())) < 100


def test_check_for_shells(folder, home):
    """Only names; all is read and checked none the less."""
    options = folder(web=ONLY_PING, **{
        "b.c": "[allow]\nroot-equivalent = ContainerCreate\n"})
    done = run("check", "--names", *options)
    assert (done.returncode, done.stdout, done.stderr) == \
        (0, "b.c\nweb\n", "")
    assert run("check", "--names", "--no-root", *options).returncode == 4
    folder(web="[alow]\n")
    done = run("check", "--names", *options)
    assert (done.returncode, done.stdout) == (3, "")
    assert "web.ini:1: " in done.stderr


def test_check_for_programs(folder, home):
    done = run("check", "--json", *folder(
        a=ONLY_PING,
        b="[allow]\noperation = ContainerLogs\n",
        c="[allow]\nroot-equivalent = ContainerCreate\n",
        d="[profile]\nextends = c\n[deny]\noperation = ContainerCreate\n",
        e="[allow]\nrequest = GET /containers/web/logs\n"))
    assert (done.returncode, done.stderr) == (0, "")
    profiles = {p["name"]: p for p in json.loads(done.stdout)["profiles"]}
    assert sorted(profiles) == ["a", "b", "c", "d", "e"]
    a = profiles["a"]
    assert a["file"] == f"{home}/p/a.ini"
    assert a["door"] == f"{home}/d/doors/a.sock"
    assert a["mode"] == "0666"
    assert a["extends"] is None and profiles["d"]["extends"] == "c"
    assert a["allows"] == ["SystemPing"]
    assert [profiles[name]["reach"] for name in "abcde"] == [
        "nothing risky", "reads secrets", "root on the host",
        "nothing risky", "reads secrets"]
    assert profiles["b"]["secrets"] == ["ContainerLogs"]
    assert profiles["c"]["root"] == ["ContainerCreate"]
    assert profiles["e"]["allows_some"] == ["ContainerLogs"]
    assert profiles["e"]["allows"] == []


CREATES = "[allow]\noperation = ContainerCreate\n"

# What [container] says, what that comes to, and by what.
REACHES = {
    "any_volume": ("", "changes what others own",
                   {"changes": ["ContainerCreate"]}),
    "nothing": ("volume = web\n", "nothing risky", {}),
    "harmless": ("capability = CHOWN\nnetwork = *\nvolume = web-*\n",
                 "nothing risky", {}),
    "reads": ("volume = web\nbind = /srv/app\n", "reads secrets", {
        "secrets": ["ContainerCreate: [container] bind = /srv/app"]}),
    "others": ("volume = web\nnamespace = network:host\naddress = yes\n",
               "changes what others own", {"changes": [
                   "ContainerCreate: [container] namespace = network:host",
                   "ContainerCreate: [container] address = yes"]}),
    "root": ("volume = web\nprivileged = yes\n"
             "capability = SYS_ADMIN CHOWN\nbind = /srv/app\n",
             "root on the host", {"root": [
                 "ContainerCreate: [container] privileged = yes",
                 "ContainerCreate: [container] capability = SYS_ADMIN"],
                 "secrets": ["ContainerCreate: [container] bind = /srv/app"]}),
    "the_daemon_itself": ("volume = web\nbind = /var/run/docker.sock:ro\n",
                          "root on the host", {"root": [
        "ContainerCreate: [container] bind = /var/run/docker.sock:ro"]}),
}


@pytest.mark.parametrize("name", REACHES)
def test_check_says_what_sections_come_to(folder, name):
    lines, reach, causes = REACHES[name]
    options = folder(web=f"{CREATES}[container]\n{lines}")
    done = run("check", "--json", "--no-root", *options)
    said = json.loads(done.stdout)["profiles"][0]
    assert said["reach"] == reach
    for kind in ("root", "changes", "secrets"):
        assert sorted(said[kind]) == sorted(causes.get(kind, []))
    assert done.returncode == (4 if "root" in causes else 0)
    done = run("check", *options)
    assert done.returncode == 0
    assert re.search(f"^  can reach +{reach}$", done.stdout, re.M)
    for kind, each in causes.items():
        assert re.search(f"^    {kind} by ", done.stdout, re.M)
        for cause in each:
            assert cause in done.stdout


def test_check_without_root_and_with(folder):
    done = run("check", "--no-root", *folder(
        a=CREATES, b="[allow]\nroot-equivalent = ContainerCreate\n",
        c=CREATES + "[container]\nprivileged = yes\n"))
    assert done.returncode == 4
    assert done.stderr == ("postern: b can reach root on the host\n"
                           "postern: c can reach root on the host\n")


def test_check_notes_ways_around_a_list_of_images(folder):
    listed = "[container]\nimage = acme/*\n"
    tags = "[allow]\noperation = ContainerCreate ImageTag\n"
    options = folder(a=tags + listed + "[image]\ntag = acme/*\n",
                     b=tags + listed,
                     c=tags + "[image]\ntag = acme/*\n")
    done = run("check", "--json", *options)
    notes = {profile["name"]: profile["notes"]
             for profile in json.loads(done.stdout)["profiles"]}
    assert len(notes["a"]) == 1 and "ImageTag" in notes["a"][0]
    assert notes["b"] == notes["c"] == []
    assert f"note         {notes['a'][0]}" in run("check", *options).stdout


def test_check_notes_what_runs_in_other_containers(folder):
    may = "[allow]\noperation = "
    texts = {
        "exec": f"{may}ContainerExec\n[exec]\ncommand = [\"id\"]\n",
        "types": f"{may}ContainerAttach\n[container]\nstdin = yes\n",
        "writes": f"{may}PutContainerArchive\n[container]\narchive = /x\n",
        "no-exec": f"{may}ContainerExec\n",
        "no-types": f"{may}ContainerAttach\n[container]\nstdin = no\n",
        "no-writes": f"{may}PutContainerArchive\n",
        "no-operation": f"{may}SystemPing\n[exec]\ncommand = *\n",
    }
    done = run("check", "--json", *folder(**texts))
    for profile in json.loads(done.stdout)["profiles"]:
        told = ["as good as root on the host" in note
                for note in profile["notes"]]
        assert told == \
            ([] if profile["name"].startswith("no-") else [True]), profile


@pytest.mark.parametrize("name", ROOT_EQUIVALENT + INSPECTED)
def test_check_calls_root_root(folder, name):
    done = run("check", "--json", *folder(
        x=f"[allow]\nroot-equivalent = {name}\n"))
    said = json.loads(done.stdout)["profiles"][0]
    assert said["reach"] == "root on the host"
    assert said["root"] == [name]


def test_check_without_profiles(home):
    done = run("check", "--profiles", home / "nothing")
    assert done.returncode == 1 and str(home / "nothing") in done.stderr
    (home / "empty").mkdir()
    (home / "empty" / "x.ini~").write_text("left by an editor")
    (home / "empty" / ".x.ini").write_text("left by an editor")
    done = run("check", "--profiles", home / "empty")
    assert done.returncode == 1 and str(home / "empty") in done.stderr


@pytest.mark.parametrize("command", [
    ["check"], ["run"], ["explain", "a", "GET", "/_ping"],
    ["explain", "traefik", "GET", "/_ping"]], ids=" ".join)
def test_a_profile_that_cannot_be_read_is_not_left_out(
        folder, home, command):
    options = folder(a=ONLY_PING)
    (home / "p" / "b.ini").mkdir()
    done = run(*command, *options)
    assert done.returncode == 1 and f"{home}/p/b.ini" in done.stderr
    assert done.stdout == ""


# explain

EXPLAINED = [
    # method, target, verdict, reason, operation, part of the hint
    ("GET", "/containers/json?all=1", "allow", "allowed", "ContainerList",
     ""),
    ("GET", "/v1.41/containers/json", "allow", "allowed", "ContainerList",
     ""),
    ("POST", "/containers/web/stop", "deny", "not-allowed", "ContainerStop",
     "[allow] operation = ContainerStop"),
    ("POST", "/containers/create", "deny", "not-allowed",
     "ContainerCreate", "[allow] operation = ContainerCreate"),
    ("GET", "/swarm", "deny", "root-equivalent", "SwarmInspect",
     "[allow] root-equivalent = SwarmInspect"),
    ("PUT", "/containers/web/archive?path=/", "deny", "not-allowed",
     "PutContainerArchive", "[allow] operation = PutContainerArchive"),
    ("GET", "/info", "deny", "denied", "SystemInfo", "web.ini:4"),
    ("GET", "/nothing", "deny", "unknown-operation", None, ""),
    ("FLY", "/info", "deny", "unknown-operation", None, ""),
]


@pytest.mark.parametrize(
    "method, target, verdict, reason, operation, hint", EXPLAINED)
def test_explain(folder, method, target, verdict, reason, operation, hint):
    options = folder(web="[allow]\noperation = Container*t\n[deny]\n"
                         "operation = SystemInfo\n")
    done = run("explain", "web", method, target, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"web: {method} {target}: {verdict}" in done.stdout
    assert reason in done.stdout and hint in done.stdout
    done = run("explain", "--json", "web", method, target, *options)
    said = json.loads(done.stdout)
    assert said["verdict"] == verdict
    assert said["reason"] == reason
    assert said["operation"] == operation
    if verdict == "deny":
        assert hint in said["hint"]
    if reason in ("allowed", "denied"):
        assert re.search(r"/web\.ini:[24]$", said["rule"])
    else:
        assert said["rule"] is None


@pytest.mark.parametrize("target", [
    "/containers/../info", "/v1.9/info", "http://x/info", "/info?a=%zz",
    "info", "/containers/json?all=1&all=2", "/v01.41/info"])
def test_explain_what_would_be_refused(folder, target):
    done = run("explain", "--json", "web", "GET", target,
               *folder(web=ONLY_PING))
    said = json.loads(done.stdout)
    assert said["verdict"] == "refuse"
    assert said["reason"]


DENY = "[deny] operation = ContainerCreate"

# A body, and what is said of it: the verdict, the reason, a part of what
# else, and what would change that.
BODIES = [
    (None, "allow", "allowed", "standard input", DENY),
    ('{"Image":"a"}', "allow", "allowed", "", DENY),
    ('{"Image":"a","HostConfig":{"Privileged":true}}', "deny", "field",
     "HostConfig.Privileged = true", "[container] privileged = yes"),
    ('{"Image":"a","HostConfig":{"Binds":["/srv:/srv:ro"]}}', "deny",
     "field", 'HostConfig.Binds[0] = "/srv:/srv:ro"',
     "[container] bind = /srv:ro"),
    ('{"Image":"a","HostConfig":{"Links":["a:b"]}}', "deny", "field",
     "HostConfig.Links", ""),
    ('{"Image":"a","HostConfig":{"Memory":2097152}}', "deny", "field",
     "HostConfig.Memory = 2097152", ""),
    ('{"Image":"a","hostconfig":{"Privileged":true}}', "refuse", "field",
     "hostconfig (a field in the wrong case)", ""),
    ('{"HostConfig":{}}', "refuse", "field", "Image", ""),
    ('{"Image":"a","HostConfig":{"Binds":["data:/data"]}}', "ask",
     "allowed", "GET /volumes/data", ""),
]


@pytest.mark.parametrize("body, verdict, reason, detail, hint", BODIES)
def test_explain_looks_inside(folder, body, verdict, reason, detail, hint):
    options = folder(web=CREATES + "[container]\nmemory-max = 1M\n")
    line = ["web", "POST", "/containers/create"]
    given = {} if body is None else {"input": body}
    done = run("explain", *line, *options, **given)
    assert (done.returncode, done.stderr) == (0, "")
    first = done.stdout.splitlines()[0]
    assert first.startswith(f"web: POST /containers/create: {verdict}")
    assert f"({reason})" in first and detail in done.stdout
    done = run("explain", "--json", *line, *options, **given)
    said = json.loads(done.stdout)
    assert (said["verdict"], said["reason"]) == (verdict, reason)
    assert detail in said["detail"] and bool(detail) == bool(said["detail"])
    assert said["hint"] == hint


def test_explain_does_not_look_inside_of_what_is_as_good_as_root(folder):
    done = run("explain", "web", "POST", "/containers/create", *folder(
        web="[allow]\nroot-equivalent = ContainerCreate\n"),
        input='{"Image":"a","HostConfig":{"Privileged":true}}')
    assert ": allow ContainerCreate (allowed)" in done.stdout


def test_explain_a_preset_without_any_file(home):
    done = run("explain", "traefik", "GET", "/containers/json",
               "--profiles", home / "nothing")
    assert done.returncode == 0
    assert ": allow ContainerList" in done.stdout
    assert "preset:traefik:" in done.stdout


def test_explain_no_such_profile(folder):
    done = run("explain", "nobody", "GET", "/info", *folder(web=ONLY_PING))
    assert done.returncode != 0
    assert "nobody" in done.stderr and done.stdout == ""


# Errors in files.

ERRORS = {
    "unknown_operation": (
        "[allow]\noperation = ContainerLst\n", 2, "ContainerList"),
    "unknown_operation_in_a_list": (
        "[allow]\noperation = SystemPing ContainerStrt\n", 2,
        "ContainerStart"),
    "operation_in_the_wrong_case": (
        "[allow]\noperation = containerlist\n", 2, "ContainerList"),
    "unknown_key": ("[allow]\noperations = SystemPing\n", 2, "operation"),
    "unknown_section": ("[alow]\noperation = SystemPing\n", 1, "allow"),
    "unknown_group": ("[allow]\ngroup = containers:read\n", 2,
                      "container:read"),
    "unknown_preset": ("[profile]\nextends = trafik\n", 2, "traefik"),
    "key_of_another_section": ("[allow]\nmode = 0600\n", 2, "mode"),
    "root_equivalent_as_operation": (
        "[allow]\noperation = SwarmInspect\n", 2,
        "root-equivalent = SwarmInspect"),
    "operation_as_root_equivalent": (
        "[allow]\nroot-equivalent = SystemPing\n", 2,
        "operation = SystemPing"),
    "wildcard_as_root_equivalent": (
        "[allow]\nroot-equivalent = Container*\n", 2, "Container*"),
    "root_equivalent_in_deny": (
        "[deny]\nroot-equivalent = ContainerCreate\n", 2, "root-equivalent"),
    "wildcard_that_matches_nothing": (
        "[allow]\noperation = Contaner*\n", 2, "Contaner*"),
    "wildcard_that_matches_only_root_equivalents": (
        "[allow]\noperation = SwarmInsp*\n", 2, "SwarmInspect"),
    "request_that_matches_nothing": (
        "[allow]\nrequest = GET /contaners/json\n", 2, "/contaners/json"),
    "request_for_a_root_equivalent": (
        "[allow]\nrequest = GET /swarm\n", 2,
        "root-equivalent = SwarmInspect"),
    "request_with_a_version": (
        "[allow]\nrequest = GET /v1.41/info\n", 2, "version"),
    "request_without_a_method": ("[allow]\nrequest = /info\n", 2, "method"),
    "request_with_an_unknown_method": (
        "[allow]\nrequest = FETCH /info\n", 2, "method"),
    "empty_value": ("[allow]\noperation =\n", 2, "operation"),
    "unknown_key_of_a_section": (
        "[container]\ncapabilities = CHOWN\n", 2, "capability"),
    "unknown_capability": (
        "[container]\ncapability = NET_ADMN\n", 2, "NET_ADMN"),
    "bind_that_is_relative": ("[container]\nbind = srv/app\n", 2, "srv/app"),
    "bind_with_dots": ("[container]\nbind = /srv/../etc\n", 2, "/srv/../etc"),
    "bind_that_leaves_files_of_roots": (
        "[container]\nbind = /srv/app:rw\n", 2, "bind-as-root"),
    "neither_yes_nor_no": ("[container]\nprivileged = maybe\n", 2, "maybe"),
    "command_that_is_no_array": ("[exec]\ncommand = sh\n", 2, "JSON"),
    "flag_twice": (
        "[container]\nstdin = yes\nstdin = no\n", 3, "line 2"),
    "mode_too_open": ("[socket]\nmode = 0777\n", 2, "0777"),
    "mode_not_octal": ("[socket]\nmode = 0689\n", 2, "0689"),
    "unknown_user": ("[socket]\nuser = no-such-user\n", 2, "no-such-user"),
    "unknown_group_of_users": (
        "[socket]\ngroup = no-such-group\n", 2, "no-such-group"),
    "bad_peer": ("[socket]\npeers = 1000\n", 2, "uid:"),
    "path_with_dots": ("[socket]\npath = ../x.sock\n", 2, "../x.sock"),
    "path_too_long": (
        "[socket]\npath = /" + 120 * "x" + "\n", 2, "107"),
    "path_with_another_escape": ("[socket]\npath = %d.sock\n", 2, "%p"),
    "connections_zero": ("[limits]\nconnections = 0\n", 2, "connections"),
    "connections_not_a_number": (
        "[limits]\nconnections = many\n", 2, "many"),
    "body_too_large": ("[limits]\nbody = 1G\n", 2, "64M"),
    "set_twice": ("[limits]\nbody = 1K\nbody = 2K\n", 3, "line 2"),
    "section_twice": (
        "[allow]\noperation = SystemPing\n[deny]\ngroup = image:write\n"
        "[allow]\noperation = SystemInfo\n", 5, "allow"),
    "before_any_section": ("operation = SystemPing\n", 1, "section"),
    "no_equals_sign": ("[allow]\noperation SystemPing\n", 2, ""),
    "colon_for_equals_sign": ("[allow]\noperation: SystemPing\n", 2, ""),
    "indented_line": (
        "[allow]\noperation = SystemPing\n SystemInfo\n", 3, "blank"),
    "long_line": (
        "[allow]\noperation = SystemPing\noperation = " + 200 * "x" + "\n",
        3, "198"),
    "carriage_return": ("[allow]\r\noperation = SystemPing\r\n", 1, ""),
    "nul": ("[allow]\noperation = System\0Ping\n", 2, "0x00"),
    "control_byte": ("[allow]\noperation = System\x07Ping\n", 2, "0x07"),
    "text_behind_a_section": ("[allow] operation = SystemPing\n", 1, ""),
    "section_not_closed": ("[allow\noperation = SystemPing\n", 1, ""),
    "byte_order_mark": ("\ufeff[allow]\noperation = SystemPing\n", 1, ""),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_refused_with_file_and_line(folder, home, name):
    text, line, word = ERRORS[name]
    options = folder(good=ONLY_PING, web=text)
    done = run("check", *options)
    assert done.returncode == 3, done.stdout
    assert done.stdout == ""
    first = done.stderr.splitlines()[0]
    assert first.startswith(f"{home}/p/web.ini:{line}: "), done.stderr
    assert word in first
    # And nothing runs with it, not even the good profile.
    done = run("run", *options)
    assert done.returncode == 3
    assert first in done.stderr.splitlines()
    assert not (home / "d").exists()


def test_all_errors_of_all_files_in_one_go(folder, home):
    config = home / "c.ini"
    config.write_text("[log]\nformat = xml\n")
    done = run("check", "-c", config, *folder(
        a="[allow]\noperation = SystemPin\n\n[sokcet]\nmode = 0600\n",
        b="[profile]\nextends = redonly\n[limits]\nbody = x\nconections = 1\n",
        c=ONLY_PING))
    assert done.returncode == 3
    where = [line.split(": ")[0] for line in done.stderr.splitlines()]
    assert sorted(where) == [f"{config}:2",
        f"{home}/p/a.ini:2", f"{home}/p/a.ini:4", f"{home}/p/b.ini:2",
        f"{home}/p/b.ini:4", f"{home}/p/b.ini:5"]
    for word in ("SystemPing", "socket", "readonly", "connections"):
        assert word in done.stderr


def test_extending_oneself_in_a_circle(folder):
    done = run("check", *folder(
        a="[profile]\nextends = b\n", b="[profile]\nextends = a\n"))
    assert done.returncode == 3
    assert "extends" in done.stderr


def test_extending_a_preset_of_the_same_name(folder):
    done = run("check", "--json", *folder(
        traefik="[profile]\nextends = traefik\n[allow]\n"
                "operation = SystemInfo\n"))
    assert done.returncode == 0, done.stderr
    allows = json.loads(done.stdout)["profiles"][0]["allows"]
    assert "SystemInfo" in allows and "ContainerList" in allows


@pytest.mark.parametrize("name", ["-x", ".x", "a b", "a;b", "ä"])
def test_names_of_profiles(folder, home, name):
    (home / "p").mkdir()
    done = run("check", *folder(**{name: ONLY_PING, "good": ONLY_PING}))
    if name == ".x":
        assert done.returncode == 0 and ".x" not in done.stdout
    else:
        assert done.returncode == 3
        assert f"{name}.ini" in done.stderr


# Settings.

def settings(home, text):
    path = home / "postern.ini"
    path.write_text(text)
    return path


def door_of(*arguments, **options):
    done = run("check", "--json", *arguments, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["profiles"][0]["door"]


def test_command_line_beats_environment_beats_file(folder, home):
    folder(web=ONLY_PING)
    path = settings(home, f"[daemon]\ndirectory = /from-file\n"
                          f"profiles = {home}/p\n")
    environment = dict(clean_environment(), POSTERN_DIRECTORY="/from-env")
    assert door_of("-c", path) == "/from-file/doors/web.sock"
    assert door_of("-c", path, env=environment) == "/from-env/doors/web.sock"
    assert door_of("-c", path, "--directory", "/from-line",
                   env=environment) == "/from-line/doors/web.sock"


def test_default_directory(folder):
    options = folder(web=ONLY_PING)[:2]
    assert door_of(*options) == "/run/postern/doors/web.sock"


@pytest.mark.parametrize("text, line, word", [
    ("[daemon]\nupstream = tcp://127.0.0.1:2375\n", 2, "unix://"),
    ("[daemon]\nupsteam = unix:///x\n", 2, "upstream"),
    ("[deamon]\n", 1, "daemon"),
    ("[daemon]\ndirectory = run\n", 2, "absolute"),
    ("[log]\nformat = xml\n", 2, "logfmt"),
    ("[log]\nlevel = loud\n", 2, "warning"),
    ("[limits]\nhead = 1\n", 2, "64K"),
    ("[limits]\nhead = 128K\n", 2, "64K"),
    ("[log]\nformat = json\nformat = json\n", 3, "line 2"),
    ("[allow]\noperation = SystemPing\n", 1, "allow"),
])
def test_errors_in_settings(home, text, line, word):
    path = settings(home, text)
    for command in ("check", "run"):
        done = run(command, "-c", path)
        assert done.returncode == 3
        first = done.stderr.splitlines()[0]
        assert first.startswith(f"{path}:{line}: ") and word in first


def test_settings_that_are_not_there(home):
    done = run("check", "-c", home / "nothing.ini")
    assert done.returncode == 1
    assert str(home / "nothing.ini") in done.stderr


@pytest.mark.parametrize("option, value, word", [
    ("--upstream", "tcp://x", "unix://"), ("--log-format", "x", "logfmt"),
    ("--log-level", "x", "warning"),
    ("--upstream", "unix:///" + 120 * "x", "107")])
def test_errors_on_the_command_line(home, option, value, word):
    done = run("check", option, value, "--profiles", home)
    assert done.returncode == 3
    assert option in done.stderr and word in done.stderr


def test_nothing_is_written_by_looking(folder, home):
    options = folder(web=ONLY_PING)
    before = sorted(home.rglob("*"))
    run("check", *options)
    run("explain", "web", "GET", "/info", *options)
    assert sorted(home.rglob("*")) == before
