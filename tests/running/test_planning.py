"""A plan adds up what the marks of the tests say."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.running.coverage import all_tests
from hil.running.marking import FULL, HIGHEST, Decides
from hil.running.options import RunOptions
from hil.running.planning import duration, plan
from hil.running.scope import Scope
from suites import FOLDER

BENCH = Path(__file__).resolve().parents[2] / "benches" / "virtual.toml"


@pytest.fixture(scope="module")
def scope() -> Scope:
    return Scope.of(RunOptions(BENCH, "acceptance"))


def test_a_plan_adds_up(scope: Scope) -> None:
    repetitions = scope.profile.repetitions(scope.catalogue.requirement("CCA-01"))
    low = Decides(("CCA-01",), each=10.0, fixed=5.0, volts=350.0, amperes=1.0)
    high = Decides(("CCA-01",), each=0.0, fixed=36.0, volts=380.0, amperes=2.0)
    other = Decides(("COM-01",), each=0.0, fixed=4.0, volts=0.0, amperes=0.0)
    added = plan([low, high, other], {"ENV-01": "why"}, scope)
    seconds = 5.0 + 10.0 * repetitions
    assert added.shares[("CCA-01",)].tests == 2
    assert added.shares[("CCA-01",)].seconds == pytest.approx(seconds + 36.0)
    assert added.seconds == pytest.approx(seconds + 40.0)
    assert (added.grid_volts, added.grid_amperes, added.watts) == (380.0, 2.0, 760.0)
    assert added.energy == pytest.approx((350.0 * seconds + 760.0 * 36.0) / 3600.0)
    assert added.battery_amperes == pytest.approx(760.0 / 0.93 / 42.0)


def test_a_plan_follows_the_owners_files(scope: Scope) -> None:
    mark = Decides(("CCA-01",), each=1.0, fixed=0.0, volts=HIGHEST, amperes=f"2 * {FULL}")
    hwconfig = scope.files.hwconfig.model_copy(update={"grid_current_capacity": 5.0})
    larger = Scope(type(scope.files)(**{**vars(scope.files), "hwconfig": hwconfig}), scope.profile, scope.catalogue)
    assert plan([mark], {}, larger).grid_amperes == 10.0
    assert plan([mark], {}, scope).grid_volts == scope.files.policy.operation_grid_voltage_range.max


def test_a_plan_of_nothing(scope: Scope) -> None:
    empty = plan([], {}, scope)
    assert (empty.seconds, empty.grid_volts, empty.grid_amperes, empty.energy) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (754.0, "12 min 34 s"),
        (3600.0, "1 h 00 min"),
        (7505.0, "2 h 05 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def marked(name: str, peer: bool = False) -> Decides:
    return Decides((name,), each=1.0, fixed=1.0, volts=0.0, amperes=0.0, peer=peer)


def test_a_missing_role_leaves_tests_out(scope: Scope) -> None:
    assert scope.reason_to_leave_out(marked("COM-01")) is None
    assert scope.reason_to_leave_out(marked("CVD-05", peer=True)) == "this bench has no peer"
    bench = scope.files.bench.model_copy(update={"roles": {}})
    bare = Scope(type(scope.files)(**{**vars(scope.files), "bench": bench}), scope.profile, scope.catalogue)
    reason = bare.reason_to_leave_out(marked("CCA-01"))
    assert reason is not None
    assert "grid_ammeter" in reason


def test_a_plan_says_what_the_requirements_demand(scope: Scope) -> None:
    mark = Decides(("STW-01",), each=5.0, fixed=7.0, volts=350.0, amperes=1.0, dwells=1.0)
    requirement = scope.catalogue.requirement("STW-01")
    demanded = (5.0 + scope.profile.dwell(requirement)) * scope.profile.repetitions(requirement)
    planned = plan([mark], {}, scope)
    assert planned.demanded == pytest.approx(demanded)
    assert planned.seconds == pytest.approx(demanded + 7.0)
    assert planned.extremes.grid_voltage == 350.0


@pytest.mark.parametrize("name", ["smoke", "nightly", "acceptance"])
def test_a_profile_keeps_its_budget(name: str) -> None:
    scope = Scope.of(RunOptions(BENCH, name))
    marks = [mark for mark in all_tests(FOLDER).values() if scope.reason_to_leave_out(mark) is None]
    assert scope.profile.budget is not None
    assert plan(marks, {}, scope).seconds < 1.25 * scope.profile.budget


def test_qualification_is_planned_to_waste_little() -> None:
    scope = Scope.of(RunOptions(BENCH, "qualification"))
    planned = plan([mark for mark in all_tests(FOLDER).values() if not mark.peer], {}, scope)
    assert scope.profile.efficiency is not None
    assert planned.demanded / planned.seconds > scope.profile.efficiency


def test_a_plan_knows_where_a_test_takes_the_battery(scope: Scope) -> None:
    mark = Decides(("PRT-03",), each=1.0, fixed=0.0, volts=350.0, amperes=0.5, battery_volts=65.0)
    assert plan([mark], {}, scope).battery_volts == 65.0
