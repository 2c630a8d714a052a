"""Conforming units: the reference unit with legal parameters drawn at random, on benches within their calibration."""

from __future__ import annotations

import datetime
import json
import random
import tomllib
from pathlib import Path
from typing import Any

RANGES = Path(__file__).parent / "conforming.toml"
PATHS = ("dut", "policy", "hwconfig")
"""Keys of the table [bench] that name files relative to the bench file."""


def draw(seed: int) -> dict[str, float]:
    """Return one conforming unit: a value for every path of conforming.toml, uniform in its range."""
    chance = random.Random(f"conforming unit {seed}")
    ranges = tomllib.loads(RANGES.read_text(encoding="utf-8"))
    return {path: chance.uniform(*ends) for table in ranges.values() for path, ends in table.items()}


def write_bench(template: Path, values: dict[str, float], seed: int, folder: Path) -> Path:
    """Write a bench file, and the plant file it names, that differ from `template` in `values`; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    content = tomllib.loads(template.read_text(encoding="utf-8"))
    for key in PATHS:
        content["bench"][key] = str((template.parent / content["bench"][key]).resolve())
    virtual = content["virtual"]
    plant = template.parent / virtual["plant"]
    tables = virtual | {"plant": tomllib.loads(plant.read_text(encoding="utf-8")), "seed": seed}
    for path, value in values.items():
        _put(tables, path.split("."), value)
    (folder / "plant.toml").write_text(toml(tables["plant"]), encoding="utf-8")
    content["virtual"] = tables | {"plant": "plant.toml"}
    bench = folder / "bench.toml"
    bench.write_text(toml(content), encoding="utf-8")
    return bench


def _put(table: dict[str, Any], path: list[str], value: float) -> None:
    *parents, last = path
    for key in parents:
        table = table.setdefault(key, {})
    table[last] = value


def toml(tables: dict[str, Any], prefix: str = "") -> str:
    """Return nested tables as TOML: one dotted key per line. Takes what JSON has, and dates."""
    lines = []
    for key, value in tables.items():
        name = prefix + json.dumps(key)
        if isinstance(value, dict):
            lines.append(toml(value, f"{name}."))
        elif isinstance(value, datetime.date):
            lines.append(f"{name} = {value.isoformat()}\n")
        else:
            lines.append(f"{name} = {json.dumps(value)}\n")
    return "".join(lines)
