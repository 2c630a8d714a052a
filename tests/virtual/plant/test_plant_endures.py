"""Whatever is done to it in whatever order, the plant keeps its laws."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from random import Random

import pytest

from hil.virtual.plant import Mode, Plant, Refused, Silent

MakePlant = Callable[..., Plant]


def _act(plant: Plant, random: Random) -> None:
    """Do one thing that a careless client or operator might do."""
    converter, stages = plant.converter, plant.stages
    stage = stages[random.choice(list(stages))]
    rated = stage.parameters
    actions: list[Callable[[], object]] = [
        lambda: stage.switch(random.random() < 0.7),
        lambda: stage.set_voltage(random.uniform(0.0, rated.rated_voltage)),
        lambda: stage.set_source_limit(random.uniform(0.0, rated.rated_current)),
        lambda: stage.set_sink_limit(random.uniform(0.0, rated.rated_current)),
        lambda: stage.set_load(random.choice(["CC", "CV", "CP", "CR"]), random.uniform(0.0, 300.0)),
        lambda: stage.set_series_resistance(random.uniform(0.0, 0.1)),
        lambda: stages["battery"].set_voltage(random.uniform(45.0, 58.0)),
        lambda: stages["battery"].switch(True),
        lambda: plant.foreign_source.switch_on(random.uniform(250.0, 395.0)),
        plant.foreign_source.switch_off,
        lambda: converter.write_mode(random.choice(list(Mode))),
        lambda: converter.write_voltage(random.uniform(260.0, 390.0), random.choice([0.0, 0.039, 0.3])),
        lambda: converter.write_current(random.uniform(0.0, 8.5)),
        converter.clear_alarm,
        lambda: converter.set_permission(random.random() < 0.5),
    ]
    with suppress(Refused, Silent):
        random.choice(actions)()


def _unaccounted(plant: Plant) -> tuple[float, float]:
    """Return the energy that is missing in the balance, and the energy moved, J."""
    delivered = sum(stage.energy for stage in plant.stages.values()) + plant.foreign_source.element.terminal_energy
    moved = sum(abs(stage.energy) for stage in plant.stages.values()) + 1.0
    spent = plant.converter.train.heat_energy
    spent += sum(stage.element.terminal_energy - stage.element.energy for stage in plant.stages.values())
    regulation = plant.converter.parameters.regulation
    for node, parameters, own in (
        (plant.grid, plant.parameters.grid, regulation.grid_capacitance),
        (plant.battery, plant.parameters.battery, regulation.battery_capacitance),
    ):
        spent += node.square / parameters.bleeder_resistance
        spent += 0.5 * (parameters.capacitance + own) * node.voltage**2
    return delivered - spent, moved


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_actions(booted: MakePlant, seed: int) -> None:
    random = Random(seed)
    plant = booted(seed=seed)
    for _ in range(60):
        _act(plant, random)
        plant.advance_to(plant.time + random.choice([0.0, 0.003, 0.05, 0.4, 3.0]))
        truth = plant.truth()
        assert all(isfinite(value) for value in truth.values())
        assert -1.0 < truth["grid_voltage"] < 460.0
        assert -1.0 < truth["battery_voltage"] < 90.0
        assert abs(truth["temperature"] - 60.0) < 60.0
    missing, moved = _unaccounted(plant)
    assert abs(missing) < 1e-3 * moved
