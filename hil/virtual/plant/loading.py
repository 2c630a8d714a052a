"""Reading a plant's parameters, and changing single ones by their path."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hil.virtual.plant.parameters import PlantParameters


def load_plant(path: Path, changes: Mapping[str, Any] | None = None) -> PlantParameters:
    """Read a plant file, with `changes` by dotted path, as {"converter.faults.droop.scale": -1.0}.

    Raises OSError when it cannot be read, tomllib.TOMLDecodeError when it is not TOML, and pydantic.ValidationError
    when a key is unknown or missing or a value is out of range.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return PlantParameters.model_validate(_changed(document, changes or {}))


def with_changes(parameters: PlantParameters, changes: Mapping[str, Any]) -> PlantParameters:
    """Return `parameters` with `changes` by dotted path. Raises pydantic.ValidationError."""
    return PlantParameters.model_validate(_changed(parameters.model_dump(mode="json"), changes))


def _changed(document: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    for path, value in changes.items():
        *groups, key = path.split(".")
        place = document
        for group in groups:
            place = place.setdefault(group, {})
        place[key] = value
    return document
