"""Bench efficiency, and the plan beside what was measured: closed forms."""

from __future__ import annotations

import pytest

from hil.running.effort import Effort
from hil.safety.extremes import Extremes, measured
from hil.safety.watching import Bounds, Terminal
from instruments.reading import Reading


def test_a_requirement_is_never_credited_with_more_than_its_tests_used() -> None:
    effort = Effort(used=100.0)
    effort.add_test(("COM-01",), demanded=50.0, used=60.0)
    effort.add_test(("COM-02",), demanded=20.0, used=30.0)
    effort.add_test(("COM-02",), demanded=20.0, used=0.0)
    assert effort.efficiency == pytest.approx(0.8)


def test_without_bench_time_there_is_no_efficiency() -> None:
    assert Effort().efficiency is None


def test_what_goes_beyond_the_plan_is_said() -> None:
    effort = Effort(
        planned=Extremes(380.0, 3.0, 6.0, 58.0, 40.0, 100.0), reached=Extremes(380.4, 3.2, 5.0, 50.0, 20.0, 99.0)
    )
    assert effort.beyond == ["The grid current reached 3.2 A, beyond the plan's 3."]
    assert "grid voltage 380.4 V (planned 380)" in effort.sentence()


def test_what_a_bench_at_rest_shows_is_not_beyond_its_plan() -> None:
    effort = Effort(reached=Extremes(0.04, 0.002, 0.006, 0.0, 1.3, 0.02))
    assert effort.beyond == []
    assert len(Effort(reached=Extremes(40.0, 0.2, 0.6, 52.0, 3.0, 20.0)).beyond) == 6


def test_extremes_of_both_sides() -> None:
    supply, load, battery, ammeter = (Terminal(name, Bounds()) for name in ("supply", "load", "battery", "ammeter"))
    ammeter.note(Reading(-1.5, "A", 0.0, 0.0))
    for terminal, volts, amperes in ((supply, 350.0, 2.0), (load, -351.0, -1.0), (battery, 50.0, -10.0)):
        for time in (0.0, 360.0):
            terminal.note(Reading(volts, "V", time, time))
            terminal.note(Reading(amperes, "A", time, time))
            terminal.note(Reading(amperes / 2.0, "A", time, time))
    sides = {"supply": "grid", "load": "grid", "battery": "battery", "ammeter": "grid"}
    kinds = {"supply": "supply", "load": "load", "battery": "bidirectional", "ammeter": "meter"}
    assert "grid_current" not in measured((supply, load, battery), sides, kinds).as_dict()
    reached = measured((supply, load, battery, ammeter), sides, kinds)
    assert reached.as_dict() == {
        "grid_voltage": 351.0,
        "grid_current": 1.5,
        "source_current": 2.0,
        "battery_voltage": 50.0,
        "battery_current": 10.0,
        "energy": pytest.approx(50.0),
    }


def test_a_continued_run_counts_what_it_knows() -> None:
    effort = Effort(before=100.0)
    effort.plan(50.0, Extremes())
    effort.used = 140.0
    effort.add_test(("COM-01",), demanded=30.0, used=35.0)
    assert effort.planned_seconds == 150.0
    assert effort.efficiency == pytest.approx(0.75)
