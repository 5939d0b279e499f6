# SPDX-License-Identifier: MIT
"""The benchmark measures what it says: its profiles allow what it asks for,
and its ratios and targets are right. It is run by hand: make bench."""

import json
import sys
from pathlib import Path

import pytest

from program import run

sys.path.append(str(Path(__file__).parents[1] / "bench"))

import cases  # noqa: E402
import policies  # noqa: E402
import report  # noqa: E402

BULK = [cases.Bulk("", "", kind, chunked).request(1 << 20)
        for kind in ("down", "up") for chunked in (False, True)]
ASKED = [cases.LIST, cases.PING, cases.EVENTS, cases.ATTACH, cases.create(),
         *BULK]


def explain(home, text, request):
    (home / "s.ini").write_text(text)
    head, _, body = request.partition(b"\r\n\r\n")
    method, target, _ = head.decode().split("\r\n")[0].split(" ")
    done = run("explain", "--json", "--profiles", home, "s", method, target,
               input=body.decode())
    assert done.stderr == ""
    return json.loads(done.stdout)["verdict"]


@pytest.mark.parametrize("text", [policies.PLAIN, policies.POLICY],
                         ids=["plain", "policy"])
def test_profiles_allow_what_is_asked_for(home, text):
    for request in ASKED:
        assert explain(home, text, request) == "allow", request
    assert explain(home, text, cases.DENIED) == "deny"


def test_the_closed_door_and_the_usual_one_answer_a_ping(home):
    for text in (policies.CLOSED, policies.USUAL):
        assert explain(home, text, cases.PING) == "allow"
        assert explain(home, text, cases.DENIED) == "deny"


def test_the_policy_has_40_lines():
    assert len(policies.POLICY.splitlines()) == 40


def test_the_body_that_is_inspected_has_4_kib():
    body = cases.create().partition(b"\r\n\r\n")[2]
    assert len(body) == cases.CREATE_SIZE
    assert len(json.loads(body)["Labels"]) > 10


def rounds(*values, name="cpu us"):
    return [{name: value} for value in values]


def test_ratios_are_taken_round_by_round():
    # All is twice as slow in the second round, and the ratio is the same.
    compared = report.compare({"blind": rounds(10, 20, 10),
                               "postern": rounds(12, 24, 12)})
    assert compared["postern"]["cpu us / blind"] == {
        "median": 1.2, "least": 1.2, "most": 1.2, "quartiles": [1.2, 1.2],
        "rounds": 3}
    assert "cpu us / blind" not in compared["blind"]


def test_latencies_are_those_that_are_added():
    compared = report.compare({"direct": rounds(5, 50, name="p50"),
                               "postern": rounds(15, 62, name="p50")})
    assert compared["postern"]["p50 added"] == {
        "median": 11, "least": 10, "most": 12, "quartiles": [10.5, 11.5],
        "rounds": 2}
    assert "p50 added" not in compared["direct"]
    assert report.shown(compared) == ["p50 added"]


def test_the_spread_leaves_out_the_rounds_that_were_disturbed():
    assert report.cell(report.summary([9, 1000, 10, 11, 12])) == "11.0 ±1.00"
    assert report.cell(report.summary([9])) == "9.00"
    assert report.cell(None) == "-"


def test_the_table_in_short_has_what_was_measured():
    lines = report.in_short(
        {"denied-32": {"postern": {"cpu us": report.summary([4])},
                       "blind": {}}},
        {"blind": {"private KiB": 108}}, ["blind", "postern"])
    assert [line.split() for line in lines] == [
        ["blind", "postern"],
        ["denial:", "CPU", "us", "-", "4.00"],
        ["idle:", "private", "KiB", "108", "-"]]


def figure(value):
    return report.summary([value])


# What one figure makes of one target: what the target is about, the figures,
# and whether it is met.
VERDICTS = [
    ("32 connections kept", {"keepalive-32": {"cpu us / blind": 1.3}}, True),
    ("32 connections kept", {"keepalive-32": {"cpu us / blind": 1.31}}, False),
    ("event stream", {"streams": {"private B each": 1024}}, True),
    ("event stream", {"streams": {"private B each": 1025}}, False),
    ("bulk", {"up-length": {"MiB/s / blind": 1.1},
              "down-length": {"MiB/s / blind": .95}}, True),
    ("bulk", {"up-length": {"MiB/s / blind": 1.1},
              "down-length": {"MiB/s / blind": .94}}, False),
    ("100 doors", {"doors-100": {"start ms": 20}}, True),
    ("100 doors", {"doors-100": {"start ms": 21}}, False),
    ("a denial", {"denied-32": {"cpu us": 5}, "keepalive-32": {"cpu us": 5}},
     True),
    ("a denial", {"denied-32": {"cpu us": 6}, "keepalive-32": {"cpu us": 5}},
     False),
    ("a denial", {"denied-32": {"cpu us": 5}}, None),
    ("bulk", {}, None),
]


@pytest.mark.parametrize("about, cases_, met", VERDICTS)
def test_targets_of_cases(about, cases_, met):
    figures = {case: {"postern": {name: figure(value)
                                  for name, value in one.items()}}
               for case, one in cases_.items()}
    [target] = [one for one in report.targets(figures, {}, None)
                if about in one.what]
    assert target.is_met() is met


@pytest.mark.parametrize("about, costs, flood, met", [
    ("system calls", {"system calls": 6.01}, None, True),
    ("system calls", {"system calls": 7.01}, None, False),
    ("private memory", {"private KiB": 2048}, None, True),
    ("private memory", {"private KiB": 2049}, None, False),
    ("refuses 50,000", {}, .9, True),
    ("refuses 50,000", {}, .89, False)])
def test_other_targets(about, costs, flood, met):
    [target] = [one for one in report.targets({}, {"postern": costs}, flood)
                if about in one.what]
    assert target.is_met() is met
