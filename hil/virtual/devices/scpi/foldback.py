"""Foldback: the output is switched off when the instrument has been in constant current for a while."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy
from simpy.events import Event

LOOK_EVERY = 0.02
"""Seconds between two looks at the regulation."""

PATIENCE = 0.25
"""Seconds in constant current after which it trips."""


class Foldback:
    """Watches while it is armed and the output is on."""

    def __init__(
        self, environment: simpy.Environment, in_current_limit: Callable[[], bool | None], trip: Callable[[], None]
    ) -> None:
        """`in_current_limit`: whether it is; None when disarmed or off."""
        self._environment = environment
        self._in_current_limit = in_current_limit
        self._trip = trip
        self._watching = False

    def wake(self) -> None:
        """Start to watch, if there is anything to watch."""
        if not self._watching and self._in_current_limit() is not None:
            self._watching = True
            self._environment.process(self._watch())

    def _watch(self) -> Generator[Event, Any, None]:
        seconds = 0.0
        while (limited := self._in_current_limit()) is not None:
            seconds = seconds + LOOK_EVERY if limited else 0.0
            if seconds > PATIENCE:
                self._trip()
                break
            yield self._environment.timeout(LOOK_EVERY)
        self._watching = False
