# SPDX-License-Identifier: MIT
"""What only postern is asked: how one door's clients feel another's, and what
many doors cost."""

import contextlib
import os
import socket
import time

import measure
import policies
import subjects
from cases import DENIED, LIST

FLOOD = 50000  # requests a second
NOBODY = 65534
LOG = ("notice", "logfmt")  # denials are logged, as usual


@contextlib.contextmanager
def flooded(bench, door, **options):
    """Requests that are denied, while the block runs; they are {"per second":
    NUMBER} afterwards."""
    came = {}
    process = bench.flood.start(
        "requests", door, DENIED, status=403, connections=32,
        seconds=bench.seconds + .4, **options)
    try:
        time.sleep(.2)
        yield came
        result = bench.flood.result(process)
        came["per second"] = result["answers"] / result["seconds"]
    finally:
        process.kill()


class DoorsCase:
    """Asked of postern alone: run() says {row: {figure: number}}."""

    def __init__(self, name, what):
        self.name = name
        self.what = what

    def run(self, bench):
        raise NotImplementedError


class Flood(DoorsCase):
    """A client at one door, alone, and while another is flooded: at the same
    postern, and at one of its own on the same core, which is what the
    machine makes of it."""

    WAYS = ("alone", "another door", "another process", "pipelined")

    def quiet(self, bench, door):
        result = bench.load.run("requests", door, LIST, seconds=bench.seconds)
        return {"per second": result["answers"] / result["seconds"],
                "p50": result["p50"] / 1000, "p99": result["p99"] / 1000}

    def run(self, bench):
        doors = {"s": policies.PLAIN, "closed": policies.CLOSED}
        one, two = (
            subjects.Postern(bench.build, name, "", doors, LOG)
            for name in ("flooded", "beside"))
        try:
            bench.start(one)
            bench.start(two)
            figures = {}
            for way in self.WAYS:
                if way == "alone":
                    figures[way] = self.quiet(bench, one.door("s"))
                    continue
                options = ({"pipeline": 64} if way == "pipelined" else
                           {"rate": FLOOD})
                other = two if way == "another process" else one
                with flooded(bench, other.door("closed"), **options) as came:
                    figures[way] = self.quiet(bench, one.door("s"))
                figures[way]["denied a second"] = came["per second"]
            return figures
        finally:
            subjects.stop_all([one, two])


class Ready:
    """What a service manager listens at: when is it ready?"""

    def __init__(self, home):
        self.path = home / "notify"
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(self.path))
        os.chmod(self.path, 0o666)
        self.sock.settimeout(20)

    def wait(self):
        try:
            while b"READY=1" not in self.sock.recv(4096).split(b"\n"):
                pass
        except TimeoutError:
            raise subjects.CannotStart("never ready") from None
        return time.monotonic()


class Many(DoorsCase):
    """So many profiles: from the start until all doors are open, a reload,
    and memory."""

    def __init__(self, count):
        super().__init__(f"doors-{count}", f"{count} profiles")
        self.count = count

    @staticmethod
    def launch(bench, one, home, ready):
        """As the service and the image start it: not by root, who would
        become somebody else and read everything twice."""
        options = {"env": {"PATH": subjects.SYSTEM_PATH,
                           "NOTIFY_SOCKET": str(ready.path)}}
        nobody = {}
        if os.geteuid() == 0:
            os.chown(home, NOBODY, NOBODY)
            nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        command = one.command(home, bench.upstream)
        began = time.monotonic()
        try:
            one.spawn(home, *command, **options, **nobody)
        except PermissionError:
            bench.note("doors are opened by root: nobody else may run "
                       f"{command[0]}")
            began = time.monotonic()
            one.spawn(home, *command, **options)
        return began

    def run(self, bench):
        doors = {f"door-{number}": policies.USUAL
                 for number in range(self.count)}
        one = subjects.Postern(bench.build, self.name, "", doors)
        home = bench.new_home(self.name)
        ready = Ready(home)
        one.prepare(home)
        try:
            with measure.on_core(bench.proxy_core):
                began = self.launch(bench, one, home, ready)
            took = ready.wait() - began
            one.pids = measure.family(one.process.pid)
            spent = measure.cpu_seconds(one.pids)
            for name in doors:
                if not subjects.answers(one.door(name)):
                    raise subjects.CannotStart(f"{name} does not answer")
            memory = measure.memory(one.pids)
            figures = {"start ms": 1000 * took, "its CPU ms": 1000 * spent}
            if memory:
                figures["private KiB"] = memory["private"]
            began = time.monotonic()
            code, body = one.control("POST", "/reload")
            figures["reload ms"] = 1000 * (time.monotonic() - began)
            if code != 200:
                raise subjects.CannotStart(f"no reload: {body[:200]!r}")
            return {"postern": figures}
        finally:
            one.stop()
            ready.sock.close()


def all_of_them():
    return [Flood("flood", f"{FLOOD} denials a second at one door, and a "
                  "client at another"),
            Many(100), Many(1000)]

