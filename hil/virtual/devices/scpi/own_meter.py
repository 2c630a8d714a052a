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
    if accuracy.resolution:
        value = round(value / accuracy.resolution) * accuracy.resolution
    return value + 0.0  # a display has no negative zero


class Sampler:
    """Holds the latest sample of voltage and current, renewed every `refresh` seconds (0: for every question)."""

    def __init__(
        self,
        environment: simpy.Environment,
        take: Callable[[], tuple[float, float]],
        refresh: float,
        stuck: Callable[[], bool],
    ) -> None:
        self._environment = environment
        self._take = take
        self._refresh = refresh
        self._stuck = stuck
        self._latest = (0.0, 0.0)
        self._asked = environment.now
        self._sampling = False

    def latest(self) -> tuple[float, float]:
        """Return voltage and current of the latest sample; while stuck, of the last one before."""
        self._asked = self._environment.now
        if not self._sampling:
            self._renew()
            if self._refresh:
                self._sampling = True
                self._environment.process(self._sample())
        return self._latest

    def _renew(self) -> None:
        if not self._stuck():
            self._latest = self._take()

    def _sample(self) -> Generator[Event, Any, None]:
        """Renew the sample at the ticks of the instrument's own clock, as long as somebody asks."""
        while True:
            tick = math.floor(self._environment.now / self._refresh + _ROUNDING) + 1
            yield self._environment.timeout(tick * self._refresh - self._environment.now)
            if self._environment.now - self._asked > max(_QUIET_AFTER, 2 * self._refresh):
                self._sampling = False
                return
            self._renew()
