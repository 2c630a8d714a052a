"""A test that hangs does not keep a bench energised all night: the guard sees that the process lives, and no more."""

from __future__ import annotations

from hil.errors import BenchTrouble

FACTOR, GRACE = 20.0, 300.0
"""A test may take so many times what was planned, for a silent driver costs a time-out per call, and these s."""


class Overtime:
    """Knows which test is running and when it must have ended. Times in seconds of bench time."""

    def __init__(self) -> None:
        self._running: tuple[str, float, float] | None = None

    def begins(self, test: str, now: float, planned: float) -> None:
        """Note that `test` begins, and how long it is planned to take."""
        self._running = (test, now, planned)

    def ends(self) -> None:
        """Note that no test is running."""
        self._running = None

    def check(self, now: float) -> None:
        """Raise BenchTrouble when the test that is running should have ended long ago."""
        running = self._running
        if running is None:
            return
        test, began, planned = running
        if now - began > FACTOR * planned + GRACE:
            raise BenchTrouble(
                f"{test} has been running for {now - began:.0f} s and was planned for {planned:.0f} s: it waits for "
                "something that does not come. Look at the last messages in audit.jsonl."
            )
