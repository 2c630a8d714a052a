"""The unit of the plant file keeps the limits of apis-main with margin, in every corner of its ranges."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from hil.virtual.plant import Alarm, Mode, Plant

MakePlant = Callable[..., Plant]

BATTERY = (32.0, 52.0, 58.4)
GRID = (300.0, 350.0, 380.0)


@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE])
def test_current_in_every_corner(run: MakePlant, mode: Mode) -> None:
    sign = 1.0 if mode is Mode.CHARGE else -1.0
    for battery, grid in product(BATTERY, GRID):
        plant = run(mode, 0.0, dvg=390.0, settle=0.1)
        plant.stages["battery"].set_voltage(battery)
        plant.stages["grid_load"].set_load("CV", grid)
        plant.stages["grid_source"].set_voltage(grid)
        for dig in (0.0, 0.5, 2.3):
            plant.converter.write_current(dig)
            plant.advance_to(plant.time + 1.0)
            true = plant.probe("grid_current")
            assert true == pytest.approx(sign * dig, abs=0.03)
            assert plant.converter.meters().ig == pytest.approx(true, abs=0.03)
        assert plant.converter.alarm is Alarm.NONE


def test_voltage_in_every_corner(run: MakePlant) -> None:
    for battery, dvg in product(BATTERY, (330.0, 370.0)):
        plant = run(Mode.CV, 2.3, dvg=dvg)
        plant.stages["battery"].set_voltage(battery)
        load = plant.stages["grid_load"]
        load.set_load("CC", 2.2)
        load.switch(True)
        plant.advance_to(plant.time + 2.0)
        assert plant.probe("grid_voltage") == pytest.approx(dvg, abs=1.0)
        meters = plant.converter.meters()
        assert meters.vg == pytest.approx(plant.probe("grid_voltage"), abs=0.6)
        power = -plant.probe("battery_voltage") * plant.probe("battery_current")
        assert meters.wb == pytest.approx(power, abs=0.01 * abs(power) + 5.0)
        assert plant.converter.alarm is Alarm.NONE


@pytest.mark.parametrize("battery", BATTERY)
def test_start_at_every_battery_voltage(booted: MakePlant, battery: float) -> None:
    plant = booted()
    plant.stages["battery"].set_voltage(battery)
    plant.advance_to(plant.time + 1.0)
    plant.converter.write_voltage(350.0, 0.0)
    plant.converter.write_current(2.3)
    plant.converter.write_mode(Mode.CV)
    peak = 0.0

    def look(present: Plant) -> None:
        nonlocal peak
        peak = max(peak, present.grid.voltage)

    plant.on_step = look
    plant.advance_to(plant.time + 3.0)
    assert plant.probe("grid_voltage") > 346.0
    plant.advance_to(plant.time + 5.0)
    assert peak < 352.0


def test_steps_of_compensation_are_resolved(run: MakePlant) -> None:
    plant = run(Mode.CHARGE, 1.0)
    for _ in range(5):
        before = plant.probe("grid_current")
        plant.converter.write_current(plant.converter.dig + 0.0305)
        plant.advance_to(plant.time + 0.3)
        assert plant.probe("grid_current") - before == pytest.approx(0.03, abs=0.002)


@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE])
def test_full_sharing_for_half_an_hour_stays_cool(run: MakePlant, mode: Mode) -> None:
    plant = run(mode, 2.3, dvg=380.0)
    plant.advance_to(plant.time + 1800.0)
    assert abs(plant.probe("grid_current")) == pytest.approx(2.3, abs=0.03)
    assert plant.converter.meters().tmp < 43.0
    assert plant.converter.alarm is Alarm.NONE


def test_denial_changes_nothing(run: MakePlant) -> None:
    plant = run(Mode.CHARGE, 2.3)
    plant.converter.set_permission(False)
    plant.advance_to(plant.time + 120.0)
    assert plant.probe("grid_current") == pytest.approx(2.3, abs=0.03)
    assert plant.converter.mode is Mode.CHARGE


def test_grid_is_soon_below_the_start_band_after_a_stop(run: MakePlant) -> None:
    plant = run(Mode.CV, 2.3, dvg=310.0)
    plant.converter.write_mode(Mode.STOP)
    plant.advance_to(plant.time + 60.0)
    assert plant.probe("grid_voltage") < 60.0
