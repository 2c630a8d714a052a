"""The parameters of a virtual bench: the [virtual] table of a bench file and the plant file it names."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hil.virtual import defects
from hil.virtual.devices.driver import DriverSettings
from hil.virtual.devices.scpi import InstrumentSettings
from hil.virtual.plant import PlantParameters


class VirtualInstrument(BaseModel):
    """One virtual instrument: what it pretends to be, and what it is wired to.

    stage: a power stage of the plant. probe: a quantity of the plant, for meters. port: a TCP socket, or a serial port
    on a pseudo-terminal.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    personality: str
    stage: str | None = None
    probe: str | None = None
    port: Literal["socket", "serial"] = "socket"
    settings: InstrumentSettings = InstrumentSettings()


class VirtualParameters(BaseModel):
    """Everything that makes up a virtual bench."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speed: Literal["stepped", "realtime"] = "stepped"
    seed: int = 1
    serial: Literal["pty", "tcp"] = "pty"
    plant: PlantParameters
    driver: DriverSettings = Field(default_factory=DriverSettings)
    instruments: dict[str, VirtualInstrument]


def read(bench_file: Path, chosen: list[defects.Deviation], changes: dict[str, Any]) -> VirtualParameters:
    """Read the [virtual] table of `bench_file`, lay `chosen` and `changes` over it.

    A table [virtual.stages] takes the place of the plant file's stages: the same unit among other instruments.
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
    defects.apply([*named, *chosen], table)
    table.update(changes)
    return VirtualParameters.model_validate(table)
