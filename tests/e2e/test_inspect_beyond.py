# SPDX-License-Identifier: MIT
"""What a real daemon has made after all kinds of requests to make containers
went through doors that look into them: nothing that the profile does not
allow. How a request was refused does not matter here."""

import ipaddress
import json
import random
import re
from typing import NamedTuple

import pytest

from api import TIGHT, direct, door, folders
from engine import IMAGE
from recorded import requests

LIMITED = TIGHT + """
[container]
user       = nonroot
bind       = {shared} {work}:rw
network    = net1
publish    = 127.0.0.1:8000-8099
capability = NET_ADMIN
sysctl     = net.ipv4.ip_forward=1
memory-max = 64M
cpus-max   = 0.5
pids-max   = 50
"""


class May(NamedTuple):
    """What a profile allows, in words of its own."""
    binds: dict = {}
    networks: frozenset = frozenset()
    ports: range = range(0)
    capabilities: frozenset = frozenset()
    sysctls: frozenset = frozenset()
    limits: bool = False


def may_of(text, folders):
    if text == TIGHT:
        return May()
    return May({str(folders["shared"]): False, str(folders["work"]): True},
               frozenset(["net1"]), range(8000, 8100),
               frozenset(["NET_ADMIN"]), frozenset(["net.ipv4.ip_forward"]),
               True)


# What of HostConfig may be anything; and what is looked at below.
FREE = set("""
AutoRemove BlkioWeight CapDrop ConsoleSize CpuCount CpuPercent CpuShares
CpusetCpus CpusetMems Dns DnsOptions DnsSearch ExtraHosts IOMaximumBandwidth
IOMaximumIOps Init MemoryReservation MemorySwappiness ReadonlyRootfs
RestartPolicy ShmSize Tmpfs
""".split())
BELOW = set("""
Binds CapAdd CpuPeriod CpuQuota IpcMode LogConfig Memory MemorySwap Mounts
NanoCpus NetworkMode OomScoreAdj PidMode PidsLimit PortBindings SecurityOpt
Sysctls UTSMode Ulimits VolumeDriver
""".split())

SAFE_SYSCTLS = {"net.core.somaxconn", "net.ipv4.ip_unprivileged_port_start",
                "net.ipv4.ping_group_range"}


def bad_mounts(info, ask, may):
    for mount in info["Mounts"]:
        if mount["Type"] == "bind":
            if may.binds.get(mount["Source"], not mount["RW"]) < mount["RW"] \
                    or mount["Source"] not in may.binds \
                    or mount["Propagation"] not in ("", "private",
                                                    "rprivate"):
                yield mount
        elif mount["Type"] == "volume":
            volume = ask.json(f"GET /volumes/{mount['Name']}")
            if volume["Driver"] != "local" or volume["Options"]:
                yield volume
        elif mount["Type"] != "tmpfs":
            yield mount
        if re.match("/(proc|sys/fs)?(/|$)", mount["Destination"]) and \
                not mount["Destination"].strip("/"):
            yield mount


def bad_joins(info, may):
    """Other namespaces and networks."""
    host = info["HostConfig"]
    for name in ("IpcMode", "PidMode", "UTSMode"):
        if host[name] not in ("", "private", "none", "shareable"):
            yield name, host[name]
    good = {"", "default", "bridge", "none", *may.networks}
    networks = info["NetworkSettings"]["Networks"]
    for name in {host["NetworkMode"], *networks} - good:
        yield "network", name
    for name, network in networks.items():
        for key in ("IPAMConfig", "Links", "DriverOpts", "IPAddress",
                    "MacAddress"):
            if network.get(key):
                yield name, key, network[key]
    if info["Config"].get("MacAddress"):
        yield "MacAddress"
    for bindings in (host["PortBindings"] or {}).values():
        for each in bindings or [{}]:
            address = each.get("HostIp", "")
            if not each.get("HostPort", "").isdigit() or \
                    int(each["HostPort"]) not in may.ports or \
                    not address or \
                    not ipaddress.ip_address(address).is_loopback:
                yield "port", each


def bad_rights(info, may):
    host = info["HostConfig"]
    for each in host["CapAdd"] or []:
        if each.upper().removeprefix("CAP_") not in may.capabilities:
            yield each
    for each in host["SecurityOpt"] or []:
        if not re.fullmatch("no-new-privileges([:=]true)?", each):
            yield each
    for each in host.get("Sysctls") or {}:
        if each not in SAFE_SYSCTLS | may.sysctls:
            yield each
    for each in host["Ulimits"] or []:
        if each["Name"] in ("msgqueue", "nice", "rtprio", "sigpending"):
            yield each
    log = host["LogConfig"]
    if log["Type"] not in ("json-file", "local", "none") or \
            set(log["Config"] or {}) - {"max-size", "max-file", "mode",
                                        "max-buffer-size", "compress",
                                        "tag", "labels", "env"}:
        yield log
    if host["OomScoreAdj"] < 0:
        yield "OomScoreAdj"
    if host["VolumeDriver"] not in ("", "local"):
        yield host["VolumeDriver"]
    for each in info["Config"]["Env"] or []:
        if "=" not in each:
            yield each


def bad_limits(info, may):
    if not may.limits:
        return
    host = info["HostConfig"]
    processors = host["NanoCpus"] / 1e9 or \
        host["CpuQuota"] / (host["CpuPeriod"] or 100000)
    if not 0 < host["Memory"] <= host["MemorySwap"] <= 64 << 20:
        yield "memory", host["Memory"], host["MemorySwap"]
    if not 0 < processors <= .5:
        yield "processors", processors
    if not 0 < (host["PidsLimit"] or 0) <= 50:
        yield "PidsLimit", host["PidsLimit"]
    user = re.fullmatch(r"[1-9][0-9]*(:[1-9][0-9]*)?", info["Config"]["User"])
    if not user:
        yield "User", info["Config"]["User"]
    if any(mount["Type"] == "bind" and mount["RW"]
           for mount in info["Mounts"]):
        if not user or not user[1]:
            yield "User", info["Config"]["User"]
        if "no-new-privileges" not in (host["SecurityOpt"] or [])[-1:]:
            yield "SecurityOpt", host["SecurityOpt"]


def beyond(info, plain, ask, may):
    """What a container has that the profile does not allow. Plain is one that
    nothing was said of."""
    host = info["HostConfig"]
    found = [(name, value) for name, value in host.items()
             if name not in FREE | BELOW
             and value and value != plain["HostConfig"].get(name)]
    for name in ("MaskedPaths", "ReadonlyPaths"):
        if host[name] != plain["HostConfig"][name]:
            found.append((name, host[name]))
    for each in (bad_mounts(info, ask, may), bad_joins(info, may),
                 bad_rights(info, may), bad_limits(info, may)):
        found += each
    return found


def host(**fields):
    return {"HostConfig": fields}


def endpoint(network, **fields):
    return {"NetworkingConfig": {"EndpointsConfig": {network: fields}}}


def mount(kind, source="", **fields):
    return host(Mounts=[{"Type": kind, "Source": source, "Target": "/m",
                         **fields}])


NOBODY = {"User": "1000:1000"}

HARMLESS = [
    NOBODY, {"Env": ["A=b", "C="]}, {"Env": ["HOME", "A=b"]}, {"Tty": True},
    {"Labels": {"a": "b"}},
    {"OpenStdin": True, "StdinOnce": True}, {"WorkingDir": "/tmp"},
    {"Entrypoint": ["/bin/sh"]}, {"Cmd": ["true"]}, {"Hostname": "h"},
    {"StopSignal": "INT"}, {"Volumes": {"/v": {}}}, {"Volumes": None},
    {"ExposedPorts": {"81/tcp": {}}}, {"Healthcheck": {"Test": ["NONE"]}},
    {"HostConfig": None}, {"NetworkingConfig": {"EndpointsConfig": {}}},
    {"MacAddress": ""}, endpoint("none"),
    host(AutoRemove=True), host(Memory=32 << 20), host(NanoCpus=10 ** 8),
    host(CpuQuota=10000, CpuPeriod=100000), host(PidsLimit=10),
    host(PidsLimit=None), host(Memory=0, MemorySwap=0, NanoCpus=0),
    host(Tmpfs={"/t": "size=1m"}), host(Init=True), host(CapDrop=["ALL"]),
    host(ReadonlyRootfs=True), host(ShmSize=1 << 20), host(Dns=["10.0.0.1"]),
    host(RestartPolicy={"Name": "always", "MaximumRetryCount": 0}),
    host(LogConfig={"Type": "json-file", "Config": {"max-size": "1m"}}),
    host(LogConfig={"Type": "", "Config": None}), host(LogConfig={}),
    host(Ulimits=[{"Name": "nofile", "Soft": 99, "Hard": 99}]),
    host(ExtraHosts=["db:10.0.0.1"]), host(IpcMode="private"),
    host(SecurityOpt=["no-new-privileges:true"]), host(NetworkMode="none"),
    host(Binds=["vol1:/b"]), host(Binds=["vol1:/b:ro"]), host(Binds=[]),
    mount("volume", "vol2"), mount("volume"), mount("tmpfs"),
    mount("volume", "vol2", VolumeOptions={"NoCopy": True}),
    host(OomScoreAdj=100), host(Sysctls={"net.core.somaxconn": "99"}),
    host(Privileged=False, CapAdd=[], Devices=[], PidMode="", Links=None),
    host(MaskedPaths=None, ReadonlyPaths=None, PublishAllPorts=False),
    host(OomKillDisable=False, CgroupParent="", VolumesFrom=None),
]

# What the second profile allows, all together or not.
ALLOWED = [
    host(CapAdd=["NET_ADMIN"]), host(CapAdd=["cap_net_admin"]),
    host(Binds=["{shared}:/s:ro"]), host(Binds=["{shared}:/s"]),
    host(Binds=["{shared}/:/s:rw,rprivate"]), host(Binds=["{work}:/w"]),
    mount("bind", "{shared}"), mount("bind", "{shared}", ReadOnly=True),
    mount("bind", "{work}"), host(NetworkMode="net1"),
    host(Sysctls={"net.ipv4.ip_forward": "1"}),
    host(PortBindings={"80/tcp": [{"HostIp": "127.0.0.1",
                                   "HostPort": "8000"}]}),
]

DANGEROUS = [
    host(Privileged=True), host(CapAdd=["SYS_ADMIN"]), host(CapAdd=["ALL"]),
    host(CapAdd=["NET_ADMIN", "cap_sys_ptrace"]), host(CapAdd=["all"]),
    host(Devices=[{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x",
                   "CgroupPermissions": "rwm"}]),
    host(DeviceCgroupRules=["a *:* rwm"]),
    host(DeviceRequests=[{"Count": -1, "Capabilities": [["gpu"]]}]),
    host(Binds=["/:/h"]), host(Binds=["/:/h:ro"]), host(Binds=["//:/h"]),
    host(Binds=["/etc:/h"]), host(Binds=["{secret}:/h:ro"]),
    host(Binds=["{shared}/../secret:/h:ro"]),
    host(Binds=["{shared}//:/h:ro", "{shared}:/s:rshared"]),
    host(Binds=["{shared}:/s:ro", "{secret}:/h:ro"]),
    host(Binds=["{shared}x:/h:ro"]), host(Binds=["{shared}/below:/h:ro"]),
    host(Binds=["/run/docker.sock:/run/docker.sock"]),
    mount("bind", "/"), mount("bind", "{secret}", ReadOnly=True),
    mount("bind", "{shared}/../secret"),
    mount("bind", "{work}", BindOptions={"Propagation": "rshared"}),
    mount("volume", "vol3", VolumeOptions={"DriverConfig": {
        "Name": "local", "Options": {"type": "none", "o": "bind",
                                     "device": "/"}}}),
    mount("volume", "", VolumeOptions={"DriverConfig": {
        "Options": {"type": "none", "o": "bind", "device": "/"}}}),
    mount("volume", "evil"), host(Binds=["evil:/h"]),
    host(VolumesFrom=["victim"]), host(VolumesFrom=["victim:ro"]),
    host(PidMode="host"), host(PidMode="container:victim"),
    host(IpcMode="host"), host(IpcMode="container:victim"),
    host(UTSMode="host"), host(UsernsMode="host"), host(NetworkMode="host"),
    host(NetworkMode="container:victim"), host(NetworkMode="net2"),
    endpoint("host"), endpoint("net2"), endpoint("{net2}"),
    {**host(NetworkMode="net1"), **endpoint(
        "net1", IPAMConfig={"IPv4Address": "10.99.0.9"})},
    {"MacAddress": "02:00:00:00:00:01"},
    host(CgroupParent="/x"), host(Cgroup="container:victim"),
    host(SecurityOpt=["seccomp=unconfined"]),
    host(SecurityOpt=["seccomp:unconfined"]),
    host(SecurityOpt=["apparmor=unconfined"]),
    host(SecurityOpt=["label=disable"]), host(SecurityOpt=["label:disable"]),
    host(SecurityOpt=["no-new-privileges:false"]),
    host(MaskedPaths=[]), host(ReadonlyPaths=[]),
    host(MaskedPaths=["/proc/kcore"]), host(ReadonlyPaths=["/proc/bus"]),
    host(Sysctls={"kernel.shm_rmid_forced": "1"}),
    host(Sysctls={"net.ipv4.conf.all.forwarding": "1"}),
    host(Runtime="io.containerd.runc.v2"),
    host(LogConfig={"Type": "syslog", "Config": {
        "syslog-address": "unix:///dev/log"}}),
    host(LogConfig={"Type": "journald"}),
    host(PortBindings={"80/tcp": [{"HostPort": "22"}]}),
    host(PortBindings={"80/tcp": [{"HostIp": "0.0.0.0",
                                   "HostPort": "8000"}]}),
    host(PortBindings={"80/tcp": [{"HostIp": "127.0.0.1",
                                   "HostPort": "8000"},
                                  {"HostPort": "8000"}]}),
    host(PortBindings={"80/tcp": [{}]}), host(PublishAllPorts=True),
    host(Links=["victim:v"]), host(GroupAdd=["0"]),
    host(OomKillDisable=True), host(OomScoreAdj=-500),
    host(Ulimits=[{"Name": "rtprio", "Soft": 9, "Hard": 9}]),
    host(BlkioDeviceReadBps=[{"Path": "/dev/null", "Rate": 1}]),
    host(CpuRealtimeRuntime=1000), host(VolumeDriver="evil"),
]

# Dangerous where limits are set.
ABOVE = [
    {"User": "0:0"}, {"User": "root"}, {"User": "1000:0"}, {"User": "+0"},
    {"User": "00"}, host(Memory=65 << 20), host(Memory=32 << 20,
                                                MemorySwap=65 << 20),
    host(NanoCpus=6 * 10 ** 8), host(PidsLimit=51),
    host(CpuQuota=60000, CpuPeriod=100000), host(CpuQuota=60000),
]

# To be written over.
UNLIMITED = [
    host(PidsLimit=0), host(PidsLimit=-1), host(Memory=32 << 20,
                                                MemorySwap=-1),
    host(CpuQuota=-1), host(CpuQuota=-1, NanoCpus=10 ** 8),
    host(CpuPeriod=100000), host(Memory=8 << 20, MemorySwap=0),
]


def filled(value, words):
    """A fragment with {shared} and the like in it filled in."""
    if isinstance(value, dict):
        return {filled(key, words): filled(each, words)
                for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, words) for each in value]
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace(f"{{{name}}}", str(word))
    return value


def joined(*fragments):
    """All of them in one body; lists add up."""
    body = {}
    for fragment in fragments:
        for key, value in fragment.items():
            old = body.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                body[key] = joined(old, value)
            elif isinstance(old, list) and isinstance(value, list):
                body[key] = old + value
            elif value is not None or old is None:
                body[key] = value
    return body


PLAIN = {"Image": IMAGE, "Cmd": ["true"]}


def of_clients():
    """What real clients sent, with the image that is here."""
    bodies = {each["body"]: None for each in requests()
              if each["method"] == "POST" and each.get("body") and
              each["target"].partition("?")[0].endswith("/containers/create")}
    for body in random.Random(1).sample(list(bodies), 60):
        yield joined(json.loads(body), {"Image": IMAGE})


def generated(number):
    choose = random.Random(2)
    for _ in range(number):
        parts = choose.sample(HARMLESS, choose.randint(1, 5))
        parts += choose.sample(ALLOWED, choose.choice([0, 0, 1, 2]))
        parts += choose.sample(UNLIMITED, choose.choice([0, 0, 1]))
        if choose.random() < .4:
            parts += choose.sample(DANGEROUS + ABOVE, choose.choice([1, 2]))
        if choose.random() < .6:
            parts.append(NOBODY)
        choose.shuffle(parts)
        yield joined(PLAIN, *parts)


class Daemon:
    """The daemon, as it is looked at, with things that others made."""

    def __init__(self, ask, folders):
        self.ask = ask
        self.words = {**folders, "net2": ask.json(
            "POST /networks/create", {"Name": "net2"})["Id"]}
        # Newer daemons take an address only where a subnet was asked for.
        ask.json("POST /networks/create", {
            "Name": "net1", "IPAM": {"Config": [{"Subnet": "10.99.0.0/16"}]}})
        ask.json("POST /volumes/create", {"Name": "evil", "DriverOpts": {
            "type": "none", "o": "bind", "device": "/"}})
        ask.create("victim", {**PLAIN, "Volumes": {"/v": {}},
                              "HostConfig": {}})
        self.plain = ask.json("GET /containers/victim/json")

    def made(self, answer, may):
        """What of a container, which is then removed, is beyond."""
        ident = json.loads(answer.body)["Id"]
        info = self.ask.json(f"GET /containers/{ident}/json")
        found = beyond(info, self.plain, self.ask, may)
        self.ask.json(f"DELETE /containers/{ident}?force=1&v=1")
        return found


@pytest.fixture
def daemon(direct, folders):
    return Daemon(direct, folders)


@pytest.fixture(params=[TIGHT, LIMITED], ids=["tight", "limited"])
def profile(request):
    return request.param


def test_what_is_dangerous_is_so_and_is_refused(
        daemon, door, profile, folders):
    """Which also tells that those who look here see it."""
    ask = door(profile)
    may = may_of(profile, folders)
    before = daemon.ask.everything()
    unseen = []
    for part in DANGEROUS + (ABOVE + [{"User": ""}] if may.limits
                             else ALLOWED):
        body = filled(joined(PLAIN, NOBODY, part), daemon.words)
        answer = ask("POST /containers/create", body)
        assert answer.status in (400, 403), (body, answer.raw)
        assert daemon.ask.everything() == before, body
        answer = daemon.ask("POST /containers/create", body)
        if answer.status != 201 or not daemon.made(answer, may):
            unseen.append(part)
        before = daemon.ask.everything()
    # No daemon makes that where nobody listens at that socket.
    assert [str(part) for part in unseen if "syslog" not in str(part)] == []


def test_what_passes_is_within_the_profile(daemon, door, profile, folders):
    ask = door(profile)
    may = may_of(profile, folders)
    good = HARMLESS + UNLIMITED + (ALLOWED if may.limits else [])
    before = daemon.ask.everything()
    passed = refused = 0
    for number, body in enumerate([
            *(joined(PLAIN, NOBODY, part) for part in good), *of_clients(),
            *generated(120)]):
        body = filled(body, daemon.words)
        answer = ask("POST /containers/create", body)
        assert answer.status == 201 or number >= len(good), (body, answer.raw)
        if answer.status == 201:
            assert not daemon.made(answer, may), body
            before = daemon.ask.everything()
            passed += number >= len(good)
        elif answer.status in (400, 403):
            assert daemon.ask.everything() == before, body
            refused += 1
    assert passed > 40 and refused > 80
