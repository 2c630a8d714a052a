"""Ways in which instruments write numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

from hil.virtual.devices.scpi.settings import InstrumentSettings


def plain(value: float, _unit: str, _settings: InstrumentSettings) -> str:
    """Return a number as short as it goes, at most seven digits: "48.5"."""
    return f"{value:.7G}"


def exponent(decimals: int, zero: str | None = None) -> Callable[[float, str, InstrumentSettings], str]:
    """Return a writer of NR3 numbers with a sign: "+1.500000E+00". `zero`: how zero is written, if differently."""

    def write(value: float, _unit: str, _settings: InstrumentSettings) -> str:
        if zero is not None and value == 0:
            return zero
        return f"{value:+.{decimals}E}"

    return write


def fixed(decimals: int) -> Callable[[float, str, InstrumentSettings], str]:
    """Return a writer of NR2 numbers: "48.0000"; very large ones, for overload and infinity, as NR3."""

    def write(value: float, _unit: str, _settings: InstrumentSettings) -> str:
        return f"{round(value, decimals) + 0.0:.{decimals}f}" if abs(value) < 1e9 else f"{value:.6E}"

    return write


def with_unit(value: float, unit: str, settings: InstrumentSettings) -> str:
    """Return a number with as many decimals as a display of four digits has for the rating, and its unit: "43.50 V"."""
    rating = {"V": settings.nominal_voltage, "A": settings.nominal_current, "W": settings.nominal_power}.get(unit)
    if abs(value) > 1e9:
        return f"{value:.6E} {unit}"
    decimals = 4 if rating is None else max(0, 3 - math.floor(math.log10(rating)))
    return f"{round(value, decimals) + 0.0:.{decimals}f} {_SHOWN.get(unit, unit)}".rstrip()


_SHOWN = {"OHM": "Ohm", "": ""}
