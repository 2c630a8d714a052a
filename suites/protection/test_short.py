"""PRT-02: when the grid collapses under too much load, the unit ends its output and says so."""

from __future__ import annotations

import numpy as np

from hil.bench import limits
from hil.bench.file import Role
from hil.client.safety import HEAVY_ALARM
from hil.converter import Mode
from hil.running.marking import FULL, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge

SAMPLING = 0.02
"""Seconds between two samples."""
EXCESS = 2.0
"""How many times dig the load draws: the grid's capacitors are emptied and their energy is all that there is."""
BEFORE, SHORTED = 0.3, 2.0
"""Seconds recorded before the load, and for which it lasts at most."""


@requirement("PRT-02", each=9.0, fixed=1.0, volts=OPERATING, amperes=f"min(2 * {FULL}, bench.limits.grid_current_a)")
def test_a_collapse_of_the_grid_ends_the_output(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Draw much more than dig from the voltage reference; its current must end, and the alarm be read."""
    drawn = min(EXCESS * scene.rated_current, _sinks(scene))
    still_on = wrong = 0
    for number in range(repetitions):
        scene.rest()
        scene.reference()
        capture = scene.capture("grid_voltage", "grid_current", period=SAMPLING)
        with capture.running(lead=BEFORE):
            scene.grid.load(drawn)
            scene.clock.sleep(SHORTED)
        left = scene.grid_current()
        seen = scene.converter.all().value.status
        still_on += abs(left.value) > scene.hwconfig.grid_current_allowance
        mode = Mode.from_code(seen.code)
        coherent = mode is not None and seen.operation_mode == mode.operation_mode
        wrong += seen.alarm_state != HEAVY_ALARM or not coherent
        scene.grid.release()
        scene.recover()
        current = capture.trace().signal("grid_current", scene.current_accuracy().expanded)
        most = int(np.abs(current.value).argmax())
        trip = abs(current.sample(most))
        conditions = f"{drawn:g} A drawn at dig {scene.rated_current:g} A"
        judge.measure("PRT-02", "trip_current", trip, conditions=conditions)
        if number == 0:
            scene.keep(capture.trace(), "collapse of the grid", targets={"grid_voltage": scene.operating_voltage})
    judge.count("PRT-02", "output_still_on", still_on, repetitions)
    judge.count("PRT-02", "wrong_report", wrong, repetitions)


def _sinks(scene: Scene) -> float:
    """Return what bench and instrument allow the grid sink to draw, in A."""
    files = scene.bench.files
    return limits.of_instrument(files.bench, files.dut, files.bench.roles[Role.GRID_SINK]).sink_current_max
