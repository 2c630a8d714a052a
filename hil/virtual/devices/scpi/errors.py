"""SCPI errors: the standard numbers with their texts (SCPI-1999 volume 2, chapter 21.8) and the error queue."""

from __future__ import annotations

from collections import deque

STANDARD_TEXTS = {
    0: "No error",
    -100: "Command error",
    -101: "Invalid character",
    -102: "Syntax error",
    -103: "Invalid separator",
    -104: "Data type error",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -110: "Command header error",
    -111: "Header separator error",
    -112: "Program mnemonic too long",
    -113: "Undefined header",
    -114: "Header suffix out of range",
    -120: "Numeric data error",
    -121: "Invalid character in number",
    -123: "Exponent too large",
    -124: "Too many digits",
    -128: "Numeric data not allowed",
    -131: "Invalid suffix",
    -134: "Suffix too long",
    -138: "Suffix not allowed",
    -141: "Invalid character data",
    -144: "Character data too long",
    -148: "Character data not allowed",
    -151: "Invalid string data",
    -158: "String data not allowed",
    -161: "Invalid block data",
    -168: "Block data not allowed",
    -171: "Invalid expression",
    -178: "Expression data not allowed",
    -200: "Execution error",
    -201: "Invalid while in local",
    -203: "Command protected",
    -211: "Trigger ignored",
    -213: "Init ignored",
    -214: "Trigger deadlock",
    -220: "Parameter error",
    -221: "Settings conflict",
    -222: "Data out of range",
    -223: "Too much data",
    -224: "Illegal parameter value",
    -225: "Out of memory",
    -230: "Data corrupt or stale",
    -240: "Hardware error",
    -241: "Hardware missing",
    -300: "Device-specific error",
    -310: "System error",
    -330: "Self-test failed",
    -350: "Queue overflow",
    -363: "Input buffer overrun",
    -400: "Query error",
    -410: "Query INTERRUPTED",
    -420: "Query UNTERMINATED",
    -430: "Query DEADLOCKED",
    -440: "Query UNTERMINATED after indefinite response",
}


class ScpiError(Exception):
    """One error as it stands in the error queue: `number` and `text`."""

    def __init__(self, number: int, text: str = "") -> None:
        self.number = number
        self.text = text or STANDARD_TEXTS[number]
        super().__init__(f'{number},"{self.text}"')

    @property
    def is_command_error(self) -> bool:
        """Return whether the message itself was wrong (-100 family)."""
        return -199 <= self.number <= -100

    @property
    def event_bit(self) -> int:
        """Return the bit of the standard event status register that this error sets."""
        if self.is_command_error:
            return 0x20  # command error
        if -299 <= self.number <= -200:
            return 0x10  # execution error
        if -499 <= self.number <= -400:
            return 0x04  # query error
        return 0x08  # device-dependent error


class ErrorQueue:
    """First in, first out; when full, the newest entry becomes -350 "Queue overflow"."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._entries: deque[ScpiError] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def push(self, error: ScpiError) -> None:
        """Note `error`."""
        if len(self._entries) < self.depth:
            self._entries.append(error)
        else:
            self._entries[-1] = ScpiError(-350)

    def pop(self) -> ScpiError:
        """Take the oldest error; number 0 when there is none."""
        return self._entries.popleft() if self._entries else ScpiError(0)

    def clear(self) -> None:
        """Forget every error."""
        self._entries.clear()
