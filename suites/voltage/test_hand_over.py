"""CVD-05: the voltage reference passes from this unit and to it, with the grid side as the other unit.

The grid side holds the operating voltage stiffly, which is the hardest partner for a unit in droop.
"""

from __future__ import annotations

import numpy as np
import pytest

from hil.capture import Capture
from hil.client import Report
from hil.client.sequences import acquire, charge, did_hand_over, did_take_over, will_hand_over, will_take_over
from hil.converter import Mode
from hil.running.marking import FULL, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, largest_deviation

SAMPLING = 0.02
"""Seconds between two samples."""
SETTLE = 0.5
"""Seconds between two steps of the hand-over."""
WATCHED = 1.0
"""Seconds for which the new reference is watched."""


@requirement("CVD-05", each=9.0, fixed=1.0, volts=OPERATING, amperes=FULL)
def test_the_unit_hands_over(scene: Scene, judge: Judge, repetitions: int) -> None:
    """The unit feeds a load, another source takes the voltage over, the unit lets go."""
    deal = scene.policy.mediator.deal.grid_current
    wrong = 0
    for number in range(repetitions):
        scene.rest()
        scene.reference()
        scene.grid.load(deal)
        scene.client.run(acquire)
        capture = scene.capture("grid_voltage", "grid_current", period=SAMPLING)
        with capture.running(lead=SETTLE, tail=SETTLE):
            fine = scene.client.run(will_hand_over).succeeded and scene.holds(Mode.CV)
            scene.grid.hold(scene.operating_voltage, deal)
            scene.clock.sleep(SETTLE)
            report = scene.client.run(did_hand_over)
        wrong += not (fine and report.succeeded and scene.holds(Mode.STOP))
        judge.measure("CVD-05", "residual_current", _residual(scene, capture, report), conditions="unit hands over")
        _judge_range(scene, judge, capture, "unit hands over", keep=number == 0)
    judge.count("CVD-05", "alarms", wrong, repetitions, "unit hands over")


@requirement("CVD-05", each=6.5, fixed=1.0, volts=OPERATING, amperes=FULL)
@pytest.mark.parametrize("before", [Mode.STOP, Mode.CHARGE], ids=lambda mode: mode.name)
def test_the_unit_takes_over(scene: Scene, judge: Judge, repetitions: int, before: Mode) -> None:
    """Another source feeds a load, the unit joins with droop, the source lets go, the unit holds the voltage."""
    deal, target = scene.policy.mediator.deal.grid_current, scene.operating_voltage
    conditions = f"unit takes over from {before.name}"
    wrong = 0
    for number in range(repetitions):
        scene.rest()
        scene.grid.stiff(target, deal)
        scene.client.run(acquire)
        if before is Mode.CHARGE:
            scene.client.run(charge, deal)
        capture = scene.capture("grid_voltage", "grid_current", period=SAMPLING)
        with capture.running(lead=SETTLE, tail=SETTLE):
            fine = scene.client.run(will_take_over, target).succeeded
            scene.clock.sleep(SETTLE)
            scene.grid.load(deal)
            fine = scene.client.run(did_take_over).succeeded and fine
        wrong += not (fine and scene.holds(Mode.CV))
        error = largest_deviation(scene.observe("grid_voltage", WATCHED), target)
        judge.measure("CVD-05", "voltage_error", error, conditions=conditions)
        _judge_range(scene, judge, capture, conditions, keep=number == 0)
    judge.count("CVD-05", "alarms", wrong, repetitions, conditions)


def _residual(scene: Scene, capture: Capture, report: Report) -> Quantity:
    """Return the grid current when the polls after the last step of dig are over, just before Stop is commanded."""
    current = capture.trace().signal("grid_current", scene.current_accuracy().expanded)
    before = current.where(current.latest <= report.calls[-1].start)
    return before.sample(-1)


def _judge_range(scene: Scene, judge: Judge, capture: Capture, conditions: str, keep: bool) -> None:
    voltage = capture.trace().signal("grid_voltage")
    span = scene.policy.operation_grid_voltage_range
    outside = int(np.count_nonzero((voltage.value < span.min) | (voltage.value > span.max)))
    judge.count("CVD-05", "out_of_range", outside, len(voltage), conditions, voltage)
    if keep:
        limits = {"grid_voltage": (span.min, span.max)}
        scene.keep(capture.trace(), conditions, limits=limits, targets={"grid_voltage": scene.operating_voltage})
