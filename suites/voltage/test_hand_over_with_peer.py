"""CVD-05 with a second unit: the voltage reference passes between two converters while a third party draws current.

What the grid side stands in for elsewhere is real here: two voltage loops on one grid, each with droop, each commanded
by its own driver in its own time.
"""

from __future__ import annotations

import numpy as np
import pytest

from hil.capture import Trace
from hil.client import Report
from hil.converter import Mode
from hil.running.marking import FULL, HIGHEST, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, largest_deviation
from suites.second_unit import hold_grid, last_call, pass_reference, require_partner, require_peer, share

SAMPLING = 0.02
"""Seconds between two samples."""
SETTLE = 0.5
"""Seconds recorded before the hand-over and after it."""
WATCHED = 1.0
"""Seconds for which the new reference is watched."""


@requirement("CVD-05", each=11.0, fixed=1.0, volts=OPERATING, amperes=FULL, peer=True)
def test_the_unit_hands_over_to_the_peer(scene: Scene, judge: Judge, repetitions: int) -> None:
    """The unit feeds a load and the charging peer; the peer takes the voltage over, the unit lets go."""
    deal = scene.policy.mediator.deal.grid_current
    conditions = "unit hands over to the peer"
    wrong = 0
    for number in range(repetitions):
        scene.rest()
        scene.reference()
        scene.grid.load(deal)
        share(scene.peer, Mode.CHARGE, deal)
        capture = scene.capture("grid_voltage", "grid_current", period=SAMPLING)
        with capture.running(lead=SETTLE, tail=SETTLE):
            report = pass_reference(scene.client, scene.peer)
        trace = capture.trace()
        require_partner(scene, trace, report, -2.0 * deal)
        wrong += not (report.succeeded and scene.holds(Mode.STOP))
        judge.measure("CVD-05", "residual_current", _residual(scene, trace, report), conditions=conditions)
        _judge_range(scene, judge, trace, conditions, keep=number == 0)
        require_peer(scene, Mode.CV, report)
    judge.count("CVD-05", "alarms", wrong, repetitions, conditions)


@requirement("CVD-05", each=12.0, fixed=1.0, volts=HIGHEST, amperes=FULL, peer=True)
@pytest.mark.parametrize("before", [Mode.STOP, Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_the_unit_takes_over_from_the_peer(scene: Scene, judge: Judge, repetitions: int, before: Mode) -> None:
    """The peer feeds a load, the unit takes the voltage over from `before`, the peer lets go."""
    deal, target = scene.policy.mediator.deal.grid_current, scene.operating_voltage
    conditions = f"unit takes over from the peer, {before.name} before"
    wrong = 0
    for number in range(repetitions):
        scene.rest()
        hold_grid(scene)
        scene.grid.load(deal)
        fine = share(scene.client, before, deal)
        capture = scene.capture("grid_voltage", "grid_current", period=SAMPLING)
        with capture.running(lead=SETTLE, tail=SETTLE):
            report = pass_reference(scene.peer, scene.client)
        trace = capture.trace()
        require_partner(scene, trace, report)
        wrong += not (fine and report.succeeded and scene.holds(Mode.CV))
        error = largest_deviation(scene.observe("grid_voltage", WATCHED), target)
        judge.measure("CVD-05", "voltage_error", error, conditions=conditions)
        _judge_range(scene, judge, trace, conditions, keep=number == 0)
        require_peer(scene, Mode.STOP, report)
    judge.count("CVD-05", "alarms", wrong, repetitions, conditions)


def _residual(scene: Scene, trace: Trace, report: Report) -> Quantity:
    """Return the unit's current when the polls after its last step of dig are over, before Stop is commanded.

    When the hand-over never came so far it is the current in the end.
    """
    current = trace.signal("grid_current", scene.current_accuracy().expanded)
    stop = last_call(scene, report, f"mode={Mode.STOP.value}")
    before = current if stop is None else current.where(current.latest <= stop.start)
    return before.sample(-1)


def _judge_range(scene: Scene, judge: Judge, trace: Trace, conditions: str, keep: bool) -> None:
    voltage = trace.signal("grid_voltage")
    span = scene.policy.operation_grid_voltage_range
    outside = int(np.count_nonzero((voltage.value < span.min) | (voltage.value > span.max)))
    judge.count("CVD-05", "out_of_range", outside, len(voltage), conditions)
    if keep:
        limits = {"grid_voltage": (span.min, span.max)}
        scene.keep(trace, conditions, limits=limits, targets={"grid_voltage": scene.operating_voltage})
