"""One cell: its open-circuit voltage and resistance over the state of charge, as tables."""

from __future__ import annotations

import csv
import math
import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from hil.errors import BadInput

COLUMNS = ("soc", "ocv", "resistance_charge", "resistance_discharge")
"""The columns of a cell table: fraction, V, ohm·Ah, ohm·Ah."""


@dataclass(frozen=True)
class Interpolation:
    """A piecewise linear function; beyond its ends the last segment goes on in a straight line."""

    arguments: tuple[float, ...]
    values: tuple[float, ...]

    def __call__(self, argument: float) -> float:
        """Return the value at `argument`."""
        arguments, values = self.arguments, self.values
        segment = min(max(bisect_right(arguments, argument) - 1, 0), len(arguments) - 2)
        left, right = arguments[segment], arguments[segment + 1]
        low, high = values[segment], values[segment + 1]
        return low + (high - low) * (argument - left) / (right - left)


@dataclass(frozen=True)
class CellTable:
    """What a cell shows at its terminals, over the state of charge (a fraction).

    ocv: open-circuit voltage in V, rising with the state of charge.
    resistance_charge, resistance_discharge: series resistance times capacity in ohm·Ah, so that one table
    serves cells of every size: a cell of twice the capacity has half the resistance.
    """

    ocv: Interpolation
    resistance_charge: Interpolation
    resistance_discharge: Interpolation

    @classmethod
    def from_rows(cls, rows: list[tuple[float, ...]], source: str) -> CellTable:
        """Make a table of rows in the order of COLUMNS. Raises BadInput naming `source`."""
        if len(rows) < 2 or any(len(row) != len(COLUMNS) for row in rows):
            raise BadInput(f"{source}: a cell table needs at least two rows of {len(COLUMNS)} numbers: {COLUMNS}.")
        if not all(math.isfinite(number) for row in rows for number in row):
            raise BadInput(f"{source}: a cell table needs finite numbers.")
        socs, ocvs, charge, discharge = (tuple(column) for column in zip(*rows, strict=True))
        if any(right <= left for left, right in pairwise(socs)) or socs[0] < 0 or socs[-1] > 1:
            raise BadInput(f"{source}: soc must rise from row to row and lie within 0 and 1, as a fraction.")
        if any(right < left for left, right in pairwise(ocvs)) or ocvs[0] <= 0:
            raise BadInput(f"{source}: ocv must be positive and must not fall while soc rises.")
        if min(charge) < 0 or min(discharge) < 0:
            raise BadInput(f"{source}: a resistance is negative.")
        return cls(Interpolation(socs, ocvs), Interpolation(socs, charge), Interpolation(socs, discharge))

    @classmethod
    def from_csv(cls, path: Path) -> CellTable:
        """Read a table with the columns of COLUMNS, in any order. Raises BadInput."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                records = list(csv.DictReader(file))
            rows = [tuple(float(record[name]) for name in COLUMNS) for record in records]
        except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
            raise BadInput(
                f"The cell table {path} cannot be read ({type(error).__name__}: {error}). "
                f"It needs a header line {','.join(COLUMNS)} and numbers below it."
            ) from error
        return cls.from_rows(rows, str(path))

    def resistance(self, soc: float, charging: bool) -> float:
        """Return series resistance times capacity in ohm·Ah, never negative, for the direction of the current."""
        table = self.resistance_charge if charging else self.resistance_discharge
        return table(min(max(soc, table.arguments[0]), table.arguments[-1]))


@dataclass(frozen=True)
class Chemistry:
    """A kind of cell with what is typical of it.

    source: where the numbers come from and how far to trust them.
    lowest_voltage, highest_voltage: cut-offs of one cell in V.
    resistance_per_kelvin: relative change of the resistance per kelvin, from 25 °C, as an exponent.
    capacity_per_kelvin: relative loss of capacity per kelvin below 25 °C.
    rc_share, rc_time: the slow part: its resistance as a share of the series resistance, its time constant in s.
    self_discharge_per_month: fraction of the capacity lost in 30 days.
    """

    name: str
    source: str
    table: CellTable
    lowest_voltage: float
    highest_voltage: float
    resistance_per_kelvin: float
    capacity_per_kelvin: float
    rc_share: float
    rc_time: float
    self_discharge_per_month: float


def known_chemistries() -> list[str]:
    """Return the names that `chemistry` takes."""
    folder = resources.files("hil.battery") / "tables"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def chemistry(name: str) -> Chemistry:
    """Return the chemistry `name` from hil/battery/tables. Raises BadInput for an unknown name."""
    if name not in known_chemistries():
        raise BadInput(f"No battery chemistry is called {name!r}. Known: {', '.join(known_chemistries())}.")
    text = (resources.files("hil.battery") / "tables" / f"{name}.toml").read_text(encoding="utf-8")
    fields: dict[str, Any] = tomllib.loads(text)
    rows = [tuple(float(number) for number in row) for row in fields.pop("table")]
    return Chemistry(name=name, table=CellTable.from_rows(rows, f"{name}.toml"), **fields)
