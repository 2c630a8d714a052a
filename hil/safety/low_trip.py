"""A source's own over-voltage trip, put just above a voltage that may be touched while its wires are proven.

A source whose sense leads are off gives all it has: it goes no further than its trip.
"""

from __future__ import annotations

from contextlib import suppress

from instruments.errors import NotProvided, Unverified
from instruments.kinds import Powered

SHARE, VOLTS = 1.05, 1.0
"""The trip above a voltage."""


def just_above(volts: float, touch_safe: float) -> float:
    """Return the trip in V for terminals that are to have `volts`; never more than may be touched."""
    return min(touch_safe, SHARE * volts + VOLTS)


def program(source: Powered, volts: float) -> None:
    """Program the trip of `source`; one that has none, or none that a manual confirms, is left as it is.

    Raises InstrumentRefused.
    """
    with suppress(NotProvided, Unverified):
        source.set_overvoltage_protection(volts)
