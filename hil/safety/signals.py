"""Signals that end a run, and the one exception that reaches the test wherever it is.

The first signal orders the bench to be made safe and interrupts the test; further ones cannot disturb that. A
supervisor, which runs in another thread, interrupts the test in the same way.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
WAKE = getattr(signal, "SIGUSR1", signal.SIGINT)
"""What interrupts the main thread in whatever it waits for."""


def received(name: str) -> str:
    """Return in words that a signal has come."""
    return f"{name} (Ctrl-C) received" if name == "SIGINT" else f"{name} received"


class Interrupted(KeyboardInterrupt):
    """The run was told to end: by a signal. pytest treats it as Ctrl-C."""


class Signals:
    """Handles the signals of one run. Install it in the main thread.

    stop: orders the bench to be made safe; called once, must return at once. energised: whether the bench still is.
    """

    def __init__(self, stop: Callable[[str], None], energised: Callable[[], bool]) -> None:
        self.received: list[str] = []
        self._stop = stop
        self._energised = energised
        self._in_test = False
        self._trouble: Exception | None = None
        self._before: dict[int, object] = {}

    def install(self) -> None:
        """Handle signals from now on. In any other thread than the main one nothing is installed."""
        if threading.current_thread() is threading.main_thread():
            for number in ENDING:
                self._before[number] = signal.signal(number, self._told_to_end)
            if WAKE not in ENDING:
                self._before[WAKE] = signal.signal(WAKE, self._woken)

    def remove(self) -> None:
        """Handle signals as before."""
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)  # type: ignore[arg-type]

    @contextmanager
    def test(self) -> Iterator[None]:
        """Let `interrupt` reach what runs inside this context."""
        self._in_test = True
        try:
            yield
        finally:
            self._in_test = False

    def interrupt(self, trouble: Exception) -> None:
        """Raise `trouble` in the test that runs in the main thread. Call it from another thread."""
        self._trouble = trouble
        main = threading.main_thread().ident
        if self._before and main is not None and hasattr(signal, "pthread_kill"):
            signal.pthread_kill(main, WAKE)

    def _told_to_end(self, number: int, frame: FrameType | None) -> None:
        first = not self.received
        self.received.append(signal.Signals(number).name)
        if first:
            self._stop(received(self.received[0]))
        if first or not self._energised():
            raise Interrupted(received(self.received[0]))

    def _woken(self, number: int, frame: FrameType | None) -> None:
        trouble, self._trouble = self._trouble, None
        if trouble is not None and self._in_test:
            raise trouble
