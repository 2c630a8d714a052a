"""The BMS of the emulated battery: a Modbus RTU slave on a serial port, with faults for tests."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal

import serial
from pydantic import BaseModel, ConfigDict, Field

from hil.battery import modbus
from hil.clock import Call, Clock
from hil.errors import BadInput, BenchTrouble
from instruments.timing import Wire, tcp_key

IDLE_TIMEOUT = 0.5
"""Seconds between two looks at the stop flag while nothing arrives."""


class BmsSettings(BaseModel):
    """The RS485 port of the BMS.

    port: what pyserial opens: "/dev/ttyUSB0", "COM5", "socket://127.0.0.1:4001". 8 data bits, no parity, 1 stop.
    unit: the Modbus address to answer, or None for every address from 1 on.
    gap: silence in s that ends a frame; the protocol says 3.5 characters, operating systems need more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    port: str
    baud_rate: Literal[9600, 19200, 38400, 57600, 115200] = 9600
    unit: int | None = Field(default=None, ge=1, le=255)
    gap: float = Field(default=0.05, gt=0)
    log_rows: int = Field(default=10_000, ge=1)


@dataclass(frozen=True)
class BmsExchange:
    """One request and what was answered (None: nothing). Times in s of bench time."""

    received: float
    unit: int
    function: int
    start: int | None
    count: int | None
    answer: bytes | None
    answered: float | None


@dataclass
class BmsFaults:
    """What is wrong with the link; all of it is off by default.

    cut: no answers. garble: answers with a wrong CRC. delay: seconds before each answer. failed: exception 04.
    wrong_unit: answers carry this address instead of the master's.
    """

    cut: bool = False
    garble: bool = False
    delay: float = 0.0
    failed: bool = False
    wrong_unit: int | None = None


@dataclass
class Bms:
    """Answers the driver's battery queries. Sharing is denied until `permit` is called.

    rsoc: returns the state of charge as a fraction, asked at every request.
    """

    settings: BmsSettings
    rsoc: Callable[[], float]
    clock: Clock
    faults: BmsFaults = field(default_factory=BmsFaults)
    permitted: bool = False

    def __post_init__(self) -> None:
        self._log: deque[BmsExchange] = deque(maxlen=self.settings.log_rows)
        self._frames = modbus.FrameAssembler()
        self._stopping = self.clock.event()
        self._call: Call[None] | None = None

    @property
    def log(self) -> list[BmsExchange]:
        """Return the newest exchanges, oldest first."""
        return list(self._log)

    @property
    def dropped_bytes(self) -> int:
        """Return how many received bytes belonged to no frame."""
        return self._frames.dropped

    def permit(self) -> None:
        """Permit energy sharing."""
        self.permitted = True

    def deny(self) -> None:
        """Deny energy sharing."""
        self.permitted = False

    def repair(self) -> None:
        """Take all faults away."""
        self.faults = BmsFaults()

    def start(self) -> None:
        """Open the port and answer from now on. Raises BadInput when the port cannot be opened."""
        if self._call is not None:
            raise BenchTrouble(f"The BMS on {self.settings.port} is running already: stop it first.")
        port = open_port(self.settings)
        wire = self.clock.wire(wire_key(self.settings.port, port))
        self._stopping.clear()
        self._call = self.clock.start(lambda: self._serve(port, wire), f"BMS on {self.settings.port}")

    def stop(self) -> None:
        """Stop answering and close the port."""
        call, self._call = self._call, None
        if call is not None:
            self._stopping.set()
            call.result()

    def check(self) -> None:
        """Raise what ended the BMS, if it has ended by itself."""
        if self._call is not None and self._call.done:
            self._call.result()

    def _serve(self, port: serial.Serial, wire: Wire) -> None:
        try:
            while not self._stopping.is_set():
                self._listen(port, wire)
        except (OSError, serial.SerialException) as error:
            raise BenchTrouble(
                f"The BMS lost its serial port {self.settings.port} ({error}). Check the RS485 adapter and its cable."
            ) from error
        finally:
            port.close()

    def _listen(self, port: serial.Serial, wire: Wire) -> None:
        count = wire.await_input(self.settings.gap if self._frames.collecting else IDLE_TIMEOUT)
        data = b"" if count is None else port.read(max(1, count, port.in_waiting))
        for request in self._frames.feed(data) if data else self._frames.silence():
            self._reply(port, wire, request)

    def _reply(self, port: serial.Serial, wire: Wire, request: modbus.Request) -> None:
        received = self.clock.now()
        frame = None if self.faults.cut else self._frame(request)
        if frame is not None and self.faults.delay > 0:
            self.clock.sleep(self.faults.delay)
        if frame is not None:
            port.write(frame)
            wire.sent(len(frame))
        answered = None if frame is None else self.clock.now()
        self._log.append(
            BmsExchange(received, request.unit, request.function, request.start, request.count, frame, answered)
        )

    def _frame(self, request: modbus.Request) -> bytes | None:
        broadcast_or_answer = request.unit == 0 or request.function & modbus.EXCEPTION_BIT
        if broadcast_or_answer or self.settings.unit not in (None, request.unit):
            return None
        registers = modbus.registers_of(self.rsoc(), self.permitted)
        pdu = modbus.answer(request, registers, self.faults.failed)
        if self.faults.wrong_unit is not None:
            pdu.dev_id = self.faults.wrong_unit
        frame = modbus.frame_of(pdu)
        return frame[:-1] + bytes([frame[-1] ^ 0xFF]) if self.faults.garble else frame


def open_port(settings: BmsSettings) -> serial.Serial:
    """Open the port of `settings`. Raises BadInput."""
    try:
        return serial.serial_for_url(
            settings.port, baudrate=settings.baud_rate, timeout=settings.gap, write_timeout=1.0
        )
    except (OSError, ValueError, serial.SerialException) as error:
        raise BadInput(
            f"The BMS cannot open its serial port {settings.port} ({error}). Check the port in the bench file, the "
            "adapter, and whether another program holds it."
        ) from error


def wire_key(name: str, port: serial.Serial) -> str:
    """Return the key by which the clock knows the open `port` called `name`."""
    if name.startswith("socket://"):
        with closing(socket.fromfd(port.fileno(), socket.AF_INET, socket.SOCK_STREAM)) as connection:
            return tcp_key(connection)
    return f"tty:{os.path.realpath(name) if name.startswith('/') else name}"
