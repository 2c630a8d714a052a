"""CVD-04: with droop the voltage falls in proportion when the unit feeds the grid, and rises when it takes from it."""

from __future__ import annotations

from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Line, Quantity, droop_line, level
from suites.flow import flow

SMALL_DROOP = 0.02
"""A second fraction beside the owner's droopRatio, to see that it is in proportion."""
SHARES = (-0.95, -0.5, 0.0, 0.5, 0.95)
"""Shares of the current capacity, positive into the unit."""
PARTS = {"feeding and taking up": slice(None), "feeding": slice(0, 3), "taking up": slice(2, None)}
"""Which of these points belong to the whole line, and to the half of it in either direction."""
SETTLE = 0.6
"""Seconds from a change to the measurement."""
WATCHED = 0.2
"""Seconds over which a level is taken."""


@requirement("CVD-04", each=15.0, fixed=3.0, volts=HIGHEST, amperes=FULL)
def test_the_droop_line(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Sweep the current at no droop, a small one and the owner's; fit a line to each."""
    scene.reference()
    for _ in range(repetitions):
        without = _sweep(scene, judge, 0.0)
        for drg in (SMALL_DROOP, scene.hwconfig.droop_ratio):
            points = _sweep(scene, judge, drg)
            for part, chosen in PARTS.items():
                line = _line(points[chosen])
                conditions = f"{part}, drg {drg:g}, base current {scene.dut.grid.rated_current_a:g} A"
                judge.measure("CVD-04", "linearity", line.determination, conditions=conditions)
                judge.measure("CVD-04", "slope", line.slope, conditions=conditions)
                error = _error(scene, line, _line(without[chosen]), drg)
                judge.measure("CVD-04", "slope_error", error, conditions=conditions)
        scene.converter.set_voltage(scene.operating_voltage, 0.0)


Points = list[tuple[Quantity, Quantity]]
"""Grid current, positive into the unit, and grid voltage."""


def _sweep(scene: Scene, judge: Judge, drg: float) -> Points:
    dvg = scene.operating_voltage
    scene.converter.set_voltage(dvg, drg)
    points: Points = []
    for share in SHARES:
        flow(scene, share * scene.rated_current)
        scene.clock.sleep(SETTLE)
        voltage, current = level(scene.observe("grid_voltage", WATCHED)), scene.grid_current()
        points.append((current, voltage))
        if drg == 0.0:
            conditions = f"drg 0, {current.value:+.2f} A into the unit"
            judge.measure("CVD-04", "voltage_error_without_droop", voltage - dvg, conditions=conditions)
    return points


def _line(points: Points) -> Line:
    return droop_line([current for current, _ in points], [voltage for _, voltage in points])


def _error(scene: Scene, line: Line, without: Line, drg: float) -> Quantity:
    """Return what drg adds to the slope against the maker's definition, in percent of that."""
    defined = scene.operating_voltage * drg / scene.dut.grid.rated_current_a
    added = line.slope - without.slope
    return Quantity.computed(100.0 * (added.value / defined - 1.0), "%", (100.0 / defined, added))
