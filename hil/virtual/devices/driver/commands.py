"""The converter's serial commands: how long they occupy the wire."""

from __future__ import annotations

from dataclasses import dataclass

FRAME_OVERHEAD = 7
"""Start, length, two addresses, command, two bytes of checksum."""

BITS_PER_BYTE = 10
"""8N1."""

REFUSAL_BYTES = 2
"""A NAK carries the error code only."""


@dataclass(frozen=True)
class Command:
    """One command of the protocol. `sent`, `received`: number of data bytes of request and acknowledgement."""

    name: str
    sent: int
    received: int

    def request_time(self, baud: int) -> float:
        """Return how long the request is on the wire, in seconds."""
        return (FRAME_OVERHEAD + self.sent) * BITS_PER_BYTE / baud

    def reply_time(self, baud: int, refused: bool = False) -> float:
        """Return how long the reply is on the wire, in seconds."""
        return (FRAME_OVERHEAD + (REFUSAL_BYTES if refused else self.received)) * BITS_PER_BYTE / baud


READ_MODE = Command("1-1", 0, 2)
WRITE_MODE = Command("1-4", 2, 2)
READ_STATE = Command("2-1", 0, 4)
WRITE_BATTERY_TARGET = Command("3-4", 4, 4)
READ_VOLTAGE = Command("4-1", 0, 4)
WRITE_VOLTAGE = Command("4-4", 4, 4)
READ_CURRENT = Command("6-1", 0, 12)
WRITE_CURRENT = Command("6-4", 12, 12)
WRITE_BATTERY_LIMITS = Command("7-4", 10, 10)
READ_ALARM = Command("9-1", 0, 6)
CLEAR_ALARM = Command("9-4", 2, 2)
READ_METERS = Command("10-1", 0, 16)
