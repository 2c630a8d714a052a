"""Charge and energy over a whole run, and independence of the step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hil.virtual.plant import Mode, Plant

MakePlant = Callable[..., Plant]


def _scenario(plant: Plant) -> dict[str, float]:
    """Start CV, load it, push back, hand over to CC discharge, charge, stop; return what was seen on the way."""
    seen: dict[str, float] = {}
    battery, source, load = (plant.stages[name] for name in ("battery", "grid_source", "grid_load"))
    converter = plant.converter

    def go(seconds: float, name: str) -> None:
        plant.advance_to(plant.time + seconds)
        seen.update({f"{name}: {probe}": value for probe, value in plant.truth().items()})

    battery.set_voltage(52.0)
    battery.switch(True)
    go(8.0, "booted")
    converter.write_voltage(350.0, 0.039)
    converter.write_current(2.3)
    converter.write_mode(Mode.CV)
    go(1.0, "ramp")
    go(4.0, "started")
    load.set_load("CC", 1.7)
    load.switch(True)
    go(0.02, "dip")
    go(5.0, "loaded")
    load.switch(False)
    source.set_voltage(390.0)
    source.set_source_limit(1.2)
    source.switch(True)
    go(5.0, "pushed")
    source.switch(False)
    load.set_load("CV", 345.0)
    load.switch(True)
    converter.write_voltage(380.0, 0.0)
    converter.write_mode(Mode.DISCHARGE)
    go(0.02, "changing")
    go(5.0, "discharging")
    load.switch(False)
    source.set_voltage(350.0)
    source.set_source_limit(3.0)
    source.switch(True)
    converter.write_voltage(350.0, 0.0)
    converter.write_mode(Mode.CHARGE)
    go(0.02, "reversing")
    go(5.0, "charging")
    converter.write_mode(Mode.STOP)
    source.switch(False)
    go(10.0, "stopped")
    return seen


def test_charge_balance_of_both_nodes(make_plant: MakePlant) -> None:
    plant: Plant = make_plant()
    _scenario(plant)
    train, stages = plant.converter.train, plant.stages
    grid = stages["grid_source"].element.charge + stages["grid_load"].element.charge + train.grid_charge
    grid -= plant.grid.conductance * plant.grid.area
    assert grid == pytest.approx(plant.grid.capacitance * plant.grid.voltage, rel=1e-6, abs=1e-8)
    battery = stages["battery"].element.charge + train.battery_charge - plant.battery.conductance * plant.battery.area
    assert battery == pytest.approx(plant.battery.capacitance * plant.battery.voltage, rel=1e-6, abs=1e-8)


def test_energy_balance_closes(make_plant: MakePlant) -> None:
    """What left the instruments' terminals is heat, in capacitances, in bleeders or in cables; by counters."""
    plant: Plant = make_plant()
    delivered = 0.0
    heated: list[float] = []

    def add(present: Plant) -> None:
        heated.append(present.converter.train.heat_energy)

    plant.on_step = add
    _scenario(plant)
    for stage in plant.stages.values():
        delivered += stage.energy
    cables = sum(stage.element.terminal_energy - stage.element.energy for stage in plant.stages.values())
    bleeders = 0.0
    stored = 0.0
    for node, parameters, capacitance in (
        (plant.grid, plant.parameters.grid, plant.converter.parameters.regulation.grid_capacitance),
        (plant.battery, plant.parameters.battery, plant.converter.parameters.regulation.battery_capacitance),
    ):
        bleeders += node.square / parameters.bleeder_resistance
        stored += 0.5 * (parameters.capacitance + capacitance) * node.voltage**2
    assert delivered == pytest.approx(heated[-1] + cables + bleeders + stored, rel=1e-6)
    assert delivered > 1000.0


def test_energy_by_trapezoid_over_the_probes_agrees_with_the_counters(make_plant: MakePlant) -> None:
    """The counters against an independent sum over what a wattmeter would have seen, within 0.1 % of what was moved."""
    plant: Plant = make_plant()
    sums = {"battery": 0.0, "grid_load": 0.0}
    moved = dict.fromkeys(sums, 0.0)
    last: dict[str, tuple[float, float]] = {}

    def add(present: Plant) -> None:
        for name in sums:
            stage = present.stages[name]
            time, power = last.get(name, (0.0, 0.0))
            energy = 0.5 * (power + stage.power) * (present.time - time)
            sums[name] += energy
            moved[name] += abs(energy)
            last[name] = present.time, stage.power

    plant.on_step = add
    _scenario(plant)
    for name, total in sums.items():
        assert moved[name] > 5000.0
        assert total == pytest.approx(plant.stages[name].energy, abs=1e-3 * moved[name])


@pytest.mark.parametrize("changes", [{"numerics.step": 0.0005}, {"numerics.step": 0.00025}])
def test_half_the_step_gives_the_same(make_plant: MakePlant, changes: dict[str, Any]) -> None:
    """Tolerances: settled values 1e-4 of nominal; within a transient 0.5 V, 0.05 A, 0.3 A on the battery side."""
    whole, half = _scenario(make_plant()), _scenario(make_plant(changes))
    transient = ("ramp", "dip", "changing", "reversing")
    for name, value in whole.items():
        moving = name.startswith(transient)
        if "voltage" in name:
            tolerance = 0.5 if moving else 0.035
        elif "battery" in name:
            tolerance = 0.3 if moving else 0.005
        else:
            tolerance = 0.05 if moving else 0.001
        assert half[name] == pytest.approx(value, abs=tolerance), name


def test_looking_often_changes_nothing(make_plant: MakePlant) -> None:
    """Queries every 50 ms against none: the same within 1e-6."""
    seldom, often = make_plant(), make_plant()
    for plant in (seldom, often):
        plant.stages["battery"].set_voltage(52.0)
        plant.stages["battery"].switch(True)
        plant.advance_to(8.0)
        plant.converter.write_mode(Mode.CV)
        plant.advance_to(20.0)
    seldom.advance_to(320.0)
    for index in range(1, 6001):
        often.advance_to(20.0 + 0.05 * index)
        often.truth()
    for name, value in seldom.truth().items():
        assert often.truth()[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name


def test_same_seed_and_calls_give_the_same_numbers(make_plant: MakePlant) -> None:
    changes = {"converter.faults.current.noise": 0.02, "converter.faults.sharing.mean_time_to_stop": 20.0}
    assert _scenario(make_plant(changes)) == _scenario(make_plant(changes))
    assert _scenario(make_plant(changes)) != _scenario(make_plant(changes, 2))


def test_time_does_not_go_back(make_plant: MakePlant) -> None:
    plant: Plant = make_plant()
    plant.advance_to(1.0)
    plant.advance_to(1.0)
    with pytest.raises(ValueError, match="cannot go back"):
        plant.advance_to(0.5)
