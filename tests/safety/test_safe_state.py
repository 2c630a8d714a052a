"""The safe state: its order, its bounds in time, and that it never claims what it has not measured."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from hil.safety.safe_state import (
    CONVERTER_BOUND,
    DRAIN_BOUND,
    HAND_BOUND,
    HEAD_START,
    SWITCH_BOUND,
    HandPart,
    MeterPart,
    PowerPart,
    SafePlan,
    SafeReport,
    make_safe,
)
from instruments.errors import NoAnswer
from instruments.kinds import Meter
from tests.battery.simulated_clock import SimulatedClock
from tests.safety.conftest import Node, Part, PretendedBidirectional, PretendedLoad, PretendedSupply

TOUCH_SAFE = 60.0
TROUBLES = ("hangs", "silent", "refuses", "gone")


class Bench:
    """A battery supply, a grid source and a grid load, each with the trouble it was given."""

    def __init__(self, battery: Node, grid: Node, troubles: dict[str, str] | None = None) -> None:
        troubles = troubles or {}
        self.battery = PretendedBidirectional("battery", battery, troubles.get("battery", ""))
        self.source = PretendedSupply("source", grid, troubles.get("source", ""))
        self.load = PretendedLoad("load", grid, troubles.get("load", ""), on=False)
        self.stopped_at: list[float] = []
        self._converter, self._clock = troubles.get("converter", ""), grid.clock

    def plan(self) -> SafePlan:
        parts = (
            PowerPart("battery", self.battery.reach, True, 1.0),
            PowerPart("source", self.source.reach, True),
            PowerPart("load", self.load.reach, False, 1.0),
        )
        return SafePlan(parts, (), self._stop, TOUCH_SAFE)

    def _stop(self) -> None:
        self.stopped_at.append(self._clock.now())
        if self._converter == "hangs":
            self._clock.sleep(1000.0)
        if self._converter == "silent":
            raise NoAnswer("driver: no answer")


def when(part: Part, what: str) -> float:
    return next(time for time, said in part.log if said == what)


def outcome(report: SafeReport, what: str) -> str:
    return next(step.outcome for step in report.steps if step.what == what)


def test_a_healthy_bench_is_proven_safe_in_the_right_order(clock: SimulatedClock, battery: Node, grid: Node) -> None:
    bench = Bench(battery, grid)
    report = make_safe(bench.plan(), clock)
    assert report.proven
    assert report.outputs == {"battery": False, "source": False, "load": False}
    assert max(abs(volts or 0.0) for volts in report.volts.values()) < TOUCH_SAFE
    assert bench.stopped_at[0] <= when(bench.source, "switch False") <= when(bench.battery, "switch False")
    assert when(bench.source, "switch False") < when(bench.load, "load CC 1") < when(bench.load, "switch False")
    assert "highest terminal voltage" in report.summary


def test_only_live_terminals_are_drained(clock: SimulatedClock, battery: Node, grid: Node) -> None:
    bench = Bench(battery, grid)
    make_safe(bench.plan(), clock)
    assert not any(said.startswith(("sink", "switch True")) for _, said in bench.battery.log)


def test_a_bidirectional_supply_drains_with_nothing_to_source(clock: SimulatedClock, grid: Node) -> None:
    supply = PretendedBidirectional("supply", grid)
    plan = SafePlan((PowerPart("supply", supply.reach, True, 1.0),), (), None, TOUCH_SAFE)
    report = make_safe(plan, clock)
    said = [what for _, what in supply.log if not what.startswith(("measure", "is_on"))]
    assert said == ["switch False", "current 0", "voltage 0", "sink 1", "switch True", "switch False"]
    assert report.proven


@pytest.mark.parametrize("trouble", ["hangs", "silent"])
def test_a_converter_in_trouble_does_not_keep_the_sources_on(
    clock: SimulatedClock, battery: Node, grid: Node, trouble: str
) -> None:
    bench = Bench(battery, grid, {"converter": trouble})
    report = make_safe(bench.plan(), clock)
    assert report.proven
    assert report.sources_off_after is not None
    assert report.sources_off_after <= CONVERTER_BOUND + 0.02
    assert outcome(report, "stop the converter") != "done"


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", ["battery", "source", "load"])
def test_a_part_in_trouble_delays_nothing_and_is_never_called_safe(
    clock: SimulatedClock, battery: Node, grid: Node, name: str, trouble: str
) -> None:
    bench = Bench(battery, grid, {name: trouble})
    report = make_safe(bench.plan(), clock)
    others = {"battery": bench.battery, "source": bench.source, "load": bench.load}
    del others[name]
    assert not any(part.on for part in others.values())
    assert all(
        when(part, "switch False") <= CONVERTER_BOUND + HEAD_START + 0.01 for part in others.values() if part.sources
    )
    assert not report.proven
    assert name in report.summary
    assert report.summary.startswith("NOT PROVEN SAFE")


def test_everything_hanging_ends_within_the_sum_of_the_bounds(clock: SimulatedClock, battery: Node, grid: Node) -> None:
    bench = Bench(battery, grid, dict.fromkeys(("battery", "source", "load", "converter"), "hangs"))
    report = make_safe(bench.plan(), clock)
    assert clock.now() <= CONVERTER_BOUND + HEAD_START + 6 * SWITCH_BOUND + DRAIN_BOUND
    assert not report.proven
    assert set(report.outputs.values()) == {None}
    assert set(report.volts.values()) == {None}
    assert "battery could not be measured; source could not be measured; load could not be measured" in report.summary
    assert "No instrument answers: every source was ordered off, but nothing confirms it" in report.summary
    assert "Press the emergency stop, measure them with a voltmeter of your own" in report.summary


def test_a_sink_that_cannot_be_measured_drains_what_another_sees(clock: SimulatedClock, grid: Node) -> None:
    source, load = PretendedSupply("source", grid), PretendedLoad("load", grid, on=False)

    def broken() -> None:
        raise NoAnswer("load: no answer")

    load.measure = broken  # type: ignore[method-assign, assignment]
    parts = (PowerPart("source", source.reach, True), PowerPart("load", load.reach, False, 1.0))
    report = make_safe(SafePlan(parts, (), None, TOUCH_SAFE), clock)
    assert 0.0 < (report.volts["source"] or 0.0) < TOUCH_SAFE
    assert report.volts["load"] is None
    assert "Nothing is known of load: every source was ordered off" in report.summary


def test_without_a_sink_the_terminals_are_left_to_bleed(clock: SimulatedClock, grid: Node) -> None:
    grid.bleeder = 500.0
    source = PretendedSupply("source", grid)
    plan = SafePlan((PowerPart("source", source.reach, True),), (), None, TOUCH_SAFE)
    assert make_safe(plan, clock).proven
    assert 0.5 < clock.now() < DRAIN_BOUND


def test_terminals_that_keep_their_voltage_are_not_called_safe(clock: SimulatedClock, grid: Node) -> None:
    source = PretendedSupply("source", grid)
    plan = SafePlan((PowerPart("source", source.reach, True),), (), None, TOUCH_SAFE)
    report = make_safe(plan, clock)
    assert report.outputs == {"source": False}
    assert not report.proven
    assert "source shows 350.0 V" in report.summary


def test_a_voltmeter_that_fails_spoils_the_proof(clock: SimulatedClock, battery: Node, grid: Node) -> None:
    grid.volts = 0.0
    bench = Bench(battery, grid)
    meter = Part("meter", grid, "silent")
    voltmeter = MeterPart("meter", lambda: cast(Meter, meter.reach()))
    plan = SafePlan(bench.plan().parts, (voltmeter,), None, TOUCH_SAFE)
    report = make_safe(plan, clock)
    assert report.volts["meter"] is None
    assert not report.proven
    assert "meter could not be measured" in report.summary


def test_a_report_survives_its_way_through_a_pipe(clock: SimulatedClock, battery: Node, grid: Node) -> None:
    report = make_safe(Bench(battery, grid).plan(), clock)
    assert SafeReport.from_dict(report.as_dict()) == report


class Hand:
    """A person who switches `source` off after so many seconds; None: never."""

    def __init__(self, source: PretendedSupply, clock: SimulatedClock, after: float | None) -> None:
        self._source, self._clock, self._after = source, clock, after

    def switch_off(self) -> None:
        self._clock.sleep(1000.0 if self._after is None else self._after)
        if self._after is not None:
            self._source.switch(False)


def with_hand(bench: Bench, clock: SimulatedClock, after: float | None, waiting: list[float]) -> SafePlan:
    plan = bench.plan()
    parts = tuple(part for part in plan.parts if part.name != "source")
    hand = HandPart("source", Hand(bench.source, clock, after).switch_off)
    return replace(plan, parts=parts, hands=(hand,), awaiting_hands=lambda: waiting.append(clock.now()))


def test_a_person_who_switches_off_delays_nobody_else(clock: SimulatedClock, battery: Node, grid: Node) -> None:
    bench, waiting = Bench(battery, grid), list[float]()
    report = make_safe(with_hand(bench, clock, 20.0, waiting), clock)
    assert report.proven
    assert report.outputs["source"] is False
    assert when(bench.battery, "switch False") <= CONVERTER_BOUND + HEAD_START + 0.05
    assert report.sources_off_after is not None
    assert report.sources_off_after <= 1.0
    assert DRAIN_BOUND <= waiting[0] < 20.0, "the guard is told before the person is awaited"
    assert max(abs(volts or 0.0) for volts in report.volts.values()) < TOUCH_SAFE, "and drained again after it"


def test_what_nobody_has_switched_off_is_not_proven_safe(clock: SimulatedClock, battery: Node, grid: Node) -> None:
    bench = Bench(battery, grid)
    report = make_safe(with_hand(bench, clock, None, []), clock)
    assert not report.proven
    assert report.outputs["source"] is None
    assert "source is unknown" in report.summary
    assert when(bench.battery, "switch False") <= CONVERTER_BOUND + HEAD_START + 0.05
    assert outcome(report, "have source switched off by hand") == f"no answer within {HAND_BOUND:g} s, went on without"


def test_a_person_who_is_mistaken_is_contradicted_by_the_other_instruments(
    clock: SimulatedClock, battery: Node, grid: Node
) -> None:
    bench = Bench(battery, grid)
    plan = replace(with_hand(bench, clock, 0.0, []), hands=(HandPart("source", lambda: None),))
    report = make_safe(plan, clock)
    assert report.outputs["source"] is False
    assert not report.proven
    assert "load shows 350.0 V" in report.summary
