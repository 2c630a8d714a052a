"""The plant file and the models behind it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from hil.virtual.plant import Plant, PlantParameters, load_plant, with_changes
from hil.virtual.plant.faults import ConverterFaults
from hil.virtual.plant.losses import LossModel


def _fields(model: type[BaseModel], prefix: str = "") -> list[tuple[str, str | None]]:
    """Return every field of a model and of the models inside, with its description."""
    found: list[tuple[str, str | None]] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _fields(inner, f"{prefix}{name}.")
        else:
            found.append((prefix + name, field.description))
    return found


def test_every_parameter_is_described() -> None:
    bare = ("converter.protections.", "converter.commands", "converter.start.forbidden")
    for name, description in _fields(PlantParameters):
        if name.startswith(bare) and name.rpartition(".")[2] in ("low", "high"):
            continue
        assert description, name


def test_the_file_names_every_parameter(plant_file: Path) -> None:
    """Nothing has a default except the faults, so leaving anything out is an error."""
    document = tomllib.loads(plant_file.read_text(encoding="utf-8"))

    def leaves(table: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        found = []
        for key, value in table.items():
            found += leaves(value, (*path, key)) if isinstance(value, dict) and value else [(*path, key)]
        return found

    for path in leaves(document):
        if path[:2] == ("converter", "meters") and len(path) == 4:
            continue
        shortened = tomllib.loads(plant_file.read_text(encoding="utf-8"))
        place = shortened
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        with pytest.raises(ValidationError):
            PlantParameters.model_validate(shortened)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grid.capacity": 1.0}, "Extra inputs"),
        ({"converter.faults.voltage.drop": 1.0}, "Extra inputs"),
        ({"grid.capacitance": -1.0}, "greater than 0"),
        ({"grid.capacitance": float("nan")}, "finite"),
        ({"converter.losses.power": [0.0, 0.0]}, "ascend"),
        ({"converter.losses.efficiency": [[0.9]]}, "rows"),
        ({"converter.start.forbidden": {"low": 310.0, "high": 290.0}}, "above high"),
        ({"stages.battery.kind": "generator"}, "supply"),
        ({"converter.commands.outside_range": "ignore"}, "clamp"),
    ],
)
def test_bad_values_are_refused(plant_file: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        load_plant(plant_file, changes)


def test_a_stage_cannot_take_the_name_of_a_probe(plant_file: Path) -> None:
    document = tomllib.loads(plant_file.read_text(encoding="utf-8"))
    document["stages"]["a.b"] = document["stages"]["battery"]
    with pytest.raises(ValidationError, match="cannot be called"):
        PlantParameters.model_validate(document)


def test_changes_do_not_touch_the_original(plant_file: Path) -> None:
    plain = load_plant(plant_file)
    changed = with_changes(plain, {"converter.faults.voltage.droop_scale": -1.0, "grid.capacitance": 1e-3})
    assert changed.converter.faults.voltage.droop_scale == -1.0
    assert changed.grid.capacitance == 1e-3
    assert plain.converter.faults == ConverterFaults()
    assert with_changes(plain, {}) == plain


def test_another_set_of_stages(plant_file: Path) -> None:
    """A supply beside a load on the battery side, a bidirectional supply on the grid side."""
    document = tomllib.loads(plant_file.read_text(encoding="utf-8"))
    stages = document["stages"]
    battery = stages.pop("battery")
    stages["source"] = {**battery, "kind": "supply"}
    stages["sink"] = {**battery, "kind": "load"}
    stages["grid"] = {**stages.pop("grid_source"), "kind": "bidirectional"}
    stages.pop("grid_load")
    plant = Plant(PlantParameters.model_validate(document), 1)
    plant.stages["source"].set_voltage(52.0)
    plant.stages["source"].switch(True)
    plant.advance_to(10.0)
    grid = plant.stages["grid"]
    grid.set_voltage(350.0)
    grid.switch(True)
    plant.advance_to(11.0)
    plant.converter.write_current(1.0)
    plant.converter.write_mode(0x41)
    plant.stages["sink"].set_load("CV", 53.0)
    plant.stages["sink"].switch(True)
    plant.advance_to(15.0)
    assert plant.stages["sink"].current < -5.0
    assert plant.stages["source"].current == pytest.approx(0.0, abs=0.1)
    assert plant.probe("battery_voltage") == pytest.approx(53.0, abs=0.1)
    plant.converter.write_voltage(380.0, 0.0)
    plant.converter.write_mode(2)
    plant.advance_to(20.0)
    assert grid.current == pytest.approx(-1.0, abs=0.03)
    assert set(plant.truth()) >= {"sink.voltage", "source.current", "grid.voltage"}


def test_unknown_probe(make_plant: Any) -> None:
    with pytest.raises(KeyError, match=r"battery\.voltage"):
        make_plant().probe("battery.power")


def test_efficiency_map_is_interpolated_and_held(plant_file: Path) -> None:
    losses = LossModel(load_plant(plant_file).converter.losses)
    assert losses.efficiency(350.0, 6.5) == pytest.approx(0.970)
    assert losses.efficiency(225.0, 6.5) == pytest.approx((0.960 + 0.970) / 2)
    assert losses.efficiency(225.0, 6.75) == pytest.approx((0.960 + 0.970 + 0.955 + 0.967) / 4)
    assert losses.efficiency(1e5, 1e3) == pytest.approx(0.920)
    assert losses.efficiency(0.0, 0.0) == pytest.approx(0.930)
