"""The instruments that keep to SCPI-1999: what is programmed reaches the stage, what is measured comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Desk = Any


@pytest.fixture
def supply(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of("scpi1999-supply", nominal_voltage=60, nominal_current=80, nominal_power=4000)


def test_a_supply_regulates_and_measures(supply: Desk) -> None:
    supply.tell("VOLT 48;CURR 10;:OUTP ON")
    assert supply.stage.set["voltage"] == 48
    assert supply.stage.set["source"] == 10
    assert supply.ask("OUTP?") == "1"
    assert supply.ask("MEAS:VOLT?") == "48"
    assert supply.ask("MEAS:CURR?;POW?") == "4.8;230.4"
    assert supply.error() == 0


@pytest.mark.parametrize(
    "header",
    ["VOLT", "voltage", ":SOUR:VOLT", "SOURce:VOLTage:LEVel:IMMediate:AMPLitude", "SOUR1:VOLT:AMPL", "VOLT:LEV:AMPL"],
)
def test_every_spelling_of_a_header_means_the_same(supply: Desk, header: str) -> None:
    supply.tell(f"{header} 12.5")
    assert supply.ask(f"{header}?") == "12.5"


def test_units_and_words(supply: Desk) -> None:
    for written, volts in [("500MV", 0.5), ("12 V", 12), ("0.03 kV", 30), ("MAX", 63), ("MIN", 0), ("2.5E1", 25)]:
        supply.tell(f"VOLT {written}")
        assert float(supply.ask("VOLT?")) == pytest.approx(volts)
    assert supply.ask("VOLT? MAX") == "63"
    assert supply.ask("VOLT? MIN;:CURR? MAXIMUM") == "0;84"


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("VOLTS 3", -113),
        ("VOLT 1 2", -103),
        ("VOLT 1,2", -108),
        ("VOLT", -109),
        ("VOLT ON", -224),
        ('VOLT "3"', -158),
        ("VOLT 3 A", -131),
        ("VOLT 64", -222),
        ("VOLT -1", -222),
        ("VOLT 1E99999", -123),
        ("SOUR2:VOLT 1", -114),
        ("OUTP MAYBE", -224),
        ("OUTP 3 V", -138),
        ("VOLT:,", -111),
        ("VOLT 3;CURR 1;PROT? 1", -113),
        ("\x80\x81", -101),
        ("VOLT\xe9 3", -101),
        ("VERYLONGMNEMONIC 3", -112),
        ("*FOO", -113),
        ("?", -102),
    ],
)
def test_mistakes_have_their_standard_numbers(supply: Desk, message: str, number: int) -> None:
    supply.tell(message)
    assert supply.error() == number
    assert supply.error() == 0


def test_a_bidirectional_supply_takes_the_sink_limit_signed_or_as_a_magnitude(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("scpi1999-bidirectional", nominal_current=100)
    desk.tell("CURR:LIM:NEG -30")
    assert desk.stage.set["sink"] == 30
    assert desk.ask("SINK:CURR?") == "30"
    desk.tell("CURR:LIM:NEG 30")
    assert desk.error() == -222
    assert desk.ask("CURR:LIM:NEG? MIN") == "-105"


def test_a_load_shows_what_it_draws_as_positive(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("scpi1999-load", source_voltage=50.0)
    desk.tell("FUNC CURR;:CURR 20;:INP ON")
    assert desk.stage.set["load"] == ("CC", 20)
    assert desk.stage.current == -20
    assert desk.ask("MEAS:CURR?") == "20"
    desk.tell("FUNC RESISTANCE;:RES 5")
    assert desk.ask("FUNC?") == "RES"
    assert desk.ask("MEAS:CURR?") == "10"


def test_reset_switches_off_and_returns_to_the_defaults(supply: Desk) -> None:
    supply.tell("VOLT 48;:OUTP 1;*RST")
    assert not supply.stage.on
    assert supply.ask("VOLT?") == "0"


def test_a_tripped_supply_stays_off_until_the_trip_is_cleared(supply: Desk) -> None:
    supply.tell("VOLT 48;:OUTP 1")
    supply.stage.trip("OVP")
    assert supply.ask("VOLT:PROT:TRIP?") == "1"
    assert supply.ask("STAT:QUES:COND?") == "1"
    supply.tell("OUTP 1")
    assert supply.error() == -221
    supply.tell("OUTP:PROT:CLE;:OUTP 1")
    assert supply.stage.on
    assert supply.ask("STAT:QUES?") == "1"
    assert supply.ask("STAT:QUES?") == "0"
