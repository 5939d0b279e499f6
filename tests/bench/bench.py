# SPDX-License-Identifier: MIT
"""The benchmark: postern side by side with what people use instead, and with
the least that a proxy can do. "make bench" runs it; BENCHFLAGS are options.

It installs nothing: who is not here is left out, and it says so. Everything
runs on Unix sockets in a directory that is removed at the end."""

import argparse
import fnmatch
import json
import os
import platform
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cases
import doors
import measure
import report
import subjects

CALLS = 1000  # requests, of which the system calls are counted
PARTS = ["costs", "dockerd"]  # of a run, that are chosen as cases are
CANNOT = (cases.Failed, subjects.CannotStart, OSError)
DOCKERD_PACE = 2000  # requests a second, of 20,000 that it can do
BUSY = .5  # a load average that leaves traces in the figures
E2E = Path(__file__).resolve().parents[1] / "e2e"


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def is_in_memory(path):
    """Whether a directory is on a tmpfs, as those of sockets usually are: a
    socket's file takes much longer to make where it is kept."""
    done = subprocess.run(["stat", "-f", "-c", "%T", path], text=True,
                          capture_output=True, check=False)
    return done.stdout == "tmpfs\n" and os.access(path, os.W_OK | os.X_OK)


def usual_places():
    """Where a private directory can be, the best first."""
    places = ["/run", os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm"]
    return [*filter(is_in_memory, filter(None, places)), "/tmp"]


class Bench:
    """What cases need of it: where things are, how large they are, who
    asks."""

    def __init__(self, options):
        self.build = options.build.resolve()
        self.seconds = options.seconds
        self.size = options.size
        self.streams = options.streams
        self.tunnels = options.tunnels
        self.pace = options.pace
        self.rounds = options.rounds
        self.home = Path(tempfile.mkdtemp(prefix="pb", dir=usual_places()[0]))
        # Started by root, postern becomes somebody else.
        self.home.chmod(0o711)
        self.upstream = options.upstream or self.home / "u"
        cores = sorted(os.sched_getaffinity(0))
        self.proxy_core, self.load_core = (
            (cores[0], cores[1]) if len(cores) > 1 else (None, None))
        self.homes = 0
        program = self.build / "tests/bench/load"
        self.load = cases.Load(program, self.new_home("load"), self.load_core)
        # A flood beside the load, where there is room for it.
        self.flood = cases.Load(
            program, self.new_home("flood"),
            cores[2] if len(cores) > 2 else self.load_core)
        self.notes = []
        self.daemon = None
        self.awake = []

    def new_home(self, name):
        self.homes += 1
        home = self.home / f"{self.homes}-{name}"
        home.mkdir()
        home.chmod(0o755)
        return home

    def keep_awake(self):
        """Both cores, where there are two: what it costs to wake one up is
        not the proxies'."""
        for core in {self.proxy_core, self.load_core} - {None}:
            with measure.on_core(core):
                self.awake.append(subprocess.Popen(
                    [self.build / "tests/bench/awake"]))

    def let_sleep(self):
        for process in self.awake:
            process.kill()
            process.wait()
        self.awake = []

    def start_upstream(self):
        with measure.on_core(self.load_core):
            self.daemon = subprocess.Popen(
                [self.build / "tests/bench/upstream", self.upstream,
                 str(self.size)])
        subjects.wait_until(lambda: subjects.answers(self.upstream),
                            "the upstream")

    def start(self, subject, upstream=None, connections=4000):
        home = self.new_home(subject.name)
        home.rmdir()
        with measure.on_core(self.proxy_core):
            subject.start(home, upstream or self.upstream, connections)

    def restart(self, subject):
        """What it held before cannot be told from what it holds next."""
        subject.stop()
        self.start(subject, self.upstream, subject.connections)

    @staticmethod
    def wait_ready(process, seconds=30):
        """Until the load has opened its connections."""
        ready, _, _ = select.select([process.stdout], [], [], seconds)
        line = process.stdout.readline() if ready else ""
        if line != "ready\n":
            process.kill()
            errors = process.communicate()[1].strip()
            raise cases.Failed(errors.removeprefix("load: ") or
                               f"not ready in {seconds} s")
        process.stdin.write("\n")
        process.stdin.flush()

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            say(f"note: {text}")

    def end(self):
        self.let_sleep()
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()
            self.upstream.unlink(missing_ok=True)
        shutil.rmtree(self.home, ignore_errors=True)


def start_all(bench, wanted, upstream=None, connections=4000):
    """Those that can be started."""
    started = []
    try:
        for subject in wanted:
            try:
                bench.start(subject, upstream, connections)
                started.append(subject)
            except subjects.CannotStart as error:
                subject.stop()
                bench.note(f"{subject.name} is left out: {error}")
    except BaseException:
        subjects.stop_all([*started, subject])
        raise
    return started


def play(bench, case, wanted, rounds):
    """Subjects take turns within a round, and another one begins each time.
    Returns {subject: [figures]}, and {subject: why not}."""
    figures = {subject.name: [] for subject in wanted}
    failures = {}
    say(f"{case.name}: {case.what}")
    for number in range(rounds):
        turn = number % max(1, len(wanted))
        for subject in wanted[turn:] + wanted[:turn]:
            if subject.name in failures:
                continue
            try:
                subject.forget_log()
                if case.anew:
                    bench.restart(subject)
                figures[subject.name].append(case.run(bench, subject))
            except CANNOT as error:
                failures[subject.name] = str(error)
                figures.pop(subject.name)
    return figures, failures


def takes_part(case, subject):
    if case.for_doors and not subject.judges:
        return False
    return case.variants or not subject.name.startswith("postern-")


def costs(bench, subject):
    """Idle memory, once it has served somebody, and system calls."""
    found = {}
    memory = measure.memory(subject.pids)
    if memory is None:
        bench.note("memory of other users' processes: only for root")
    else:
        found = {"private KiB": memory["private"],
                 "rss KiB": memory["rss"]}
    if measure.why_no_system_calls():
        return found
    try:
        with measure.system_calls(subject.pids, bench.home / "calls") as calls:
            bench.load.run("requests", subject.socket, cases.LIST,
                           count=CALLS)
    except PermissionError:
        bench.note("system calls of other users' processes: only for root")
        return found
    found["system calls"] = round(sum(calls.values()) / CALLS, 2)
    return found


def run_costs(bench, started):
    say("costs: memory, system calls")
    if measure.why_no_system_calls():
        bench.note(measure.why_no_system_calls())
    return {subject.name: costs(bench, subject) for subject in started
            if subject.pids}


def matches(name, patterns):
    return not patterns or any(
        fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def run_cases(bench, options, wanted, chosen, found):
    """Each case with all that can do it. Proxies that would need more memory
    for more connections have them in the case that needs them alone."""
    few = [case for case in chosen if not isinstance(case, cases.Streams)]
    many = [case for case in chosen if isinstance(case, cases.Streams)]
    for part, connections in ((few, 4000), (many, bench.streams + 50)):
        with_costs = part is few and matches("costs", options.only)
        if not part and not with_costs:
            continue
        started = start_all(bench, wanted, connections=connections)
        try:
            if with_costs:
                found["costs"] = run_costs(bench, started)
            for case in part:
                figures, failures = play(
                    bench, case,
                    [one for one in started if takes_part(case, one)],
                    options.rounds)
                found["cases"][case.name] = report.compare(figures)
                found["failures"][case.name] = failures
        finally:
            subjects.stop_all(started)


def run_doors(bench, options, chosen, found):
    """Cases of postern alone."""
    for case in chosen:
        say(f"{case.name}: {case.what}")
        found["cases"][case.name] = {}
        found["failures"][case.name] = {}
        try:
            rounds = [case.run(bench) for _ in range(options.rounds)]
        except CANNOT as error:
            found["failures"][case.name] = {"postern": str(error)}
            continue
        found["cases"][case.name] = {
            way: report.summaries([one[way] for one in rounds])
            for way in rounds[0]}
        if isinstance(case, doors.Flood):
            found["flood"] = report.related(
                [one["another door"] for one in rounds],
                [one["alone"] for one in rounds], "per second",
                report.ratio)["median"]


def run_dockerd(bench, options, wanted, found):
    """The same with a real daemon, where a private one can be run."""
    sys.path.append(str(E2E))
    try:
        import engine
    except ImportError as error:
        bench.note(f"no table with a real dockerd: {error}")
        return
    if engine.why_not():
        bench.note(f"no table with a real dockerd: {engine.why_not()}")
        return
    chosen = [cases.Requests("dockerd-ping", "GET /_ping of a real dockerd, "
                             "32 connections", cases.PING, connections=32),
              cases.Requests("dockerd-list", "GET /containers/json of a real "
                             f"dockerd, {DOCKERD_PACE} a second over 32 "
                             "connections", cases.LIST, connections=32,
                             rate=DOCKERD_PACE)]
    found["what"].update({case.name: case.what for case in chosen})
    # It has a session of its own. Where the kernel shares cores among these,
    # whatever keeps them awake would have its share.
    bench.let_sleep()
    daemon = engine.Engine()
    started = []
    try:
        with measure.on_core(bench.load_core):
            daemon.start()
        started = start_all(bench, wanted, daemon.socket)
        for case in chosen:
            figures, failures = play(bench, case, started, options.rounds)
            found["cases"][case.name] = report.compare(figures)
            found["failures"][case.name] = failures
    finally:
        subjects.stop_all(started)
        daemon.stop()


def raise_limit(bench):
    """Descriptors for the streams: proxies have two for each, or more. Where
    there cannot be as many, there are fewer streams."""
    needed = 6 * bench.streams + 1000
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(needed, most), most):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            break
        except (ValueError, PermissionError):
            continue
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = (limit - 400) // 2
    if bench.streams > possible:
        bench.note(f"{possible} event streams instead of {bench.streams}: "
                   f"RLIMIT_NOFILE is {limit} and cannot be raised, and a "
                   "proxy needs two descriptors for each")
        bench.streams = possible


def machine(bench):
    text = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in text.splitlines()
              if line.startswith("model name")]
    return {"kernel": platform.release(), "machine": platform.machine(),
            "processor": models[0] if models else "",
            "cores": len(os.sched_getaffinity(0)),
            "proxy core": bench.proxy_core, "load core": bench.load_core,
            "load average": os.getloadavg()[0]}


def pinning(bench):
    if bench.proxy_core is None:
        return ("one core only: proxies, load and upstream share it, and "
                "latencies mean little")
    return (f"proxies on core {bench.proxy_core}; load and upstream on core "
            f"{bench.load_core}")


def print_people(bench, found):
    about = found["machine"]
    print(f"{about['processor'] or about['machine']}, Linux "
          f"{about['kernel']}; {pinning(bench)}; load average "
          f"{about['load average']:.1f} at the start")
    print(f"Medians of {found['rounds']} rounds, ± half of the way from the "
          "first quartile to the third. Latencies\nin microseconds; +p50 is "
          "what a proxy adds to that of the upstream alone. CPU: processor\n"
          "time of all the proxy's processes, for a request. Ratios are taken "
          "round by round.")
    print()
    for name, what in found["subjects"].items():
        print(f"  {name:15} {what}")
    for name, figures in found["cases"].items():
        print("\n".join(report.case_lines(
            name, found["what"][name], figures, found["failures"][name])))
    if found["costs"]:
        single = {subject: {name: report.summary([value])
                            for name, value in one.items()}
                  for subject, one in found["costs"].items()}
        print("\n".join(report.case_lines(
            "costs", "memory, idle; system calls for a kept-alive GET, one "
            "connection", single, {})))
    print("\nIn short\n")
    print("\n".join(report.in_short(
        found["cases"], found["costs"],
        [name for name in found["subjects"] if name != "direct"])))
    print("\nTargets\n")
    rows = [target.row() for target in found["targets"]]
    print("\n".join(report.table(rows, ["", "median", "target", ""])))
    if bench.notes:
        print("\n" + "\n".join(f"note: {note}" for note in bench.notes))


def size(text):
    """Of bytes, such as 512M or 2G, in units of 64 KiB."""
    shift = {"K": 10, "M": 20, "G": 30}.get(text[-1:].upper())
    value = int(text[:-1]) << shift if shift else int(text)
    if value < cases.UNIT or value % cases.UNIT:
        raise argparse.ArgumentTypeError("a multiple of 64K is wanted")
    return value


def parse(arguments):
    parser = argparse.ArgumentParser(prog="make bench BENCHFLAGS=...")
    parser.add_argument("--build", type=Path, default=Path("."),
                        help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true",
                        help="name the cases and the subjects, and end")
    parser.add_argument("--only", action="append", metavar="CASE",
                        help="a case, or a pattern; may be repeated")
    parser.add_argument("--subject", action="append", metavar="NAME",
                        help="a subject, or a pattern; may be repeated")
    parser.add_argument("--rounds", type=int, default=9,
                        help="of each case (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=.25,
                        help="of a round of requests (default %(default)s)")
    parser.add_argument("--size", type=size, default=size("512M"),
                        help="of a bulk stream (default 512M)")
    parser.add_argument("--full", action="store_true",
                        help="bulk streams of 10G, rounds of 2 seconds")
    parser.add_argument("--streams", type=int, default=10000)
    parser.add_argument("--tunnels", type=int, default=1000)
    parser.add_argument("--pace", type=int, default=5000,
                        help="requests a second in paced-32")
    parser.add_argument("--upstream", type=Path, metavar="SOCKET",
                        help="where the stand-in listens, for peers")
    parser.add_argument("--peer", action="append", default=[],
                        metavar="NAME=SOCKET=PID",
                        help="a proxy of yours in front of --upstream")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    if any(peer.count("=") != 2 for peer in options.peer):
        parser.error("--peer: NAME=SOCKET=PID is wanted")
    if options.upstream and options.upstream.exists():
        parser.error(f"--upstream: {options.upstream} is there already")
    if options.full:
        options.size = size("10G")
        options.seconds = 2
    return options


def choose(bench, options):
    """The cases for all, for postern alone, and whether for dockerd."""
    if matches("streams", options.only):
        raise_limit(bench)
    common = [case for case in cases.all_of_them(bench)
              if matches(case.name, options.only)]
    alone = [case for case in doors.all_of_them()
             if matches(case.name, options.only)]
    return common, alone, matches("dockerd", options.only)


def run(bench, options):
    found = {"machine": machine(bench), "rounds": options.rounds,
             "subjects": {}, "what": {}, "costs": {}, "cases": {},
             "failures": {}, "flood": None}
    wanted = [one for one in subjects.all_of_them(bench.build, options.peer)
              if matches(one.name, options.subject)]
    common, alone, with_dockerd = choose(bench, options)
    if options.list:
        print("cases:", *(case.name for case in common + alone), *PARTS)
        print("subjects:", *(one.name for one in wanted))
        return None
    if not (common or alone or any(matches(part, options.only)
                                   for part in PARTS)):
        raise SystemExit("no such case; --list names them all")
    if not wanted:
        raise SystemExit("no such subject; --list names them all")
    if found["machine"]["load average"] > BUSY:
        bench.note(f"the machine is busy: its load average is "
                   f"{found['machine']['load average']:.1f}")
    found["subjects"] = {one.name: one.what for one in wanted}
    found["what"] = {case.name: case.what for case in common + alone}
    if b"__asan_init" in (bench.build / "postern").read_bytes():
        bench.note("postern was built with sanitizers: its figures mean "
                   "nothing")
    bench.keep_awake()
    bench.start_upstream()
    run_cases(bench, options, wanted, common, found)
    if matches("postern", options.subject):
        run_doors(bench, options, alone, found)
    if with_dockerd:
        run_dockerd(bench, options,
                    [one for one in wanted
                     if not isinstance(one, subjects.Peer)], found)
    found["targets"] = report.targets(
        found["cases"], found["costs"], found["flood"])
    return found


def main():
    options = parse(sys.argv[1:])
    subjects.end_on_signals()
    bench = Bench(options)
    began = time.monotonic()
    try:
        found = run(bench, options)
    finally:
        bench.end()
    if found is None:
        return 0
    if options.json:
        found["targets"] = [one.as_json() for one in found["targets"]]
        found["notes"] = bench.notes
        found["seconds"] = time.monotonic() - began
        json.dump(found, sys.stdout, indent=1)
        print()
    else:
        print_people(bench, found)
        print(f"\nIt took {time.monotonic() - began:.0f} s.")
    failed = [name for name, why in found["failures"].items()
              if any(who.startswith("postern") for who in why)]
    if failed:
        say(f"postern could not do: {' '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
