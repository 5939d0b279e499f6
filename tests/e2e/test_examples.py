# SPDX-License-Identifier: MIT
"""The examples in container/: each takes everything from Postern that it can,
and gives each client one door. That they work is in test_container.py."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import engine
from program import run

CONTAINER = Path(__file__).resolve().parents[2] / "container"
COMPOSE = ["compose.several.yaml", "compose.traefik.yaml"]
STACKS = ["stack.yaml"]
PROFILES = sorted(CONTAINER.glob("profiles*.d/*.ini"))

DAEMON = "/var/run/docker.sock"
DOOR = "/run/door"
NEEDED = {"DOCKER_GID": "990", "POSTERN_IMAGE": "postern"}


def strict_loader(yaml):
    """A loader that takes no key twice."""
    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node, deep=False):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), keys
            return super().construct_mapping(node, deep)

    return Loader


def load(name):
    try:
        import yaml
    except ImportError:
        engine.cannot("no python3-yaml here")
    return yaml.load((CONTAINER / name).read_text(), strict_loader(yaml))


def test_no_file_is_forgotten():
    assert sorted(path.name for path in CONTAINER.glob("*.yaml")) == \
        sorted(COMPOSE + STACKS)
    assert {path.parent.name for path in PROFILES} == \
        {path.name for path in CONTAINER.glob("profiles*")}


# What is taken from Postern.

@pytest.mark.parametrize("name", COMPOSE)
def test_postern_has_nothing_in_compose(name):
    postern = load(name)["services"]["postern"]
    assert postern["read_only"] is True
    assert postern["cap_drop"] == ["ALL"]
    assert postern["security_opt"] == ["no-new-privileges"]
    assert postern["network_mode"] == "none"
    assert postern["user"] == "65534:65534"
    assert postern["group_add"][0].startswith("${DOCKER_GID:?")
    assert postern["init"] is False
    assert "ports" not in postern and "privileged" not in postern


@pytest.mark.parametrize("name", STACKS)
def test_postern_has_nothing_in_a_stack(name):
    stack = load(name)
    postern = stack["services"]["postern"]
    assert postern["read_only"] is True
    assert postern["cap_drop"] == ["ALL"]
    assert postern["user"].startswith("65534:${DOCKER_GID:?")
    assert postern["init"] is False
    assert "ports" not in postern
    # Its network is its own.
    network, = postern["networks"]
    assert stack["networks"][network] == {"internal": True}
    assert [other for other, service in stack["services"].items()
            if network in service.get("networks", [])] == ["postern"]
    assert postern["deploy"]["mode"] == "global"
    assert postern["deploy"]["update_config"]["order"] == "stop-first"


@pytest.mark.parametrize("name", COMPOSE + STACKS)
def test_postern_comes_back_and_is_watched(name):
    postern = load(name)["services"]["postern"]
    assert postern["healthcheck"]["test"] == ["CMD", "/postern", "health"]
    if name in COMPOSE:
        assert postern["restart"] == "always"
    else:
        assert postern["deploy"]["restart_policy"]["condition"] == "any"


# What clients are given.

def doors(service):
    """The names of the doors that a service mounts at DOOR."""
    found = []
    for mount in service["volumes"]:
        if isinstance(mount, str):
            source, target, options = mount.split(":")
            assert options == "ro"
            names = re.fullmatch(r"/srv/postern/doors/([a-z]+)", source)
        else:
            assert mount["type"] == "volume" and mount["read_only"] is True
            assert mount["source"] == "doors"
            target = mount["target"]
            names = re.fullmatch(
                r"doors/([a-z]+)", mount["volume"]["subpath"])
        assert target == DOOR and names, mount
        found.append(names[1])
    return found


def profiles_of(name):
    """The names of the profiles that an example mounts."""
    example = load(name)
    postern = example["services"]["postern"]
    if name in STACKS:
        for config in postern["configs"]:
            text = CONTAINER / example["configs"][config["source"]]["file"]
            assert text.resolve() in PROFILES
        return [Path(config["target"]).stem for config in postern["configs"]]
    folder, = [mount.split(":")[0] for mount in postern["volumes"]
               if mount.endswith(":/etc/postern/profiles.d:ro")]
    return [path.stem for path in (CONTAINER / folder).glob("*.ini")]


@pytest.mark.parametrize("name", COMPOSE + STACKS)
def test_each_client_has_one_door_of_its_own(name):
    services = load(name)["services"]
    clients = {one: service for one, service in services.items()
               if one != "postern"}
    assert clients
    for client, service in clients.items():
        assert doors(service) == [client]
        assert client in profiles_of(name)
        assert f"unix://{DOOR}/docker.sock" in json.dumps(service)


@pytest.mark.parametrize("name", COMPOSE + STACKS)
def test_only_postern_has_the_daemons_socket(name):
    services = load(name)["services"]
    assert [one for one, service in services.items()
            if DAEMON in json.dumps(service)] == ["postern"]
    assert f"{DAEMON}:{DAEMON}" in services["postern"]["volumes"]


@pytest.mark.parametrize("name", COMPOSE)
def test_clients_start_when_their_door_is_open(name):
    for client, service in load(name)["services"].items():
        if client != "postern":
            assert service["depends_on"] == {
                "postern": {"condition": "service_healthy"}}


# The profiles.

@pytest.mark.parametrize("path", PROFILES, ids=lambda path: "-".join(
    path.relative_to(CONTAINER).parts))
def test_profile_is_accepted_and_has_a_directory_of_its_own(path, tmp_path):
    done = run("check", "--json", "--profiles", path.parent,
               "--directory", "/run/postern", "--upstream", "unix:///d.sock")
    assert done.returncode == 0, done.stderr
    profile, = [one for one in json.loads(done.stdout)["profiles"]
                if one["name"] == path.stem]
    assert profile["door"] == f"/run/postern/doors/{path.stem}/docker.sock"
    assert profile["root"] == []


# What their readers say, where they are here.

def can(*command):
    done = subprocess.run(
        ["docker", *command, "--help"], capture_output=True, text=True,
        env=dict(os.environ, PATH=engine.search_path()))
    return f"docker {' '.join(command)} " in done.stdout


def accepts(*command):
    for left_out in (None, "DOCKER_GID"):
        environment = dict(os.environ, PATH=engine.search_path(), **NEEDED)
        environment.pop(left_out, None)
        done = subprocess.run(
            ["docker", *command], env=environment, text=True,
            capture_output=True, timeout=30)
        if left_out is None:
            assert done.returncode == 0, done.stderr
        else:
            assert done.returncode != 0
            assert "the group of docker.sock" in done.stderr


if engine.clients() and can("compose", "config"):
    @pytest.mark.parametrize("name", COMPOSE)
    def test_compose_accepts(name):
        accepts("compose", "-f", CONTAINER / name, "config", "--quiet")


if engine.clients() and can("stack", "config"):
    @pytest.mark.parametrize("name", STACKS)
    def test_a_swarm_accepts(name):
        accepts("stack", "config", "-c", CONTAINER / name)
