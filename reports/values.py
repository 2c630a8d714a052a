"""What a run measured, read fast: a thousand runs, or all that thirty have measured, within a second."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hil.evidence import schema
from reports.summary import Summary, unaltered


class Series(NamedTuple):
    """What is followed over the runs: numbers of different units are never compared."""

    requirement: str
    quantity: str
    unit: str

    @property
    def name(self) -> str:
        """Return how the user calls it."""
        return f"{self.requirement}.{self.quantity}"


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value, its expanded uncertainty and its limits, in one unit. target: the limit decides nothing."""

    value: float
    uncertainty: float | None
    lower: float | None
    upper: float | None
    verdict: str
    target: bool

    def margin(self, lower: float | None, upper: float | None) -> float:
        """Return the distance to the nearer of two limits, negative beyond it; infinite without any."""
        above = math.inf if lower is None else self.value - lower
        return above if upper is None else min(above, upper - self.value)


@dataclass(frozen=True, slots=True)
class Point:
    """The value of one quantity in one run that is nearest to its limits."""

    run: Summary
    series: Series
    row: Value


def read_values(run: Summary, requirement: str | None = None) -> dict[Series, list[Value]]:
    """Return what a run measured, or what it measured for one requirement.

    Raises OSError, ValueError or csv.Error, with a reason, when measurements.csv is not there or not as it was written.
    """
    content = unaltered(run.path / schema.MEASUREMENTS, run.measurements)
    lines = content.splitlines(keepends=True) if requirement is None else list(_lines_of(content, requirement))
    rows = csv.reader((line.decode() for line in lines), strict=True)
    head = next(rows, [])
    columns = [head.index(name) for name in ("requirement", "quantity", "unit", "value", "verdict", "target")]
    numbers = [head.index(name) for name in ("uncertainty", "lower", "upper")]
    found: dict[Series, list[Value]] = {}
    for row in rows:
        name, quantity, unit, value, verdict, target = (row[column] for column in columns)
        if value:
            doubt, lower, upper = (float(row[column]) if row[column] else None for column in numbers)
            each = Value(float(value), doubt, lower, upper, verdict, target == "true")
            found.setdefault(Series(name, quantity, unit), []).append(each)
    return found


def _lines_of(content: bytes, requirement: str) -> Iterator[bytes]:
    """Yield the head of a table and the lines that begin with a requirement; a cell never has a line break."""
    yield content[: content.find(b"\n") + 1]
    sought = b"\n" + requirement.encode() + b","
    at = content.find(sought)
    while at >= 0:
        end = content.find(b"\n", at + 1)
        yield content[at + 1 : end + 1 or None]
        at = content.find(sought, at + 1)
