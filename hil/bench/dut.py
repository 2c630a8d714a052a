"""The DUT file: who made the unit, its ratings, options and declared times."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import Field, PositiveFloat

from hil import tomlfile
from hil.bench.file import Strict


class DutIdentity(Strict):
    """Which unit this is."""

    manufacturer: str
    model: str
    serial: str
    part_number: str = ""
    hardware_version: str = ""
    firmware_version: str = ""
    driver_version: str = ""
    condition: str = ""
    received: date | None = None


class BatterySide(Strict):
    """Ratings of the battery side: volts and amperes."""

    nominal_v: PositiveFloat
    min_v: PositiveFloat
    max_v: PositiveFloat
    max_current_a: PositiveFloat


class GridSideRatings(Strict):
    """Ratings of the grid side: volts, amperes, watts. overvoltage_v: where its protection trips."""

    nominal_v: PositiveFloat
    min_v: PositiveFloat
    max_v: PositiveFloat
    rated_current_a: PositiveFloat
    rated_power_w: PositiveFloat
    overvoltage_v: PositiveFloat
    capacitance_f: PositiveFloat = 220e-6


class Protections(Strict):
    """Where the maker says that the unit protects itself; volts and amperes at its battery side. None: not stated.

    battery_overvoltage_v, battery_undervoltage_v, battery_overcurrent_a: there it stops with a Heavy alarm.
    warning_battery_v: a battery voltage at which it warns with a Light alarm and goes on.
    """

    battery_overvoltage_v: PositiveFloat | None = None
    battery_undervoltage_v: PositiveFloat | None = None
    battery_overcurrent_a: PositiveFloat | None = None
    warning_battery_v: PositiveFloat | None = None


class Declared(Strict):
    """What the maker says of times (seconds) and efficiency (fraction)."""

    boot_s: PositiveFloat = 30.0
    ramp_s: PositiveFloat = 10.0
    efficiency: float = Field(default=0.9, gt=0.0, le=1.0)


class InventoryFiles(Strict):
    """What hil/inventory/collect.py printed on the unit's computer and on the line to it; relative to the DUT file."""

    computer: Path | None = None
    line: Path | None = None


class DutFile(Strict):
    """A whole DUT file."""

    identity: DutIdentity
    battery: BatterySide
    grid: GridSideRatings
    protections: Protections = Protections()
    declared: Declared = Declared()
    inventory: InventoryFiles = InventoryFiles()


def load(path: Path) -> DutFile:
    """Read a DUT file. Raises BadInput naming file, key and expectation."""
    return tomlfile.load(path, DutFile)
