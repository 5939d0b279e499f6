# SPDX-License-Identifier: MIT
"""What every subject is asked to do. A case runs one round with one subject
and says what came of it: {figure: number}."""

import json
import subprocess
from pathlib import Path

import measure

VERSION = "/v1.41"
UNIT = 64 * 1024
CREATE_SIZE = 4096
SLOWEST = 20 << 20  # bytes a second, of a bulk stream, or it is given up
E2E = Path(__file__).resolve().parents[1] / "e2e"


class Failed(Exception):
    """A subject cannot do it, and why."""


def head(method, target, *fields):
    lines = [f"{method} {target} HTTP/1.1", "Host: docker", *fields, "", ""]
    return "\r\n".join(lines).encode()


def create():
    """ContainerCreate as the Docker client sends it, with labels until it
    has its size."""
    with open(E2E / "clients" / "docker-cli-28.jsonl") as lines:
        next(lines)
        body = json.loads(json.loads(next(lines))["body"])
    body.update(Image="nginx", User="1000:1000")
    for number in range(100):
        body["Labels"][f"com.example.{number}"] = f"the value of it {number}"
        if len(json.dumps(body)) > CREATE_SIZE - 64:
            break
    body["Labels"]["end"] = ""
    body["Labels"]["end"] = "x" * (CREATE_SIZE - len(json.dumps(body)))
    text = json.dumps(body)
    return head("POST", f"{VERSION}/containers/create?name=web",
                "Content-Type: application/json",
                f"Content-Length: {len(text)}") + text.encode()


LIST = head("GET", f"{VERSION}/containers/json")
PING = head("GET", "/_ping")
EVENTS = head("GET", f"{VERSION}/events")
ATTACH = head("POST", f"{VERSION}/containers/web/attach"
              "?stream=1&stdin=1&stdout=1&stderr=1", "Content-Length: 0",
              "Connection: Upgrade", "Upgrade: tcp")
DENIED = head("GET", f"{VERSION}/secrets")
TAR = "Content-Type: application/x-tar"


class Load:
    """The load generator: where it runs, and a directory of its own for what
    it asks."""

    def __init__(self, program, home, core):
        self.program = program
        self.home = home
        self.core = core
        self.requests = {}

    def command(self, kind, socket, request, options):
        if request not in self.requests:
            path = self.home / f"request-{len(self.requests)}"
            path.write_bytes(request)
            self.requests[request] = path
        words = [word for name, value in options.items()
                 for word in ([f"--{name}"] if value is True
                              else [f"--{name}", str(value)])]
        return [self.program, kind, socket, "--request",
                self.requests[request], *words]

    def start(self, kind, socket, request, **options):
        with measure.on_core(self.core):
            return subprocess.Popen(
                self.command(kind, socket, request, options), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)

    @staticmethod
    def result(process, seconds=60):
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failed(f"takes more than {seconds} s") from None
        if process.returncode != 0:
            raise Failed(errors.strip().removeprefix("load: "))
        result = json.loads(output)
        if result["wrong"]:
            raise Failed(f"{result['wrong']} of {result['answers']} answers "
                         f"have status {result['wrong_status']}")
        return result

    def run(self, kind, socket, request, patience=60, **options):
        return self.result(self.start(kind, socket, request, **options),
                           patience)


class Case:
    """One row of the table for each of its figures."""

    for_doors = False  # only what judges can take part
    variants = True    # postern's other profiles take part
    anew = False       # a subject is started again for each round

    def __init__(self, name, what):
        self.name = name
        self.what = what

    def run(self, bench, subject):
        raise NotImplementedError


def latencies(result):
    """In microseconds."""
    return {name: result[name] / 1000 for name in ("p50", "p99", "p999")}


class Requests(Case):
    """For so many seconds: as many as are answered, or at a rate."""

    def __init__(self, name, what, request, **options):
        super().__init__(name, what)
        self.request = request
        self.options = options
        self.for_doors = options.get("status") == 403

    def run(self, bench, subject):
        before = measure.cpu_seconds(subject.pids)
        result = bench.load.run("requests", subject.socket, self.request,
                                seconds=bench.seconds, **self.options)
        spent = measure.cpu_seconds(subject.pids) - before
        figures = {"per second": result["answers"] / result["seconds"],
                   **latencies(result)}
        if subject.pids:
            figures["cpu us"] = 1e6 * spent / result["answers"]
        return figures


class Bulk(Case):
    """A body, down or up."""

    variants = False

    def __init__(self, name, what, kind, chunked):
        super().__init__(name, what)
        self.kind = kind
        self.chunked = chunked

    def request(self, size):
        if self.kind == "down":
            how = "chunked" if self.chunked else "length"
            return head("GET", f"{VERSION}/images/{how}/get")
        framing = ("Transfer-Encoding: chunked" if self.chunked else
                   f"Content-Length: {size}")
        return head("POST", f"{VERSION}/images/load", TAR, framing)

    def run(self, bench, subject):
        options = {}
        if self.kind == "up":
            options["bytes"] = bench.size
            if self.chunked:
                options["chunked"] = True
        before = measure.cpu_seconds(subject.pids)
        result = bench.load.run(
            self.kind, subject.socket, self.request(bench.size),
            patience=10 + bench.size / SLOWEST, **options)
        spent = measure.cpu_seconds(subject.pids) - before
        if result["bytes"] != bench.size:
            raise Failed(f"{result['bytes']} of {bench.size} bytes came")
        figures = {"MiB/s": bench.size / 2**20 / result["seconds"]}
        if subject.pids:
            figures["cpu ms/GiB"] = 1000 * spent / (bench.size / 2**30)
        return figures


class Streams(Case):
    """Event streams that are idle, then one event to all of them."""

    variants = False
    anew = True

    def run(self, bench, subject):
        before = measure.memory(subject.pids)
        process = bench.load.start(
            "streams", subject.socket, EVENTS, fire=bench.upstream,
            connections=bench.streams)
        bench.wait_ready(process)
        during = measure.memory(subject.pids)
        spent = measure.cpu_seconds(subject.pids)
        # The load's end is the streams' end.
        result = bench.load.result(process)
        spent = measure.cpu_seconds(subject.pids) - spent
        figures = {"all ms": 1000 * result["seconds"],
                   "p50": result["p50"] / 1000, "p99": result["p99"] / 1000}
        if subject.pids:
            figures["cpu us"] = 1e6 * spent / result["answers"]
        if subject.pids and before and during:
            figures["private B each"] = 1024 * (
                during["private"] - before["private"]) / bench.streams
        return figures


class Tunnels(Case):
    """Hijacked connections, each with 64 bytes on their way there and
    back."""

    variants = False

    def run(self, bench, subject):
        process = bench.load.start(
            "tunnels", subject.socket, ATTACH, status=101,
            connections=bench.tunnels, seconds=2 * bench.seconds)
        bench.wait_ready(process)
        before = measure.cpu_seconds(subject.pids)
        result = bench.load.result(process)
        spent = measure.cpu_seconds(subject.pids) - before
        if result["answers"] == 0:
            raise Failed("not one echo came back")
        figures = {"per second": result["answers"] / result["seconds"],
                   **latencies(result)}
        if subject.pids:
            figures["cpu us"] = 1e6 * spent / result["answers"]
        return figures


def all_of_them(bench):
    return [
        Requests("keepalive-1", "GET /containers/json, one connection", LIST),
        Requests("keepalive-32", "the same, 32 connections", LIST,
                 connections=32),
        Requests("keepalive-256", "the same, 256 connections", LIST,
                 connections=256),
        Requests("paced-32", f"the same, {bench.pace} a second over 32 "
                 "connections", LIST, connections=32, rate=bench.pace),
        Requests("new-connection", "GET /_ping, each on a new connection, 32 "
                 "at once", PING, connections=32, fresh=True),
        Requests("create-32", "POST /containers/create, 4 KiB that are "
                 "inspected, 32 connections", create(), connections=32,
                 status=201),
        Requests("denied-32", "GET /secrets, denied, 32 connections", DENIED,
                 connections=32, status=403),
        Bulk("down-length", "an image down, with a length", "down", False),
        Bulk("down-chunked", "an image down, in chunks", "down", True),
        Bulk("up-length", "an image up, with a length", "up", False),
        Bulk("up-chunked", "an image up, in chunks", "up", True),
        Streams("streams", f"{bench.streams} idle event streams, then an "
                "event to all"),
        Tunnels("tunnels", f"{bench.tunnels} hijacked tunnels that echo 64 "
                "bytes"),
    ]
