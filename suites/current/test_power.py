"""CCA-05: wb, from which apis-main counts the energy of a deal, agrees with the power measured at the battery."""

from __future__ import annotations

from statistics import fmean

import pytest

from hil.converter import Mode
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity

SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Powers, as shares of the grid current capacity."""
SETTLE = 0.5
"""Seconds from a step of dig to the measurement."""
READINGS = 3
"""How many pairs of wb and battery power are averaged."""
PROPORTIONAL = 0.02
"""Part of the reading that the meter may be wrong by, beside the constant part that is the limit."""


@requirement("CCA-05", each=9.5, fixed=3.0, volts=HIGHEST, amperes=FULL)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_the_energy_meter_tells_the_truth(scene: Scene, judge: Judge, repetitions: int, mode: Mode) -> None:
    """Compare wb with the power at the battery at five powers; note the efficiency on the way."""
    scene.share(mode, SHARES[0] * scene.rated_current)
    for _ in range(repetitions):
        for share in SHARES:
            dig = share * scene.rated_current
            scene.converter.set_current(dig)
            scene.clock.sleep(SETTLE)
            meters, true = [], []
            for _ in range(READINGS):
                meters.append(scene.converter.all().value.meter)
                true.append(scene.battery_power())
            power = Quantity.computed(fmean(each.value for each in true), "W", (1.0, true[0]))
            conditions = f"{mode.name}, dig {dig:.2f} A, {power.value:+.0f} W into the battery"
            for limit, shown in (
                ("excess_error", fmean(meter.wb for meter in meters)),
                ("excess_product", fmean(meter.ib * meter.vb for meter in meters)),
            ):
                error = abs(shown - power.value) - PROPORTIONAL * abs(power.value)
                judge.measure("CCA-05", limit, Quantity.computed(error, "W", (-1.0, power)), conditions=conditions)
            efficiency = scene.efficiency()
            judge.measure("CCA-05", "efficiency", efficiency, conditions=conditions)
            if dig == scene.rated_current:
                judge.measure("CCA-05", "full_efficiency", efficiency, conditions=conditions)
