"""SPD-02: a stop from constant current fits into the SCRAM delay."""

from __future__ import annotations

import pytest

from hil.client.sequences import modes
from hil.converter import Mode
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity

SETTLE = 1.0
"""Seconds of steady current before the stop, and of rest after it."""


@requirement("SPD-02", each=8.0, fixed=2.0, volts=350, amperes=2.3)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_a_stop_from_constant_current_fits_into_the_scram_delay(
    scene: Scene, judge: Judge, repetitions: int, mode: Mode
) -> None:
    """Replay apis-main's stop from the full and from the usual current; time it and measure what is left."""
    scene.grid.stiff(scene.operating_voltage)
    start = modes.charge if mode is Mode.CHARGE else modes.discharge
    for amperes in (scene.rated_current, scene.policy.mediator.deal.grid_current):
        for _ in range(repetitions):
            conditions = f"{mode.name} {amperes:g} A"
            scene.client.run(start, amperes)
            scene.clock.sleep(SETTLE)
            report = scene.client.run(modes.stop)
            last = report.calls[-1]
            took = Quantity(last.end - report.start, last.end - last.start, "s")
            judge.measure("SPD-02", "stop_duration", took, conditions=conditions)
            judge.measure("SPD-02", "residual_current", scene.grid_current(), conditions=conditions)
            mean = (last.end - report.start) / len(report.calls)
            judge.measure("SPD-02", "call_latency", mean, 0.001, conditions)
