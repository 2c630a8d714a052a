"""CVD-01, CVD-03, CCA-02: in constant voltage the grid stays near dvg, and the unit's own meters tell the truth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from hil.converter.values import GridMeters
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, largest_deviation, level
from suites.flow import flow
from suites.pictures import NearestToLimit

NEARLY = 0.95
"""Share of the current capacity that is let flow: the current limit itself belongs to CVD-06."""
MAP = (
    (0, (0.0, 0.5, 1.0, -0.5, -1.0)),
    (-1, (0.0, 1.0, -1.0)),
    (-2, (0.0, 1.0, -1.0)),
    (1, (0.0, 1.0, -1.0)),
    (2, (0.0, 1.0, -1.0)),
)
"""dvg in separations from the operating voltage, and shares of the current, positive into the unit."""
SETTLE = 0.4
"""Seconds from a change to the measurement."""
WATCHED = 0.3
"""Seconds in which no sample may leave the allowance."""


@requirement("CVD-01", "CVD-03", "CCA-02", each=22.5, fixed=5.0, volts=HIGHEST, amperes=FULL)
def test_the_grid_voltage_stays_within_the_allowance(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Map over dvg and current; the meters of the bench decide, on the grid and on the unit's own meters."""
    scene.reference()
    pictures, reads = NearestToLimit(scene), cycle((_quickly, _with_everything))
    for _ in range(repetitions):
        for separations, shares in MAP:
            dvg = scene.operating_voltage + separations * scene.policy.grid_voltage_separation
            scene.converter.set_voltage(dvg, 0.0)
            for share in shares:
                amperes = share * NEARLY * scene.rated_current
                flow(scene, amperes)
                scene.clock.sleep(SETTLE)
                conditions = f"dvg {dvg:g} V, {amperes:+.2f} A into the unit"
                _judge_point(scene, judge, pictures, dvg, next(reads), conditions)
            scene.grid.release()
    pictures.keep()


def _quickly(scene: Scene) -> GridMeters:
    """Read the meters as a checkpoint does."""
    return scene.converter.status().value.meter


def _with_everything(scene: Scene) -> GridMeters:
    """Read the meters as the data acquisition does."""
    return scene.converter.all().value.meter


def _judge_point(
    scene: Scene,
    judge: Judge,
    pictures: NearestToLimit,
    dvg: float,
    read: Callable[[Scene], GridMeters],
    conditions: str,
) -> None:
    trace = scene.record("grid_voltage", seconds=WATCHED)
    signal = scene.signal(trace, "grid_voltage")
    error = largest_deviation(signal, dvg)
    judged = judge.measure("CVD-01", "voltage_error", error, conditions=conditions)
    pictures.offer(judged, trace, "grid_voltage", dvg)
    judge.measure("CVD-01", "voltage_error_target", error, conditions=conditions)
    current = scene.grid_current()
    meter = read(scene)
    judge.measure("CVD-03", "meter_error", Quantity.exact(meter.vg, "V") - level(signal), conditions=conditions)
    shown = Quantity.exact(meter.ig, "A") - current
    judge.measure("CCA-02", "meter_error", shown, conditions=conditions)
    judge.measure("CCA-02", "meter_error_target", shown, conditions=conditions)
