# SPDX-License-Identifier: MIT
"""The program under test, as a process."""

import contextlib
import json
import os
import pwd
import signal
import subprocess
from pathlib import Path

from wait import wait_until

SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                   "runtime error:")


def binary():
    return os.environ["POSTERN"]


def is_sanitized():
    """Whether the binary was built with AddressSanitizer."""
    return b"__asan_init" in Path(binary()).read_bytes()


def run(*arguments, **options):
    """Run a subcommand to its end."""
    options.setdefault("env", clean_environment())
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run(
        [binary(), *map(str, arguments)], capture_output=True, text=True,
        timeout=20, **options)
    for mark in SANITIZER_MARKS:
        assert mark not in done.stderr, done.stderr
    return done


def user():
    """Whom it becomes, where root starts it."""
    for name in ("postern", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def give(*paths):
    """Make it the owner, where root starts it."""
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, user().pw_uid, user().pw_gid,
                     follow_symlinks=False)


def clean_environment():
    """Nothing of the machine's own settings."""
    keep = ("PATH", "HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS",
            "LSAN_OPTIONS")
    return {name: os.environ[name] for name in keep if name in os.environ}


def children(pid):
    """A process's children, the youngest last. All processes are looked at:
    the kernel's list of them leaves some out while another one ends."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found.append((int(fields[19]), int(path.name)))
    return [child for _, child in sorted(found)]


class Postern:
    """A "postern run" with a directory of its own. Its log is JSON."""

    def __init__(self, home, upstream):
        self.home = Path(home)
        self.upstream = upstream
        self.profiles = self.home / "profiles.d"
        self.profiles.mkdir()
        self.directory = self.home / "run"
        self.errors = self.home / "stderr"
        self.process = None

    def profile(self, name, text):
        (self.profiles / f"{name}.ini").write_text(text)

    def make_directory(self, mode=0o750):
        """Its directory and the doors', before it does so itself."""
        doors = self.directory / "doors"
        doors.mkdir(parents=True)
        os.chmod(self.directory, mode)
        give(self.directory, doors)
        return doors

    def door(self, name="web"):
        return self.directory / "doors" / f"{name}.sock"

    def spawn(self, *arguments, log_format="json", prefix=(), **options):
        """Start it, by the program that prefix names; the caller waits for
        what is to happen."""
        command = [*prefix, binary(), "run", "--upstream", f"unix://{self.upstream}",
                   "--directory", str(self.directory),
                   "--profiles", str(self.profiles), "--drain", "1s",
                   "--log-format", log_format, *arguments]
        options.setdefault("env", clean_environment())
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=errors,
                stderr=errors, **options)

    def start(self, *arguments, **options):
        """Start it and wait until it is ready."""
        self.spawn(*arguments, **options)
        wait_until(lambda: self.is_ready() or not self.is_running(), "ready")
        assert self.is_ready(), self.text()
        return self

    def is_running(self):
        return self.process.poll() is None

    def is_ready(self):
        return "event=ready" in self.text() or any(
            line["event"] == "ready" for line in self.log())

    def text(self):
        return self.errors.read_text(errors="replace")

    def log(self, event=None, **fields):
        """The log's lines so far, or those with this event and fields."""
        lines = []
        for raw in self.text().splitlines(keepends=True):
            if not raw.startswith("{") or not raw.endswith("\n"):
                continue
            line = json.loads(raw)
            if event is not None and line["event"] != event:
                continue
            if all(line.get(key) == value for key, value in fields.items()):
                lines.append(line)
        return lines

    def wait_log(self, event, **fields):
        """The first such line, once it is there."""
        return wait_until(lambda: self.log(event, **fields),
                          f"event={event} {fields} in:\n{self.text()}")[0]

    def workers(self):
        """The processes of its workers, the youngest last."""
        workers = []
        for child in children(self.process.pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    workers.append(child)
        return workers

    def worker(self):
        """The one that serves."""
        return self.workers()[-1]

    def status_of_worker(self):
        text = Path(f"/proc/{self.worker()}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines()
                    if ":\t" in line)

    def resident(self):
        """Bytes of memory, of the worker."""
        return int(self.status_of_worker()["VmRSS"].split()[0]) * 1024

    def processor_seconds(self):
        stat = Path(f"/proc/{self.worker()}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.worker()}/fd"))

    def finish(self, number=signal.SIGTERM):
        """Ask it to end; returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(20)

    def crash(self):
        """End it as it cannot prepare for. Its log begins anew."""
        workers = self.workers()
        self.kill()
        # They notice, and let go of the doors.
        wait_until(lambda: not any(Path(f"/proc/{pid}/exe").exists()
                                   for pid in workers), "its workers' end")
        self.process = None
        self.errors.unlink()

    def stop(self):
        """At a test's end: it must still run, stop when told to, and have
        nothing to say about its own memory."""
        if self.process is None:
            return
        if self.is_running():
            status = self.finish()
            assert status == 0, f"exit status {status}:\n{self.text()}"
        assert self.process.returncode >= 0, self.text()
        for mark in SANITIZER_MARKS:
            assert mark not in self.text(), self.text()

    def kill(self):
        if self.process is not None and self.is_running():
            self.process.kill()
            self.process.wait()
