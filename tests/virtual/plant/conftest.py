"""Plants for the tests: the one of the default bench, with changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hil.virtual.plant import Mode, Plant, load_plant

PLANT_FILE = Path(__file__).parents[3] / "benches" / "plants" / "eza2500_48v_350v.toml"

MakePlant = Callable[..., Plant]


@pytest.fixture(scope="session")
def plant_file() -> Path:
    return PLANT_FILE


@pytest.fixture
def make_plant() -> MakePlant:
    """Return a maker of plants, with changes by dotted path."""

    def make(changes: dict[str, Any] | None = None, seed: int = 1) -> Plant:
        return Plant(load_plant(PLANT_FILE, changes), seed)

    return make


@pytest.fixture
def booted(make_plant: MakePlant) -> MakePlant:
    """Return a maker of plants whose battery is on at 52 V and whose converter answers, at 10 s."""

    def make(changes: dict[str, Any] | None = None, seed: int = 1) -> Plant:
        plant = make_plant(changes, seed)
        plant.stages["battery"].set_voltage(52.0)
        plant.stages["battery"].switch(True)
        plant.advance_to(10.0)
        return plant

    return make


@pytest.fixture
def run(booted: MakePlant) -> MakePlant:
    """Return a maker of plants in a mode, on a grid that suits it, settled.

    CV: a load of 0 A. CC discharge: a load that holds 350 V. CC charge: a source of 350 V.
    """

    def make(
        mode: Mode,
        dig: float,
        changes: dict[str, Any] | None = None,
        dvg: float = 350.0,
        drg: float = 0.0,
        seed: int = 1,
        settle: float = 5.0,
    ) -> Plant:
        plant = booted(changes, seed)
        load, source = plant.stages["grid_load"], plant.stages["grid_source"]
        if mode is Mode.DISCHARGE:
            load.set_load("CV", 350.0)
            load.switch(True)
        elif mode is Mode.CHARGE:
            source.set_voltage(350.0)
            source.switch(True)
            plant.advance_to(plant.time + 1.0)
        plant.converter.write_voltage(dvg, drg)
        plant.converter.write_current(dig)
        plant.converter.write_mode(mode)
        plant.advance_to(plant.time + settle)
        return plant

    return make


@pytest.fixture
def run_source(make_plant: MakePlant) -> MakePlant:
    """Return a maker of plants whose grid source holds a voltage, settled, with a dead converter."""

    def make(volts: float, changes: dict[str, Any] | None = None) -> Plant:
        plant = make_plant(changes)
        plant.stages["grid_source"].set_voltage(volts)
        plant.stages["grid_source"].switch(True)
        plant.advance_to(2.0)
        return plant

    return make
