"""MOD-06: a stop is answered and changes nothing, however often it is sent."""

from __future__ import annotations

from hil.converter import DriverError, Mode
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge

PUSHED = 0.5
"""Amperes that the source may feed into a stopped unit that takes current all the same."""


@requirement("MOD-06", each=5.0, fixed=3.0, volts=350, amperes=0.5)
def test_a_stop_is_answered_however_often_it_is_sent(
    scene: Scene, judge: Judge, repetitions: int, dwell: float
) -> None:
    """On a live grid command Stop at the period at which apis-main does while permission is denied."""
    scene.grid.push(PUSHED, scene.operating_voltage)
    scene.await_voltage(scene.operating_voltage - scene.policy.grid_voltage_allowance)
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
