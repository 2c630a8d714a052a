"""The one order to stop a bench: given once by whoever notices first, carried out by a worker that waits for it."""

from __future__ import annotations

from collections.abc import Callable

from hil.clock import Clock
from hil.safety.supervisor import Violation


class Ending:
    """Waits for an order and then calls `act`, whatever the thread that gave the order is doing."""

    def __init__(self, clock: Clock, act: Callable[[], object]) -> None:
        self._act = act
        self._ordered = clock.event()
        self._given: Violation | None = None
        self._over = False
        clock.start(self._await_order, "ending")

    @property
    def given(self) -> Violation | None:
        """Return the order, if it was given."""
        return self._given

    def order(self, violation: Violation) -> bool:
        """Give the order; tell whether it is the first. Returns at once; a signal handler may call it."""
        if self._given is not None or self._over:
            return False
        self._given = violation
        self._ordered.set()
        return True

    def dismiss(self) -> None:
        """End the waiting: the bench is safe."""
        if not self._over:
            self._over = True
            self._ordered.set()

    def _await_order(self) -> None:
        self._ordered.wait(float("inf"))
        if not self._over:
            self._act()
