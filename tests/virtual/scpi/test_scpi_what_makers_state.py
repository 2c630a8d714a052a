"""Rows of the makers' guides that no suite needs: another VISA program does, and must find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Desk = Any
RATINGS = {"nominal_voltage": 60, "nominal_current": 120, "nominal_power": 4000}
REMEMBERED = {
    "ea-psb10000": {
        "POW:PROT 3000": "3000 W",
        "SINK:POW:PROT 2000": "2000 W",
        "SYST:CONF:UCD 1": "1.0 A",
        "SYST:CONF:OPD 3500": "3500 W",
        "SYST:CONF:OPD:ACT WARN": "WARN",
        "SYST:SINK:CONF:OCD 90": "90.0 A",
        "SYST:SINK:CONF:OCD:ACT ALARM": "ALAR",
        "SYST:SINK:CONF:UCD 2": "2.0 A",
        "SYST:SINK:CONF:OPD 1000": "1000 W",
    },
    "itech-it6000": {
        "VOLT:LIM:LOW 5": "5.0000",
        "CURR:SLEW:POS 40": "40.0000",
        "CURR:SLEW:NEG 50": "50.0000",
        "SINK:RES 0.1": "0.1000",
        "SINK:RES:STAT ON": "1",
        "VOLT:PROT:DEL 0.5": "0.5000",
        "CURR:PROT:DEL 0.1": "0.1000",
        "POW:PROT 3000": "3000.0000",
        "POW:PROT:STAT ON": "1",
        "POW:PROT:DEL 1": "1.0000",
        "VOLT:UND:PROT:WARM 2": "2.0000",
        "CURR:UND:PROT 1": "1.0000",
        "CURR:UND:PROT:STAT ON": "1",
        "OUTP:DEL:RISE 0.2": "0.2000",
        "OUTP:DEL:FALL 0.3": "0.3000",
    },
    "keysight-rp7900": {"VOLT:PROT:LOW:DEL 0.5": "+5.000000E-01", "VOLT:SLEW:MAX ON": "1"},
}


@pytest.mark.parametrize("personality", REMEMBERED)
def test_settings_are_taken_and_answered(personality: str, desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(personality, **RATINGS)
    if personality == "ea-psb10000":
        desk.tell("SYST:LOCK ON")
    for command, answer in REMEMBERED[personality].items():
        desk.tell(command)
        header = command.partition(" ")[0]
        assert (header, desk.ask(f"{header}?")) == (header, answer)
    assert desk.error() == 0


def test_an_ea_that_is_locked_at_its_panel(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("ea-psb10000", faults={"local_lock": True}, **RATINGS)
    assert desk.ask("SYST:LOCK:OWN?") == "LOCAL"
    for command in ("SYST:LOCK ON", "VOLT 12", "OUTP ON"):
        desk.tell(command)
        assert desk.error() == -201
    assert not desk.stage.on
    assert desk.ask("MEAS:VOLT?") == "0.00 V"


def test_the_sink_of_an_ea_has_a_resistance_in_its_mode(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("ea-psb10000", **RATINGS)
    desk.tell("SYST:LOCK ON;SINK:RES 0.5")
    assert desk.error() == -221
    desk.tell("SYST:CONF:MODE UIR;SINK:RES 0.5")
    assert desk.ask("SINK:RES?") == "0.5000 Ohm"


def test_a_plz_makes_a_short_circuit(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("kikusui-plz5w", source_voltage=0.5, **RATINGS)
    desk.tell("CURR 10;:INP:SHOR 1")
    assert desk.ask("INP:SHOR?") == "1"
    assert desk.stage.set["load"] == ("CR", 0.01)
    desk.tell("INP:SHOR 0")
    assert desk.stage.set["load"] == ("CC", 10.0)


def test_the_slower_edge_of_an_itech_counts(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("itech-it6000", **RATINGS)
    desk.tell("VOLT:SLEW:POS 200;:VOLT:SLEW:NEG 100")
    assert desk.stage.set["slew"] == 100


@pytest.mark.parametrize(("trip", "bit"), [("OVP", 0), ("OCP", 1), ("OPP", 2), ("OTP", 4)])
def test_the_trip_bits_of_an_itech(desk_of: Callable[..., Desk], trip: str, bit: int) -> None:
    desk = desk_of("itech-it6000", **RATINGS)
    desk.stage.trip(trip)
    assert int(desk.ask("STAT:QUES:COND?")) == 1 << bit


def test_the_fastest_slew_of_a_keysight(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("keysight-rp7900", **RATINGS)
    desk.tell("VOLT:SLEW 10")
    assert desk.ask("VOLT:SLEW:MAX?") == "0"
    desk.tell("VOLT:SLEW:MAX ON")
    assert desk.stage.set["slew"] is None
    desk.tell("VOLT:PROT:LOW:DEL 0.00001")
    assert desk.error() == -222
