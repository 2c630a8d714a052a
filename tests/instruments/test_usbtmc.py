"""The Transport over USB-TMC, as far as it can be shown without a USB bus: at pyvisa's session."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
import pyvisa
from pyvisa import constants
from pyvisa.errors import VisaIOError

from instruments.errors import CannotConnect, NoAnswer, TransportLost
from instruments.promptness import ANSWERS
from instruments.timing import WallTime
from instruments.transport import ALONE, Transport


class UsbSession:
    """What pyvisa opens for `USB0::...::INSTR`: messages come whole, and there is no socket inside."""

    interface_type = constants.InterfaceType.usb
    resource_class = "INSTR"
    session = 1
    visalib = object()
    timeout = 0.0

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.waiting: list[bytes] = []
        self.unplugged = False
        self.closed = 0

    def write_raw(self, data: bytes) -> None:
        if self.unplugged:
            raise VisaIOError(constants.StatusCode.error_connection_lost)
        self.sent.append(data)
        if data.startswith(b"ECHO? "):
            self.waiting.append(data[6:])

    def read_raw(self) -> bytes:
        if not self.waiting:
            raise VisaIOError(constants.StatusCode.error_timeout)
        return self.waiting.pop(0)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[UsbSession]:
    opened: list[UsbSession] = []

    class Manager:
        def __init__(self, backend: str) -> None:
            assert backend == "@py"

        def open_resource(self, resource: str, **options: Any) -> UsbSession:
            assert resource == "USB0::0x2A8D::0x3402::MY1::INSTR"
            opened.append(UsbSession())
            return opened[-1]

    monkeypatch.setattr(pyvisa, "ResourceManager", Manager)
    return opened


def open_link() -> Transport:
    return Transport("load", "USB0::0x2A8D::0x3402::MY1::INSTR", WallTime(), timeout=1.5)


def test_query_and_write(sessions: list[UsbSession]) -> None:
    link = open_link()
    link.write("CURR 5")
    assert link.query("ECHO? 12.5").text == "12.5"
    assert sessions[0].sent == [b"CURR 5\n", b"ECHO? 12.5\n"]
    assert 1000.0 < sessions[0].timeout <= 1500.0
    link.close()
    assert sessions[0].closed == 1


def test_no_answer_then_a_fresh_session(sessions: list[UsbSession]) -> None:
    link = open_link()
    with pytest.raises(NoAnswer, match="load: no answer to 'SLOW"):
        link.query("SLOW?")
    assert link.query("ECHO? 1").text == "1"
    assert (len(sessions), sessions[0].closed) == (2, 1)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Please install PyUSB to use this resource type.\nNo module named 'usb'", r"pip install 'apis-hil\[usb\]'"),
        ("PyUSB does not seem to be properly installed.\nPlease refer", r"pip install 'apis-hil\[usb\]'"),
        ("No device found.", "No device found: lsusb shows whether it is there.*udev rule"),
        ("failed to set configuration\n [Errno 13] Access denied", "Access denied.*udev rule"),
    ],
)
def test_what_is_in_the_way_of_a_device(monkeypatch: pytest.MonkeyPatch, said: str, sentence: str) -> None:
    class Manager:
        def __init__(self, backend: str) -> None: ...

        def open_resource(self, resource: str, **options: Any) -> None:
            raise ValueError(said)

    monkeypatch.setattr(pyvisa, "ResourceManager", Manager)
    with pytest.raises(CannotConnect, match=sentence):
        open_link()


def test_a_device_that_is_not_there_with_and_without_the_extra() -> None:
    known = importlib.util.find_spec("usb") is not None and importlib.util.find_spec("libusb_package") is not None
    with pytest.raises(CannotConnect, match="No device found" if known else "apis-hil"):
        open_link()


def test_a_question_ends_sooner_once_it_is_known_how_long_it_takes(sessions: list[UsbSession]) -> None:
    """Nothing can be sent past it, so this bounds the time after which switching off has its turn."""
    link = open_link()
    for _ in range(ANSWERS):
        link.query("ECHO? 1")
    link.query("ECHO? 1")
    assert sessions[0].timeout <= 1000.0 * ALONE
    link.query("ECHO? 2")
    assert sessions[0].timeout > 1000.0 * ALONE


def test_unplugged(sessions: list[UsbSession]) -> None:
    link = open_link()
    sessions[0].unplugged = True
    with pytest.raises(TransportLost, match="lost the link to USB0"):
        link.write("CURR 5")
    with pytest.raises(TransportLost, match="was not sent"):
        link.write("CURR 5")
    assert link.query("ECHO? 2").text == "2"
