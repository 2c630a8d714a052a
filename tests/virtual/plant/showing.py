"""Whether a fault of the plant shows: a scenario with it against the same scenario without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from hil.virtual.plant import Plant

MakePlant = Callable[..., Plant]
Seen = dict[str, float]
Scenario = Callable[[MakePlant, dict[str, Any]], Seen]

_HEALTHY: dict[Scenario, Seen] = {}


def assert_shows(run: MakePlant, fault: Mapping[str, Any], scenario: Scenario, quantity: str, least: float) -> None:
    """Fail unless `fault`, by paths below `converter.faults`, moves a quantity of the scenario by at least `least`."""
    if scenario not in _HEALTHY:
        _HEALTHY[scenario] = scenario(run, {})
    seen = scenario(run, {f"converter.faults.{path}": value for path, value in fault.items()})
    assert abs(seen[quantity] - _HEALTHY[scenario][quantity]) >= least, (seen, _HEALTHY[scenario])


def fields_of(groups: Mapping[str, type[BaseModel]]) -> set[str]:
    """Return the paths of all fields of some groups of faults."""
    return {f"{group}.{field}" for group, model in groups.items() for field in model.model_fields}


def record(plant: Plant, seconds: float, probe: str) -> list[tuple[float, float]]:
    """Return (time, true value) of every step of the coming seconds."""
    seen: list[tuple[float, float]] = []
    plant.on_step = lambda present: seen.append((present.time, present.probe(probe)))
    plant.advance_to(plant.time + seconds)
    plant.on_step = None
    return seen


def values(plant: Plant, seconds: float, probe: str) -> list[float]:
    """Return the true value at every step of the coming seconds."""
    return [value for _, value in record(plant, seconds, probe)]
