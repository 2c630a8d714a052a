"""Every trouble that can be laid on an instrument shows at the wire, and goes away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hil.virtual.devices.scpi import InstrumentSettings

Desk = Any


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of("scpi1999-supply")


def test_silence(desk: Desk) -> None:
    desk.instrument.set_fault("silent", True)
    assert desk.send("VOLT 5;VOLT?\n") == b""
    assert desk.stage.set["voltage"] == 5
    desk.instrument.set_fault("silent", False)
    assert desk.ask("VOLT?") == "5"


def test_late_answers(desk: Desk) -> None:
    desk.instrument.set_fault("late_by", 2.0)
    assert desk.send("VOLT?\n", 1.9) == b""
    assert desk.send("", 0.2) == b"0\n"


def test_garbage_and_half_answers(desk: Desk) -> None:
    desk.instrument.set_fault("garbage", True)
    answer = desk.send("*IDN?\n")
    assert min(answer[:-1]) >= 0x80
    desk.instrument.set_fault("garbage", False)
    whole = desk.ask("*IDN?")
    desk.instrument.set_fault("half_answer", True)
    half = desk.send("*IDN?\n")
    assert whole.encode().startswith(half)
    assert b"\n" not in half


def test_a_link_that_drops_in_mid_answer(desk: Desk) -> None:
    desk.instrument.set_fault("drop_in_answer", True)
    answer = desk.send("*IDN?\n")
    assert 0 < len(answer) < 20
    assert desk.connection.closed
    desk.instrument.set_fault("drop_in_answer", False)
    desk.connection = desk.connect("tcp:2")
    assert desk.ask("*OPC?") == "1"


def test_hanging_up_after_some_messages(desk: Desk) -> None:
    desk.instrument.set_fault("hang_up_after", 2)
    assert desk.ask("*OPC?") == "1"
    assert desk.ask("*OPC?") == "1"
    assert desk.send("*OPC?\nVOLT 5\n") == b""
    assert desk.connection.closed
    assert desk.stage.set["voltage"] == 0
    desk.connection = desk.connect("tcp:2")
    assert desk.ask("*OPC?") == "1"


def test_readings_that_overflow_or_stick(desk: Desk) -> None:
    desk.tell("VOLT 10;:OUTP ON")
    assert desk.ask("MEAS:VOLT?") == "10"
    desk.instrument.set_fault("stuck_reading", True)
    desk.tell("VOLT 20")
    assert desk.ask("MEAS:VOLT?") == "10"
    desk.instrument.set_fault("overflow_reading", True)
    assert desk.ask("MEAS:VOLT?") == "9.91E+37"


@pytest.mark.parametrize(("how", "number"), [("with error", -200), ("silently", 0)])
def test_an_output_that_refuses(desk: Desk, how: str, number: int) -> None:
    desk.instrument.set_fault("refuse_on", how)
    desk.tell("OUTP ON")
    assert desk.ask("OUTP?") == "0"
    assert desk.error() == number


def test_a_trip_at_a_time(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("scpi1999-supply", faults={"trip": "OCP", "trip_at": 3.0})
    desk.tell("VOLT 10;:OUTP ON")
    desk.pass_time(2.5)
    assert desk.ask("OUTP?") == "1"
    desk.pass_time(0.5)
    assert desk.ask("OUTP?;:STAT:QUES:COND?") == "0;2"


def test_a_trip_when_switched_on(desk: Desk) -> None:
    desk.instrument.set_fault("trip_when_on", True)
    desk.instrument.received(desk.connection, b"OUTP ON\n")
    desk.pass_time(0.01)
    assert desk.stage.on
    desk.pass_time(0.1)
    assert desk.stage.tripped == {"OVP"}


def test_a_full_error_queue(desk: Desk) -> None:
    desk.instrument.set_fault("full_error_queue", True)
    assert desk.ask("SYST:ERR:COUN?") == "20"
    numbers = [desk.error() for _ in range(21)]
    assert numbers == [-300] * 19 + [-350, 0]


def test_another_identity(desk: Desk) -> None:
    desk.instrument.set_fault("wrong_identity", "ACME,X,0,0")
    assert desk.ask("*IDN?") == "ACME,X,0,0"


def test_a_restart_loses_everything(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("keysight-rp7900")
    desk.tell("VOLT 10;:OUTP ON")
    desk.tell("FOO")
    desk.instrument.received(desk.connection, b"OUTP OFF;:OUTP ON\n")
    desk.instrument.set_fault("restart_at", desk.environment.now)
    desk.pass_time(0.1)
    assert desk.connection.closed
    assert not desk.stage.on
    assert desk.connect("tcp:2").closed, "it boots"
    desk.pass_time(15.0)
    desk.connection = desk.connect("tcp:3")
    assert desk.ask("VOLT?;:OUTP?;*ESR?") == "+0.000000E+00;0;128"
    assert desk.error() == 0


def test_meters_have_their_troubles_too(desk_of: Callable[..., Desk]) -> None:
    shown = [1.0]
    desk = desk_of("keysight-34460", probe=lambda: shown[0])
    assert desk.ask("READ?", 1.0) == "+1.00000000E+00"
    desk.instrument.set_fault("stuck_reading", True)
    shown[0] = 2.0
    assert desk.ask("READ?", 1.0) == "+1.00000000E+00"
    desk.instrument.set_fault("overflow_reading", True)
    assert desk.ask("READ?", 1.0) == "+9.91000000E+37"


@pytest.mark.parametrize(("name", "value"), [("nonsense", 1), ("late_by", -1), ("refuse_on", "maybe")])
def test_a_fault_that_does_not_exist(desk: Desk, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        desk.instrument.set_fault(name, value)


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="extra"):
        InstrumentSettings.model_validate({"nominal_volts": 3})


def test_quirks_are_checked(desk_of: Callable[..., Desk]) -> None:
    with pytest.raises(ValueError, match="gaps"):
        desk_of("scpi1999-supply", quirks={"gaps": 3})
    with pytest.raises(ValueError, match="choose one of"):
        desk_of("acme")


def test_own_meters_err_as_told(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("scpi1999-supply", voltage_accuracy={"gain": 0.001, "offset": 0.02, "resolution": 0.05})
    desk.tell("VOLT 40;:OUTP ON")
    assert float(desk.ask("MEAS:VOLT?")) == pytest.approx(40.05)
    noisy = desk_of("scpi1999-supply", voltage_accuracy={"noise": 0.01})
    noisy.tell("VOLT 40;:OUTP ON")
    readings = {noisy.ask("MEAS:VOLT?") for _ in range(20)}
    assert len(readings) > 10
    assert all(39.9 < float(reading) < 40.1 for reading in readings)


def test_a_stuck_meter_that_renews_itself_is_stuck_too(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("scpi1999-supply", quirks={"refresh": 0.05})
    desk.tell("VOLT 10;:OUTP ON")
    assert desk.ask("MEAS:VOLT?") == "10"
    desk.instrument.set_fault("stuck_reading", True)
    desk.tell("VOLT 20")
    assert desk.ask("MEAS:VOLT?", 0.5) == "10"
    desk.pass_time(10)
    assert desk.ask("MEAS:VOLT?", 0.5) == "10"
