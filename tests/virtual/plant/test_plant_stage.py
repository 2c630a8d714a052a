"""The instruments' power stages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hil.virtual.plant import Plant

MakePlant = Callable[..., Plant]


def test_supply_charges_the_grid_with_its_current_limit(make_plant: MakePlant) -> None:
    plant: Plant = make_plant()
    source = plant.stages["grid_source"]
    source.set_voltage(350.0)
    source.set_source_limit(0.022)
    source.switch(True)
    plant.advance_to(1.0)
    resistance = 1.0 / plant.grid.conductance
    expected = 0.022 * resistance * (1.0 - 2.718281828 ** (-1.0 / (resistance * plant.grid.capacitance)))
    assert plant.probe("grid_voltage") == pytest.approx(expected, rel=1e-6)
    assert source.regulation == "CC"


def test_supply_cannot_sink(run_source: MakePlant) -> None:
    plant: Plant = run_source(350.0)
    source = plant.stages["grid_source"]
    source.set_voltage(300.0)
    plant.advance_to(plant.time + 0.5)
    assert plant.probe("grid_voltage") > 335.0
    assert source.current <= 0.0
    assert abs(source.current) < 0.01


def test_bidirectional_sinks_down_to_its_reference(make_plant: MakePlant) -> None:
    plant: Plant = make_plant()
    battery = plant.stages["battery"]
    battery.set_voltage(52.0)
    battery.switch(True)
    plant.advance_to(1.0)
    battery.set_voltage(40.0)
    plant.advance_to(2.0)
    assert plant.probe("battery_voltage") == pytest.approx(40.0, abs=0.01)
    assert battery.regulation == "CV"


def test_slew_is_a_straight_line(make_plant: MakePlant) -> None:
    plant: Plant = make_plant()
    battery = plant.stages["battery"]
    battery.set_slew(20.0)
    battery.set_voltage(50.0)
    battery.switch(True)
    plant.advance_to(1.0)
    assert plant.probe("battery_voltage") == pytest.approx(20.0, abs=0.05)
    plant.advance_to(3.0)
    assert plant.probe("battery_voltage") == pytest.approx(50.0, abs=0.01)


@pytest.mark.parametrize(
    ("mode", "level", "current"),
    [("CC", 1.5, 1.5), ("CP", 525.0, 1.5), ("CR", 233.3, 1.5), ("CV", 349.85, 1.5)],
)
def test_load_modes(run_source: MakePlant, mode: str, level: float, current: float) -> None:
    """Each level is the one at which 350 V behind 0.05 + 0.05 ohm gives 1.5 A."""
    plant: Plant = run_source(350.0)
    load = plant.stages["grid_load"]
    load.set_load(mode, level)
    load.switch(True)
    plant.advance_to(plant.time + 1.0)
    assert load.current == pytest.approx(-current, abs=0.01)
    assert load.regulation == mode
    assert load.power == pytest.approx(load.voltage * load.current)


def test_load_cv_holds_the_node_down(run_source: MakePlant) -> None:
    plant: Plant = run_source(350.0)
    source, load = plant.stages["grid_source"], plant.stages["grid_load"]
    source.set_source_limit(2.0)
    load.set_load("CV", 320.0)
    load.switch(True)
    plant.advance_to(plant.time + 1.0)
    assert plant.probe("grid_voltage") == pytest.approx(320.1, abs=0.2)
    assert (source.regulation, load.regulation) == ("CC", "CV")


def test_power_limit(run_source: MakePlant) -> None:
    plant: Plant = run_source(350.0)
    source, load = plant.stages["grid_source"], plant.stages["grid_load"]
    source.set_power_limits(350.0, 0.0)
    load.set_load("CV", 300.0)
    load.switch(True)
    plant.advance_to(plant.time + 1.0)
    assert source.power == pytest.approx(350.0, rel=0.01)
    assert source.regulation == "CP"


def test_series_resistance(make_plant: MakePlant) -> None:
    plant: Plant = make_plant({"stages.battery.bleeder_resistance": 10.0})
    battery = plant.stages["battery"]
    battery.set_voltage(50.0)
    battery.set_series_resistance(0.1)
    battery.switch(True)
    plant.advance_to(1.0)
    assert battery.voltage == pytest.approx(50.0 * 10.0 / (10.0 + 0.1 + 0.004), abs=0.1)


def test_trips_switch_off_and_stay_off(run_source: MakePlant) -> None:
    plant: Plant = run_source(350.0)
    source, load = plant.stages["grid_source"], plant.stages["grid_load"]
    source.set_overcurrent(2.0)
    load.set_load("CC", 3.0)
    load.switch(True)
    plant.advance_to(plant.time + 0.1)
    assert source.tripped == {"OCP"}
    assert not source.on
    source.switch(True)
    assert not source.on
    source.clear_trip()
    load.switch(False)
    source.switch(True)
    assert source.on


def test_overvoltage_and_undervoltage_trip(run_source: MakePlant) -> None:
    plant: Plant = run_source(350.0)
    source, load = plant.stages["grid_source"], plant.stages["grid_load"]
    load.set_overvoltage(360.0)
    source.set_voltage(365.0)
    plant.advance_to(plant.time + 0.2)
    assert load.tripped == {"OVP"}
    source.set_undervoltage(340.0)
    source.set_source_limit(0.5)
    load.clear_trip()
    load.set_overvoltage(400.0)
    load.set_load("CC", 2.0)
    load.switch(True)
    plant.advance_to(plant.time + 0.5)
    assert source.tripped == {"UVP"}


def test_output_capacitance_keeps_the_voltage_when_switched_off(run_source: MakePlant) -> None:
    plant: Plant = run_source(350.0)
    plant.stages["grid_source"].switch(False)
    start = plant.time
    plant.advance_to(start + 5.0)
    time_constant = plant.grid.capacitance / plant.grid.conductance
    assert plant.probe("grid_voltage") == pytest.approx(350.0 * 2.718281828 ** (-5.0 / time_constant), rel=1e-4)


def test_load_refuses_nonsense(make_plant: MakePlant) -> None:
    load = make_plant().stages["grid_load"]
    with pytest.raises(ValueError, match="from 0"):
        load.set_load("CC", -1.0)
    with pytest.raises(ValueError, match="XX"):
        load.set_load("XX", 1.0)
