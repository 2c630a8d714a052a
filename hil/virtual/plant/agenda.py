"""What a converter will do at a known time."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf


class Agenda:
    """Actions in order of time; two at the same time run in the order in which they were entered."""

    __slots__ = ("_count", "_entries", "next_time")

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, str, Callable[[], None]]] = []
        self._count = 0
        self.next_time = inf

    def at(self, time: float, topic: str, action: Callable[[], None]) -> None:
        """Do `action` at `time`; `topic` serves to cancel it."""
        self._count += 1
        heappush(self._entries, (time, self._count, topic, action))
        self.next_time = self._entries[0][0]

    def cancel(self, topic: str) -> None:
        """Forget every action of `topic`."""
        self._entries = sorted(entry for entry in self._entries if entry[2] != topic)
        self.next_time = self._entries[0][0] if self._entries else inf

    def clear(self) -> None:
        """Forget everything."""
        self._entries = []
        self.next_time = inf

    def run(self, time: float) -> None:
        """Do what is due up to `time`, in order, with what that adds."""
        while self.next_time <= time:
            action = heappop(self._entries)[3]
            self.next_time = self._entries[0][0] if self._entries else inf
            action()
