"""What went over the wire, message by message: the evidence of who commanded what, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Direction = Literal["out", "in", "refused"]


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One message between us and an instrument.

    time: bench time in seconds. instrument: its name in the bench file.
    direction: "out" sent, "in" received, "refused" stopped by the envelope before it was sent.
    text: the message without its terminator.
    """

    time: float
    instrument: str
    direction: Direction
    text: str


Audit = Callable[[AuditEvent], None]
