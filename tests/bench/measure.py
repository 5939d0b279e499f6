# SPDX-License-Identifier: MIT
"""What processes cost: processor time, memory, system calls."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

# A process's clock, as clock_getcpuclockid(3) makes it.
CPU_CLOCK = 2


def family(pid):
    """A process and all that descend from it."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def cpu_seconds(pids):
    """All their threads' time so far, to the nanosecond."""
    return sum(time.clock_gettime((~pid << 3) | CPU_CLOCK) for pid in pids)


def memory(pids):
    """{"private": KIB, "rss": KIB}, of all together; private is what would be
    free if they ended. None where another user's may not be read."""
    private = resident = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            return None
        sizes = dict(re.findall(r"^(\w+): +(\d+) kB$", text, re.M))
        private += int(sizes["Private_Clean"]) + int(sizes["Private_Dirty"])
        resident += int(sizes["Rss"])
    return {"private": private, "rss": resident}


def why_no_system_calls():
    if shutil.which("strace") is None:
        return "system calls: no strace here"
    return None


@contextlib.contextmanager
def system_calls(pids, report):
    """{name: calls} of these processes while the block runs; filled in when
    it was left."""
    counts = {}
    arguments = [word for pid in pids for word in ("-p", str(pid))]
    tracer = subprocess.Popen(
        ["strace", "-f", "-c", "-U", "calls,name", "-o", str(report),
         *arguments], stderr=subprocess.PIPE, text=True)
    try:
        for _ in pids:
            line = tracer.stderr.readline()
            if "attached" not in line:
                raise PermissionError(line.strip())
        yield counts
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()
    for line in report.read_text().splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[0].isdigit() and fields[1] != "total":
            counts[fields[1]] = int(fields[0])


@contextlib.contextmanager
def on_core(core):
    """What is started in the block runs on this core alone; None: on all."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
