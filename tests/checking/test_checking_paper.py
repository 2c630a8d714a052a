"""What a check says of calibration dates and ranges, before anything is opened."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from hil.bench import files
from hil.bench.file import Role
from hil.bench.files import Files
from hil.checking import paper
from hil.checking.finding import Finding, Grade
from hil.checking.wiring import _compare
from hil.running.planning import Plan

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "benches" / "example-lab.toml"
LONG_BEFORE = datetime.date(2026, 6, 1)


@pytest.fixture(scope="module")
def lab() -> Files:
    return files.read(LAB)


def plan(**changes: float) -> Plan:
    figures: dict[str, Any] = {
        "source_amperes": 3.0,
        "battery_volts": 58.4,
        "battery_amperes": 25.0,
        "watts": 900.0,
        "energy": 500.0,
        **changes,
    }
    return Plan({}, {}, **figures)


def by_part(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.part: finding for finding in findings}


@pytest.mark.parametrize(
    ("today", "grade"),
    [
        (LONG_BEFORE, Grade.OK),
        (datetime.date(2027, 1, 31), Grade.NOTE),
        (datetime.date(2027, 1, 2), Grade.NOTE),
        (datetime.date(2027, 1, 1), Grade.OK),
        (datetime.date(2027, 2, 1), Grade.PROBLEM),
    ],
)
def test_calibration(lab: Files, today: datetime.date, grade: Grade) -> None:
    found = by_part(list(paper.calibrations(lab, today)))
    assert set(found) == {"battery", "grid", "voltmeter", "ammeter"}
    assert found["voltmeter"].grade is grade
    assert "2027-01-31" in found["voltmeter"].sentence


def without(lab: Files, **changes: Any) -> Files:
    return Files(**{**vars(lab), "bench": lab.bench.model_copy(update=changes)})


def test_no_calibration_is_worth_knowing(lab: Files) -> None:
    entry = lab.bench.instruments["ammeter"]
    bare = entry.model_copy(update={"calibration": type(entry.calibration)()})
    changed = without(lab, instruments={**lab.bench.instruments, "ammeter": bare})
    assert by_part(list(paper.calibrations(changed, LONG_BEFORE)))["ammeter"].grade is Grade.NOTE


def test_ranges_that_suffice(lab: Files) -> None:
    found = list(paper.ranges(lab, plan()))
    assert {finding.grade for finding in found} == {Grade.OK}
    assert len(found) == len(Role)


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        ({"battery_volts": 61.0}, "battery", "voltage 61"),
        ({"battery_amperes": 70.1}, "battery", "current 70.1"),
        ({"watts": 3100.0}, "grid", "power 3100"),
    ],
)
def test_ranges_that_do_not_suffice(lab: Files, changes: dict[str, float], part: str, words: str) -> None:
    problems = [finding for finding in paper.ranges(lab, plan(**changes)) if finding.grade is Grade.PROBLEM]
    assert part in {finding.part for finding in problems}
    assert all(words in finding.sentence for finding in problems if finding.part == part)


def test_an_empty_role_is_worth_knowing(lab: Files) -> None:
    roles = {role: name for role, name in lab.bench.roles.items() if role is not Role.GRID_AMMETER}
    found = by_part(list(paper.ranges(without(lab, roles=roles), plan())))
    assert found["grid_ammeter"].grade is Grade.NOTE


@pytest.mark.parametrize(
    ("told", "seen", "grade", "word"),
    [
        (52.0, 52.1, Grade.OK, "shows"),
        (52.0, 50.1, Grade.OK, "shows"),
        (52.0, 49.5, Grade.PROBLEM, "another terminal"),
        (52.0, -52.1, Grade.PROBLEM, "reversed"),
        (24.0, 0.0, Grade.PROBLEM, "not connected"),
        (24.0, 2.4, Grade.PROBLEM, "another terminal"),
    ],
)
def test_two_readings_of_one_voltage(told: float, seen: float, grade: Grade, word: str) -> None:
    finding = _compare("grid", "wiring", told, seen, "vg")
    assert finding.grade is grade
    assert word in finding.sentence


def test_a_source_that_holds_the_grid_against_a_load_feeds_that_too() -> None:
    virtual = files.read(ROOT / "benches" / "virtual.toml")
    assert by_part(list(paper.ranges(virtual, plan())))["grid_source"].grade is Grade.OK
    grid = virtual.bench.grid.model_copy(update={"draw_current": 6.0, "push_current": 6.0})
    found = by_part(list(paper.ranges(without(virtual, grid=grid), plan())))["grid_source"]
    assert found.grade is Grade.PROBLEM
    assert "12 A" in found.sentence
