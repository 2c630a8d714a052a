"""CCA-01 and CCA-02: in constant current the grid current stays near dig, and the unit's ammeter tells the truth."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hil.converter import Mode
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, largest_deviation, level
from suites.pictures import NearestToLimit

SMALLEST = 0.5
"""A; the largest is the full current."""
BETWEEN, SHIFT = 4, 0.618
"""How many currents between them are measured, and by which part of their distance each repetition shifts them."""
SLIGHT = 1.2
"""In allowances: a current at which only the meters are compared. One that shows 0 is further off than it may be."""
SETTLE = 0.4
"""Seconds from the answer to the measurement."""
WATCHED = 0.3
"""Seconds in which no sample may leave the allowance."""


@dataclass(frozen=True)
class Corner:
    """One grid voltage (V) with the battery voltages (V) and the currents (A) that are measured there."""

    volts: float
    batteries: tuple[float, ...]
    currents: tuple[float, ...]


def _map(scene: Scene, mode: Mode, number: int) -> tuple[Corner, ...]:
    span, battery, full = scene.policy.operation_grid_voltage_range, scene.dut.battery, scene.rated_current
    highest = span.max - scene.policy.grid_voltage_separation if mode is Mode.DISCHARGE else span.max
    slight = SLIGHT * scene.hwconfig.grid_current_allowance
    distance = (full - SMALLEST) / (BETWEEN + 1)
    between = (SMALLEST + distance * (each + 0.5 + (number * SHIFT) % 1.0) for each in range(BETWEEN))
    return (
        Corner(scene.operating_voltage, (battery.nominal_v,), (slight, SMALLEST, *between, full)),
        Corner(span.min, (battery.min_v, battery.max_v), (SMALLEST, full)),
        Corner(highest, (battery.min_v, battery.max_v), (SMALLEST, full)),
    )


@requirement("CCA-01", "CCA-02", each=24.0, fixed=2.0, volts=HIGHEST, amperes=FULL)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_the_grid_current_stays_within_the_allowance(scene: Scene, judge: Judge, repetitions: int, mode: Mode) -> None:
    """Map over dig, grid voltage and battery voltage; the ammeter of the bench decides, on current and meter."""
    pictures = NearestToLimit(scene)
    try:
        for number in range(repetitions):
            for corner in _map(scene, mode, number):
                _judge_corner(scene, judge, pictures, mode, corner)
    finally:
        scene.battery.emulator.set_voltage_override(None)
    pictures.keep()


def _judge_corner(scene: Scene, judge: Judge, pictures: NearestToLimit, mode: Mode, corner: Corner) -> None:
    scene.stop()
    for volts in corner.batteries:
        scene.battery.emulator.set_voltage_override(volts)
        scene.battery.emulator.wait_settled()
        scene.share(mode, corner.currents[0], corner.volts)
        for dig in corner.currents:
            scene.converter.set_current(dig)
            scene.clock.sleep(SETTLE)
            conditions = f"{mode.name}, dig {dig:.3g} A, vg {corner.volts:g} V, vb {volts:g} V"
            _judge_point(scene, judge, pictures, mode, dig, conditions)
    scene.stop()


def _judge_point(scene: Scene, judge: Judge, pictures: NearestToLimit, mode: Mode, dig: float, conditions: str) -> None:
    sign = mode.sign
    trace = scene.record("grid_current", seconds=WATCHED)
    signal = scene.signal(trace, "grid_current")
    if dig >= SMALLEST:
        deviation = largest_deviation(signal, sign * dig)
        judged = judge.measure("CCA-01", "current_error", sign * deviation, conditions=conditions)
        pictures.offer(judged, trace, "grid_current", sign * dig)
        if dig == scene.rated_current:
            judge.measure("CCA-01", "full_current", deviation + sign * dig, conditions=conditions)
    shown = Quantity.exact(scene.converter.status().value.meter.ig, "A") - level(signal)
    judge.measure("CCA-02", "meter_error", shown, conditions=conditions)
    judge.measure("CCA-02", "meter_error_target", shown, conditions=conditions)
