"""PRT-03: the unit protects the battery by itself, with the client silent and also while sharing is denied.

What the bench must not do is not done: a threshold beyond the limits of the bench is *not assessed*.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hil.converter import Mode
from hil.errors import NotAssessed
from hil.running.marking import OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity
from suites.protection.sweep import sweep_battery

AMPERES = 0.5
"""Grid current while the battery voltage is moved."""
BEYOND = 0.03
"""How far, as a part of the threshold, the sweep goes beyond it."""
USABLE = 0.99
"""Part of the bench's voltage limit that is used: regulation needs the rest."""


@dataclass(frozen=True)
class Threshold:
    """A rated threshold in V: the limit that judges it, the mode in which a battery gets there, what hwConfig says."""

    limit: str
    rated: float
    end: float
    mode: Mode
    client_limit: float


@requirement(
    "PRT-03", each=23.0, fixed=1.0, volts=OPERATING, amperes=0.5, battery_volts="bench.limits.battery_voltage_v"
)
@pytest.mark.parametrize("denied", [False, True], ids=["permitted", "denied"])
@pytest.mark.parametrize("side", ["undervoltage", "overvoltage"])
def test_the_battery_is_protected(scene: Scene, judge: Judge, repetitions: int, side: str, denied: bool) -> None:
    """Sweep the battery voltage beyond the rated threshold while nobody talks to the unit; see where it stops."""
    threshold = _threshold(scene, side)
    reach = USABLE * scene.bench.files.bench.limits.battery_voltage_v
    end = min(threshold.end, reach)
    conditions = f"{side}, {'denied' if denied else 'permitted'}, {threshold.mode.name} {AMPERES:g} A"
    for _ in range(repetitions):
        (scene.battery.deny if denied else scene.battery.permit)()
        scene.converter.all()  # the driver may ask the BMS only when it is asked itself
        tripped = sweep_battery(scene, threshold.rated, end, threshold.mode, AMPERES)
        scene.recover()
        if tripped is None and end < threshold.end:
            raise NotAssessed(
                f"The unit is rated to stop at {threshold.rated:g} V of {side}, and this bench can go to {reach:g} V "
                "only (limits.battery_voltage_v of the bench file); up to there it did not stop."
            )
        judge.count("PRT-03", "no_trip", int(tripped is None), 1, conditions)
        if tripped is not None:
            per_cent = 100.0 / threshold.rated
            error = Quantity.computed(per_cent * tripped.value - 100.0, "%", (per_cent, tripped))
            judge.measure("PRT-03", threshold.limit, error, conditions=conditions)
            outside = (tripped.value - threshold.client_limit) * (1 if side == "overvoltage" else -1) < 0.0
            judge.count("PRT-03", "range_outside", int(outside), 1, f"{conditions}: vb, stops at {tripped.value:.2f} V")


def _threshold(scene: Scene, side: str) -> Threshold:
    rated, client = scene.dut.protections, scene.hwconfig.meter_ranges.vb
    over = side == "overvoltage"
    volts = rated.battery_overvoltage_v if over else rated.battery_undervoltage_v
    if volts is None:
        raise NotAssessed(f"The DUT file does not say where the unit stops: protections.battery_{side}_v is missing.")
    if over:
        return Threshold("overvoltage_error", volts, volts * (1.0 + BEYOND), Mode.CHARGE, client.max)
    return Threshold("undervoltage_error", volts, volts * (1.0 - BEYOND), Mode.DISCHARGE, client.min)
