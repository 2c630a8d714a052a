"""Status reporting and the error queue, as IEEE 488.2 and SCPI-1999 have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hil.virtual.devices.scpi.errors import ErrorQueue, ScpiError
from hil.virtual.devices.scpi.status import Register

Desk = Any


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of("scpi1999-supply")


def test_the_queue_overflows_in_its_last_place() -> None:
    queue = ErrorQueue(3)
    for number in (-101, -102, -103, -104):
        queue.push(ScpiError(number))
    assert [queue.pop().number for _ in range(4)] == [-101, -102, -350, 0]


def test_a_register_latches_edges_through_its_filters() -> None:
    register = Register(positive=0b01, negative=0b10)
    register.update(0b11)
    register.update(0b00)
    assert register.read_event() == 0b11
    assert register.read_event() == 0
    register.update(0b11)
    assert register.event == 0b01


@pytest.mark.parametrize(
    ("message", "bit"),
    [("FOO", 0x20), ("VOLT 1E6", 0x10), ("VOLT 1;*OPC", 0x01)],
)
def test_event_bits(desk: Desk, message: str, bit: int) -> None:
    assert desk.ask("*ESR?") == "128"
    desk.tell(message)
    assert desk.ask("*ESR?") == str(bit)
    assert desk.ask("*ESR?") == "0"


def test_the_status_byte_sums_up(desk: Desk) -> None:
    desk.tell("*CLS;*ESE 32;*SRE 36")
    assert desk.ask("*STB?") == "0"
    desk.tell("FOO")
    assert desk.ask("*STB?") == str(0x20 | 0x04 | 0x40)
    assert desk.error() == -113
    assert desk.ask("*STB?") == str(0x20 | 0x40)
    desk.tell("*CLS")
    assert desk.ask("*STB?;*ESE?;*SRE?") == "0;32;36"


def test_a_trip_reaches_the_status_byte(desk: Desk) -> None:
    desk.tell("*CLS;STAT:QUES:ENAB 1")
    desk.stage.trip("OVP")
    assert desk.ask("*STB?") == "8"
    assert desk.ask("STAT:QUES?") == "1"
    assert desk.ask("*STB?") == "0"
    assert desk.ask("STAT:QUES:COND?") == "1"


def test_preset(desk: Desk) -> None:
    desk.tell("STAT:OPER:ENAB 256;NTR 256;PTR 0;:STAT:PRES")
    assert desk.ask("STAT:OPER:ENAB?;NTR?;PTR?") == "0;0;32767"


def test_all_errors_at_once(desk: Desk) -> None:
    desk.tell("FOO")
    desk.tell("VOLT")
    assert desk.ask("SYST:ERR:COUN?") == "2"
    assert desk.ask("SYST:ERR:ALL?") == '-113,"Undefined header",-109,"Missing parameter"'
    assert desk.ask("SYST:ERR:ALL?") == '0,"No error"'


def test_command_errors_end_the_message_and_execution_errors_do_not(desk: Desk) -> None:
    assert desk.ask("VOLT 1;VOLT 1E6;VOLT?") == "1"
    assert desk.error() == -222
    assert desk.ask("VOLT?;FOO;:VOLT 2") == "1"
    assert desk.ask("VOLT?") == "1"
    assert desk.error() == -113


def test_the_tree_position(desk: Desk) -> None:
    desk.tell("SOUR:VOLT:PROT 50;*CLS;PROT:STAT OFF;:VOLT 3;PROT 51")
    assert desk.error() == -113, "PROT after :VOLT is looked for at the root"
    assert desk.ask("SOUR:VOLT:PROT?;PROT:STAT?;:VOLT?") == "50;0;3"


def test_channel_lists(desk: Desk) -> None:
    desk.tell("VOLT 5,(@1);:OUTP ON,(@1)")
    assert desk.ask("VOLT? (@1);:VOLT? MAX,(@1);:MEAS:VOLT? (@1)") == "5;84;5"
    desk.tell("VOLT 6,(@2)")
    assert desk.error() == -222


def test_self_test_and_version(desk: Desk) -> None:
    assert desk.ask("*TST?;*OPC?;SYST:VERS?") == "0;1;1999.0"
    desk.tell("*WAI")
    assert desk.error() == 0
