"""SPD-05: the authorization of the voltage reference succeeds in the time that its command has."""

from __future__ import annotations

from random import Random

from hil.client.sequences import acquire, authorize
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.speed.timing import timed


@requirement("SPD-05", each=2.1, fixed=5.0, volts=370)
def test_the_authorization_succeeds_in_time(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Start an unloaded grid, then replay the authorization, each time with other voltages."""
    scene.reference()
    scene.client.run(acquire)
    failed = 0
    for number in range(repetitions):
        report = scene.client.run(authorize, Random(number))
        failed += not report.succeeded
        conditions = f"authorization {number + 1}, {len(report.calls)} calls"
        judge.measure("SPD-05", "duration", timed(report.duration), conditions=conditions)
        judge.measure("SPD-05", "duration_target", timed(report.duration), conditions=conditions)
    judge.count("SPD-05", "failed", failed, repetitions)
