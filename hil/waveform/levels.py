"""State levels and reference levels (IEEE Std 181)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hil.waveform.budget import COVERAGE_FACTOR, Contribution, Distribution
from hil.waveform.quantity import Quantity
from hil.waveform.signal import Signal


class NoTransition(Exception):
    """The waveform has no two states between which it could pass."""


@dataclass(frozen=True)
class StateLevels:
    """The two plateaus of a waveform.

    low, high: state levels s1 < s2, in the unit of the signal.
    rising: True when the waveform begins nearer to `low` than to `high`.
    """

    low: Quantity
    high: Quantity
    rising: bool

    @property
    def amplitude(self) -> Quantity:
        """Return s2 - s1, always positive."""
        return self.high - self.low

    @property
    def initial(self) -> Quantity:
        """Return the level before the transition."""
        return self.low if self.rising else self.high

    @property
    def final(self) -> Quantity:
        """Return the level after the transition."""
        return self.high if self.rising else self.low

    def reference(self, percent: float) -> float:
        """Return the reference level: s1 + percent / 100 * (s2 - s1), in the unit of the signal."""
        return self.low.value + percent / 100.0 * self.amplitude.value


def level(signal: Signal) -> Quantity:
    """Return the level of a signal at rest: the median of its samples.

    U = hypot(median of the samples' uncertainties, 2 * s * sqrt(pi / 2) / sqrt(n)), where s is the standard
    deviation of the n samples: the accuracy of an instrument does not get better by averaging, its noise does.
    """
    if len(signal) == 0:
        raise ValueError("a level needs at least one sample")
    count = len(signal)
    spread = float(np.std(signal.value, ddof=1)) if count > 1 else 0.0
    noise = COVERAGE_FACTOR * spread * math.sqrt(math.pi / 2.0 / count)
    budget = [signal.accuracy(float(np.median(signal.uncertainty)))]
    if count > 1:
        scatter = Contribution(
            "scatter of the samples", noise / COVERAGE_FACTOR, signal.unit, 1.0, Distribution.NORMAL, count - 1
        )
        budget.append(scatter)
    return Quantity.of(float(np.median(signal.value)), signal.unit, budget, (signal.trace,))


def state_levels(signal: Signal, bins: int = 100) -> StateLevels:
    """Find both state levels with the histogram method of IEEE Std 181.

    The range of the samples is cut into `bins`; the most populated bin of the lower half and that of the upper
    half mark the states. Each level is the median of the samples in its bin and the bins beside it, so that the
    bin width does not limit the resolution. Raises NoTransition for a constant waveform.
    """
    if len(signal) < 2 or float(np.ptp(signal.value)) == 0.0:
        raise NoTransition(f"the waveform is constant ({len(signal)} samples): it has no two states")
    counts, edges = np.histogram(signal.value, bins=bins)
    width = float(edges[1] - edges[0])
    half = bins // 2
    low_bin = int(np.argmax(counts[:half]))
    high_bin = half + int(np.argmax(counts[half:]))

    def around(index: int) -> Quantity:
        near = (signal.value >= edges[index] - width) & (signal.value <= edges[index + 1] + width)
        return level(signal.where(near))

    low, high = around(low_bin), around(high_bin)
    first = float(signal.value[0])
    return StateLevels(low, high, rising=abs(first - low.value) <= abs(first - high.value))


def levels_from_windows(before: Signal, after: Signal) -> StateLevels:
    """Return the states of a step from its samples at rest before and after it.

    Use this where a plateau is too short for a histogram, or where the waveform has a dip and one level only.
    Raises NoTransition when both are equal.
    """
    first, last = level(before), level(after)
    if first.value == last.value:
        raise NoTransition(f"the level is {first.value:g} {first.unit} before and after: there is no transition")
    rising = last.value > first.value
    return StateLevels(first if rising else last, last if rising else first, rising)
