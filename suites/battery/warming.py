"""The temperature that a unit comes to, from readings while it warms. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from hil.waveform import Quantity

THIRDS = 3
FEWEST = 12
"""Readings in a third."""
AT_REST = 0.2
"""K: a mean that rises less than this from third to third has come to rest."""
FARTHEST = 3.0
"""K that may be left to the steady temperature; beyond that nobody has seen it."""


def steady_temperature(readings: Sequence[float]) -> Quantity | None:
    """Return the steady temperature from equidistant readings in degree Celsius; None when they end too early.

    A body with one time constant approaches it exponentially, so that the means m1, m2, m3 of the three thirds are the
    beginning of a geometric sequence with q = (m3 - m2) / (m2 - m1): it ends at m3 + (m3 - m2) q / (1 - q). The
    expanded uncertainty is the whole of what was extrapolated, and AT_REST.
    """
    third = len(readings) // THIRDS
    if third < FEWEST:
        return None
    first, second, last = (fmean(readings[number * third : (number + 1) * third]) for number in range(THIRDS))
    early, late = second - first, last - second
    if late <= AT_REST:
        return _seen(max(readings[-third:]), 0.0)
    ratio = late / early if early > 0.0 else 1.0
    if ratio >= 1.0 or late * ratio / (1.0 - ratio) > FARTHEST:
        return None
    left = late * ratio / (1.0 - ratio)
    return _seen(last + left, left)


def _seen(degrees: float, extrapolated: float) -> Quantity:
    return Quantity.within(degrees, extrapolated + AT_REST, "°C", "extrapolation to the steady state")
