"""ZVS-04: a grid that takes current from the first volt on is started too, within the current limit."""

from __future__ import annotations

import numpy as np

from hil.converter import DriverError, Mode
from hil.running.marking import FULL, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Extreme, peak

DEAD = 5.0
"""Volts: a grid below this is dead."""
BLEEDER = 0.2
"""A that the load of the bench draws from the first volt on, in place of a large capacitance."""
AFTER = 1.0
"""Seconds at full voltage that count as a start."""


@requirement("ZVS-04", each=5.0, fixed=1.0, volts=OPERATING, amperes=FULL)
def test_a_loaded_grid_is_started(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Draw the bleeder current from the dead grid while it is started; look at the voltage and at the current."""
    failed = tried = 0
    while tried < repetitions and not failed:  # a start that does not come takes the whole time-out; one decides
        scene.stop()
        scene.grid.discharge(DEAD)
        scene.grid.load(BLEEDER)
        capture = scene.capture("grid_voltage", "grid_current", period=0.02)
        with capture.running():
            failed += not _starts(scene)
        tried += 1
        trace = capture.trace()
        current = trace.signal("grid_current", scene.current_accuracy().expanded)
        most = max(peak(current, Extreme.LARGEST), abs(peak(current, Extreme.SMALLEST)), key=lambda each: each.value)
        highest = peak(trace.signal("grid_voltage", scene.voltage_accuracy().expanded), Extreme.LARGEST)
        judge.measure("ZVS-04", "peak", highest, conditions=f"start {tried} with {BLEEDER:g} A")
        beyond = most - scene.rated_current
        judge.measure("ZVS-04", "current_over_limit", beyond, conditions=f"start {tried} with {BLEEDER:g} A")
        if tried == 1:
            farthest = int(np.abs(current.value).argmax())
            scene.keep(
                trace,
                "start with a bleeder",
                limits={"grid_current": (-scene.rated_current, scene.rated_current)},
                targets={"grid_voltage": scene.operating_voltage},
                decisive=("grid_current", float(current.time[farthest]), float(current.value[farthest])),
            )
    judge.count("ZVS-04", "failed_starts", failed, tried)


def _starts(scene: Scene) -> bool:
    """Start; tell whether the voltage comes and stays."""
    enough = scene.operating_voltage - scene.policy.grid_voltage_allowance
    try:
        scene.converter.set_mode(Mode.CV, scene.operating_voltage, scene.rated_current, 0.0)
    except DriverError:
        return False
    came = scene.await_voltage(enough)
    scene.clock.sleep(AFTER)
    return came and scene.grid.voltage().value >= enough
