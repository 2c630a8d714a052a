"""Ripple, and thinning for plots."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from hil.waveform.budget import COVERAGE_FACTOR, Contribution, Distribution
from hil.waveform.quantity import Quantity
from hil.waveform.signal import Signal
from hil.waveform.transition import Extreme, peak


@dataclass(frozen=True)
class Ripple:
    """What is left of a signal at rest without its mean, in the signal's unit.

    peak_to_peak: largest minus smallest sample. rms: square root of the mean square around the mean.
    """

    peak_to_peak: Quantity
    rms: Quantity


def ripple(signal: Signal, during: tuple[float, float]) -> Ripple:
    """Return the ripple between two bench times.

    rms = sqrt(mean((v - mean v)^2)) with U = hypot(2 rms / sqrt(2 n), U_v): scatter of the estimate from n samples,
    and the accuracy of the samples, taken in full although an offset would cancel. Raises ValueError below two samples.
    """
    chosen = signal.between(*during)
    if len(chosen) < 2:
        raise ValueError(f"ripple needs two samples between {during[0]:g} s and {during[1]:g} s, not {len(chosen)}")
    rms = float(np.std(chosen.value))
    scatter = 2.0 * rms / math.sqrt(2.0 * len(chosen))
    accuracy = float(np.median(chosen.uncertainty))
    estimate = Contribution(
        "scatter of the samples",
        scatter / COVERAGE_FACTOR,
        signal.unit,
        distribution=Distribution.NORMAL,
        degrees=len(chosen) - 1,
    )
    return Ripple(
        peak(chosen, Extreme.LARGEST) - peak(chosen, Extreme.SMALLEST),
        Quantity.of(rms, signal.unit, (estimate, signal.accuracy(accuracy)), (signal.trace,)),
    )


def decimate(signal: Signal, points: int) -> Signal:
    """Return at most `points` samples that draw the same picture: smallest and largest of each stretch of samples.

    A signal that is short enough comes back as it is.
    """
    if points < 2:
        raise ValueError(f"a picture needs at least two points, not {points}")
    if len(signal) <= points:
        return signal
    edges = np.linspace(0, len(signal), points // 2 + 1).astype(np.intp)
    keep = np.zeros(len(signal), dtype=np.bool_)
    for begin, end in itertools.pairwise(edges):
        stretch = signal.value[begin:end]
        keep[begin + int(np.argmin(stretch))] = True
        keep[begin + int(np.argmax(stretch))] = True
    return signal.where(keep)
