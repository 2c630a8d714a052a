"""What really happened on a virtual bench: its true values, and the true times and extremes in them.

Written apart from `hil.waveform` on purpose: the truth must not come out of the functions that are to be proven.
"""

from __future__ import annotations

import json
import math
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FINE = 0.0005
"""Seconds between the instants over which a true mean or median is taken."""


@dataclass
class Truth:
    """True values at every step of the plant, bench time in s; between two steps a straight line is taken."""

    time: Array = field(default_factory=lambda: np.empty(0))
    values: dict[str, Array] = field(default_factory=dict)

    def during(self, probe: str, start: float, end: float) -> Array:
        """Return the values between two bench times, evenly spaced, both ends included."""
        instants = np.linspace(start, end, 2 + int((end - start) / FINE))
        return np.interp(instants, self.time, self.values[probe])

    def largest(self, probe: str, start: float, end: float) -> float:
        """Return the largest value between two bench times."""
        return float(self._all(probe, start, end).max())

    def smallest(self, probe: str, start: float, end: float) -> float:
        """Return the smallest value between two bench times."""
        return float(self._all(probe, start, end).min())

    def crossed(self, probe: str, level: float, rising: bool, after: float) -> float:
        """Return the first bench time after `after` at which the value passes `level` upwards or downwards."""
        offset = (self.values[probe] - level) * (1.0 if rising else -1.0)
        passing = np.flatnonzero((offset[:-1] < 0.0) & (offset[1:] >= 0.0) & (self.time[1:] >= after))
        return self._between(offset, int(passing[0]))

    def settled(self, probe: str, lower: float, upper: float, start: float) -> float:
        """Return the bench time, `start` at the earliest, from which the value stays in lower ... upper; inf: never."""
        offset = np.maximum(lower - self.values[probe], self.values[probe] - upper)
        if offset[-1] > 0.0:
            return math.inf
        outside = np.flatnonzero((offset > 0.0) & (self.time >= start))
        return self._between(-offset, int(outside[-1])) if len(outside) else start

    def _between(self, offset: Array, index: int) -> float:
        """Return when the straight line from step `index` to the next one passes zero."""
        share = offset[index] / (offset[index] - offset[index + 1])
        return float(self.time[index] + share * (self.time[index + 1] - self.time[index]))

    def _all(self, probe: str, start: float, end: float) -> Array:
        inside = (self.time > start) & (self.time < end)
        ends = np.interp([start, end], self.time, self.values[probe])
        return np.concatenate([ends, self.values[probe][inside]])


class TruthWire:
    """A second client on the time wire of a virtual bench: it lets no time pass, it only looks."""

    def __init__(self, time_wire: tuple[str, int]) -> None:
        self._socket = socket.create_connection(time_wire, timeout=60.0)
        self._lines = self._socket.makefile("rb")

    @contextmanager
    def recording(self, *probes: str) -> Iterator[Truth]:
        """Record probes of the plant while the block runs; the truth is there when it has ended."""
        truth = Truth()
        self._ask({"record": probes})
        try:
            yield truth
        finally:
            recorded = self._ask({"recorded": True})["recorded"]
            truth.time = np.array(recorded.pop("time"))
            truth.values = {name: np.array(values) for name, values in recorded.items()}

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._lines.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer
