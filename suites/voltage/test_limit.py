"""CVD-06: in constant voltage dig limits the current both ways and may be stepped to zero."""

from __future__ import annotations

import numpy as np

from hil.client.timing import current_steps
from hil.converter import Mode
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, Signal

OFFSETS = (-2, 2)
"""Separations by which dvg lies below and above the voltage that the grid is held at: the unit takes, then feeds."""
SETTLE = 0.5
"""Seconds from a step of dig to the measurement."""
WATCHED = 0.3
"""Seconds in which no sample may exceed the limit."""


@requirement("CVD-06", each=14.5, fixed=2.0, volts=HIGHEST, amperes=FULL)
def test_dig_limits_the_current_of_the_voltage_reference(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Hold the grid beside dvg, so that the unit works at its limit; step dig down as apis-main does."""
    scene.grid.stiff(scene.operating_voltage)
    full = scene.rated_current
    steps = [full, *current_steps(full, 0.0, scene.policy.grid_current_step)]
    trips = tried = 0
    for _ in range(repetitions):
        for separations in OFFSETS:
            dvg = scene.operating_voltage + separations * scene.policy.grid_voltage_separation
            scene.converter.set_mode(Mode.CV, dvg, full, scene.hwconfig.droop_ratio)
            for dig in steps:
                scene.converter.set_current(dig)
                scene.clock.sleep(SETTLE)
                beyond = _largest(scene.observe("grid_current", WATCHED), dig)
                conditions = f"dig {dig:.3g} A, dvg {dvg:g} V on {scene.operating_voltage:g} V"
                judge.measure("CVD-06", "current_over_limit", beyond, conditions=conditions)
                tried += 1
                trips += not scene.holds(Mode.CV)
            scene.stop()
    judge.count("CVD-06", "trips", trips, tried)


def _largest(current: Signal, dig: float) -> Quantity:
    worst = int(np.abs(current.value).argmax())
    return abs(current.sample(worst)) - dig
