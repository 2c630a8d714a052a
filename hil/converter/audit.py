"""One line of evidence per call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class AuditEvent:
    """A call to the driver as it happened on the wire.

    start, end: bench time in seconds. device: the driver's URL. sent: request line. status and received: the
    answer, None and "" when there was none. problem: why there is no complete answer, "" if there is.
    """

    start: float
    end: float
    device: str
    sent: str
    status: int | None
    received: str
    problem: str = ""


Audit = Callable[[AuditEvent], None]
