# SPDX-License-Identifier: MIT
"""A machine with a real systemd: the one that is installed here, booted in
namespaces of its own over an overlay of /, so that nothing of it is left."""

import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import uuid
from pathlib import Path

from engine import search_path
from program import SANITIZER_MARKS, binary, is_sanitized, run
from wait import wait_until

INIT = "/lib/systemd/systemd"
PROGRAM = "/usr/sbin/postern"
CONFIG = "/etc/postern"
SOURCES = Path(__file__).resolve().parents[2] / "systemd"

# What the machine has running when a test begins.
TARGET = """
[Unit]
Requires=basic.target
Wants=dbus.service systemd-logind.service systemd-user-sessions.service
After=basic.target dbus.service systemd-logind.service
After=systemd-user-sessions.service
"""

# Run by the machine's first process, which then becomes init: $1 is to be /.
BOOT = r"""
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
for name in null zero full random urandom tty; do
	: >dev/$name
	mount --bind /dev/$name dev/$name
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
ip link set lo up
mkdir -p .old
pivot_root . .old
umount -l .old
exec env -i container=unshare PATH=/usr/sbin:/usr/bin:/sbin:/bin "$2"
"""


def why_not():
    """What keeps a machine from booting here, or None."""
    if os.geteuid() != 0:
        return "systemd needs root"
    for name in ("systemctl", "unshare", "nsenter", "pivot_root", "ip",
                 "setpriv", "runuser", "useradd", "dbus-daemon", "loginctl",
                 "systemd-analyze", "systemd-sysusers"):
        if shutil.which(name, path=search_path()) is None:
            return f"no {name} here"
    if not os.access(INIT, os.X_OK):
        return f"no {INIT} here"
    if not [*Path("/usr").glob("lib*/security/pam_systemd.so"),
            *Path("/usr").glob("lib/*/security/pam_systemd.so"),
            *Path("/lib").glob("*/security/pam_systemd.so")]:
        return "no pam_systemd.so (libpam-systemd) here"
    if cgroups() is None:
        return "no cgroup2 is mounted here"
    return None


def cgroups():
    """Where the unified hierarchy is mounted."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, _ = line.split(" ", 3)
        if kind == "cgroup2":
            return Path(where)
    return None


def systemd_version():
    said = subprocess.run([INIT, "--version"], capture_output=True, text=True,
                          check=True).stdout
    return int(re.match(r"systemd (\d+)", said).group(1))


def rendered(name):
    """A unit's text: as configure made it, or as it would."""
    made = Path(binary()).resolve().parent / "systemd" / name
    if made.exists():
        return made.read_text()
    text = (SOURCES / f"{name}.in").read_text()
    return text.replace("@sbindir@", "/usr/local/sbin").replace(
        "@SYSTEMD_254@", "" if systemd_version() >= 254 else "# ")


def installed(unit):
    """A unit for the program where we put it: wherever it is to be in the end,
    the unit must not hide that place from itself."""
    unit, count = re.subn(r"^(Exec\w+)=\S+/postern ", rf"\1={PROGRAM} ", unit,
                          flags=re.M)
    assert count == 2
    return unit


def settings(scope):
    """What only the build that is tested needs."""
    text = "[Service]\n"
    # Looking for leaks needs ptrace(2).
    if is_sanitized():
        text += "Environment=ASAN_OPTIONS=detect_leaks=0\n"
    # One that is to be installed elsewhere. A user's files are where they are.
    usual = f" {CONFIG}/postern.ini\n" in run("--help").stdout
    if scope == "system" and not usual:
        text += f"Environment=POSTERN_PROFILES={CONFIG}/profiles.d\n"
    return text


class Machine:
    def __init__(self):
        # An overlay's upper directory cannot be on an overlay.
        self.home = Path(tempfile.mkdtemp(prefix="pe", dir="/dev/shm"))
        self.root = self.home / "root"
        self.cgroup = cgroups() / self.home.name
        self.process = None
        self.pid = None

    def start(self):
        upper, work = self.home / "upper", self.home / "work"
        for folder in (self.root, upper, work):
            folder.mkdir()
            folder.chmod(0o755)
        subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir=/,upperdir={upper},workdir={work}", str(self.root)],
            check=True)
        self.forget_host()
        self.cgroup.mkdir()
        command = (
            f"echo $$ >{self.cgroup}/cgroup.procs && "
            "exec setpriv --pdeathsig KILL unshare --mount --pid --ipc --uts "
            '--net --cgroup --fork --kill-child sh -c "$0" sh "$@"')
        with open(self.home / "console", "wb") as console:
            self.process = subprocess.Popen(
                ["sh", "-c", command, BOOT, str(self.root), INIT],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                start_new_session=True)
        wait_until(lambda: self.is_up() or self.process.poll() is not None,
                   "systemd", 60)
        assert self.is_up(), self.console()
        return self

    def forget_host(self):
        """What the host mounts and starts is not this machine's."""
        settings = self.root / "etc/systemd"
        for kind in ("system", "user"):
            shutil.rmtree(settings / kind, ignore_errors=True)
            (settings / kind).mkdir(parents=True)
        (settings / "system/default.target").write_text(TARGET)
        for name in ("fstab", "crypttab", "environment"):
            (self.root / "etc" / name).write_text("")
        for name in ("sysusers.d", "tmpfiles.d"):
            shutil.rmtree(self.root / "etc" / name, ignore_errors=True)
        (self.root / "etc/machine-id").write_text(uuid.uuid4().hex + "\n")

    def install(self):
        """Put everything where packages do, and set it up."""
        socket = (SOURCES / "postern@.socket").read_text()
        for scope, name in (("system", "postern.service"),
                            ("user", "user/postern.service")):
            folder = f"/usr/lib/systemd/{scope}"
            self.write(f"{folder}/postern.service", installed(rendered(name)))
            self.write(f"{folder}/postern@.socket", socket)
            self.write(f"{folder}/postern.service.d/build.conf",
                       settings(scope))
        for kind in ("sysusers.d", "tmpfiles.d"):
            self.write(f"/usr/lib/{kind}/postern.conf",
                       (SOURCES / kind / "postern.conf").read_text())
        shutil.copy(binary(), self.path(PROGRAM))
        self.ok("systemd-sysusers")
        self.ok("systemd-tmpfiles", "--create", "postern.conf")
        self.ok("systemctl", "daemon-reload")

    def write(self, path, text):
        path = self.path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def is_up(self):
        if self.process.poll() is not None:
            return False
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}")
        with contextlib.suppress(OSError, ValueError):
            self.pid = int((task / "children").read_text())
            if Path(f"/proc/{self.pid}/comm").read_text() == "systemd\n":
                return self.run("systemctl", "is-active", "-q",
                                "default.target").returncode == 0
        return False

    def console(self):
        return (self.home / "console").read_text(errors="replace")[-3000:]

    def path(self, path):
        """A file of the machine, as this process can open it."""
        return Path(f"/proc/{self.pid}/root{path}")

    def command(self, *command, user=None):
        """How to run something in the machine; user is a name."""
        enter = ["nsenter", "-t", str(self.pid), "--all"]
        if user is not None:
            enter += ["runuser", "-u", user, "--"]
        return enter + [str(word) for word in command]

    def run(self, *command, user=None, env=None):
        """Run it to its end."""
        return subprocess.run(
            self.command(*command, user=user), capture_output=True, text=True,
            timeout=50, stdin=subprocess.DEVNULL, cwd="/",
            env=dict(PATH="/usr/sbin:/usr/bin:/sbin:/bin", LANG="C.UTF-8",
                     SYSTEMD_COLORS="0", SYSTEMD_PAGER="cat", **(env or {})))

    def ok(self, *command, **options):
        """Run it, which must succeed; returns what it printed."""
        done = self.run(*command, **options)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def ids(self, name):
        """The uid and the gid of a user."""
        words = self.ok("getent", "passwd", name).split(":")
        return int(words[2]), int(words[3])

    def gid(self, name):
        return int(self.ok("getent", "group", name).split(":")[2])

    @contextlib.contextmanager
    def holding(self, path):
        """Bind a file to another name in a mount namespace of its own, as a
        container does; gives that name, as this process can open it."""
        script = ('touch /dev/held; mount --bind "$0" /dev/held; echo done; '
                  "exec sleep infinity")
        process = subprocess.Popen(
            ["nsenter", "-t", str(self.pid), "--mount", "unshare", "--mount",
             "sh", "-c", script, str(path)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE)
        try:
            assert process.stdout.readline() == b"done\n"
            yield Path(f"/proc/{process.pid}/root/dev/held")
        finally:
            process.kill()
            process.communicate()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            # Killing its first process kills all others.
            if self.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
            self.process.terminate()
            self.process.wait(20)
        subprocess.run(["umount", "-l", str(self.root)], check=False,
                       stderr=subprocess.DEVNULL)
        self.remove_cgroup()
        shutil.rmtree(self.home, ignore_errors=True)

    def remove_cgroup(self):
        if not self.cgroup.is_dir():
            return
        procs = self.cgroup / "cgroup.events"
        wait_until(lambda: "populated 0" in procs.read_text(), "an end")
        for folder, _, _ in os.walk(self.cgroup, topdown=False):
            os.rmdir(folder)


class Manager:
    """The machine's service manager, or that of a user, and the postern that
    it runs."""

    def __init__(self, machine, user=None):
        self.machine = machine
        self.user = user
        if user is None:
            self.uid, _ = machine.ids("postern")
            self.environment = {}
            self.runtime = "/run"
            self.config = CONFIG
            self.units = "/run/systemd/system"
            self.settings = "/etc/systemd/system"
        else:
            self.uid, _ = machine.ids(user)
            self.runtime = f"/run/user/{self.uid}"
            self.environment = {"XDG_RUNTIME_DIR": self.runtime}
            self.config = f"/home/{user}/.config/postern"
            self.units = f"{self.runtime}/systemd/user"
            self.settings = f"/home/{user}/.config/systemd/user"
        self.daemon = f"{self.runtime}/docker.sock"

    def command(self, *arguments):
        """systemctl, which may fail."""
        scope = [] if self.user is None else ["--user"]
        return self.machine.run("systemctl", *scope, *arguments,
                                user=self.user, env=self.environment)

    def __call__(self, *arguments):
        """systemctl, which must succeed; returns what it printed."""
        done = self.command(*arguments)
        assert done.returncode == 0, \
            (arguments, done.stdout, done.stderr, self.journal())
        return done.stdout

    def start_together(self, *units):
        """As at boot: in one transaction."""
        words = " ".join(units)
        self.machine.write(f"{self.units}/together.target",
                           f"[Unit]\nWants={words}\nAfter={words}\n")
        self("daemon-reload")
        self("start", "together.target")

    def show(self, name, unit="postern.service"):
        return self("show", "-P", name, unit).strip()

    def is_active(self, unit="postern.service"):
        return self.show("ActiveState", unit) == "active"

    def path(self, path):
        return self.machine.path(path)

    def door(self, name="web"):
        """Where a door is, in the machine."""
        return f"{self.runtime}/postern/doors/{name}.sock"

    def open_door(self, name="web"):
        """The same, as this process can open it."""
        return self.path(self.door(name))

    def inode(self, name="web"):
        return os.stat(self.open_door(name)).st_ino

    def mode(self, name="web"):
        return stat.S_IMODE(os.stat(self.open_door(name)).st_mode)

    def profile(self, name, text):
        """Write it, or remove it: None."""
        path = f"{self.config}/profiles.d/{name}.ini"
        if text is None:
            self.path(path).unlink()
        else:
            self.machine.write(path, text)

    def drop_in(self, text, unit="postern.service"):
        """Settings of a unit, until the machine is cleaned."""
        self.machine.write(f"{self.units}/{unit}.d/test.conf", text)
        self("daemon-reload")

    def processes(self):
        """Those of the service, by the ids that this process sees; the
        supervisor is the first."""
        group = self.show("ControlGroup")
        if not group:
            return []
        try:
            found = self.path(f"/sys/fs/cgroup{group}/cgroup.procs"
                              ).read_text().split()
        except OSError:
            return []
        supervisor = self.show("MainPID")
        return sorted(map(int, found),
                      key=lambda pid: inner_pid(pid) != supervisor)

    def pair(self):
        """The supervisor and its worker, once these are all there is."""
        def two():
            found = self.processes()
            return len(found) == 2 and found

        return wait_until(two, "a supervisor and its worker")

    def journal(self, since=0):
        """What postern's processes have logged since then. Their unit is not
        known of those that ended before the journal looked."""
        return self.machine.ok(
            "journalctl", "-q", "-o", "cat", f"--since=@{since:.6f}",
            "SYSLOG_IDENTIFIER=postern", f"_UID={self.uid}")

    def wait_journal(self, text, since):
        wait_until(lambda: text in self.journal(since),
                   f"{text} in the journal:\n{self.journal(since)}")

    def clean(self):
        """As it was before anything ran."""
        self("stop", "postern@*.socket", "postern.service")
        for mark in SANITIZER_MARKS:
            assert mark not in self.journal()
        self.command("stop", "together.target")
        self.command("reset-failed", "postern@*.socket", "postern.service")
        for folder in (f"{self.units}/postern.service.d",
                       f"{self.settings}/sockets.target.wants"):
            shutil.rmtree(self.path(folder), ignore_errors=True)
        self("daemon-reload")
        for folder in (f"{self.config}/profiles.d",
                       f"{self.runtime}/postern/doors"):
            for path in self.path(folder).glob("*"):
                path.unlink()


def inner_pid(pid):
    """How a process of the machine is called there."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return line.split()[-1]
    return None
