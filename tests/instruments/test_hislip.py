"""The Transport over HiSLIP, against a server with just enough of the protocol (IVI-6.1)."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from instruments.errors import NoAnswer, TransportLost
from instruments.timing import WallTime
from instruments.transport import Transport
from tests.instruments.asking import ask_in_vain
from tests.instruments.listening import Listening

HEADER = "!2sBBIQ"


class Hislip(Listening):
    """Answers `ECHO? text` with text, "SLOW?" never, and closes on "BYE?"."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []

    def serve(self, connection: socket.socket) -> None:
        while True:
            _, kind, _, parameter, length = struct.unpack(HEADER, connection.recv(16, socket.MSG_WAITALL))
            payload = connection.recv(length, socket.MSG_WAITALL) if length else b""
            if kind == 0:  # Initialize
                connection.sendall(struct.pack(HEADER, b"HS", 1, 0, 0x0100_0001, 0))
            elif kind == 17:  # AsyncInitialize
                connection.sendall(struct.pack(HEADER, b"HS", 18, 0, 0, 0))
            elif kind == 15:  # AsyncMaxMsgSize
                connection.sendall(struct.pack(HEADER, b"HS", 16, 0, 0, 8) + payload)
            elif kind == 7:  # DataEnd
                self._data(connection, parameter, payload)

    def _data(self, connection: socket.socket, parameter: int, payload: bytes) -> None:
        self.lines.append(payload)
        if payload.startswith(b"BYE?"):
            connection.shutdown(socket.SHUT_RDWR)
        elif payload.startswith(b"ECHO?"):
            answer = payload.partition(b" ")[2]
            connection.sendall(struct.pack(HEADER, b"HS", 7, 0, parameter, len(answer)) + answer)


@pytest.fixture
def server() -> Iterator[Hislip]:
    made = Hislip()
    yield made
    made.close()


@pytest.fixture
def link(server: Hislip) -> Iterator[Transport]:
    made = Transport("dmm", f"TCPIP::127.0.0.1::hislip0,{server.port}::INSTR", WallTime(), timeout=2.0)
    yield made
    made.close()


def test_query_and_write(link: Transport, server: Hislip) -> None:
    link.write("VOLT 5")
    assert link.query("ECHO? 12.5").text == "12.5"
    assert server.lines == [b"VOLT 5\n", b"ECHO? 12.5\n"]


def test_no_answer_then_a_fresh_session(link: Transport) -> None:
    with pytest.raises(NoAnswer):
        link.query("SLOW?", timeout=0.05)
    assert link.query("ECHO? 1").text == "1"
    assert link.reopened == 1


def test_switching_off_goes_past_a_question_without_an_answer(link: Transport, server: Hislip) -> None:
    asking = ask_in_vain(link, "SLOW?")
    while b"SLOW?\n" not in server.lines:
        time.sleep(0.005)
    link.write("OUTP OFF", urgent=True)
    while b"OUTP OFF\n" not in server.lines:
        time.sleep(0.005)
    assert asking.is_alive()
    assert link.query("ECHO? 1").text == "1"
    assert server.lines == [b"SLOW?\n", b"OUTP OFF\n", b"ECHO? 1\n"]


def test_hang_up(link: Transport, server: Hislip) -> None:
    with pytest.raises(TransportLost):
        link.query("BYE?", consuming=True)
    assert link.query("ECHO? 2").text == "2"
    for connection in server.connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    time.sleep(0.02)
    with pytest.raises(TransportLost, match="was not sent"):
        link.write("VOLT 5")
