"""An external interlock or emergency stop: a contact on a modem line of a serial port.

The contact, closed while all is well, joins RTS (which this class raises) with CTS or another input line of the same
port. A cut wire, a pulled plug and a port that is gone all read as open.
"""

from __future__ import annotations

from typing import Literal

import serial

from hil.errors import BadInput, BenchTrouble

Line = Literal["cts", "dsr", "cd", "ri"]


class Interlock:
    """Watches one contact. Raises BadInput when the port cannot be opened."""

    def __init__(self, port: str, line: Line) -> None:
        self._port, self._line = port, line
        try:
            self._serial = serial.serial_for_url(port)
            self._serial.rts = True
        except (OSError, ValueError) as error:
            raise BadInput(f"The interlock's serial port {port} cannot be opened: {error}") from error

    def check(self) -> None:
        """Raise BenchTrouble when the contact is open."""
        try:
            closed = bool(getattr(self._serial, self._line))
        except OSError as error:
            raise BenchTrouble(f"The interlock's serial port {self._port} is gone: {error}") from error
        if not closed:
            raise BenchTrouble(f"The interlock is open ({self._line.upper()} of {self._port}): emergency stop.")

    def close(self) -> None:
        """Let go of the port."""
        self._serial.close()
