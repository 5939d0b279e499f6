# SPDX-License-Identifier: MIT
"""What is compared: each a proxy in front of one upstream socket, as a
process of its own."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import measure
import policies

SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
SECTIONS = """
_ping auth build commit configs containers distribution events exec grpc
images info networks nodes plugins secrets services session swarm system tasks
version volumes
""".split()
ALLOWED = ("_ping", "containers", "events", "images")
PREFIX = r"^(/v[\d\.]+)?"


class CannotStart(Exception):
    """It is not here, or does not work here."""


def wait_until(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise CannotStart(f"waited {seconds} s for {what}")
        time.sleep(.002)


def answers(path):
    """Whether a ping comes through."""
    with contextlib.suppress(OSError), \
            socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        probe.connect(str(path))
        probe.sendall(b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
        return b" 200 " in probe.recv(64)
    return False


class Subject:
    """Something that listens at a socket."""

    judges = False  # it denies what it is not told to pass

    def __init__(self, name, what):
        self.name = name
        self.what = what
        self.process = None
        self.pids = []
        self.socket = None
        self.connections = None  # that it was started for
        self.log_path = None

    def start(self, home, upstream, connections):
        """In a directory of its own, for at most so many connections."""
        home.mkdir()
        home.chmod(0o755)
        self.socket = home / "s"
        self.connections = connections
        self.launch(home, upstream, connections)
        wait_until(lambda: self.is_up() or self.process.poll() is not None,
                   f"{self.name} to start")
        if self.process.poll() is not None:
            said = self.log_path.read_text(errors="replace").strip()
            raise CannotStart(said.splitlines()[-1] if said else
                              f"status {self.process.returncode}")
        self.pids = measure.family(self.process.pid)

    def is_up(self):
        """Once somebody answers, all its processes are there."""
        return answers(self.socket)

    def launch(self, home, upstream, connections):
        raise NotImplementedError

    def spawn(self, home, *command, **options):
        program = shutil.which(command[0], path=SYSTEM_PATH)
        if program is None:
            raise CannotStart(f"no {command[0]} here")
        options.setdefault("env", {"PATH": SYSTEM_PATH})
        self.log_path = home / "log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [program, *map(str, command[1:])], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=home, **options)

    def forget_log(self):
        """There may not be room for the lines of all rounds."""
        if self.log_path is not None:
            os.truncate(self.log_path, 0)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Direct(Subject):
    """The upstream itself."""

    def __init__(self):
        super().__init__("direct", "the upstream itself, with no proxy")

    def start(self, home, upstream, connections):
        self.socket = upstream


class Blind(Subject):
    def __init__(self, build):
        super().__init__("blind", "a loop that copies bytes and sees nothing")
        self.build = build

    def launch(self, home, upstream, connections):
        self.spawn(home, self.build / "tests/bench/blind", self.socket,
                   upstream)


class Postern(Subject):
    judges = True

    def __init__(self, build, name="postern", what="the smallest profile",
                 doors=None, log=("warning", "logfmt")):
        super().__init__(name, what)
        self.build = build
        self.doors = doors or {"s": policies.PLAIN}
        self.log = log
        self.directory = None

    def launch(self, home, upstream, connections):
        self.prepare(home)
        self.spawn(home, *self.command(home, upstream))

    def prepare(self, home):
        (home / "profiles.d").mkdir()
        for name, text in self.doors.items():
            (home / "profiles.d" / f"{name}.ini").write_text(text)
        self.directory = home / "run"
        self.socket = self.door("s")

    def command(self, home, upstream):
        level, form = self.log
        return [self.build / "postern", "run", "--upstream",
                f"unix://{upstream}", "--directory", self.directory,
                "--profiles", home / "profiles.d", "--drain", "1s",
                "--log-level", level, "--log-format", form]

    def door(self, name):
        return self.directory / "doors" / f"{name}.sock"

    def is_up(self):
        return self.directory.exists() and self.status() is not None

    def control(self, method, target):
        """The control socket's answer: a status, and a body."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(30)
            sock.connect(str(self.directory / "control.sock"))
            sock.sendall(f"{method} {target} HTTP/1.1\r\nHost: postern\r\n"
                         "Accept: application/json\r\nConnection: close\r\n"
                         "\r\n".encode())
            data = b""
            while part := sock.recv(65536):
                data += part
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), body

    def status(self):
        """What "postern status --json" says; None while it does not serve."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            code, body = self.control("GET", "/status")
            status = json.loads(body) if code == 200 else {}
            return status if status.get("worker") else None
        return None


HAPROXY = """
global
    maxconn {connections}
defaults
    mode http
    option http-server-close
    timeout connect 10s
    timeout http-request 10s
    timeout client 10m
    timeout server 10m
    retries 3
    maxconn {connections}
frontend door
    bind unix@{socket} mode 666
    http-request deny unless METH_GET || {{ env(POST) -m bool }}
    http-request allow if {{ path,url_dec -m reg -i {prefix}/containers/\
[a-zA-Z0-9_.-]+/((stop)|(restart)|(kill)) }} {{ env(ALLOW_RESTARTS) -m bool }}
    http-request allow if {{ path,url_dec -m reg -i {prefix}/containers/\
[a-zA-Z0-9_.-]+/start }} {{ env(ALLOW_START) -m bool }}
    http-request allow if {{ path,url_dec -m reg -i {prefix}/containers/\
[a-zA-Z0-9_.-]+/stop }} {{ env(ALLOW_STOP) -m bool }}
{sections}
    http-request deny
    use_backend events if {{ path,url_dec -m reg -i {prefix}/events }}
    default_backend daemon
backend daemon
    server daemon unix@{upstream}
backend events
    server daemon unix@{upstream}
    timeout server 0
"""


def switch(section):
    """The variable of the environment that lets it pass."""
    return section.strip("_").upper()


class Haproxy(Subject):
    """The rules are those of the usual filters on HAProxy: a method, then
    sections by their path's beginning, each with a switch that is asked at
    each request."""

    judges = True

    def __init__(self):
        super().__init__("haproxy", "HAProxy with the usual filter's rules")

    def launch(self, home, upstream, connections):
        sections = "\n".join(
            f"    http-request allow if {{ path,url_dec -m reg -i "
            f"{PREFIX}/{name} }} {{ env({switch(name)}) -m bool }}"
            for name in SECTIONS)
        (home / "conf").write_text(HAPROXY.format(
            connections=connections, socket=self.socket, upstream=upstream,
            prefix=PREFIX, sections=sections))
        environment = {switch(name): str(int(name in ALLOWED))
                       for name in SECTIONS}
        self.spawn(home, "haproxy", "-W", "-db", "-f", home / "conf",
                   env=dict(environment, PATH=SYSTEM_PATH, POST="1",
                            ALLOW_RESTARTS="0", ALLOW_START="0",
                            ALLOW_STOP="0"))


NGINX = """
daemon off;
worker_processes 1;
pid {home}/pid;
error_log {home}/log;
{user}
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    client_max_body_size 0;
    keepalive_requests 1000000000;
    map $http_upgrade $upgrade {{ default Upgrade; "" ""; }}
    upstream daemon {{
        server unix:{upstream};
        keepalive 512;
        keepalive_requests 1000000000;
    }}
    server {{
        listen unix:{home}/s;
        proxy_http_version 1.1;
        proxy_buffering off;
        proxy_request_buffering off;
        proxy_read_timeout 1h;
        proxy_set_header Host docker;
        proxy_set_header Connection $upgrade;
        proxy_set_header Upgrade $http_upgrade;
        location ~ ^(/v[\\d.]+)?/({sections}) {{
            limit_except GET POST {{ deny all; }}
            proxy_pass http://daemon;
        }}
        location / {{ return 403; }}
    }}
}}
"""


class Nginx(Subject):
    judges = True

    def __init__(self):
        super().__init__("nginx", "nginx that filters by method and path")

    def launch(self, home, upstream, connections):
        # Two for each; with few left, it hangs up on those who just came.
        (home / "conf").write_text(NGINX.format(
            home=home, upstream=upstream,
            connections=5 * connections // 2 + 64,
            sections="|".join(ALLOWED),
            user="user root;" if os.geteuid() == 0 else ""))
        self.spawn(home, "nginx", "-c", home / "conf", "-e", home / "log")

    def stop(self):
        super().stop()
        with contextlib.suppress(FileNotFoundError):
            self.socket.unlink()


# Becomes a program that is handed a descriptor as service managers do it.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Proxyd(Subject):
    """It sees nothing either, and copies through pipes of the kernel."""

    PROGRAMS = ("/usr/lib/systemd/systemd-socket-proxyd",
                "/lib/systemd/systemd-socket-proxyd")

    def __init__(self):
        super().__init__("proxyd", "systemd-socket-proxyd")

    def launch(self, home, upstream, connections):
        program = next(filter(os.path.exists, self.PROGRAMS), None)
        if program is None:
            raise CannotStart("no systemd-socket-proxyd here")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.socket))
            listener.listen(4096)
            self.spawn(
                home, sys.executable, "-c", ACTIVATE, listener.fileno(),
                program, f"--connections-max={connections}", upstream,
                pass_fds=[listener.fileno()])


class Peer(Subject):
    """A process that somebody else started, in front of our upstream."""

    judges = True

    def __init__(self, text):
        name, path, pid = text.split("=")
        super().__init__(name, f"process {pid} at {path}")
        self.socket = Path(path)
        self.pids = measure.family(int(pid))
        self.cores = {}

    def start(self, home, upstream, connections):
        if not answers(self.socket):
            raise CannotStart(f"nobody answers at {self.socket}")
        try:
            for pid in self.pids:
                for task in map(int, os.listdir(f"/proc/{pid}/task")):
                    self.cores[task] = os.sched_getaffinity(task)
                    os.sched_setaffinity(task, os.sched_getaffinity(0))
        except OSError as error:
            raise CannotStart(f"cannot be pinned: {error}") from None

    def stop(self):
        for task, cores in self.cores.items():
            with contextlib.suppress(OSError):
                os.sched_setaffinity(task, cores)


def all_of_them(build, peers):
    return [
        Direct(), Blind(build),
        Postern(build),
        Postern(build, "postern-policy", "a policy of 40 lines",
                {"s": policies.POLICY}),
        Postern(build, "postern-log", "as postern, with a line of JSON in "
                "a file for each request", log=("info", "json")),
        Haproxy(), Nginx(), Proxyd(), *map(Peer, peers)]


def stop_all(started):
    for subject in started:
        with contextlib.suppress(OSError):
            subject.stop()


# For a clean end, whoever ends us.
def end_on_signals():
    def on_signal(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
