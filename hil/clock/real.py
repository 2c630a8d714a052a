"""Real time: the monotonic clock and threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from hil.clock.workers import WorkerClock
from instruments.timing import WallWire


class RealEvent:
    """A flag between threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Raise the flag; waiters go on."""
        self._event.set()

    def clear(self) -> None:
        """Lower the flag."""
        self._event.clear()

    def is_set(self) -> bool:
        """Tell whether the flag is up."""
        return self._event.is_set()

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; return whether the flag is up."""
        return self._event.wait(None if timeout == float("inf") else timeout)


class RealClock(WorkerClock):
    """Bench time is monotonic time since the clock was made."""

    def __init__(self) -> None:
        self._zero = time.monotonic()

    def now(self) -> float:
        """Return seconds since the clock was made."""
        return time.monotonic() - self._zero

    def sleep(self, seconds: float) -> None:
        """Sleep for real."""
        time.sleep(max(0.0, seconds))

    def wire(self, key: str) -> WallWire:
        """Return a wire that waits for nothing."""
        return WallWire()

    def lock(self) -> AbstractContextManager[object]:
        """Return a re-entrant lock."""
        return threading.RLock()

    def event(self) -> RealEvent:
        """Return a new lowered flag."""
        return RealEvent()

    def spawn(self, work: Callable[[], None], name: str) -> None:
        """Run `work` in a daemon thread called `name`."""
        threading.Thread(target=work, name=name, daemon=True).start()

    def close(self) -> None:
        """Nothing to let go of: whoever started a ticker stops it."""
