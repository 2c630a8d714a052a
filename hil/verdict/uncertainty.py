"""Uncertainty of what the bench measures (GUM, JCGM 100): standard uncertainties, combined with `uncertainties`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from uncertainties import UFloat, ufloat

from hil.waveform import COVERAGE_FACTOR, Contribution, Distribution, Quantity


def rectangular(half_width: float) -> float:
    """Return the standard uncertainty of a value that lies anywhere within ± half_width: half_width / sqrt(3)."""
    return half_width / math.sqrt(3.0)


def expanded(quantity: UFloat, unit: str, source: str = "combined with the package uncertainties") -> Quantity:
    """Return a combined value as a Quantity with its expanded uncertainty. source: where that comes from."""
    line = Contribution(source, float(quantity.std_dev), unit, distribution=Distribution.NORMAL)
    return Quantity.of(float(quantity.nominal_value), unit, (line,))


@dataclass(frozen=True)
class Accuracy:
    """The accuracy class of an instrument on one range, as its data sheet states it.

    percent: limit of error in percent of the reading. offset: a constant, in the unit of the value (percent of range
    times range). resolution: the smallest step of the display or the answer, in the unit of the value.
    instrument: its name in the bench file.
    """

    percent: float = 0.0
    offset: float = 0.0
    resolution: float = 0.0
    instrument: str = ""

    def standard(self, value: float) -> float:
        """Return the standard uncertainty at `value`, in its unit.

        u^2 = ((p / 100 |value| + offset)^2 + (resolution / 2)^2) / 3: the limit of error and half a step are
        both taken as rectangular. NaN when percent and offset are both zero: nobody is exact, so it was not stated.
        """
        if self.percent == 0.0 and self.offset == 0.0:
            return math.nan
        limit_of_error = self.percent / 100.0 * abs(value) + self.offset
        return math.hypot(rectangular(limit_of_error), rectangular(0.5 * self.resolution))

    def expanded(self, value: float) -> float:
        """Return the expanded uncertainty (k = 2) at `value`, in its unit; NaN when no accuracy is stated."""
        return COVERAGE_FACTOR * self.standard(value)

    def quantity(self, value: float, unit: str) -> Quantity:
        """Return `value` as this instrument measured it, with its uncertainty."""
        line = Contribution(f"accuracy of {self.instrument}", self.standard(value), unit, instrument=self.instrument)
        return Quantity.of(value, unit, (line,))

    def measured(self, value: float, tag: str | None = None) -> UFloat:
        """Return `value` as an uncertain number for calculations with other ones."""
        return ufloat(value, self.standard(value), tag)
