"""Status reporting: IEEE 488.2 chapter 11 and the condition, event and enable registers of SCPI-1999."""

from __future__ import annotations

from dataclasses import dataclass

OPERATION_COMPLETE = 0x01
POWER_ON = 0x80

ERROR_AVAILABLE = 0x04
QUESTIONABLE_SUMMARY = 0x08
EVENT_SUMMARY = 0x20
MASTER_SUMMARY = 0x40
OPERATION_SUMMARY = 0x80

ALL_BITS = 0x7FFF


@dataclass
class Register:
    """Condition, transition filters, event and enable of one SCPI status register (15 usable bits)."""

    condition: int = 0
    positive: int = ALL_BITS
    negative: int = 0
    event: int = 0
    enable: int = 0

    def update(self, condition: int) -> None:
        """Take the present condition; bits that changed pass the transition filters into the event register."""
        rising, falling = condition & ~self.condition, self.condition & ~condition
        self.event |= (rising & self.positive) | (falling & self.negative)
        self.condition = condition

    def read_event(self) -> int:
        """Return the event register and clear it."""
        event, self.event = self.event, 0
        return event

    def preset(self) -> None:
        """Set enable and filters as STATus:PRESet does."""
        self.enable, self.positive, self.negative = 0, ALL_BITS, 0

    @property
    def summary(self) -> bool:
        """Return whether an enabled event has been noted."""
        return bool(self.event & self.enable)


class StatusRegisters:
    """The registers of one instrument."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.registers = {name: Register() for name in names}
        self.event = POWER_ON
        self.event_enable = 0
        self.service_enable = 0

    def clear(self) -> None:
        """Clear every event register, as *CLS does."""
        self.event = 0
        for register in self.registers.values():
            register.event = 0

    def byte(self, errors: int) -> int:
        """Return the status byte, given how many errors are queued."""
        value = ERROR_AVAILABLE if errors else 0
        for name, register in self.registers.items():
            if register.summary:
                value |= OPERATION_SUMMARY if name.startswith("OPERation") else QUESTIONABLE_SUMMARY
        if self.event & self.event_enable:
            value |= EVENT_SUMMARY
        return value | (MASTER_SUMMARY if value & self.service_enable else 0)
