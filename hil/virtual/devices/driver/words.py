"""The 16 bit words of the converter's serial protocol: value = raw x rating / 2^Q."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import copysign

WORD_OVERFLOW = "ushort format requires 0 <= number <= 65535"

ROUNDING_MARGIN = 1e-6
"""Bits by which a binary fraction may miss the word that it stands for."""


@dataclass(frozen=True)
class Word:
    """One scaled field. `rating` in the unit of the value; signed fields are two's complement."""

    fraction_bits: int
    rating: Decimal
    signed: bool = False

    @property
    def resolution(self) -> Decimal:
        """Return the value of one bit."""
        return self.rating / (1 << self.fraction_bits)

    def encode(self, text: str) -> float:
        """Return the value that the word can hold of a number given as text: truncated towards zero.

        Raises ArithmeticError or ValueError with the driver's own words when it is no number or does not fit.
        """
        scaled = Decimal(text) * (1 << self.fraction_bits) / self.rating
        if scaled.is_finite() and not -1 < scaled < 65536:
            raise ValueError(WORD_OVERFLOW)
        return self.decode(int(scaled))

    def decode(self, raw: int) -> float:
        """Return the value of `raw`."""
        return float(raw * self.resolution)

    def carried(self, value: float) -> float:
        """Return `value` as the converter's reply carries it: truncated towards zero, held within 16 bits."""
        lowest, highest = (-32768, 32767) if self.signed else (0, 65535)
        raw = int(value / float(self.resolution) + copysign(ROUNDING_MARGIN, value))
        return self.decode(min(max(raw, lowest), highest))


DVG = Word(14, Decimal(380))
DRG = Word(13, Decimal(1))
DIG = Word(13, Decimal("7.8125"))

METERS: dict[str, Word] = {
    "wg": Word(11, Decimal(2500), signed=True),
    "tmp": Word(7, Decimal(1), signed=True),
    "vb": Word(14, Decimal(48), signed=True),
    "wb": Word(11, Decimal(2500), signed=True),
    "vg": Word(14, Decimal(380), signed=True),
    "ib": Word(13, Decimal("52.08"), signed=True),
    "ig": Word(13, Decimal("7.8125"), signed=True),
}
"""In the order of the driver's `meter` object."""
