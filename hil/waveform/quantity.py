"""A number with its expanded uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value and how sure it is.

    value: the number, in `unit`.
    uncertainty: expanded uncertainty, coverage factor k = 2, in `unit`; NaN when nobody has stated it.
    unit: SI unit symbol, "1" for a pure number, "%" for a percentage.
    """

    value: float
    uncertainty: float
    unit: str

    def __sub__(self, other: Quantity) -> Quantity:
        """Return the difference; the uncertainties are taken as independent and add in quadrature."""
        if other.unit != self.unit:
            raise ValueError(f"cannot subtract {other.unit} from {self.unit}")
        return Quantity(self.value - other.value, math.hypot(self.uncertainty, other.uncertainty), self.unit)

    def __abs__(self) -> Quantity:
        """Return the magnitude, with the same uncertainty."""
        return Quantity(abs(self.value), self.uncertainty, self.unit)

    def __str__(self) -> str:
        """Return for example "349.2 V ± 0.4 V (k = 2)"."""
        if math.isnan(self.uncertainty):
            return f"{self.value:.6g} {self.unit} (uncertainty not stated)"
        return f"{self.value:.6g} {self.unit} ± {self.uncertainty:.2g} {self.unit} (k = 2)"
