"""MOD-04 and MOD-05: taking the voltage reference over and handing it over, with one command on a live grid.

The bench is the other unit of the hand-over: its source and sink hold the grid, and yield like one that has reached
the limit of its current.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hil.capture import Trace
from hil.client.report import Report
from hil.client.sequences import did_hand_over, will_take_over
from hil.client.steps import Steps
from hil.converter import Mode
from hil.running.marking import HELD, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge, Measurement
from hil.waveform import Quantity, settling_duration
from hil.waveform.transition import Extreme, peak
from suites.modes.evidence import keep_nearest_to_limit

YIELDING = 0.2
"""What the grid takes beyond the deal current (A): a unit that pushes more lifts the voltage."""
SETTLE = 0.5
"""Seconds before and after a change."""
PERIOD = 0.01
"""Seconds between two samples."""

Step = Callable[[Steps, float], bool]


def take_over_at_once(unit: Steps, volts: float) -> bool:
    """Take the voltage reference over as apis-main does, with one command."""
    return will_take_over(unit, volts)


def take_over_in_order(unit: Steps, volts: float) -> bool:
    """Send dvg apart before the command and dig apart after it, as the documented order has it."""
    ready = unit.set_voltage(volts, unit.hwconfig.droop_ratio)
    return ready and will_take_over(unit, volts) and unit.set_current(unit.hwconfig.grid_current_capacity)


TAKE_OVERS: tuple[tuple[Mode, Step], ...] = (
    (Mode.DISCHARGE, take_over_at_once),
    (Mode.DISCHARGE, take_over_in_order),
    (Mode.CHARGE, take_over_at_once),
)


def _outside(scene: Scene, trace: Trace) -> tuple[int, int]:
    """Return how many samples of the grid voltage lie outside of the operating range, and of how many."""
    allowed = scene.policy.operation_grid_voltage_range
    values = trace.signal("grid_voltage").value
    return int(np.count_nonzero((values < allowed.min) | (values > allowed.max))), len(values)


@requirement("MOD-04", each=9.7, fixed=1.0, volts=HIGHEST, amperes=HELD)
def test_taking_the_reference_over_does_not_lift_the_grid(scene: Scene, judge: Judge, repetitions: int) -> None:
    """In constant current on a live grid take the voltage reference over; record the grid voltage."""
    amperes = scene.policy.mediator.deal.grid_current
    volts = scene.operating_voltage
    judged: list[tuple[Measurement, Trace]] = []
    for number in range(repetitions):
        for mode, take_over in TAKE_OVERS:
            scene.grid.stiff(volts, amperes + YIELDING)
            scene.converter.set_mode(mode, scene.ceiling(mode), amperes, 0.0)
            capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
            with capture.running(lead=SETTLE, tail=SETTLE):
                report = scene.client.run(take_over, volts)
            trace, holds = capture.trace(), report.succeeded and scene.holds(Mode.CV)
            conditions = f"{mode.name} to CV, {take_over.__name__}, repetition {number + 1}"
            seen = peak(trace.signal("grid_voltage", scene.voltage_accuracy().expanded), Extreme.LARGEST)
            judged.append((judge.measure("MOD-04", "peak", seen, conditions=conditions), trace))
            judge.count("MOD-04", "out_of_range", *_outside(scene, trace), conditions, trace.signal("grid_voltage"))
            judge.count("MOD-04", "alarms", int(not holds), 1, conditions)
            scene.stop()
    keep_nearest_to_limit(scene, judged, "Voltage reference taken over", {"grid_voltage": (None, judged[0][0].upper)})


@requirement("MOD-05", each=3.0, fixed=1.5, volts=HIGHEST, amperes=HELD)
@pytest.mark.parametrize("following", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_a_reference_goes_straight_to_constant_current(
    scene: Scene, judge: Judge, repetitions: int, following: Mode
) -> None:
    """In constant voltage with droop, on a grid that another holds, go on with the deal with one command."""
    amperes = scene.policy.mediator.deal.grid_current
    scene.grid.stiff(scene.operating_voltage)
    for number in range(repetitions):
        conditions = f"CV to {following.name}, repetition {number + 1}"
        taken = scene.client.run(will_take_over, scene.operating_voltage).succeeded and scene.holds(Mode.CV)
        judge.count("MOD-05", "not_started", int(not taken), 1, conditions)
        capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
        with capture.running(lead=SETTLE, tail=2.0 * SETTLE):
            report = scene.client.run(did_hand_over, following, amperes)
            capture.mark("answered", report.end)
        trace = capture.trace()
        judge.count("MOD-05", "out_of_range", *_outside(scene, trace), conditions, trace.signal("grid_voltage"))
        settled = _settling(scene, trace, report, following, amperes)
        judge.measure("MOD-05", "settling_time", settled, conditions=conditions)
        scene.stop()
    scene.keep(trace, f"From the voltage reference to {following.name}")


def _settling(scene: Scene, trace: Trace, report: Report, following: Mode, amperes: float) -> Quantity:
    """Return the time from the answer to the steady current; the length of the record when it never comes."""
    target = amperes if following is Mode.CHARGE else -amperes
    allowance = scene.hwconfig.grid_current_allowance
    current = trace.signal("grid_current", scene.current_accuracy().expanded)
    settled = settling_duration(current, target - allowance, target + allowance, report.end)
    return current.exactly(float(current.time[-1]) - report.end, "s") if settled is None else settled
