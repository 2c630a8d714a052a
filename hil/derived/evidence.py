"""The measurements of a run, asked for their extremes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from hil.waveform import COVERAGE_FACTOR, Contribution, Distribution, Quantity


class Row(Protocol):
    """A measurement, as a running session holds it or as measurements.csv gives it back."""

    @property
    def requirement(self) -> str:
        """Return the id in the catalogue."""

    @property
    def quantity(self) -> str:
        """Return the name of the limit there."""

    @property
    def what(self) -> str:
        """Return the same in words; empty where they are not known."""

    @property
    def value(self) -> float | None:
        """Return the value, in `unit`."""

    @property
    def uncertainty(self) -> float | None:
        """Return the expanded uncertainty (k = 2), in `unit`; None when it was not stated."""

    @property
    def unit(self) -> str:
        """Return the unit."""

    @property
    def conditions(self) -> str:
        """Return the operating point in words."""


@dataclass(frozen=True)
class Figure:
    """One number that decides, with its expanded uncertainty (k = 2), and the measurement behind it in words."""

    value: float
    uncertainty: float
    unit: str
    source: str

    @property
    def quantity(self) -> Quantity:
        """Return it for calculations; its uncertainty is one line of a budget."""
        line = Contribution("U of the measurement behind it", self.uncertainty / COVERAGE_FACTOR, self.unit)
        return Quantity.of(self.value, self.unit, (replace(line, distribution=Distribution.NORMAL),))

    @property
    def most(self) -> float:
        """Return value + U."""
        return self.value + self.uncertainty

    @property
    def least(self) -> float:
        """Return value - U."""
        return self.value - self.uncertainty


class Evidence:
    """All measurements of a run. A measurement is named as "CVD-01 voltage_error"."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[str, list[Row]] = {}
        for row in rows:
            if row.value is not None:
                self._rows.setdefault(f"{row.requirement} {row.quantity}", []).append(row)

    def highest(self, *names: str) -> Figure | None:
        """Return the largest value of these measurements, or None when there is none."""
        return self._chosen(names, max, _value)

    def lowest(self, *names: str) -> Figure | None:
        """Return the smallest value of these measurements, or None when there is none."""
        return self._chosen(names, min, _value)

    def largest(self, *names: str) -> Figure | None:
        """Return the largest magnitude of these measurements, or None when there is none."""
        return self._chosen(names, max, lambda row: abs(_value(row)))

    def _chosen(self, names: Iterable[str], choose: Callable[..., Row], size: Callable[[Row], float]) -> Figure | None:
        rows = [row for name in names for row in self._rows.get(name, [])]
        if not rows:
            return None
        row = choose(rows, key=size)
        doubt = row.uncertainty or 0.0
        unit = "" if row.unit == "1" else f" {row.unit}"
        stated = "U not stated" if row.uncertainty is None else f"U = {doubt:.2g}{unit}"
        words = f"{row.requirement} {row.what or row.quantity}: {_value(row):.4g}{unit}, {stated}"
        return Figure(size(row), doubt, row.unit, f"{words} ({row.conditions})" if row.conditions else words)


def _value(row: Row) -> float:
    assert row.value is not None
    return row.value
