"""The Transport over VXI-11, against a server with just enough of the protocol (VXI-11 rev. 1.0 on ONC RPC)."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator

import pytest

from instruments.errors import CannotConnect, NoAnswer, TransportLost
from instruments.limits import Limits
from instruments.opening import open_instrument
from instruments.promptness import ANSWERS
from instruments.supply import DialectSupply
from instruments.timing import WallTime
from instruments.transport import Transport
from tests.instruments.asking import ask_in_vain
from tests.instruments.listening import Listening

CREATE_LINK, DEVICE_WRITE, DEVICE_READ, DESTROY_LINK = 10, 11, 12, 23
OUT_OF_RESOURCES, IO_TIMEOUT = 9, 15
END = 4


def opaque(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data + b"\0" * (-len(data) % 4)


class Vxi11(Listening):
    """A supply: answers `*IDN?`, "VOLT?" and "MEAS...", "SLOW?" never, and hangs up on "BYE?"."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []
        self.volts = b"0"
        self.destroyed = 0
        self.single = self.mute = False

    def serve(self, connection: socket.socket) -> None:
        answers: list[bytes] = []
        while True:
            (size,) = struct.unpack("!I", connection.recv(4, socket.MSG_WAITALL))
            call = connection.recv(size & 0x7FFFFFFF, socket.MSG_WAITALL)
            xid, _, _, _, _, procedure = struct.unpack("!6I", call[:24])
            body = call[40:]  # behind two empty credentials
            result = self._do(procedure, body, answers, connection)
            reply = struct.pack("!6I", xid, 1, 0, 0, 0, 0) + result
            connection.sendall(struct.pack("!I", 0x80000000 | len(reply)) + reply)

    def _do(self, procedure: int, body: bytes, answers: list[bytes], connection: socket.socket) -> bytes:
        if procedure == CREATE_LINK and self.single:
            return struct.pack("!4I", OUT_OF_RESOURCES, 0, 0, 0)
        if procedure == CREATE_LINK:
            return struct.pack("!4I", 0, 7, 0, 1024)
        if procedure == DEVICE_WRITE:
            (length,) = struct.unpack("!I", body[16:20])
            self._line(body[20 : 20 + length], answers, connection)
            return struct.pack("!2I", 0, length)
        if procedure == DEVICE_READ:
            if not answers:
                time.sleep(struct.unpack("!I", body[8:12])[0] / 1000.0)
                return struct.pack("!2I", IO_TIMEOUT, 0) + opaque(b"")
            return struct.pack("!2I", 0, END) + opaque(answers.pop(0))
        self.destroyed += procedure == DESTROY_LINK
        return struct.pack("!I", 0)

    def _line(self, data: bytes, answers: list[bytes], connection: socket.socket) -> None:
        self.lines.append(data)
        line = data.strip()
        if line == b"BYE?":
            connection.shutdown(socket.SHUT_RDWR)
        elif line == b"*IDN?":
            answers.append(b"KIKUSUI,PWR801L,1,1.0\n")
        elif line.startswith(b"VOLT "):
            self.volts = line[5:]
        elif line == b"SYST:ERR?":
            answers.append(b'+0,"No error"\n')
        elif line.endswith(b"?") and line != b"SLOW?" and not self.mute:
            answers.append({b"VOLT?": self.volts, b"MEAS:VOLT?": self.volts}.get(line, b"0") + b"\n")


@pytest.fixture
def server() -> Iterator[Vxi11]:
    made = Vxi11()
    yield made
    made.close()


def resource(server: Vxi11) -> str:
    return f"TCPIP::127.0.0.1,{server.port}::inst0::INSTR"


@pytest.fixture
def link(server: Vxi11) -> Iterator[Transport]:
    made = Transport("psu", resource(server), WallTime(), timeout=2.0)
    yield made
    made.close()


def test_query_and_write(link: Transport, server: Vxi11) -> None:
    link.write("VOLT 12.5")
    assert link.query("VOLT?").text == "12.5"
    assert server.lines == [b"VOLT 12.5\n", b"VOLT?\n"]


def test_a_supply_is_driven_over_it(server: Vxi11) -> None:
    limits = Limits(voltage_max=60.0, power_max=100.0, source_current_max=1.0)
    supply = open_instrument(
        "psu", "supply", "kikusui-pwr01", resource(server), WallTime(), limits=limits, allow_unverified=True
    )
    assert isinstance(supply, DialectSupply)
    supply.take_remote()
    supply.set_voltage(24.0)
    assert supply.measure().voltage.value == 24.0
    supply.close()
    assert server.destroyed == 1


def test_no_answer_then_a_fresh_session(link: Transport) -> None:
    with pytest.raises(NoAnswer):
        link.query("SLOW?", timeout=0.05)
    assert link.query("VOLT?").text == "0"
    assert link.reopened == 1


def test_hang_up(link: Transport, server: Vxi11) -> None:
    with pytest.raises(TransportLost):
        link.query("BYE?", consuming=True)
    assert link.query("VOLT?").text == "0"
    server.connections[-1].shutdown(socket.SHUT_RDWR)
    time.sleep(0.02)
    with pytest.raises(TransportLost, match="was not sent"):
        link.write("VOLT 5")


def test_switching_off_goes_in_a_second_session_past_a_question_without_an_answer(
    link: Transport, server: Vxi11
) -> None:
    asking = ask_in_vain(link, "SLOW?")
    while b"SLOW?\n" not in server.lines:
        time.sleep(0.005)
    began = time.monotonic()
    link.write("OUTP OFF", urgent=True)
    assert server.lines[-1] == b"OUTP OFF\n"
    assert time.monotonic() - began < 1.0
    assert asking.is_alive()
    assert (len(server.connections), server.destroyed) == (2, 1)


def test_an_instrument_with_one_session_is_not_waited_for_longer_than_it_used_to_take(
    link: Transport, server: Vxi11
) -> None:
    """The question ends after ALONE, which is 0.5 s, instead of after 2 s; then switching off has its turn."""
    for _ in range(ANSWERS):
        link.query("VOLT?")
    server.single = True
    server.mute = True
    began = time.monotonic()
    asking = ask_in_vain(link, "VOLT?")
    while server.lines.count(b"VOLT?\n") == ANSWERS:
        time.sleep(0.005)
    link.write("OUTP OFF", urgent=True)
    assert server.lines[-1] == b"OUTP OFF\n"
    assert time.monotonic() - began < 1.5
    assert not asking.is_alive()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(CannotConnect, match="psu: cannot connect"):
        Transport("psu", f"TCPIP::127.0.0.1,{port}::inst0::INSTR", WallTime())
