"""CCA-01 and CCA-02: in constant current the grid current stays near dig, and the unit's ammeter tells the truth."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hil.converter import Mode
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, largest_deviation, level

SMALLEST = 0.5
"""A; the other points are deal current and full current."""
NOMINAL, EXTREMES = 0.5, (0.1, 0.9)
"""States of charge that stand for nominal, lowest and highest battery voltage."""
SETTLE = 0.4
"""Seconds from the answer to the measurement."""
WATCHED = 0.3
"""Seconds in which no sample may leave the allowance."""


@dataclass(frozen=True)
class Corner:
    """One grid voltage (V) with the states of charge and the currents (A) that are measured there."""

    volts: float
    levels: tuple[float, ...]
    currents: tuple[float, ...]


def _map(scene: Scene, mode: Mode) -> tuple[Corner, ...]:
    span, full = scene.policy.operation_grid_voltage_range, scene.rated_current
    highest = span.max - scene.policy.grid_voltage_separation if mode is Mode.DISCHARGE else span.max
    all_currents = (SMALLEST, scene.policy.mediator.deal.grid_current, full)
    return (
        Corner(scene.operating_voltage, (NOMINAL,), all_currents),
        Corner(span.min, EXTREMES, (SMALLEST, full)),
        Corner(highest, EXTREMES, (SMALLEST, full)),
    )


@requirement("CCA-01", "CCA-02", each=18.0, fixed=2.0, volts=HIGHEST, amperes=FULL)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_the_grid_current_stays_within_the_allowance(scene: Scene, judge: Judge, repetitions: int, mode: Mode) -> None:
    """Map over dig, grid voltage and battery voltage; the ammeter of the bench decides, on current and meter."""
    for _ in range(repetitions):
        for corner in _map(scene, mode):
            scene.share(mode, SMALLEST, corner.volts)
            for soc in corner.levels:
                scene.battery.emulator.set_soc(soc)
                for dig in corner.currents:
                    scene.converter.set_current(dig)
                    scene.clock.sleep(SETTLE)
                    battery = scene.battery.voltage.value
                    conditions = f"{mode.name}, dig {dig:g} A, vg {corner.volts:g} V, vb {battery:.1f} V"
                    _judge_point(scene, judge, mode, dig, conditions)
            scene.stop()
    scene.battery.emulator.set_soc(NOMINAL)


def _judge_point(scene: Scene, judge: Judge, mode: Mode, dig: float, conditions: str) -> None:
    sign = 1.0 if mode is Mode.CHARGE else -1.0
    signal = scene.observe("grid_current", WATCHED)
    deviation = largest_deviation(signal, sign * dig)
    judge.measure("CCA-01", "current_error", sign * deviation, conditions=conditions)
    if dig == scene.rated_current:
        judge.measure("CCA-01", "full_current", deviation + sign * dig, conditions=conditions)
    shown = Quantity.exact(scene.converter.status().value.meter.ig, "A") - level(signal)
    judge.measure("CCA-02", "meter_error", shown, conditions=conditions)
    judge.measure("CCA-02", "meter_error_target", shown, conditions=conditions)
