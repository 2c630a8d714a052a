"""MOD-03: from Stop the set-points come before the mode, to Stop the mode before the set-points."""

from __future__ import annotations

import pytest

from hil.capture import Trace
from hil.converter import Mode
from hil.running.marking import HELD, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge, Measurement
from hil.waveform.transition import Extreme, peak
from suites.modes.evidence import keep_nearest_to_limit

LOW_CURRENT = 0.5
"""dig in A that is started with after the highest has been left behind."""
YIELDING = 0.5
"""The grid takes no more than this (A) from a voltage reference, so that a stale dvg shows as a voltage."""
SETTLE = 0.3
"""Seconds in the mode before it is stopped, and of rest after the stop."""
PERIOD = 0.01
"""Seconds between two samples."""
ORDERS = ("one command", "set-points apart before the mode")


def _leave_the_highest_behind(scene: Scene) -> None:
    """Stop with the highest set-points: none of them may show, neither now nor at the next start."""
    highest = scene.policy.operation_grid_voltage_range.max
    scene.converter.set_mode(Mode.STOP, highest, scene.rated_current, 0.0)


def _start(scene: Scene, mode: Mode, order: str) -> None:
    dig = scene.rated_current if mode is Mode.CV else LOW_CURRENT
    dvg = scene.ceiling(mode)
    if order != ORDERS[0]:
        scene.converter.set_voltage(dvg, 0.0)
        scene.converter.set_current(dig)
    scene.converter.set_mode(mode, dvg, dig, 0.0)


@requirement("MOD-03", each=3.6, fixed=2.0, volts=HIGHEST, amperes=HELD)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE, Mode.CV], ids=lambda mode: mode.name)
def test_no_earlier_set_point_shows_at_the_output(scene: Scene, judge: Judge, repetitions: int, mode: Mode) -> None:
    """Leave the highest set-points behind, start with low ones, stop with the highest; record current and voltage."""
    scene.grid.stiff(scene.operating_voltage, YIELDING if mode is Mode.CV else None)
    _leave_the_highest_behind(scene)
    judged: list[tuple[Measurement, Trace]] = []
    for number in range(repetitions):
        for order in ORDERS:
            capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
            with capture.running():
                _start(scene, mode, order)
                scene.clock.sleep(SETTLE)
                _leave_the_highest_behind(scene)
                scene.clock.sleep(SETTLE)
            trace = capture.trace()
            judged.append((_judge(scene, judge, trace, mode, f"{mode.name}, {order}, start {number + 1}"), trace))
    keep_nearest_to_limit(scene, judged, "Started and stopped over stale set-points", _limits(scene, mode))


def _limits(scene: Scene, mode: Mode) -> dict[str, tuple[float | None, float | None]]:
    if mode is Mode.CV:
        return {"grid_voltage": (None, scene.ceiling(mode) + scene.policy.grid_voltage_allowance)}
    largest = LOW_CURRENT + scene.hwconfig.grid_current_allowance
    return {"grid_current": (-largest, largest)}


def _judge(scene: Scene, judge: Judge, trace: Trace, mode: Mode, conditions: str) -> Measurement:
    """Judge one capture; return the measurement that tells most: the voltage of a reference, else the current."""
    voltage = peak(trace.signal("grid_voltage", scene.voltage_accuracy().expanded), Extreme.LARGEST)
    above = voltage - scene.ceiling(mode)
    excursion = judge.measure("MOD-03", "voltage_excursion", above, conditions=conditions)
    if mode is Mode.CV:
        return excursion
    current = trace.signal("grid_current", scene.current_accuracy().expanded)
    largest = max((abs(peak(current, extreme)) for extreme in Extreme), key=lambda each: each.value)
    beyond = largest - LOW_CURRENT
    return judge.measure("MOD-03", "current_excursion", beyond, conditions=conditions)
