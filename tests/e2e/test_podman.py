# SPDX-License-Identifier: MIT
"""A real Podman behind the doors: its own API by the names of its
operations, with its own client; and Docker's, which it has too."""

import json
import subprocess

import pytest

import engine
from libpod import IMAGE, image, podman
from profiles import EVERYTHING
from wire import Client, request

READS = ("[allow]\ngroup = " + " ".join(
    f"libpod-{name}:read" for name in (
        "system", "container", "exec", "image", "volume", "network", "pod",
        "secret")) + "\noperation = ContainerLogsLibpod\n")

OWNER = ("[allow]\noperation = *Libpod\nroot-equivalent = "
         "ContainerCreateLibpod ContainerExecLibpod ExecStartLibpod\n")


class Remote:
    """Podman's own client, that speaks to one socket."""

    def __init__(self, sock, home):
        self.sock = sock
        self.home = home

    def __call__(self, *arguments, stdin=b""):
        environment = {"PATH": engine.search_path(), "HOME": str(self.home),
                       "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(self.home)}
        return subprocess.run(
            ["podman", "--remote", "--url", f"unix://{self.sock}",
             *arguments], input=stdin, capture_output=True, timeout=40,
            env=environment)

    def ok(self, *arguments, stdin=b""):
        done = self(*arguments, stdin=stdin)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture(scope="module")
def box(podman):
    """A running container of that name, which has a check of its health
    that leaves a trace."""
    body = json.dumps({
        "name": "box", "image": IMAGE, "command": ["sleep", "1000"],
        "env": {"HUSH": "1"}, "netns": {"nsmode": "none"},
        "stop_timeout": 0, "healthconfig": {
            "Test": ["CMD-SHELL", "echo ran >/trace"],
            "Timeout": 30 * 10 ** 9}}).encode()
    answer = podman.ask(request(
        "POST", "/v4.3.1/libpod/containers/create",
        "Content-Type: application/json", body=body))
    assert answer.status == 201, answer.raw
    answer = podman.ask(request(
        "POST", "/v4.3.1/libpod/containers/box/start", body=b""))
    assert answer.status == 204, answer.raw
    return "box"


@pytest.fixture
def reader(podman, box, postern):
    return postern(podman.socket, web=READS).start()


def test_podmans_client_sees_no_difference_where_it_reads(
        podman, reader, home):
    direct = Remote(podman.socket, home)
    door = Remote(reader.door(), home)
    for command in (
            "ps -a --format {{.Names}}:{{.Image}}:{{.State}}",
            "images --format {{.Repository}}:{{.Tag}}:{{.ID}}",
            "version", "info --format {{.Host.Arch}}:{{.Version.Version}}",
            "inspect box --format {{.Id}}:{{.Config.Env}}",
            f"image inspect {IMAGE}", f"history -q {IMAGE}",
            f"image exists {IMAGE}", "image exists localhost/no:1",
            "container exists no", "logs box", "diff box", "volume ls",
            "network ls", "pod ps", "secret ls", "inspect no"):
        engine.assert_alike(direct, door, *command.split())
    assert reader.log("decision", verdict="deny") == []


@pytest.mark.parametrize("line, operation", [
    ("POST /v4.3.1/libpod/containers/create", "ContainerCreateLibpod"),
    ("POST /v4.3.1/libpod/containers/box/exec", "ContainerExecLibpod"),
    ("POST /v4.3.1/libpod/containers/box/mount", "ContainerMountLibpod"),
    ("POST /v4.3.1/libpod/play/kube", "PlayKubeLibpod"),
    ("POST /v4.3.1/libpod/kube/play", "KubePlayLibpod"),
    ("POST /v4.3.1/libpod/quadlets", "QuadletInstallLibpod"),
    ("POST /v4.3.1/libpod/local/images/load?path=/etc", "LocalImagesLibpod"),
    ("POST /v4.3.1/libpod/images/scp/a/tag", "ImageScpLibpod"),
    ("POST /v4.3.1/libpod/containers/box/stop", "ContainerStopLibpod"),
    ("DELETE /v4.3.1/libpod/containers/box?force=1",
     "ContainerDeleteLibpod"),
    ("GET /v4.3.1/libpod/containers/box/healthcheck",
     "ContainerHealthcheckLibpod"),
    ("GET /v4.3.1/libpod/containers/box/export", "ContainerExportLibpod"),
    ("GET /v4.3.1/libpod/generate/kube?names=box", "GenerateKubeLibpod"),
])
def test_who_may_read_may_do_no_more(podman, reader, line, operation):
    method, target = line.split()
    with Client(reader.door()) as client:
        answer = client.ask(request(method, target, body=b"{}"))
    assert answer.status == 403
    assert operation in json.loads(answer.body)["message"]
    logged = reader.wait_log("decision", verdict="deny")
    key = ("root-equivalent" if logged["reason"] == "root-equivalent"
           else "operation")
    assert logged["operation"] == operation
    assert logged["hint"] == f"[allow] {key} = {operation}"
    assert podman.containers() == {"box"}


def test_a_get_that_executes_is_a_write(podman, box, postern):
    """The same request, allowed: it leaves its trace."""
    program = postern(
        podman.socket, a=READS,
        b="[allow]\noperation = ContainerHealthcheckLibpod\n").start()
    check = request("GET", "/v4.3.1/libpod/containers/box/healthcheck")
    trace = request("GET", "/v4.3.1/libpod/containers/box/changes")
    for door, status, ran in (("a", 403, False), ("b", 200, True)):
        with Client(program.door(door)) as client:
            assert client.ask(check).status == status
        changes = json.loads(podman.ask(trace).body)
        assert ("/trace" in [each["Path"] for each in changes]) == ran


@pytest.mark.parametrize("target, status", [
    ("/v4.3.1/libpod/info", 200), ("/v4.3.1/libpod/_ping", 200),
    ("/libpod/_ping", 200),
    ("/libpod/info", 403), ("/v4.3.1/libpod/nothing", 403),
    ("/v4.3.1/info", 400), ("/v1.41/libpod/info", 400),
    ("/v4.3/libpod/info", 400), ("/v4.3.1-x/libpod/info", 400),
    ("/v4.3.1%2Flibpod/info", 400), ("/v4.3.1/libpod%2Finfo", 400),
    ("/v4.3.1/libpod/images/localhost%2Fbb:1/json", 200),
    ("/v4.3.1/libpod/images/localhost/bb:1/json", 200),
    ("/v4.3.1/libpod/images/localhost%2F..%2Fbb:1/json", 400),
    ("/v4.3.1/libpod/containers/json?ALL=true", 200),
    ("/v4.3.1/libpod/containers/json?ALL=true&all=false", 400),
    ("/v4.3.1/libpod/secrets/no/json", 404),
    ("/v4.3.1/libpod/secrets/no/json?ShowSecret=true", 400),
])
def test_only_one_spelling_reaches_podman(reader, target, status):
    with Client(reader.door()) as client:
        assert client.ask(request("GET", target)).status == status


def test_what_allows_all_of_dockers_api_allows_none_of_podmans(
        podman, box, postern):
    program = postern(podman.socket, web=EVERYTHING).start()
    for target, status in (("/v1.41/containers/box/json", 200),
                           ("/v4.3.1/libpod/containers/box/json", 403),
                           ("/libpod/_ping", 403)):
        with Client(program.door()) as client:
            assert client.ask(request("GET", target)).status == status


def test_podmans_client_works_where_all_that_it_needs_is_allowed(
        podman, box, postern, home):
    program = postern(podman.socket, web=OWNER).start()
    door = Remote(program.door(), home)
    assert door.ok("exec", box, "echo", "here") == b"here\n"
    assert door.ok("exec", "-i", box, "cat", stdin=b"typed\n") == b"typed\n"
    door.ok("create", "--name", "mine", "--network", "none", IMAGE, "echo",
            "out")
    door.ok("start", "mine")
    assert door.ok("wait", "mine") == b"0\n"
    assert door.ok("logs", "mine") == b"out\n"
    door.ok("rm", "mine")
    assert podman.containers() == {"box"}
    # All but what was not named.
    done = door("volume", "create", "v")
    assert done.returncode != 0 and b"VolumeCreateLibpod" in done.stderr


def test_dockers_api_works_in_front_of_podman(podman, postern):
    program = postern(podman.socket, web=EVERYTHING).start()

    def ask(method, target, body=None, kind="application/json"):
        with Client(program.door()) as client:
            return client.ask(request(
                method, f"/v1.41{target}", f"Content-Type: {kind}",
                body=body))

    before = podman.containers()
    assert json.loads(ask("GET", "/version").body)["ApiVersion"]
    answer = ask("POST", "/images/create?fromSrc=-&repo=localhost/two:1",
                 image(), "application/x-tar")
    assert answer.status == 200 and b"error" not in answer.body
    answer = ask("POST", "/containers/create?name=plain", json.dumps({
        "Image": "localhost/two:1", "Cmd": ["echo", "out"], "Tty": True,
        "HostConfig": {"NetworkMode": "none"}}).encode())
    assert answer.status == 201, answer.raw
    assert ask("POST", "/containers/plain/start").status == 204
    assert json.loads(ask("POST", "/containers/plain/wait").body)[
        "StatusCode"] == 0
    assert b"out" in ask("GET", "/containers/plain/logs?stdout=1").body
    assert ask("DELETE", "/containers/plain?force=1").status in (200, 204)
    assert podman.containers() == before
