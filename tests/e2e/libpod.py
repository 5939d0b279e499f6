# SPDX-License-Identifier: MIT
"""A private Podman service, as root."""

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

import engine
from wait import wait_until
from wire import Client, request

IMAGE = "localhost/bb:1"

# Runs also where the machine's own limits may not be raised.
CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""


def why_not():
    """What keeps a Podman from running here, or None."""
    if os.geteuid() != 0:
        return "podman is to run as root"
    for name in ("podman", "conmon", "runc", "unshare", "setpriv"):
        if shutil.which(name, path=engine.search_path()) is None:
            return f"no {name} here"
    if not Path("/bin/busybox").exists():
        return "no /bin/busybox (busybox-static) here"
    return None


def image():
    """A tar archive of busybox."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add("/bin/busybox", "bin/busybox")
        for name in ("sh", "echo", "sleep", "cat"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type = tarfile.SYMTYPE
            link.linkname = "busybox"
            tar.addfile(link)
    return archive.getvalue()


class Podman:
    """Its service, in namespaces of its own: nothing of it is left when it
    has gone, and no other Podman is touched."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="pp", dir="/var/tmp"))
        self.home.chmod(0o755)
        self.socket = self.home / "p.sock"
        (self.home / "containers.conf").write_text(CONTAINERS_CONF)
        self.process = None

    def start(self):
        environment = dict(
            os.environ, PATH=engine.search_path(), HOME=str(self.home),
            CONTAINERS_CONF=str(self.home / "containers.conf"))
        with open(self.home / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--net",
                 "--mount", "--pid", "--fork", "--kill-child",
                 "--mount-proc", "podman", "--root", f"{self.home}/root",
                 "--runroot", f"{self.home}/run", "--tmpdir",
                 f"{self.home}/tmp", "--storage-driver", "vfs", "system",
                 "service", "--time=0", f"unix://{self.socket}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, start_new_session=True)
        wait_until(lambda: self.socket.exists() or
                   self.process.poll() is not None, "podman", 30)
        assert self.socket.exists(), (self.home / "log").read_text()[-3000:]
        # Whoever the program under test becomes may speak to it.
        self.socket.chmod(0o666)
        body = image()
        answer = self.ask(request(
            "POST", f"/images/create?fromSrc=-&repo={IMAGE}",
            "Content-Type: application/x-tar", body=body))
        assert answer.status == 200, answer.raw
        return self

    def ask(self, message):
        with Client(self.socket) as client:
            return client.ask(message)

    def containers(self):
        """The names of all that there are."""
        answer = self.ask(request("GET", "/containers/json?all=1"))
        return {each["Names"][0][1:] for each in json.loads(answer.body)}

    def stop(self):
        if self.process is not None:
            if self.process.poll() is None:
                for name in self.containers():
                    self.ask(request("DELETE",
                                     f"/containers/{name}?force=1"))
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture(scope="module")
def podman():
    reason = why_not()
    if reason:
        engine.cannot(reason)
    service = Podman()
    try:
        yield service.start()
    finally:
        service.stop()
