"""An audit that never stands in the way: a full disk must not keep a command from being sent that switches off."""

from __future__ import annotations

from collections.abc import Callable

from hil.errors import BenchTrouble
from instruments.audit import Audit, AuditEvent


class SteadyAudit:
    """Hands every message to `audit`. The first failure to write is kept, and ends the run when `check` is called.

    flush: hands what was written to the operating system; a full disk shows itself then.
    """

    def __init__(self, audit: Audit, flush: Callable[[], None]) -> None:
        self._audit = audit
        self._flush = flush
        self._failure: Exception | None = None

    def __call__(self, event: AuditEvent) -> None:
        """Keep one message; never raises OSError."""
        try:
            self._audit(event)
        except (OSError, ValueError) as error:  # ValueError: the log is closed
            self._failure = self._failure or error

    def check(self) -> None:
        """Raise BenchTrouble when a message could not be written down."""
        try:
            self._flush()
        except (OSError, ValueError) as error:
            self._failure = self._failure or error
        if self._failure is not None:
            raise BenchTrouble(
                f"The evidence cannot be written ({self._failure}), so the run stops. Is the disk full?"
            ) from self._failure
