# SPDX-License-Identifier: MIT
"""Figures of many rounds, as a table for people or JSON for programs, and
whether the targets are met."""

import statistics

ADDED = ("p50", "p99", "p999")  # latencies, in microseconds
HEADS = {"per second": "a second", "cpu us": "CPU us", "p999": "p99.9",
         "p50 added": "+p50", "p99 added": "+p99", "p999 added": "+p99.9",
         "cpu us / blind": "CPU/blind", "cpu ms/GiB": "CPU ms/GiB",
         "cpu ms/GiB / blind": "CPU/blind", "MiB/s / blind": "rate/blind",
         "private B each": "B each"}


def summary(values):
    """The middle, and how far apart the others are."""
    low, _, high = (statistics.quantiles(values, method="inclusive")
                    if len(values) > 1 else values * 3)
    return {"median": statistics.median(values), "least": min(values),
            "most": max(values), "quartiles": [low, high],
            "rounds": len(values)}


def summaries(rounds):
    """[{figure: number}] as {figure: summary}."""
    names = {name: None for one in rounds for name in one}
    return {name: summary([one[name] for one in rounds if name in one])
            for name in names}


def related(rounds, others, name, how):
    """A figure against another subject's in the same round: noise that lasts
    longer than a round is in both."""
    pairs = [(mine[name], its[name]) for mine, its in zip(rounds, others)
             if name in mine and name in its]
    return summary([how(*pair) for pair in pairs]) if pairs else None


def ratio(mine, its):
    return mine / its if its else float("inf")


def difference(mine, its):
    return mine - its


def compare(by_subject):
    """{subject: [figures of a round]} as {subject: {figure: summary}}, with
    ratios to the blind loop and latencies added over the upstream alone."""
    compared = {}
    for name, rounds in by_subject.items():
        figures = summaries(rounds)
        if name != "direct" and "direct" in by_subject:
            for one in ADDED:
                added = related(rounds, by_subject["direct"], one, difference)
                if added:
                    figures[f"{one} added"] = added
        if name not in ("direct", "blind") and "blind" in by_subject:
            for one in list(figures):
                if "added" in one or one in ADDED:
                    continue
                to_blind = related(rounds, by_subject["blind"], one, ratio)
                if to_blind:
                    figures[f"{one} / blind"] = to_blind
        compared[name] = figures
    return compared


def number(value):
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def cell(one):
    if one is None:
        return "-"
    if one["rounds"] == 1:
        return number(one["median"])
    low, high = one["quartiles"]
    return f"{number(one['median'])} ±{number((high - low) / 2)}"


def table(rows, heads):
    """Lines; the first column to the left, the others to the right."""
    cells = [heads, *rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    return ["  ".join([row[0].ljust(widths[0]),
                       *(text.rjust(width) for text, width in
                         zip(row[1:], widths[1:]))]).rstrip()
            for row in cells]


def shown(figures):
    """What goes into the table: of latencies only what was added, and of
    what has a ratio that one of processor time."""
    columns = {}
    for one in figures.values():
        columns.update(dict.fromkeys(one))
    return [name for name in columns
            if f"{name} added" not in columns and
            not (name.endswith("/ blind") and not name.startswith(
                ("cpu", "MiB")))]


def case_lines(name, what, figures, failures):
    """One case: a row for each subject."""
    columns = shown(figures)
    rows = [[subject, *(cell(one.get(column)) for column in columns)]
            for subject, one in figures.items()]
    lines = ["", f"{name}: {what}"]
    if rows:
        lines += table(rows, ["", *(HEADS.get(one, one)
                                     for one in columns)])
    lines += [f"  {subject}: could not: {why}"
              for subject, why in failures.items()]
    return lines


# What is asked first of a proxy: a row, its case (None: "costs"), its figure.
IN_SHORT = (
    ("GET, 32 kept connections: CPU us", "keepalive-32", "cpu us"),
    ("    requests a second", "keepalive-32", "per second"),
    ("    us added, half of them", "keepalive-32", "p50 added"),
    ("    us added, 1 in 100", "keepalive-32", "p99 added"),
    ("    system calls", None, "system calls"),
    ("GET, new connection: CPU us", "new-connection", "cpu us"),
    ("POST of 4 KiB: CPU us", "create-32", "cpu us"),
    ("denial: CPU us", "denied-32", "cpu us"),
    ("image down, chunked: MiB/s", "down-chunked", "MiB/s"),
    ("image up, chunked: MiB/s", "up-chunked", "MiB/s"),
    ("echo through a tunnel: CPU us", "tunnels", "cpu us"),
    ("idle event stream: bytes", "streams", "private B each"),
    ("idle: private KiB", None, "private KiB"),
    ("GET, dockerd, 2,000/s: CPU us", "dockerd-list", "cpu us"),
    ("    us added, half of them", "dockerd-list", "p50 added"),
)


def in_short(cases, costs, names):
    """Lines: the medians side by side, of what was measured."""
    rows = []
    for label, case, name in IN_SHORT:
        found = costs if case is None else cases.get(case, {})
        cells = [found.get(subject, {}).get(name) for subject in names]
        if case is not None:
            cells = [one and one["median"] for one in cells]
        if any(one is not None for one in cells):
            rows.append([label, *("-" if one is None else number(one)
                                  for one in cells)])
    return table(rows, ["", *names]) if rows else []


class Target:
    """Met, not met, or None: not measured. The median counts."""

    def __init__(self, what, value, limit, most=True):
        self.what = what
        self.value = value
        self.limit = limit
        self.most = most

    def is_met(self):
        if self.value is None:
            return None
        if self.most:
            return self.value <= self.limit
        return self.value >= self.limit

    def as_json(self):
        return {"what": self.what, "value": self.value, "limit": self.limit,
                "at": "most" if self.most else "least", "met": self.is_met()}

    def row(self):
        met = {True: "met", False: "NOT MET", None: "not measured"}
        return [self.what, "-" if self.value is None else number(self.value),
                ("at most " if self.most else "at least ") +
                number(self.limit), met[self.is_met()]]


def targets(cases, costs, flood):
    """All of them. cases: {case: {subject: {figure: summary}}}; costs:
    {subject: {figure: number}}."""
    def of(case, figure, subject="postern"):
        one = cases.get(case, {}).get(subject, {}).get(figure)
        return one["median"] if one else None

    def denial():
        denied = of("denied-32", "cpu us")
        passed = of("keepalive-32", "cpu us")
        return denied / passed if denied and passed else None

    def bulk():
        ratios = [of(name, "MiB/s / blind") for name in cases
                  if name.startswith(("down-", "up-"))]
        ratios = [one for one in ratios if one is not None]
        return min(ratios) if ratios else None

    cost = costs.get("postern", {})
    memory = cost.get("private KiB")
    return [
        Target("processor time for a request, 32 connections kept, to the "
               "blind loop's", of("keepalive-32", "cpu us / blind"), 1.3),
        Target("system calls for a request that is kept alive, no log line",
               cost.get("system calls"), 6.05),
        Target("MiB of private memory, idle, both processes",
               memory / 1024 if memory is not None else None, 2),
        Target("bytes of memory for an idle event stream",
               of("streams", "private B each"), 1024),
        Target("bulk streams, the slowest of them, to the blind loop's rate",
               bulk(), .95, most=False),
        Target("ms from the start until 100 doors are open",
               of("doors-100", "start ms"), 20),
        Target("processor time for a denial, to that for a request that "
               "passes", denial(), 1),
        Target("rate at a door while another refuses 50,000 a second, to "
               "the rate alone", flood, .9, most=False),
    ]
