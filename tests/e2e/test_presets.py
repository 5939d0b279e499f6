# SPDX-License-Identifier: MIT
"""The shipped presets: each lets its client do what that client does, and
not the nearest things that it does not: data/presets has both, from recordings
and from the clients' sources. Real clients are in test_preset_clients.py."""

import json
import re
from pathlib import Path

import pytest

from judged import Judged, archive, send
from profiles import EVERYTHING
from program import run
from recorded import requests
from recorder import ID
from wire import Client, request

DATA = Path(__file__).parent / "data"
RECORDINGS = sorted(DATA.glob("docker-cli-*.txt"))


def recorded(path):
    """The requests of each command."""
    commands = {}
    for line in path.read_text().splitlines():
        if line.startswith("["):
            requests = commands.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            requests.append(line)
    return commands


# The least that a request has in its body, by the end of its path; others
# have an empty object.
BODIES = {
    "/containers/create": {"Image": "traefik:v3"},
    "/exec": {"Cmd": ["true"]},
    "/exec/.+/start": {"Detach": False, "Tty": False},
    "/containers/.+/update": {"RestartPolicy": {"Name": "always"}},
    "/networks/create": {"Name": "n1"},
    "/networks/.+/(dis)?connect": {"Container": "web"},
    "/volumes/create": {"Name": "v1"},
    "/auth": {"username": "u", "password": "p"},
}


def body_of(method, target):
    """It, and its type."""
    path = target.partition("?")[0]
    if method == "PUT":
        return archive(["file"]), "application/x-tar"
    body = next((body for end, body in BODIES.items()
                 if re.search(f"{end}$", path)), {})
    return json.dumps(body).encode(), "application/json"


def ask(door, line, body=None):
    """Send it as that client would; returns the status. Behind the target
    there may be a protocol to upgrade to, or a body."""
    method, target, *more = line.split(" ", 2)
    target = target.replace("/exec/ID/", f"/exec/{ID}/")
    fields = ["User-Agent: Docker-Client/28.2.2 (linux)"]
    if more and more[0].startswith("{"):
        body = json.loads(more[0])
    elif more:
        fields += ["Connection: Upgrade", f"Upgrade: {more[0]}"]
    if method in ("POST", "PUT"):
        least, type_ = body_of(method, target)
        fields.append(f"Content-Type: {type_}")
        body = least if body is None else json.dumps(body).encode()
    with Client(door) as client:
        return client.ask(
            request(method, target, *fields, body=body)).status


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recordings_pass_unchanged(serve, recorder, path):
    """What a real client sends is canonical already."""
    program = serve(EVERYTHING)
    lines = [line for requests in recorded(path).values()
             for line in requests]
    for line in lines:
        assert ask(program.door(), line) == 200, line
    heads = [link.requests[0] for link in recorder.links]
    assert [head.line for head in heads] == [
        " ".join(line.split(" ")[:2]) + " HTTP/1.1" for line in lines]
    assert [head.field("Upgrade") for head in heads] == [
        (line.split(" ") + [None])[2] for line in lines]


CLI_READS = ["ps", "info", "events", "logs-f", "network"]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_docker_cli_readonly_reads_and_does_nothing_else(serve, path):
    program = serve("[profile]\nextends = docker-cli-readonly\n")
    for name, lines in recorded(path).items():
        statuses = {line: ask(program.door(), line) for line in lines}
        if name in CLI_READS:
            assert set(statuses.values()) == {200}, (name, statuses)
            continue
        for line, status in statuses.items():
            reads = line.startswith(("GET ", "HEAD ")) and \
                not re.search("/archive|/images/get|/exec/", line)
            assert status == (200 if reads else 403), (name, line)


NAMES = run("presets", "--names").stdout.split()


def text_of(preset):
    return run("presets", preset).stdout


def rows(preset):
    """(what its client sends, the nearest that it does not)."""
    lines = (DATA / "presets" / f"{preset}.txt").read_text().splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    return ([line for line in lines if not line.startswith("! ")],
            [line[2:] for line in lines if line.startswith("! ")])


def test_all_presets_are_tested():
    assert sorted(path.stem for path in (DATA / "presets").iterdir()) == \
        sorted(NAMES)


@pytest.mark.parametrize("preset", NAMES)
def test_a_preset_fits_its_client(serve, recorder, preset):
    program = serve(f"[profile]\nextends = {preset}\n")
    does, does_not = rows(preset)
    assert len(does) > 1 and len(does_not) > 5
    for line in does:
        assert ask(program.door(), line) == 200, line
    assert len(recorder.links) == len(does)
    for line in does_not:
        assert ask(program.door(), line) == 403, line
    heads = [link.requests[0].line for link in recorder.links[len(does):]]
    assert all(head.startswith("GET ") for head in heads), heads


def additions(preset):
    """What its comments say to add to a profile that extends it."""
    return ["\n".join(line[2:] for line in block.splitlines()) + "\n"
            for block in re.findall("(?:^;\t.*\n)+", text_of(preset), re.M)]


ADDITIONS = [(preset, addition) for preset in NAMES
             for addition in additions(preset)]


@pytest.mark.parametrize("preset, addition", ADDITIONS)
def test_what_a_preset_says_to_add_makes_a_difference(
        serve, preset, addition):
    extends = f"[profile]\nextends = {preset}\n"
    wider = serve(extends + addition)
    does, does_not = rows(preset)
    assert [line for line in does if ask(wider.door(), line) != 200] + \
        [line for line in does_not if ask(wider.door(), line) != 403]


# What is refused of all that a client was seen to send: expressions for
# operations, and for the fields that they are refused for.
REFUSED = {
    "docker-compose": (["compose-1", "compose-2", "compose-2-api-1.41"], """
Grpc
Session
ImageCommit
ImageBuild: query.t
ImagePush: name
ContainerCreate: HostConfig.(Annotations.a|Binds|Links|NetworkMode|PidMode)
ContainerExec: Privileged
NetworkConnect: EndpointConfig.Links
VolumeCreate: DriverOpts.(device|type)
"""),
    "docker-cli": (["docker-cli-20", "docker-cli-28", "docker-py-5",
                    "docker-py-7", "dockerode"], """
Grpc
Session
Checkpoint(Create|Delete)
(Config|Secret)(Create|Delete|List)
Node(List|Update)
TaskList
Service(Create|Delete|Inspect|List|Logs|Update)
Swarm(Init|Join|Leave|Unlock|Update)
Plugin(Create|Delete|Disable|Enable|Pull|Push|Set|Upgrade)
GetPluginPrivileges
ContainerCreate: HostConfig.(Annotations.a|Binds|Mounts|VolumesFrom)
ContainerCreate: HostConfig.(CapAdd|Privileged|SecurityOpt|MaskedPaths)
ContainerCreate: HostConfig.(Devices|DeviceCgroupRules|DeviceRequests)
ContainerCreate: HostConfig.(Blkio(DeviceReadBps|WeightDevice)|OomKillDisable)
ContainerCreate: HostConfig.(C(PU|pu)RealtimePeriod|CgroupParent|GroupAdd)
ContainerCreate: HostConfig.((Ipc|Pid|UTS|Userns|Cgroupns|Network)Mode|Links)
ContainerCreate: HostConfig.(LogConfig.Type|LxcConf|Runtime)
ContainerCreate: NetworkingConfig.EndpointsConfig.net1.DriverOpts
ContainerExec: Privileged
ContainerUpdate: CpuRealtimePeriod
ImageBuild: query.(cgroupparent|networkmode|remote)
ImageCreate: query.fromSrc
NetworkConnect: EndpointConfig.(DriverOpts|Links)
NetworkCreate: (Config(From.Network|Only)|Driver|IPAM.Options)
NetworkCreate: Options.(com.docker.network.bridge.name|x)
VolumeCreate: (ClusterVolumeSpec|Driver|DriverOpts.(device|type))
no operation.*
a query parameter that nobody may set.*
"""),
    "testcontainers": (["testcontainers"], """
ContainerCreate: HostConfig.(Binds|Privileged)
ImageBuild: query.t
ImageCommit: query.repo
"""),
}


def why(message):
    """The operation, and the field without what is in it."""
    said = re.fullmatch(
        r"postern: profile web does not allow (\w+)(?:: ([\w.]+).*| \(.*)?",
        message)
    if said is None:
        return re.sub("^postern: (.* )?(?=no operation)|^postern: ", "",
                      message)
    return ": ".join(filter(None, said.groups()))


@pytest.mark.parametrize("preset", REFUSED)
def test_of_what_real_clients_send_only_this_is_refused(
        serve, recorder, preset):
    clients, patterns = REFUSED[preset]
    unused = set(patterns.strip().splitlines())
    passed = 0
    with Judged(serve(f"[profile]\nextends = {preset}\n"),
                recorder) as judged:
        for sent in (sent for client in clients for sent in requests(client)):
            answer = send(judged, sent)
            if answer.status == 200:
                passed += 1
                continue
            fits = {pattern for pattern in patterns.strip().splitlines()
                    if re.fullmatch(pattern, why(answer.message))}
            assert fits, (sent["what"], answer)
            unused -= fits
    assert unused == set()
    assert passed > 14


@pytest.fixture
def check(home):
    """check(TEXT): what "postern check" says of such a profile."""
    def read(text):
        (home / "web.ini").write_text(text)
        done = run("check", "--json", "--profiles", home)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)["profiles"][0]

    return read


# What nobody gets who does not say so in a profile of his own.
OF_THE_HOST = [
    {"Privileged": True}, {"Binds": ["/:/host"]},
    {"Binds": ["/etc/hostname:/h:ro"]},
    {"Binds": ["/var/run/docker.sock:/var/run/docker.sock"]},
    {"Mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}]},
    {"Mounts": [{"Type": "volume", "Target": "/host", "VolumeOptions": {
        "DriverConfig": {"Name": "local", "Options": {
            "type": "none", "o": "bind", "device": "/"}}}}]},
    {"VolumesFrom": ["web"]}, {"CapAdd": ["SYS_ADMIN"]},
    {"Devices": [{"PathOnHost": "/dev/sda"}]},
    {"DeviceCgroupRules": ["a *:* rwm"]},
    {"PidMode": "host"}, {"PidMode": "container:web"}, {"IpcMode": "host"},
    {"NetworkMode": "host"}, {"NetworkMode": "container:web"},
    {"UsernsMode": "host"}, {"SecurityOpt": ["seccomp=unconfined"]},
    {"SecurityOpt": ["apparmor:unconfined"]}, {"MaskedPaths": []},
    {"ReadonlyPaths": []}, {"CgroupParent": "/x"}, {"Runtime": "x"},
    {"LogConfig": {"Type": "syslog"}}, {"Sysctls": {"kernel.x": "1"}},
]


MAKERS = ["act-runner", "ci-runner", "devcontainers", "docker-cli",
          "docker-compose", "github-runner", "gitlab-runner", "portainer",
          "testcontainers", "watchtower"]


@pytest.mark.parametrize("preset", MAKERS)
def test_a_preset_that_makes_containers_gives_nothing_of_the_host(
        serve, recorder, preset):
    program = serve(f"[profile]\nextends = {preset}\n"
                    "[allow]\noperation = SystemPing\n")
    create = "POST /v1.44/containers/create"
    for asked in OF_THE_HOST:
        body = {"Image": "traefik:v3", "HostConfig": asked}
        assert ask(program.door(), create, body) == 403, asked
        # Older daemons take it from here, but for what is empty.
        body = {"Image": "traefik:v3", **asked}
        if any(asked.values()):
            assert ask(program.door(), create, body) == 403, asked
    assert ask(program.door(), "POST /v1.44/volumes/create", {
        "Name": "v", "Driver": "local", "DriverOpts": {
            "type": "none", "o": "bind", "device": "/"}}) == 403
    assert ask(program.door(), "POST /v1.44/containers/web/exec", {
        "Cmd": ["sh"], "Privileged": True}) == 403
    assert recorder.heard(program.door()) == b""


@pytest.mark.parametrize("preset", NAMES)
def test_a_preset_says_what_it_can_reach(check, preset):
    said = check(f"[profile]\nextends = {preset}\n")
    assert re.findall("^; check: (.*)$", text_of(preset), re.M) == [
        said["reach"]]
    assert said["root"] == []
    assert (said["changes"] != []) == (said["reach"][0] == "c")
    assert said["secrets"] != []
    assert ("ContainerCreate" in said["allows"]) == (preset in MAKERS)


def test_what_presets_say_to_add_gives_the_host_away_where_they_say_so(check):
    root = set()
    for preset, addition in ADDITIONS:
        said = check(f"[profile]\nextends = {preset}\n{addition}")
        if said["reach"] == "root on the host":
            root.add((preset, addition.splitlines()[1]))
    assert root == {
        ("devcontainers", "publish    = 127.0.0.1:3000"),
        ("github-runner", "bind = /var/run/docker.sock "
                          "/home/runner/externals"),
    }
    for preset in ("devcontainers", "github-runner"):
        assert "the host" in text_of(preset)


def test_a_preset_that_is_given_more_says_so(home):
    for line in ("[container]\nprivileged = yes\n",
                 "[container]\nbind = /:ro\n",
                 "[allow]\nroot-equivalent = ContainerCreate\n"):
        (home / "web.ini").write_text(
            f"[profile]\nextends = portainer\n{line}")
        done = run("check", "--no-root", "--profiles", home)
        assert done.returncode == 4
        assert done.stderr == "postern: web can reach root on the host\n"
