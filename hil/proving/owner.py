"""The owner's hwConfig.json without its contradictions, for units of which nothing may fail.

CFG-02 finds the ranges of apis-main's sample too narrow for any unit. That is a verdict on the file: a legal unit is
proven with ranges that leave room.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hil.bench import files as bench_files
from hil.client.hwconfig import HwConfig
from hil.client.jsonfile import read_json_file
from hil.client.policy import Policy
from hil.derived.figures import battery_current

LEAST_EFFICIENCY = 0.85
"""Of a legal unit at full power."""


def write_hwconfig(bench: Path, folder: Path) -> Path:
    """Write what `with_room` makes of the hwConfig.json that `bench` names into `folder`; return its path."""
    owner = bench_files.read(bench)
    path = folder / "hwConfig.json"
    content = with_room(read_json_file(owner.hwconfig_path), owner.policy)
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return path


def with_room(content: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """Return an hwConfig whose ranges of grid current, grid voltage and battery current are no narrower than needed.

    A voltage may be wrong by half of what the policy allows.
    """
    hwconfig = HwConfig.model_validate(content)
    changed = copy.deepcopy(content)
    meters = changed["safety"]["range"]["dcdc"]["meter"]
    _widen(meters["ig"], hwconfig.grid_current_capacity + hwconfig.grid_current_allowance)
    _widen(meters["ib"], battery_current(policy, hwconfig, LEAST_EFFICIENCY))
    highest = policy.operation_grid_voltage_range.max + policy.grid_voltage_allowance / 2.0
    meters["vg"]["max"] = max(meters["vg"]["max"], highest)
    return changed


def _widen(limits: dict[str, float], magnitude: float) -> None:
    limits["min"], limits["max"] = min(limits["min"], -magnitude), max(limits["max"], magnitude)
