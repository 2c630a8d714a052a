"""CVD-01: in constant voltage the grid stays within the allowance of dvg, at every current of either sign."""

from __future__ import annotations

from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity

VOLTAGES = (350.0, 340.0, 330.0, 360.0, 370.0)
"""dvg in V."""
CURRENTS = (0.0, 1.0, 2.2, -1.0, -2.2)
"""Grid current in A, positive into the unit, just inside of the full rating."""
SETTLE = 0.5
"""Seconds from a change to the measurement."""


@requirement("CVD-01", each=60.0, fixed=10.0, volts=370, amperes=2.3)
def test_the_grid_voltage_stays_within_the_allowance(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Map over dvg and current; the voltmeter of the bench decides."""
    scene.reference()
    for _ in range(repetitions):
        for dvg in VOLTAGES:
            scene.converter.set_voltage(dvg, 0.0)
            for amperes in CURRENTS:
                _flow(scene, amperes)
                scene.clock.sleep(SETTLE)
                voltage = scene.grid_voltage()
                error = Quantity(voltage.value - dvg, voltage.uncertainty, "V")
                conditions = f"dvg {dvg:g} V, {amperes:+g} A into the unit"
                judge.measure("CVD-01", "voltage_error", error, conditions=conditions)
                judge.measure("CVD-01", "voltage_error_target", error, conditions=conditions)
            scene.grid.release()


def _flow(scene: Scene, amperes: float) -> None:
    """Let `amperes` flow, positive into the unit."""
    if amperes > 0.0:
        scene.grid.push(amperes, scene.policy.operation_grid_voltage_range.max)
    elif amperes < 0.0:
        scene.grid.load(-amperes)
    else:
        scene.grid.release()
