# SPDX-License-Identifier: MIT
"""The docker command line client at a door that denies: its user reads in
one line what was denied and by whom."""

import pytest

from engine import IMAGE, Command, assert_alike


@pytest.fixture
def denied(dockerd, postern, docker_path, home):
    program = postern(
        dockerd.socket, web="[profile]\nextends = readonly\n").start()
    docker = Command(docker_path, program.door(), home)
    docker.direct = Command(docker_path, dockerd.socket, home)
    docker.direct("rm", "-f", "box")
    docker.direct.ok("run", "-d", "--network", "none", "--name", "box",
                     IMAGE, "sleep", "1000")
    yield docker
    docker.direct("rm", "-f", "box")


@pytest.mark.parametrize("command", [
    "ps", "ps -a", "images", "version", "info", "network ls", "volume ls",
    "inspect box", "diff box", "system df"])
def test_reading_works(denied, command):
    assert_alike(denied.direct, denied, *command.split())
    assert denied(*command.split()).returncode == 0


@pytest.mark.parametrize("command, operation", [
    (f"run --rm {IMAGE} true", "ContainerCreate (POST /containers/create)"),
    (f"run -i --rm {IMAGE} sh", "ContainerCreate (POST /containers/create)"),
    (f"create {IMAGE} true", "ContainerCreate (POST /containers/create)"),
    ("exec box true", "ContainerExec (POST /containers/box/exec)"),
    ("stop box", "ContainerStop (POST /containers/box/stop)"),
    ("kill box", "ContainerKill (POST /containers/box/kill)"),
    ("rm -f box", "ContainerDelete (DELETE /containers/box)"),
    ("rename box b2", "ContainerRename (POST /containers/box/rename)"),
    ("top box", "ContainerTop (GET /containers/box/top)"),
    ("cp box:/etc -", "ContainerArchive (GET /containers/box/archive)"),
    ("save bb:1", "ImageGetAll (GET /images/get)"),
    ("tag bb:1 x:1", "ImageTag (POST /images/bb:1/tag)"),
    ("rmi bb:1", "ImageDelete (DELETE /images/bb:1)"),
    ("pull 127.0.0.1:1/x:1", "ImageCreate (POST /images/create)"),
    ("volume create v1", "VolumeCreate (POST /volumes/create)"),
    ("network create n1", "NetworkCreate (POST /networks/create)"),
    ("load", "ImageLoad (POST /images/load)"),
    ("swarm init", "SwarmInit (POST /swarm/init)"),
], ids=lambda text: text.split(" ")[0])
def test_denials_can_be_read(denied, command, operation):
    done = denied(*command.split())
    assert done.returncode != 0
    assert done.stdout == b""
    expected = f"postern: profile web does not allow {operation}"
    lines = [line for line in done.stderr.decode().splitlines()
             if "postern" in line]
    assert len(lines) == 1, done.stderr
    assert expected in lines[0]


def test_a_build_is_denied(denied, home):
    context = home / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM {IMAGE}\n")
    done = denied("build", str(context), DOCKER_BUILDKIT="0")
    assert done.returncode != 0
    assert b"profile web does not allow ImageBuild (POST /build)" \
        in done.stderr


def test_nothing_happened(denied):
    before = denied.direct.ok("ps", "-aq")
    denied("rm", "-f", "box")
    denied("run", "-d", IMAGE, "sleep", "1000")
    assert denied.direct.ok("ps", "-aq") == before
