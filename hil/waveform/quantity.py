"""A number with its expanded uncertainty, and what is behind both."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hil.waveform.budget import Budget, Contribution, bound, expanded


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value and how sure it is.

    value: the number, in `unit`.
    uncertainty: expanded uncertainty, coverage factor k = 2, in `unit`; NaN when nobody has stated it.
    unit: SI unit symbol, "1" for a pure number, "%" for a percentage.
    budget: the contributions that make up the uncertainty. traces: names of the captures that the value comes from.
    readers: instruments that add no uncertainty but are behind the value. None of them takes part in a comparison.
    """

    value: float
    uncertainty: float
    unit: str
    budget: Budget = field(default=(), compare=False, repr=False)
    traces: tuple[str, ...] = field(default=(), compare=False, repr=False)
    readers: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def exact(cls, value: float, unit: str) -> Quantity:
        """Return a number without uncertainty: a set-point, or what a display shows."""
        return cls(value, 0.0, unit)

    @classmethod
    def within(cls, value: float, half_width: float, unit: str, source: str, instrument: str = "") -> Quantity:
        """Return a value that lies within ± half_width for certain, which is its U. source: why it is not better."""
        return cls.of(value, unit, (bound(half_width, unit, source, instrument),))

    @classmethod
    def of(cls, value: float, unit: str, budget: Iterable[Contribution], traces: Iterable[str] = ()) -> Quantity:
        """Return a value with the uncertainty that its budget comes to."""
        lines = tuple(budget)
        return cls(value, expanded(lines), unit, lines, _names(*traces))

    @classmethod
    def computed(cls, value: float, unit: str, *inputs: tuple[float, Quantity]) -> Quantity:
        """Return a result computed from other quantities, each with its sensitivity, to first order (GUM 5.1.2).

        The inputs are taken as independent. An input whose uncertainty came without a budget is one line of its own.
        """
        budget = [line.scaled(factor) for factor, each in inputs for line in each.lines]
        made = cls.of(value, unit, budget, (name for _, each in inputs for name in each.traces))
        return made.read_by(*(name for _, each in inputs for name in each.readers))

    @property
    def instruments(self) -> tuple[str, ...]:
        """Return the names of the instruments behind it."""
        return _names(*(line.instrument for line in self.budget), *self.readers)

    @property
    def lines(self) -> Budget:
        """Return the budget; for an uncertainty that was stated without one, a single line that says so."""
        if self.budget or self.uncertainty == 0.0:
            return self.budget
        return (bound(self.uncertainty, self.unit, "as stated"),)

    def seen_in(self, *traces: str) -> Quantity:
        """Return the same quantity, said to come from these captures too."""
        return replace(self, traces=_names(*self.traces, *traces))

    def read_by(self, *instruments: str) -> Quantity:
        """Return the same quantity, said to be read by these instruments too."""
        return replace(self, readers=_names(*self.readers, *instruments))

    def __sub__(self, other: Quantity | float) -> Quantity:
        """Return the difference; the uncertainties are taken as independent, a plain number as exact."""
        if not isinstance(other, Quantity):
            return replace(self, value=self.value - other)
        if other.unit != self.unit:
            raise ValueError(f"cannot subtract {other.unit} from {self.unit}")
        return Quantity.computed(self.value - other.value, self.unit, (1.0, self), (-1.0, other))

    def __add__(self, number: float) -> Quantity:
        """Return the quantity plus an exact number of the same unit."""
        return replace(self, value=self.value + number)

    def at_least(self, floor: float) -> Quantity:
        """Return the quantity with its value raised to `floor` if it lies below, with the same uncertainty."""
        return replace(self, value=max(self.value, floor))

    def __mul__(self, factor: float) -> Quantity:
        """Return the quantity times an exact number without unit."""
        return Quantity.computed(self.value * factor, self.unit, (factor, self))

    __rmul__ = __mul__

    def __abs__(self) -> Quantity:
        """Return the magnitude, with the same uncertainty."""
        return replace(self, value=abs(self.value))

    def __str__(self) -> str:
        """Return for example "349.2 V ± 0.4 V (k = 2)"."""
        if math.isnan(self.uncertainty):
            return f"{self.value:.6g} {self.unit} (uncertainty not stated)"
        return f"{self.value:.6g} {self.unit} ± {self.uncertainty:.2g} {self.unit} (k = 2)"


def decimals(uncertainty: float | None) -> int | None:
    """Return the decimal places that show two significant digits of an uncertainty; None if it says nothing."""
    if uncertainty is None or not math.isfinite(uncertainty) or uncertainty <= 0:
        return None
    return max(0, 1 - math.floor(math.log10(float(f"{uncertainty:.1e}"))))


def _names(*names: str) -> tuple[str, ...]:
    """Return each name once, in order, without the empty one."""
    return tuple(dict.fromkeys(name for name in names if name))
