"""Modes, running states and alarms of the converter, with the numbers the driver shows."""

from __future__ import annotations

from enum import Enum, IntEnum


class Mode(IntEnum):
    """Control modes by their APIS number."""

    STOP = 0x0000
    DISCHARGE = 0x0002
    CV = 0x0014
    CHARGE = 0x0041


class Running(IntEnum):
    """Bits 1-0 of the converter's CST word."""

    OFF = 0
    CHARGE = 1
    DISCHARGE = 2


class Alarm(IntEnum):
    """Bits 3-2 of the converter's CST word."""

    NONE = 0
    LIGHT = 1
    HEAVY = 2


class RefusalReason(Enum):
    """Why a command was refused; the driver shows the first as error fffe, the second as fffd."""

    PARAMETER = "parameter"
    NOW = "now"


class Refused(Exception):
    """The converter answered, but refused the command."""

    def __init__(self, reason: RefusalReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Silent(Exception):
    """The converter does not answer: its controller has no power, is booting, or is lost."""
