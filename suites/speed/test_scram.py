"""SPD-02: a stop from constant current fits into the SCRAM delay."""

from __future__ import annotations

import pytest

from hil.client.sequences import acquire, charge, discharge, stop
from hil.converter import Mode
from hil.running.marking import HELD, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.speed.timing import timed

FLOWING = 0.5
"""Share of the current that must flow for its stop to tell anything."""
SETTLE = 0.3
"""Seconds of steady current before the stop."""


@requirement("SPD-02", each=5.3, fixed=2.0, volts=HIGHEST, amperes=HELD)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_a_stop_from_constant_current_fits_into_the_scram_delay(
    scene: Scene, judge: Judge, repetitions: int, mode: Mode
) -> None:
    """Replay apis-main's stop from the full and from the usual current; time it and measure what is left."""
    scene.grid.stiff(scene.operating_voltage)
    scene.client.run(acquire)
    start = charge if mode is Mode.CHARGE else discharge
    for amperes in (scene.rated_current, scene.policy.mediator.deal.grid_current):
        for _ in range(repetitions):
            conditions = f"{mode.name} {amperes:g} A"
            started = scene.client.run(start, amperes).succeeded
            scene.clock.sleep(SETTLE)
            flows = abs(scene.grid_current().value) >= FLOWING * amperes
            judge.count("SPD-02", "not_started", int(not (started and flows)), 1, conditions)
            report = scene.client.run(stop)
            judge.measure("SPD-02", "residual_current", scene.grid_current(), conditions=conditions)
            judge.measure("SPD-02", "stop_duration", timed(report.duration), conditions=conditions)
            judge.count("SPD-02", "not_stopped", int(not report.succeeded), 1, conditions)
            judge.measure("SPD-02", "call_latency", timed(report.duration / len(report.calls)), conditions=conditions)
