# SPDX-License-Identifier: MIT
"""A private dockerd, and the docker command line clients of this machine."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from wait import wait_until

IMAGE = "bb:1"


def why_not():
    """What keeps a daemon from running here, or None."""
    if os.geteuid() != 0:
        return "dockerd needs root"
    for name in ("dockerd", "containerd", "runc", "unshare", "setpriv",
                 "docker"):
        if shutil.which(name, path=search_path()) is None:
            return f"no {name} here"
    if not Path("/bin/busybox").exists():
        return "no /bin/busybox (busybox-static) here"
    return None


def must_not_skip():
    """Where everything is checked, nothing is left out."""
    return bool(os.environ.get("CI"))


def cannot(reason):
    """A test cannot run on this machine."""
    if must_not_skip():
        pytest.fail(f"nothing may be skipped here, but {reason}")
    pytest.skip(reason)


# Under CI these fail instead, where they are not run by root.
root_only = pytest.mark.skipif(
    os.geteuid() != 0 and not must_not_skip(),
    reason="only root can be somebody else")


def search_path():
    return os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"


def clients():
    """The distinct docker command line clients found, the packaged first."""
    found = {}
    for path in ("/usr/bin/docker", "/usr/local/bin/docker"):
        if os.access(path, os.X_OK):
            said = subprocess.run([path, "--version"], text=True,
                                  capture_output=True, timeout=20).stdout
            found.setdefault(said, path)
    return list(found.values())


def client_id(path):
    if path is None:
        return "no-cli"
    said = subprocess.run([path, "--version"], text=True,
                          capture_output=True, timeout=20).stdout
    return "cli-" + said.split()[2].split(".")[0]


class Engine:
    """Lives in namespaces of its own, so that nothing of it is left when
    its first process or ours is gone, and no other daemon is touched."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="pe", dir="/var/tmp"))
        self.home.chmod(0o755)
        self.socket = self.home / "d.sock"
        self.process = None

    def start(self):
        command = (
            "ip link set lo up 2>/dev/null; "
            f"exec dockerd --data-root {self.home}/data "
            f"--exec-root {self.home}/exec -p {self.home}/pid "
            f"-H unix://{self.socket} --bridge=none --iptables=false")
        environment = dict(os.environ, PATH=search_path())
        environment.pop("DOCKER_HOST", None)
        with open(self.home / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--net",
                 "--mount", "--pid", "--fork", "--kill-child",
                 "--mount-proc", "sh", "-c", command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, start_new_session=True)
        wait_until(lambda: self.answers() or self.process.poll() is not None,
                   "dockerd", 60)
        assert self.answers(), (self.home / "log").read_text()[-3000:]
        self.make_image()
        return self

    def answers(self):
        connection = http.client.HTTPConnection("docker")
        try:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(5)
            connection.sock.connect(str(self.socket))
            connection.request("GET", "/_ping")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def make_image(self):
        archive = self.home / "image.tar"
        applets = subprocess.run(["/bin/busybox", "--list"], text=True,
                                 capture_output=True, check=True).stdout
        with tarfile.open(archive, "w") as tar:
            tar.add("/bin/busybox", "bin/busybox")
            for name in applets.split():
                link = tarfile.TarInfo(f"bin/{name}")
                link.type = tarfile.SYMTYPE
                link.linkname = "busybox"
                if name != "busybox":
                    tar.addfile(link)
            for name in ("tmp", "etc", "proc", "sys", "dev"):
                folder = tarfile.TarInfo(name)
                folder.type = tarfile.DIRTYPE
                folder.mode = 0o755
                tar.addfile(folder)
        subprocess.run(
            [clients()[0], "-H", f"unix://{self.socket}", "import",
             str(archive), IMAGE], check=True, capture_output=True,
            timeout=60)

    def stop(self):
        if self.process is not None:
            # Its first process in the namespace is dockerd; whatever is
            # still there after that is killed with the namespace.
            pid = self.process.pid
            dockerd = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            for child in dockerd.split():
                os.kill(int(child), signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def assert_alike(direct, door, *arguments):
    """A command prints and returns the same on the daemon's own socket and
    at a door."""
    before = direct(*arguments)
    there = door(*arguments)
    after = direct(*arguments)
    assert there.returncode == before.returncode
    assert there.stderr in (before.stderr, after.stderr)
    if arguments == ("info",):
        # Older clients list some things in any order.
        assert sorted(there.stdout.split()) == sorted(before.stdout.split())
    else:
        # "Up 2 seconds" can turn into "Up 3 seconds" on the way.
        assert there.stdout in (before.stdout, after.stdout)


class Command:
    """A docker command line client that speaks to one socket."""

    def __init__(self, path, sock, home):
        self.path = path
        self.sock = sock
        self.home = home

    def environment(self, **more):
        return dict(PATH=search_path(), HOME=str(self.home), TERM="xterm",
                    LANG="C.UTF-8", DOCKER_HOST=f"unix://{self.sock}",
                    DOCKER_CONFIG=str(self.home / "docker-config"), **more)

    def __call__(self, *arguments, stdin=b"", **more):
        """Run it to its end."""
        return subprocess.run(
            [self.path, *arguments], input=stdin, capture_output=True,
            timeout=60, env=self.environment(**more))

    def ok(self, *arguments, stdin=b"", **more):
        """Run it, which must succeed; returns what it printed."""
        done = self(*arguments, stdin=stdin, **more)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    @contextlib.contextmanager
    def running(self, *arguments, **options):
        """Start it; it runs until the block is left."""
        for name in ("stdin", "stdout", "stderr"):
            options.setdefault(name, subprocess.PIPE)
        process = subprocess.Popen(
            [self.path, *arguments], env=self.environment(), **options)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()
