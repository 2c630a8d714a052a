"""The meters inside an instrument: accuracy, resolution, how often a sample is taken."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Generator
from typing import Any

import simpy
from simpy.events import Event

from hil.virtual.devices.scpi.settings import Accuracy

_QUIET_AFTER = 2.0
"""Seconds without a question after which sampling pauses; the next question then gets a fresh sample."""

_ROUNDING = 1e-6
"""Part of a refresh interval by which a tick may be early."""


def measured(true: float, accuracy: Accuracy, rng: random.Random) -> float:
    """Return what a meter of this accuracy shows for a true value."""
    value = true * (1.0 + accuracy.gain) + accuracy.offset
    if accuracy.noise:
        value += rng.gauss(0.0, accuracy.noise)
    return quantised(value, accuracy.resolution)


def quantised(value: float, resolution: float) -> float:
    """Return `value` rounded to a multiple of `resolution` (0: as it is)."""
    return round(value / resolution) * resolution if resolution else value


class Sampler:
    """Holds the latest sample of voltage and current, renewed every `refresh` seconds of bench time."""

    def __init__(self, environment: simpy.Environment, take: Callable[[], tuple[float, float]], refresh: float) -> None:
        self._environment = environment
        self._take = take
        self._refresh = refresh
        self._latest: tuple[float, float] | None = None
        self._asked = environment.now
        self._sampling = False

    def latest(self, stuck: bool) -> tuple[float, float]:
        """Return voltage and current of the latest sample; with `stuck`, of the last one ever shown."""
        self._asked = self._environment.now
        if stuck and self._latest is not None:
            return self._latest
        if self._refresh and not self._sampling:
            self._sampling = True
            self._latest = self._take()
            self._environment.process(self._sample())
        elif not self._refresh or self._latest is None:
            self._latest = self._take()
        return self._latest

    def _sample(self) -> Generator[Event, Any, None]:
        """Renew the sample at the ticks of the instrument's own clock, as long as somebody asks."""
        while True:
            tick = math.floor(self._environment.now / self._refresh + _ROUNDING) + 1
            yield self._environment.timeout(tick * self._refresh - self._environment.now)
            if self._environment.now - self._asked > max(_QUIET_AFTER, 2 * self._refresh):
                self._sampling = False
                return
            self._latest = self._take()
