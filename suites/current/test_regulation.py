"""CCA-01: the grid current stays within the allowance of dig, in both directions, over the map."""

from __future__ import annotations

import pytest

from hil.converter import Mode
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity

CURRENTS = (0.5, 1.0, 2.3)
"""dig in A."""
SETTLE = 0.5
"""Seconds from the answer to the measurement."""
BATTERY_LEVELS = (0.1, 0.5, 0.9)
"""States of charge that stand for the lowest, the nominal and the highest battery voltage."""


@requirement("CCA-01", each=60.0, fixed=5.0, volts=380, amperes=2.3)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_the_grid_current_stays_within_the_allowance(scene: Scene, judge: Judge, repetitions: int, mode: Mode) -> None:
    """Map over dig, grid voltage and battery voltage; the ammeter of the bench decides."""
    sign = 1.0 if mode is Mode.CHARGE else -1.0
    span = scene.policy.operation_grid_voltage_range
    for _ in range(repetitions):
        for volts in (span.min, scene.operating_voltage, span.max - 2 * scene.policy.grid_voltage_separation):
            scene.share(mode, CURRENTS[0], volts)
            for soc in BATTERY_LEVELS:
                scene.battery.emulator.set_soc(soc)
                for dig in CURRENTS:
                    scene.converter.set_current(dig)
                    scene.clock.sleep(SETTLE)
                    current = scene.grid_current()
                    conditions = f"{mode.name}, dig {dig:g} A, vg {volts:g} V, vb {scene.battery.voltage.value:.1f} V"
                    error = Quantity(sign * current.value - dig, current.uncertainty, "A")
                    judge.measure("CCA-01", "current_error", error, conditions=conditions)
                    if dig == max(CURRENTS):
                        judge.measure("CCA-01", "full_current", current, conditions=conditions)
            scene.stop()
    scene.battery.emulator.set_soc(0.5)
