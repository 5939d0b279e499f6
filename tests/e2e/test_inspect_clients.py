# SPDX-License-Identifier: MIT
"""All that real clients were seen to send (clients/), through doors that look
into it: what a profile allows arrives as it was meant, and of what it does
not allow not one byte does."""

import json
import re
from functools import cache
from urllib.parse import parse_qsl

import pytest

from judged import Judged, completed, meaning, send, without_ignored
from profiles import INSPECTED
from recorded import requests
from recorder import ID
from schema import request_line, rows

# Every key says yes to all that it can.
GENEROUS = """
[allow]
operation = *
root-equivalent = Session Grpc PluginCreate SwarmInspect SwarmUnlockkey
root-equivalent = CheckpointCreate CheckpointDelete

[container]
volume-driver = *
network       = *
publish       = */* random/*
address       = yes
privileged    = yes
capability    = ALL
device        = /dev/*
gpu           = yes
security-opt  = *
namespace     = pid:host pid:container ipc:host ipc:container uts:host
namespace     = userns:host cgroup:host cgroup:container network:host
namespace     = network:container
runtime       = *
sysctl        = *
cgroup-parent = *
group-add     = *
log-driver    = *
log-opt       = *
annotation    = *
stdin         = yes
archive       = / /*
{}

[exec]
command    = *
privileged = yes

[image]
pull   = *
push   = *
tag    = *
load   = yes
import = yes
login  = *

[build]
network       = * host container:box
cgroup-parent = *
remote        = *
security-opt  = *

[volume]
driver        = *
driver-option = *=*

[network]
driver = *
option = *=*
subnet = 0.0.0.0/0 ::/0

[service]
secret = *
config = *

[plugin]
name      = *
privilege = *=*
setting   = *

[swarm]
address   = *
remote    = *
node-role = worker manager
"""

ANY = GENEROUS.format("bind = /:rw /*:rw\nbind-as-root = yes")

# What is written into a request, or changed: images in full, users, and what
# may be mounted only to be read.
CHANGES = GENEROUS.format("""image = docker.io/* registry.example/*
user = root nonroot nobody
bind = / /*""")

# Nothing is said, or not more than everybody needs.
NOTHING = "[allow]\noperation = *\n"
ORDINARY = NOTHING + """
[container]
network = *
stdin   = yes

[exec]
command = *
"""

# What is refused all the same, each with its reason: by the beginning of what
# the client is told, and what is in it behind dots.
NOBODY_MAY = {
    # Shows the other container's variables, and gives it a second name.
    "ContainerCreate: HostConfig.Links": 403,
    "NetworkConnect: EndpointConfig.Links": 403,
    "DELETE /containers/box/db: no operation": 403,
    # Whatever the other container has, which nobody looks at.
    "ContainerCreate: HostConfig.VolumesFrom": 403,
    # New labels for files of the host's, and mounts that reach back to it.
    "ContainerCreate: HostConfig.Binds[ ... (a mode that nothing": 403,
    "ContainerCreate: HostConfig.Mounts[0].BindOptions.Propagation = "
    '"rslave"': 403,
    # Image mounts read any image; the others are of Windows and of Swarm.
    'ContainerCreate: HostConfig.Mounts[0].Type = "image"': 403,
    'ContainerCreate: HostConfig.Mounts[0].Type = "npipe"': 403,
    'ContainerCreate: HostConfig.Mounts[0].Type = "cluster"': 403,
    # All devices there are, be they in /dev or not; and hooks on the host.
    "ContainerCreate: HostConfig.DeviceCgroupRules": 403,
    'ContainerCreate: HostConfig.DeviceRequests[0].Driver = "cdi"': 403,
    # The daemon would look for any path of the host.
    "ContainerCreate: HostConfig.BlkioDeviceReadBps": 403,
    "ContainerCreate: HostConfig.BlkioWeightDevice": 403,
    # The host would be short of processors, or of memory, before it.
    "ContainerCreate: HostConfig.CpuRealtimePeriod": 403,
    "ContainerCreate: HostConfig.CPURealtimePeriod": 403,
    "ContainerUpdate: CpuRealtimePeriod": 403,
    "ContainerCreate: HostConfig.OomKillDisable": 403,
    # No daemon of today knows it.
    "ContainerCreate: HostConfig.LxcConf": 403,
    # Sysctls and names of interfaces.
    "ContainerCreate: NetworkingConfig.EndpointsConfig.net1.DriverOpts": 403,
    "NetworkConnect: EndpointConfig.DriverOpts": 403,
    # Other programs' options; another network's, whatever they are.
    "NetworkCreate: IPAM.Options": 403,
    "NetworkCreate: ConfigOnly": 403,
    "NetworkCreate: ConfigFrom.Network": 403,
    # Directories of the host.
    "a query parameter that nobody may set": 400,
    # The daemon would connect to there.
    "ImageCreate: query.fromSrc": 403,
    # The rest of such a build goes past the API.
    'ImageBuild: query.remote = "client-session"': 403,
    # Programs on the host that bring a volume or a secret, and files of it.
    "VolumeCreate: ClusterVolumeSpec": 403,
    "SecretCreate: Driver": 403,
    "ServiceCreate: TaskTemplate.ContainerSpec.Privileges.CredentialSpec":
        403,
    # What somebody else has set before, and nobody looks at.
    "ServiceUpdate: query.rollback": 403,
    # What others have written down would open nothing any more.
    "SwarmUpdate: query.rotate": 403,
    "SwarmUpdate: CAConfig.ForceRotate": 403,
    # A bug of docker-py: there is no such path.
    "POST /plugins/p1/pull: no operation": 403,
}

# Parameters of the query that no daemon has, or has any more, by the end of
# the path.
UNKNOWN = {("/containers/json", "trunc_cmd"), ("/images/json", "only_ids"),
           ("/tag", "force"), ("/attach", "hijack")}

# That of a push is of old clients' credentials, and never passed.
HAVE_BODIES = {row.operation for row in rows(where="body")} - {"ImagePush"}


def patterns():
    """The operations' paths, as expressions."""
    for name in INSPECTED:
        method, path = request_line(name).split(" ")
        path = re.sub("/web(?=/|$)", "/([^/]+)", path)
        path = path.replace("/busybox", "/(.+)")
        yield name, method, re.compile(r"(?:/v1\.\d+)?" + path)


PATTERNS = list(patterns())


def operation(sent):
    """The operation that is looked into, or None."""
    path = sent["target"].partition("?")[0]
    for name, method, pattern in PATTERNS:
        if method == sent["method"] and pattern.fullmatch(path):
            return name
    return None


@cache
def recordings():
    return list(requests())


def send_all(judged):
    """Each request recorded, with its answer."""
    return [(sent, send(judged, sent)) for sent in recordings()]


def expected(sent):
    """What is to arrive of a body."""
    body = json.loads(sent["body"])
    if body is None:
        return {}  # as good as none
    for name in ("Cmd", "Entrypoint"):
        if isinstance(body, dict) and isinstance(body.get(name), str):
            body[name] = [body[name]]
    return completed(without_ignored(body, operation(sent)),
                     operation(sent))


def query(target):
    return parse_qsl(target.partition("?")[2], keep_blank_values=True)


def place(sent):
    """The path that it is to arrive at: an archive's has the container's
    ID."""
    path = sent["target"].partition("?")[0]
    if operation(sent) == "PutContainerArchive":
        path = re.sub("/containers/[^/]+/", f"/containers/{ID}/", path)
    return path


def is_json(sent):
    return bool(sent.get("body")) and \
        (sent.get("type") or "").startswith("application/json")


def lost(sent, got):
    """The query's parameters that were not sent on. Some clients repeat the
    body there."""
    body = json.loads(sent["body"]) if is_json(sent) else {}
    path = sent["target"].partition("?")[0]
    unknown = {name for end, name in UNKNOWN if path.endswith(end)}
    return [(name, value) for name, value in query(sent["target"])
            if (name, value) not in query(got.target)
            and name not in unknown and name not in body]


def told(answer):
    return answer.message.removeprefix("postern: ").removeprefix(
        "profile web does not allow ")


def why_not(answer):
    """The reason of the list, or None."""
    said = told(answer)
    for reason in NOBODY_MAY:
        begins, _, has = reason.partition(" ... ")
        if said.startswith(begins) and has in said:
            return reason
    return None


def all_that_nobody_may(answered):
    """The reasons of those that were refused, which must be all of the
    list."""
    used = set()
    for sent, answer in answered:
        if answer.status == 200:
            continue
        reason = why_not(answer)
        assert reason, (sent["client"], sent["what"], answer)
        assert answer.status == NOBODY_MAY[reason], answer
        used.add(reason)
    assert used == set(NOBODY_MAY)


def test_what_is_allowed_arrives_as_it_was_meant(serve, recorder):
    with Judged(serve(ANY), recorder) as judged:
        answered = send_all(judged)
        arrived = judged.arrived()
    all_that_nobody_may(answered)
    for sent, answer in answered:
        if answer.status != 200:
            continue
        got = arrived.pop(answer.number)
        assert got.method == sent["method"]
        assert got.target.partition("?")[0] == place(sent)
        assert lost(sent, got) == [], sent["what"]
        if operation(sent) in HAVE_BODIES and is_json(sent):
            assert meaning(json.loads(got.body or "{}")) == expected(sent), \
                sent["what"]
    assert not arrived


def changed(sent):
    """What is to arrive of a container that is to be created, by CHANGES."""
    body = expected(sent)
    body["Image"] = body["Image"] if "/" in body["Image"] else \
        "docker.io/library/" + body["Image"]
    body.setdefault("User", "0")
    host_config = body.setdefault("HostConfig", {})
    for at, bind in enumerate(host_config.get("Binds", [])):
        source, _, rest = bind.partition(":")
        target, _, mode = rest.partition(":")
        if source.startswith("/") and rest and \
                "ro" not in mode.split(","):
            words = [word for word in mode.split(",") if word not in
                     ("", "rw")]
            host_config["Binds"][at] = ":".join(
                [source, target, ",".join(["ro", *words])])
    for mount in host_config.get("Mounts", []):
        if mount["Type"] == "bind":
            mount["ReadOnly"] = True
    return meaning(body)


def test_what_is_changed_is_changed_and_no_more(serve, recorder):
    with Judged(serve(CHANGES), recorder) as judged:
        answered = [(sent, answer) for sent, answer in send_all(judged)
                    if operation(sent) == "ContainerCreate"]
        arrived = judged.arrived()
    users = 0
    for sent, answer in answered:
        if answer.status != 200:
            is_user = "(add [container] user = " in told(answer)
            assert is_user or why_not(answer), answer
            users += is_user
            continue
        assert json.loads(arrived[answer.number].body) != json.loads(
            sent["body"])
        assert meaning(json.loads(arrived[answer.number].body)) == \
            changed(sent), sent["what"]
    assert 0 < users < 20


# What needs a line in a profile, or what nobody may: read from the requests
# by itself, and not by what is said of them.

COMMON_NETWORKS = ("", "default", "bridge", "none")
HARMLESS_DRIVERS = ("", "json-file", "local", "none")
HARMLESS_NETWORK_OPTIONS = ("com.docker.network.driver.mtu",
                            "com.docker.network.bridge.enable_icc")
HARMLESS_SECURITY = ("no-new-privileges", "no-new-privileges:true",
                     "no-new-privileges=true")
HARMLESS_SYSCTLS = ("net.core.somaxconn",
                    "net.ipv4.ip_unprivileged_port_start")


def of_mounts(mounts):
    for mount in mounts or []:
        if mount["Type"] not in ("volume", "tmpfs"):
            yield "Mounts"
        if (mount.get("VolumeOptions") or {}).get("DriverConfig", {}).get(
                "Options"):
            yield "DriverConfig"


def of_endpoint(endpoint):
    for name in ("IPAMConfig", "MacAddress", "Links", "DriverOpts"):
        if (endpoint or {}).get(name):
            yield name


def of_namespaces(host):
    for name in ("PidMode", "IpcMode", "UTSMode", "UsernsMode",
                 "CgroupnsMode", "Cgroup", "NetworkMode"):
        mode = host.get(name) or ""
        if mode == "host" or mode.startswith("container:"):
            yield name
        elif name == "NetworkMode" and mode not in COMMON_NETWORKS:
            yield "network"


def of_host_config(host):
    for name in (
            "Privileged", "CapAdd", "Devices", "DeviceRequests",
            "PublishAllPorts", "PortBindings", "CgroupParent", "Runtime",
            "GroupAdd", "Annotations", "Links", "VolumesFrom", "LxcConf",
            "DeviceCgroupRules", "BlkioWeightDevice", "BlkioDeviceReadBps",
            "OomKillDisable", "CpuRealtimePeriod", "CPURealtimePeriod"):
        if host.get(name):
            yield name
    for name in ("MaskedPaths", "ReadonlyPaths"):
        if host.get(name) == []:
            yield name
    if any(re.match("/.*:", bind) for bind in host.get("Binds") or []):
        yield "Binds"
    if set(host.get("SecurityOpt") or []) - set(HARMLESS_SECURITY):
        yield "SecurityOpt"
    if set(host.get("Sysctls") or {}) - set(HARMLESS_SYSCTLS):
        yield "Sysctls"
    if (host.get("LogConfig") or {}).get("Type", "") not in HARMLESS_DRIVERS:
        yield "LogConfig"
    yield from of_mounts(host.get("Mounts"))
    yield from of_namespaces(host)


def of_create(body, _query, _target):
    yield from of_host_config(body.get("HostConfig") or {})
    if body.get("MacAddress"):
        yield "MacAddress"
    networks = (body.get("NetworkingConfig") or {}).get("EndpointsConfig")
    for name, endpoint in (networks or {}).items():
        if name not in COMMON_NETWORKS:
            yield "network"
        yield from of_endpoint(endpoint)


def of_connect(body, _query, target):
    if re.search("/networks/(.+)/connect", target)[1] not in COMMON_NETWORKS:
        yield "network"
    yield from of_endpoint(body.get("EndpointConfig"))


def of_network(body, _query, _target):
    ipam = body.get("IPAM") or {}
    if body.get("Driver", "bridge") not in ("", "bridge"):
        yield "Driver"
    if set(body.get("Options") or {}) - set(HARMLESS_NETWORK_OPTIONS):
        yield "Options"
    if ipam.get("Config") or ipam.get("Options"):
        yield "IPAM"
    for name in ("ConfigOnly", "ConfigFrom"):
        if meaning(body).get(name):
            yield name


def of_volume(body, _query, _target):
    if body.get("Driver", "") not in ("", "local"):
        yield "Driver"
    for name in ("DriverOpts", "ClusterVolumeSpec"):
        if body.get(name):
            yield name


def of_build(_body, query, _target):
    for name in ("t", "cgroupparent", "securityopt", "remote"):
        if query.get(name):
            yield name
    if query.get("networkmode", "") not in COMMON_NETWORKS:
        yield "networkmode"


def of_pull(_body, query, _target):
    if "fromSrc" in query:
        yield "fromSrc"
    elif re.match(r"(?!docker\.io/)[^/]+\.[^/]+/", query["fromImage"]):
        yield "fromImage"


def of_service(body, query, _target):
    task = body["TaskTemplate"]
    container = task["ContainerSpec"]
    for name in ("Secrets", "Configs", "Privileges", "CapabilityAdd",
                 "Groups"):
        if meaning(container).get(name):
            yield name
    if set(container.get("Sysctls") or {}) - set(HARMLESS_SYSCTLS):
        yield "Sysctls"
    yield from of_mounts(container.get("Mounts"))
    if task.get("Networks") or body.get("Networks"):
        yield "network"
    if (task.get("LogDriver") or {}).get("Name", "") not in HARMLESS_DRIVERS:
        yield "LogDriver"
    for part in (task.get("Resources") or {}).values():
        if isinstance(part, dict) and part.get("GenericResources"):
            yield "GenericResources"
    if (body.get("EndpointSpec") or {}).get("Ports"):
        yield "Ports"
    if query.get("rollback"):
        yield "rollback"


def of_swarm(body, query, _target):
    if any(name.startswith("rotate") and value.lower() != "false"
           for name, value in query.items()):
        yield "rotate"
    if body.get("CAConfig", {}).get("ForceRotate"):
        yield "ForceRotate"


def of_exec(body, _query, _target):
    yield "Cmd"
    if body.get("Privileged"):
        yield "Privileged"


def always(*_):
    yield "operation"


ASKED = {
    "ContainerCreate": of_create,
    "ContainerUpdate": lambda body, *_: of_host_config(body),
    "ContainerAttach": lambda body, query, target:
        ["stdin"] if query.get("stdin", "0") != "0" else [],
    "ContainerExec": of_exec, "ExecStart": of_exec,
    "PutContainerArchive": always,
    "NetworkCreate": of_network, "NetworkConnect": of_connect,
    "VolumeCreate": of_volume,
    "ImageBuild": of_build, "ImageCreate": of_pull,
    "ImagePush": always, "ImageTag": always, "ImageLoad": always,
    "ImageCommit": lambda body, query, target:
        ["repo"] if query.get("repo") else [],
    "SystemAuth": lambda body, query, target: ["serveraddress"]
        if "docker.io" not in body["serveraddress"] else [],
    "PluginPull": always, "PluginUpgrade": always, "PluginSet": always,
    "PluginEnable": always,
    "SwarmInit": always, "SwarmJoin": always, "SwarmUpdate": of_swarm,
    "NodeUpdate": lambda body, *_:
        ["Role"] if body["Role"] != "worker" else [],
    "ServiceCreate": of_service, "ServiceUpdate": of_service,
    "SecretCreate": lambda body, *_: ["Driver"] if body.get("Driver") else [],
}
NEEDS_NOTHING = {"ConfigCreate", "ContainerDelete",
                 "ContainerRename", "NetworkDisconnect",
                 "SwarmUnlock"}
# Of what ORDINARY allows beside that.
ORDINARY_ASKED = {"network", "stdin", "Cmd"}


def asked(sent):
    """The names of what a request asks for that not everybody may."""
    name = operation(sent)
    body = json.loads(sent["body"]) if is_json(sent) else {}
    if name in NEEDS_NOTHING:
        return set()
    return set(ASKED[name](body, dict(query(sent["target"])),
                           sent["target"]))


@pytest.mark.parametrize("profile", [NOTHING, ORDINARY],
                         ids=["nothing", "ordinary"])
def test_what_is_not_allowed_is_refused_and_all_else_passes(
        serve, recorder, profile):
    with Judged(serve(profile), recorder) as judged:
        answered = [(sent, answer) for sent, answer in send_all(judged)
                    if operation(sent)]
        arrived = judged.arrived()
    allowed = ORDINARY_ASKED if profile == ORDINARY else set()
    for sent, answer in answered:
        wants = asked(sent) - allowed
        assert bool(wants) == (answer.status != 200), \
            (sent["client"], sent["what"], wants, answer)
        if answer.status == 200:
            continue
        assert answer.number not in arrived
        assert answer.status == 403
        # Where it is, and perhaps what would allow it.
        assert re.match(
            operation(sent) + r": [A-Za-z0-9_.\[\]/-]+( = .+)? \(.+\)",
            told(answer)), answer


# Commands and calls of which each request passes without more.
EVERYDAY = """
docker run -d bb:1 true
docker run -it bb:1 true
docker run --rm bb:1 echo hello
docker run -it --rm bb:1 true
docker create --name web bb:1 true
docker create -e A=1 bb:1 true
docker create -l tier=web bb:1 true
docker create -v data:/data bb:1 true
docker create --mount type=volume,source=data,target=/data bb:1 true
docker create --user 1000:1000 bb:1 true
docker create -m 64m bb:1 true
docker create --restart unless-stopped bb:1 true
docker create --network net1 --network-alias web --network-alias www bb:1 true
docker exec box true
docker exec -it box true
docker exec -e A=1 -e B=2 box env
docker network create n1
docker volume create v1
docker compose scale a=2
docker compose up -d --scale built=1 --no-recreate built
docker compose exec -T web true
docker compose pull
docker compose down -t 0
docker-compose -p shop restart -t 0 db
c.containers.run("bb:1", "true", remove=True)
createContainer({Image, Cmd, name})
new GenericContainer(image).withCommand().start()
""".strip().split("\n")


def test_everyday_commands_pass(serve, recorder):
    with Judged(serve(ORDINARY), recorder) as judged:
        answered = send_all(judged)
    for command in EVERYDAY:
        statuses = [(answer.status, answer.message)
                    for sent, answer in answered if sent["what"] == command]
        assert statuses, command
        assert set(statuses) == {(200, "")}, command


# Options of "docker create" and "docker run" that need a line, and some of
# those that do not.
RISKY_OPTIONS = re.compile(
    r" (-v /\S+:|--mount type=(bind|image|npipe|cluster)|--volumes-from|"
    r"--mount \S+volume-opt|--device|--gpus|--privileged|--cap-add|--link |"
    r"-p |-P |--pid |--ipc (host|container)|--uts host|--userns host|"
    r"--cgroupns host|--network (host|container|name=|net)|--mac-address|"
    r"--security-opt (seccomp|apparmor|label|systempaths)|--cgroup-parent|"
    r"--runtime|--group-add|--annotation|--log-driver syslog|--blkio-weight-|"
    r"--cpu-rt-period|--oom-kill-disable|--use-api-socket)")


def test_what_needs_a_line_by_the_docker_commands_options(serve, recorder):
    with Judged(serve(NOTHING), recorder) as judged:
        answered = [(sent, answer) for sent, answer in send_all(judged)
                    if operation(sent) == "ContainerCreate"
                    and sent["client"].startswith("docker-cli")]
    plain = 0
    for sent, answer in answered:
        risky = RISKY_OPTIONS.search(sent["what"]) is not None
        assert (answer.status == 200) != risky, (sent["what"], answer)
        plain += not risky
    assert 100 < plain < len(answered) - 100
