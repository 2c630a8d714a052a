"""When something happened: crossings, entry into a band. Every instant carries its uncertainty.

The truth lies between two samples. `Bracket` is the interval that certainly holds it: from the last sample that
certainly lies on one side (its value is off the level by more than its uncertainty) to the first sample that
certainly lies on the other, each widened by the half width of its own interval. With samples every T seconds,
taken within less than T, and a value uncertainty below the change from sample to sample, a bracket is at most
2 T long, and the uncertainty of an instant at most two sampling intervals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from hil.waveform.quantity import Quantity
from hil.waveform.signal import Signal


class Direction(Enum):
    """Which way a level is crossed."""

    RISING = 1
    FALLING = -1


@dataclass(frozen=True)
class Bracket:
    """An interval of bench time, in seconds, that holds an instant. `stated`: the samples' uncertainty is known.

    trace, instrument: of the signal that it was found in.
    """

    start: float
    end: float
    stated: bool = True
    trace: str = ""
    instrument: str = ""

    def middle(self) -> Quantity:
        """Return the middle of the interval; U = half of its length."""
        return self.around(0.5 * (self.start + self.end))

    def around(self, instant: float) -> Quantity:
        """Return `instant` with U = its distance to the farther end of the interval."""
        half_width = max(instant - self.start, self.end - instant) if self.stated else math.nan
        found = Quantity.within(instant, half_width, "s", "instant between two samples", self.instrument)
        return found.seen_in(self.trace)


def _first(flags: NDArray[np.bool_], begin: int) -> int | None:
    """Return the index of the first true flag at or after `begin`."""
    found = np.flatnonzero(flags[begin:])
    return begin + int(found[0]) if len(found) else None


def _last(flags: NDArray[np.bool_], end: int) -> int | None:
    """Return the index of the last true flag at or before `end`."""
    found = np.flatnonzero(flags[: end + 1])
    return int(found[-1]) if len(found) else None


def _bracket(
    signal: Signal, surely_before: NDArray[np.bool_], surely_after: NDArray[np.bool_], last_before: int
) -> Bracket:
    """Return the bracket around the step from sample `last_before` to the next one."""
    before = _last(surely_before, last_before)
    after = _first(surely_after, last_before + 1)
    start = signal.earliest[0] if before is None else signal.earliest[before]
    end = signal.latest[-1] if after is None else signal.latest[after]
    stated = not bool(np.any(np.isnan(signal.uncertainty[last_before : last_before + 2])))
    return Bracket(float(start), float(end), stated, signal.trace, signal.instrument)


def crossing(signal: Signal, level: float, direction: Direction, after: float = -math.inf) -> Quantity | None:
    """Return the first instant after `after` (s) at which the signal crosses `level` in `direction`.

    Reference level instant of IEEE Std 181: linear interpolation between the samples a and b around the level,
    t = t_a + (level - v_a) / (v_b - v_a) * (t_b - t_a). U = distance to the farther end of the bracket.
    None when the signal never crosses.
    """
    chosen = signal.where(signal.time >= after)
    sign = direction.value
    offset = sign * (chosen.value - level)
    steps = np.flatnonzero((offset[:-1] < 0.0) & (offset[1:] >= 0.0))
    if len(steps) == 0:
        return None
    index = int(steps[0])
    share = offset[index] / (offset[index] - offset[index + 1])
    instant = float(chosen.time[index] + share * (chosen.time[index + 1] - chosen.time[index]))
    doubt = np.nan_to_num(chosen.uncertainty)
    return _bracket(chosen, offset < -doubt, offset >= doubt, index).around(instant)


def first_entry_and_stay(signal: Signal, lower: float, upper: float, start: float) -> Quantity | None:
    """Return the instant from which the signal stays in lower ... upper until its last sample.

    Only samples that were certainly taken at or after `start` (bench seconds) count. The instant is the middle of
    the bracket from the last sample that is certainly outside (or `start`, if there is none) to the first of the
    samples that are certainly inside until the end. U is half of the bracket's length; it grows to the end of the
    record when the signal rests so near to an edge that the instrument cannot tell on which side.
    None when the last sample is outside, or when there is no sample.
    """
    chosen = signal.where(signal.earliest >= start)
    if len(chosen) == 0:
        return None
    offset = np.maximum(lower - chosen.value, chosen.value - upper)
    if offset[-1] > 0.0:
        return None
    doubt = np.nan_to_num(chosen.uncertainty)
    end = len(chosen) - 1
    last_outside = _last(offset > doubt, end)
    last_doubtful = _last(offset > -doubt, end)
    begin = start if last_outside is None else float(chosen.earliest[last_outside])
    settled = 0 if last_doubtful is None else min(last_doubtful + 1, end)
    stated = not bool(np.any(np.isnan(chosen.uncertainty)))
    return Bracket(begin, float(chosen.latest[settled]), stated, signal.trace, signal.instrument).middle()
