"""Bench time that passes only while every worker waits, without a virtual bench behind it."""

from __future__ import annotations

from collections.abc import Callable

from hil.clock.baton import Baton
from hil.clock.stepped import SteppedEvent, SteppedLock
from hil.clock.workers import WorkerClock
from instruments.timing import WallWire


class SimulatedClock(WorkerClock):
    """The calling thread is its first worker."""

    def __init__(self) -> None:
        self._baton = Baton(lambda until: until)
        self._baton.join()

    def now(self) -> float:
        return self._baton.now

    def sleep(self, seconds: float) -> None:
        self._baton.park(self._baton.now + max(0.0, seconds))

    def wire(self, key: str) -> WallWire:
        return WallWire()

    def lock(self) -> SteppedLock:
        return SteppedLock(self._baton)

    def event(self) -> SteppedEvent:
        return SteppedEvent(self._baton)

    def spawn(self, work: Callable[[], None], name: str) -> None:
        self._baton.spawn(work, name)

    def close(self) -> None: ...
