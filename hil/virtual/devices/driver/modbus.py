"""The driver's Modbus RTU master on the battery line."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import ReadInputRegistersRequest

from hil.virtual.devices.driver.commands import BITS_PER_BYTE
from hil.virtual.devices.driver.problems import CallError
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.wires.connection import Connection

ADDRESS_AND_FUNCTION = 2
EXCEPTION_BYTES = 5
REPLY_OVERHEAD = 5
"""Unit, function, byte count, two bytes of checksum."""
RECEIVE_BUFFER = 4095
"""Bytes, as in a Linux serial driver."""
IO_EXCEPTION = "modbus io exception"


class ModbusMaster:
    """A device whose clients are the slaves on the line: it asks, they answer.

    One try per reading. After a failure the port is closed until the next reading, and what arrives meanwhile is
    lost; input left over is thrown away before each request.
    """

    def __init__(self, environment: simpy.Environment, settings: DriverSettings) -> None:
        self._environment = environment
        self._settings = settings
        self._framer = FramerRTU(DecodePDU(is_server=False))
        self._slaves: dict[str, Connection] = {}
        self._input = bytearray()
        self._line_free_at = 0.0
        self._is_open = False
        self._arrival = environment.event()

    def connected(self, connection: Connection) -> None:
        """Put a slave on the line."""
        self._slaves[connection.key] = connection

    def disconnected(self, connection: Connection) -> None:
        """Take a slave off the line, with everything it was still sending."""
        self._slaves.pop(connection.key, None)
        self._line_free_at = self._environment.now

    def received(self, connection: Connection, data: bytes) -> None:
        """Let `data` come in at the speed of the line; what is more than a receive buffer ahead of it is lost."""
        now = self._environment.now
        begins = max(self._line_free_at, now)
        room = RECEIVE_BUFFER - round((begins - now) / self._wire_time(1))
        kept = data[: max(room, 0)]
        self._line_free_at = begins + self._wire_time(len(kept))
        if kept:
            self._environment.process(self._arrive(connection, kept, self._line_free_at - now))

    def close(self) -> None:
        """Close the port: what arrives from now on is lost, until the next reading opens it again."""
        self._is_open = False
        self._input.clear()

    def read(self, offset: int, count: int) -> Generator[simpy.Event, Any, list[int]]:
        """Read `count` input registers from `offset`. Raises CallError with the driver's text."""
        request = ReadInputRegistersRequest(address=offset, count=count, dev_id=self._settings.battery_unit)
        frame = self._framer.buildFrame(request)
        self._is_open = True
        self._input.clear()
        yield self._environment.timeout(self._wire_time(len(frame)))
        for slave in list(self._slaves.values()):
            slave.send(frame)
        head = yield from self._take(ADDRESS_AND_FUNCTION)
        refused = len(head) == ADDRESS_AND_FUNCTION and head[1] & 0x80
        size = EXCEPTION_BYTES if refused else REPLY_OVERHEAD + 2 * count
        reply = head
        if head:
            reply += yield from self._take(size - len(head))
        yield self._environment.timeout(self._settings.battery_processing)
        return self._registers(reply, count)

    def _registers(self, reply: bytes, count: int) -> list[int]:
        answer = self._decode(reply)
        if answer is None:
            self.close()
            raise CallError(IO_EXCEPTION)
        if isinstance(answer, ExceptionResponse):
            raise CallError("'ExceptionResponse' object has no attribute 'getRegister'")
        if len(answer.registers) < count:
            raise CallError("list index out of range")
        return list(answer.registers[:count])

    def _decode(self, reply: bytes) -> ModbusPDU | None:
        try:
            return self._framer.handleFrame(reply, self._settings.battery_unit, 0)[1]
        except ModbusException:
            return None

    def _take(self, size: int) -> Generator[simpy.Event, Any, bytes]:
        """Wait for `size` bytes; return what there is when the time is up."""
        deadline = self._environment.now + self._settings.battery_timeout
        while len(self._input) < size and self._environment.now < deadline:
            self._arrival = self._environment.event()
            yield self._arrival | self._environment.timeout(deadline - self._environment.now)
        taken = bytes(self._input[:size])
        del self._input[:size]
        return taken

    def _arrive(self, slave: Connection, data: bytes, delay: float) -> Generator[simpy.Event, Any, None]:
        yield self._environment.timeout(delay)
        if not self._is_open or self._slaves.get(slave.key) is not slave:
            return
        self._input += data
        if not self._arrival.triggered:
            self._arrival.succeed()

    def _wire_time(self, size: int) -> float:
        return size * BITS_PER_BYTE / self._settings.battery_baud
