"""One value from one instrument, with the interval in which it was taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and when it was true.

    value: the number, in `unit`.
    unit: SI unit symbol ("V", "A", "W", "°C", "1").
    start, end: bench time of request and reply in seconds; the sample lies between them.
    fresh: False when the instrument cannot have taken a new sample since the previous reading.

    Currents and powers of instruments are positive out of the instrument (it sources) and negative into
    it (it sinks), for every kind, loads included.
    """

    value: float
    unit: str
    start: float
    end: float
    fresh: bool = True

    @property
    def time(self) -> float:
        """Return the middle of the interval, in seconds of bench time."""
        return 0.5 * (self.start + self.end)

    @property
    def half_width(self) -> float:
        """Return half of the interval, in seconds: the uncertainty of `time`."""
        return 0.5 * (self.end - self.start)


Subscription = Callable[[Callable[[Reading], None]], Callable[[], None]]
"""Connects a source that reads by itself (the battery emulator, a meter with a memory): given a sink for readings,
returns what ends it and raises what went wrong meanwhile."""
