"""CCA-04: on a live grid no current flows in Stop, nor in constant current with dig zero."""

from __future__ import annotations

from hil.client.sequences import acquire, charge, discharge, step_current
from hil.converter import Mode
from hil.running.marking import DEAL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import largest_deviation

SETTLE = 0.3
"""Seconds at rest before the measurement."""
WATCHED = 0.3
"""Seconds in which no sample may leave the allowance."""


@requirement("CCA-04", each=7.0, fixed=2.5, volts=HIGHEST, amperes=DEAL)
def test_zero_is_no_current(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Measure the current in Stop; then step dig from deal current to zero as apis-main does, in both directions."""
    highest = scene.policy.operation_grid_voltage_range.max
    scene.grid.stiff(highest)
    _judge_current(scene, judge, f"{Mode.STOP.name} at {highest:g} V")
    scene.grid.stiff(scene.operating_voltage)
    unsettled = 0
    for _ in range(repetitions):
        _judge_current(scene, judge, Mode.STOP.name)
        for start, mode in ((charge, Mode.CHARGE), (discharge, Mode.DISCHARGE)):
            scene.client.run(acquire)
            flowed = scene.client.run(start, scene.policy.mediator.deal.grid_current).succeeded
            unsettled += not (flowed and scene.client.run(step_current, 0.0).succeeded)
            _judge_current(scene, judge, f"{mode.name} with dig 0 A")
            scene.stop()
    judge.count("CCA-04", "unsettled", unsettled, 2 * repetitions)


def _judge_current(scene: Scene, judge: Judge, conditions: str) -> None:
    scene.clock.sleep(SETTLE)
    current = largest_deviation(scene.observe("grid_current", WATCHED), 0.0)
    judge.measure("CCA-04", "residual_current", current, conditions=conditions)
