"""A communication watchdog: acts when no message has come for a while."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy
from simpy.events import Event

_TOLERANCE = 1e-6


class Watchdog:
    """Disarmed at first. Calls `expired` whenever `seconds` have passed without a message; stays armed."""

    def __init__(self, environment: simpy.Environment, expired: Callable[[], None]) -> None:
        self._environment = environment
        self._expired = expired
        self._fed = environment.now
        self._armed = 0
        self.seconds = float("inf")
        self.running = False

    def arm(self, seconds: float) -> None:
        """Start to watch, from now."""
        self.seconds, self._fed, self.running = seconds, self._environment.now, True
        self._armed += 1
        self._environment.process(self._watch(self._armed))

    def disarm(self) -> None:
        """Stop to watch."""
        self.running = False
        self._armed += 1

    def feed(self) -> None:
        """Take note of a message."""
        self._fed = self._environment.now

    def _watch(self, armed: int) -> Generator[Event, Any, None]:
        while armed == self._armed:
            left = self._fed + self.seconds - self._environment.now
            if left <= _TOLERANCE:
                self.feed()
                self._expired()
            else:
                yield self._environment.timeout(left)
