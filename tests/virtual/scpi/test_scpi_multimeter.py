"""The bench multimeter: single readings, buffered readings, overload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Desk = Any


class Signal:
    """A ramp of 1 V/s in bench time, or a constant."""

    def __init__(self) -> None:
        self.desk: Desk | None = None
        self.constant: float | None = None

    def __call__(self) -> float:
        assert self.desk is not None
        return self.desk.environment.now if self.constant is None else self.constant


@pytest.fixture
def signal() -> Signal:
    return Signal()


@pytest.fixture
def meter(signal: Signal, desk_of: Callable[..., Desk]) -> Desk:
    desk = desk_of("keysight-34460", probe=signal)
    signal.desk = desk
    return desk


def test_a_single_reading(meter: Desk, signal: Signal) -> None:
    signal.constant = 47.25
    assert meter.ask("MEAS:VOLT:DC?", 1.0) == "+4.72500000E+01"
    assert meter.ask("MEASure:DC?", 1.0) == "+4.72500000E+01"
    assert meter.ask("CONF?") == '"VOLT +1.00000000E+02,+1.00000000E-04"'


def test_a_reading_is_the_mean_over_the_integration_time(meter: Desk) -> None:
    meter.tell("CONF:VOLT 100;:VOLT:NPLC 10;ZERO:AUTO OFF")
    before = meter.environment.now
    reading = float(meter.ask("READ?", 1.0))
    assert reading == pytest.approx(before + 0.001 + 0.1, abs=1e-6)


def test_overload(meter: Desk, signal: Signal) -> None:
    signal.constant = -13.0
    assert meter.ask("MEAS:VOLT:DC? 10", 1.0) == "-9.90000000E+37"
    signal.constant = 11.9
    assert meter.ask("MEAS:VOLT:DC? 10", 1.0) == "+1.19000000E+01"


def test_buffered_readings_keep_their_interval(meter: Desk) -> None:
    meter.tell("CONF:VOLT 100;:VOLT:NPLC 0.02;:SAMP:SOUR TIM;TIM 0.01;COUN 50")
    meter.tell("INIT")
    meter.pass_time(0.2)
    some = meter.ask("R? 10")
    assert some.startswith("#3159")
    first = [float(x) for x in some[5:].split(",")]
    rest = [float(x) for x in meter.ask("FETC?", 1.0).split(",")]
    assert len(first) == 10
    assert len(rest) == 40
    steps = [b - a for a, b in zip(first + rest, (first + rest)[1:], strict=False)]
    assert steps == pytest.approx([0.01] * 49, abs=1e-6)


def test_operation_complete_waits_for_the_readings(meter: Desk) -> None:
    meter.tell("CONF:VOLT 100;:VOLT:NPLC 1;ZERO:AUTO OFF;:SAMP:COUN 10")
    assert meter.send("INIT;*OPC?\n", 0.15) == b""
    meter.pass_time(0.1)
    assert meter.connection.received == b"1\n"
    assert meter.ask("DATA:POIN?") == "10"


def test_remove_with_wait_and_trigger_timer(meter: Desk) -> None:
    meter.tell("CONF:VOLT 100;:VOLT:NPLC 0.02;:TRIG:SOUR TIM;TIM 0.5;COUN 3;:INIT")
    assert meter.send("DATA:REM? 3\n") == b""
    assert meter.error() == -222
    values = [float(x) for x in meter.ask("DATA:REM? 3,WAIT", 2.0).split(",")]
    assert values[2] - values[0] == pytest.approx(1.0)


def test_misuse(meter: Desk) -> None:
    assert meter.send("FETC?\n") == b""
    assert meter.error() == -230
    meter.tell("TRIG:SOUR BUS;:INIT;:INIT")
    assert meter.error() == -213
    meter.tell("*TRG")
    assert float(meter.ask("FETC?", 1.0)) > 0
    meter.tell("*TRG")
    assert meter.error() == -211


def test_an_ammeter_reads_nothing_at_its_volt_terminals(signal: Signal, desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("keysight-34460", probe=signal, measures="A", nominal_current=100)
    signal.desk, signal.constant = desk, -62.5
    assert float(desk.ask("MEAS:CURR:DC?", 1.0)) == -62.5
    assert float(desk.ask("MEAS:VOLT:DC?", 1.0)) == 0.0
