"""One channel over time, with the interval in which each sample was taken."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hil.waveform.budget import COVERAGE_FACTOR, Contribution
from hil.waveform.quantity import Quantity

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Signal:
    """Samples of one quantity in ascending time.

    time: bench time of each sample in seconds, the middle of the interval in which it was taken.
    value: the samples, in `unit`.
    half_width: half of that interval in seconds; the true instant lies within time ± half_width.
    uncertainty: expanded uncertainty (k = 2) of each sample, in `unit`; NaN where nobody has stated it.
    unit: SI unit symbol.
    trace: name of the capture it was taken from. instrument: what measured it, as the bench file names it.
    """

    time: Array
    value: Array
    half_width: Array
    uncertainty: Array
    unit: str
    trace: str = ""
    instrument: str = ""

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
        trace: str = "",
        instrument: str = "",
    ) -> Signal:
        """Make a signal from anything array-like; a single half_width or uncertainty holds for all samples."""
        times = np.asarray(time, dtype=np.float64)
        return cls(
            times,
            np.asarray(value, dtype=np.float64),
            np.broadcast_to(np.asarray(half_width, dtype=np.float64), times.shape),
            np.broadcast_to(np.asarray(uncertainty, dtype=np.float64), times.shape),
            unit,
            trace,
            instrument,
        )

    def between(self, start: float, end: float) -> Signal:
        """Return the samples with start <= time <= end (bench seconds)."""
        return self.where((self.time >= start) & (self.time <= end))

    def where(self, selected: NDArray[np.bool_]) -> Signal:
        """Return the samples for which `selected` is true."""
        return replace(
            self,
            time=self.time[selected],
            value=self.value[selected],
            half_width=self.half_width[selected],
            uncertainty=self.uncertainty[selected],
        )

    def sample(self, index: int) -> Quantity:
        """Return one sample with its uncertainty."""
        accuracy = self.accuracy(float(self.uncertainty[index]))
        return Quantity.of(float(self.value[index]), self.unit, (accuracy,), (self.trace,))

    def exactly(self, value: float, unit: str) -> Quantity:
        """Return a number without uncertainty that was read off this signal, like the length of its record."""
        return Quantity.exact(value, unit).seen_in(self.trace).read_by(self.instrument)

    def accuracy(self, uncertainty: float) -> Contribution:
        """Return the line of a budget for samples that are sure to within `uncertainty` (expanded, k = 2)."""
        source = f"accuracy of {self.instrument}" if self.instrument else "accuracy of the samples"
        return Contribution(source, uncertainty / COVERAGE_FACTOR, self.unit, instrument=self.instrument)

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
