"""One channel over time, with the interval in which each sample was taken."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Signal:
    """Samples of one quantity in ascending time.

    time: bench time of each sample in seconds, the middle of the interval in which it was taken.
    value: the samples, in `unit`.
    half_width: half of that interval in seconds; the true instant lies within time ± half_width.
    uncertainty: expanded uncertainty (k = 2) of each sample, in `unit`; NaN where nobody has stated it.
    unit: SI unit symbol.
    """

    time: Array
    value: Array
    half_width: Array
    uncertainty: Array
    unit: str

    def __post_init__(self) -> None:
        """Refuse arrays of different lengths, time that runs backwards and values that are not numbers."""
        if not len(self.time) == len(self.value) == len(self.half_width) == len(self.uncertainty):
            raise ValueError("time, value, half_width and uncertainty must have the same length")
        if np.any(np.diff(self.time) < 0.0):
            raise ValueError("the samples of a signal must be in ascending time")
        if not (np.all(np.isfinite(self.value)) and np.all(np.isfinite(self.time))):
            raise ValueError("a signal holds a value or a time that is not a finite number")

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.time)

    @classmethod
    def of(
        cls,
        time: ArrayLike,
        value: ArrayLike,
        unit: str,
        half_width: ArrayLike = 0.0,
        uncertainty: ArrayLike = math.nan,
    ) -> Signal:
        """Make a signal from anything array-like; a single half_width or uncertainty holds for all samples."""
        times = np.asarray(time, dtype=np.float64)
        return cls(
            times,
            np.asarray(value, dtype=np.float64),
            np.broadcast_to(np.asarray(half_width, dtype=np.float64), times.shape),
            np.broadcast_to(np.asarray(uncertainty, dtype=np.float64), times.shape),
            unit,
        )

    def between(self, start: float, end: float) -> Signal:
        """Return the samples with start <= time <= end (bench seconds)."""
        return self.where((self.time >= start) & (self.time <= end))

    def where(self, selected: NDArray[np.bool_]) -> Signal:
        """Return the samples for which `selected` is true."""
        return Signal(
            self.time[selected], self.value[selected], self.half_width[selected], self.uncertainty[selected], self.unit
        )

    @property
    def interval(self) -> float:
        """Return the sampling interval in seconds: the median distance of two samples (NaN below two)."""
        return float(np.median(np.diff(self.time))) if len(self) > 1 else math.nan

    @property
    def earliest(self) -> Array:
        """Return for each sample the first instant at which it can have been taken, in seconds."""
        return self.time - self.half_width

    @property
    def latest(self) -> Array:
        """Return for each sample the last instant at which it can have been taken, in seconds."""
        return self.time + self.half_width
