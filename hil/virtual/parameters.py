"""The parameters of a virtual bench: the [virtual] table of a bench file and the plant file it names."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hil.virtual import defects
from hil.virtual.devices.driver import DriverSettings
from hil.virtual.devices.scpi import InstrumentSettings
from hil.virtual.plant import PlantParameters


class VirtualInstrument(BaseModel):
    """One virtual instrument: what it pretends to be, and what it is wired to.

    stage: a power stage of the plant. probe: a quantity of the plant, for meters. leads: how a meter's are connected;
    with an open one it shows nothing. port: a TCP socket, or a serial port on a pseudo-terminal.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    personality: str
    stage: str | None = None
    probe: str | None = None
    leads: Literal["right", "reversed", "open"] = "right"
    port: Literal["socket", "serial"] = "socket"
    settings: InstrumentSettings = InstrumentSettings()


class VirtualPeer(BaseModel):
    """The second unit: its driver, and what its own battery's BMS says. rsoc in percent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rsoc: float = Field(default=50.0, ge=0.0, le=100.0)
    sharing_permitted: bool = True
    driver: DriverSettings = Field(default_factory=DriverSettings)


class VirtualParameters(BaseModel):
    """Everything that makes up a virtual bench."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speed: Literal["stepped", "realtime"] = "stepped"
    seed: int = 1
    serial: Literal["pty", "tcp"] = "pty"
    plant: PlantParameters
    driver: DriverSettings = Field(default_factory=DriverSettings)
    instruments: dict[str, VirtualInstrument]
    peer: VirtualPeer | None = None


def read(bench_file: Path, chosen: list[defects.Deviation], changes: dict[str, Any]) -> VirtualParameters:
    """Read the [virtual] table of `bench_file`, lay `chosen` and `changes` over it.

    A table [virtual.stages] takes the place of the plant file's stages: the same unit among other instruments. A table
    [virtual.peer] puts a second unit on the grid, as the plant file describes it: what is chosen changes the first.
    Raises OSError, ValueError (with a sentence) or a pydantic ValidationError.
    """
    content = tomllib.loads(bench_file.read_text(encoding="utf-8"))
    if "virtual" not in content:
        raise ValueError(f"{bench_file} describes no virtual bench: it has no [virtual] table.")
    table: dict[str, Any] = dict(content["virtual"])
    named = defects.find(table.pop("defects", ()), ("defect", "oddity", "trouble"))
    plant_file = bench_file.parent / table["plant"]
    table["plant"] = tomllib.loads(plant_file.read_text(encoding="utf-8"))
    table["plant"]["stages"] = table.pop("stages", table["plant"]["stages"])
    if "peer" in table:
        table["plant"]["peer"] |= {"fitted": True, "converter": copy.deepcopy(table["plant"]["converter"])}
    _require_fitted([*named, *chosen], table)
    defects.apply([*named, *chosen], table)
    table.update(changes)
    return VirtualParameters.model_validate(table)


def _require_fitted(entries: Iterable[defects.Deviation], table: dict[str, Any]) -> None:
    """Raise ValueError for an entry that changes an instrument, or a second unit, which this bench does not have."""
    for entry in entries:
        for path in entry.set:
            root, name, *_ = path.split(".")
            stage = path.removeprefix("plant.stages.").split(".")[0] if path.startswith("plant.stages.") else None
            if root == "instruments" and name not in table["instruments"]:
                raise ValueError(f"{entry.name} concerns the instrument '{name}', which this bench does not have.")
            if stage is not None and stage not in table["plant"]["stages"]:
                raise ValueError(f"{entry.name} concerns the instrument '{stage}', which this bench does not have.")
            if entry.needs_peer and "peer" not in table:
                raise ValueError(
                    f"{entry.name} concerns a second unit, which this bench does not have ([virtual.peer])."
                )
