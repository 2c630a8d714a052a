"""MOD-06: a stop is answered and changes nothing, however often it is sent."""

from __future__ import annotations

from hil.converter import DriverError, Mode
from hil.running.marking import OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge

LEAKED = 0.5
"""Amperes that the grid takes from a stopped unit that gives current all the same."""


@requirement("MOD-06", fixed=2.0, dwells=1.0, volts=OPERATING, amperes=0.5)
def test_a_stop_is_answered_however_often_it_is_sent(
    scene: Scene, judge: Judge, repetitions: int, dwell: float
) -> None:
    """On a live grid command Stop at the period at which apis-main does while permission is denied."""
    scene.grid.stiff(scene.operating_voltage, LEAKED)
    refused, next_stop = 0, scene.clock.now()
    for number in range(repetitions):
        try:
            refused += scene.stop().value.status.operation_mode != Mode.STOP.operation_mode
        except DriverError:
            refused += 1
        judge.measure("MOD-06", "residual_current", scene.grid_current(), conditions=f"after stop {number + 1}")
        next_stop += dwell
        scene.clock.sleep(max(0.0, next_stop - scene.clock.now()))
    judge.count("MOD-06", "refused", refused, repetitions)
    judge.count("MOD-06", "alarms", int(not scene.holds(Mode.STOP)), 1, "after the last stop")
