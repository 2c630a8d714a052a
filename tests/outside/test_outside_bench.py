"""The dialects against instruments that others could have written: what is sent is known to them, and nothing is taken
for granted when they misbehave."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from hil.battery.terminals import output_trouble
from instruments.errors import (
    BadAnswer,
    CannotConnect,
    InstrumentError,
    InstrumentRefused,
    NoAnswer,
    NotProvided,
    ProtectionTripped,
    TransportLost,
)
from instruments.kinds import LoadMode
from instruments.limits import Limits
from instruments.opening import Linking, open_instrument
from instruments.timing import WallTime
from tests.outside import vendors
from tests.outside.bench import Instrument, Terminals


@dataclass(frozen=True)
class Case:
    """A dialect, who speaks it, and voltage and current within its reach."""

    dialect: str
    maker: type[Instrument]
    volts: float = 24.0
    amperes: float = 5.0


CASES = (
    Case("chroma-62000p", vendors.Chroma62000P, 48.0, 40.0),
    Case("rigol-dp800", vendors.RigolDP800),
    Case("siglent-spd", vendors.SiglentSPD),
    Case("keysight-n5700", vendors.KeysightN5700, 48.0, 20.0),
    Case("tdk-genesys-plus", vendors.GenesysPlus, 48.0, 60.0),
    Case("kikusui-pwr01", vendors.KikusuiPWR, 48.0, 40.0),
    Case("ea", vendors.EaPSB, 48.0, 60.0),
    Case("chroma-63200a", vendors.Chroma63200A, 48.0, 60.0),
    Case("itech-it8500", vendors.Itech8500Plus, 48.0, 60.0),
    Case("rigol-dl3000", vendors.RigolDL3000),
    Case("siglent-sdl1000x", vendors.SiglentSDL),
    Case("keysight-el34000", vendors.KeysightEL),
)
SUPPLIES = [case for case in CASES if case.maker.kind != "load"]
LOADS = [case for case in CASES if case.maker.kind == "load"]


def limits_of(case: Case) -> Limits:
    return Limits(
        voltage_max=1.2 * case.volts,
        power_max=3000.0,
        source_current_max=case.amperes,
        sink_current_max=case.amperes,
        overvoltage_max=1.3 * case.volts,
        overcurrent_max=1.1 * case.amperes,
    )


@dataclass
class Pair:
    """One instrument of the outside bench, and ours that drives it."""

    case: Case
    outside: Instrument
    ours: Any


Connect = Callable[..., Pair]


@pytest.fixture
def connect() -> Iterator[Connect]:
    made: list[Pair] = []

    def do(case: Case, timeout: float = 2.0) -> Pair:
        outside = case.maker(Terminals())
        ours = open_instrument(
            "unit",
            outside.kind,
            case.dialect,
            outside.resource,
            WallTime(),
            limits=limits_of(case),
            allow_unverified=True,
            linking=Linking(timeout),
        )
        made.append(Pair(case, outside, ours))
        return made[-1]

    yield do
    for pair in made:
        pair.ours.close()
        pair.outside.close()


def by_name(case: Case) -> str:
    return case.dialect


@pytest.mark.parametrize("case", SUPPLIES, ids=by_name)
def test_a_supply_from_opening_to_closing(connect: Connect, case: Case) -> None:
    pair = connect(case)
    outside, ours = pair.outside, pair.ours
    assert outside.lines == ["*IDN?"]
    outside.volts = 1.2 * case.volts  # somebody has left this
    ours.take_remote()
    assert not outside.on
    programmes: tuple[Callable[[], None], ...] = (
        lambda: ours.set_overvoltage_protection(1.1 * case.volts),
        lambda: ours.set_overcurrent_protection(1.1 * case.amperes),
        lambda: ours.set_power_limit(3000.0),
    )
    for programme in programmes:
        try:
            programme()
        except NotProvided:
            continue
    ours.set_current_limit(case.amperes)
    for tenth in range(30):
        ours.set_voltage(case.volts * (0.7 + tenth / 100))
    ours.set_voltage(case.volts)
    ours.switch(True)
    assert ours.is_on()
    outside.terminals.converter = -3.0
    seen = ours.measure()
    assert (seen.voltage.value, seen.current.value) == pytest.approx((case.volts, 3.0), abs=0.01)
    if outside.kind == "bidirectional":
        ours.set_sink_current_limit(case.amperes)
        ours.set_series_resistance(0.02)
        outside.terminals.converter = 3.0
        assert ours.measure().current.value == pytest.approx(-3.0)
    ours.raise_errors()
    ours.switch(False)
    assert not outside.on
    ours.give_back()
    assert (outside.unknown, outside.errors) == ([], [])


@pytest.mark.parametrize("case", LOADS, ids=by_name)
def test_a_load_from_opening_to_closing(connect: Connect, case: Case) -> None:
    pair = connect(case)
    outside, ours = pair.outside, pair.ours
    ours.take_remote()
    outside.terminals.charged = case.volts
    ours.set_load(LoadMode.VOLTAGE, case.volts)
    ours.set_load(LoadMode.POWER, 100.0)
    ours.set_load(LoadMode.RESISTANCE, 50.0)
    ours.set_load(LoadMode.CURRENT, case.amperes)
    assert (outside.mode, outside.levels["CC"]) == ("CC", case.amperes)
    assert not outside.on
    ours.switch(True)
    assert ours.measure().current.value == pytest.approx(-case.amperes), "into a load is negative"
    ours.raise_errors()
    ours.switch(False)
    ours.give_back()
    assert (outside.unknown, outside.errors) == ([], [])


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_protection_that_trips_is_named(connect: Connect, case: Case) -> None:
    pair = connect(case)
    pair.ours.take_remote()
    pair.ours.switch(True)
    pair.outside.trip()
    try:
        sentence = output_trouble(pair.ours, "The supply")
    except ProtectionTripped as trip:
        sentence = str(trip)
    assert sentence is not None
    assert "unit" in sentence
    assert "off" in sentence
    pair.ours.switch(False)
    with pytest.raises(InstrumentError, match=r"its output is still off|switched itself off"):
        pair.ours.switch(True)


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_set_point_that_is_refused_is_noticed(connect: Connect, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = connect(case)
    pair.ours.take_remote()

    def refuse(name: str, value: float) -> bool:
        pair.outside.fault('-222,"Data out of range"')
        return False

    monkeypatch.setattr(pair.outside, "admits", refuse)
    programme = partial(pair.ours.set_load, LoadMode.CURRENT) if pair.outside.kind == "load" else pair.ours.set_voltage
    with pytest.raises(InstrumentRefused, match=r"-222 Data out of range|was not taken"):
        programme(1.0)


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_bad_answers_are_named_and_it_can_still_be_switched_off(connect: Connect, case: Case) -> None:
    pair = connect(case, timeout=0.6)
    outside, ours = pair.outside, pair.ours
    ours.take_remote()
    ours.switch(True)
    for garbage, words in (("9.91E37", "overload value"), ("9.9E+37", "overload value"), ("\xff\x00?!", "unit.*MEAS")):
        outside.garbage = garbage
        with pytest.raises(BadAnswer, match=words):
            ours.measure()
    outside.garbage, outside.late = None, 0.8
    with pytest.raises(NoAnswer, match=r"unit: no answer to '.*' .* within 0\.6 s"):
        ours.measure()
    outside.late = 0.0
    outside.hang_up_after = 2
    ours.measure()  # asked again on a new connection
    ours.switch(False)
    assert not outside.on


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.dialect not in ("siglent-spd", "siglent-sdl1000x")], ids=by_name
)
def test_an_error_queue_without_an_end(connect: Connect, case: Case) -> None:
    pair = connect(case)
    pair.ours.take_remote()
    pair.outside.errors = ['-350,"Queue overflow"'] * 60
    with pytest.raises(InstrumentRefused, match="error queue does not end: -350 Queue overflow"):
        pair.ours.raise_errors()
    pair.outside.errors.clear()
    pair.ours.switch(False)


def test_a_socket_closed_for_silence_is_opened_again(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendors.EaPSB, "idle", 0.15)
    pair = connect(CASES[6])
    pair.ours.take_remote()
    time.sleep(0.3)
    assert pair.ours.measure().voltage.value == 0.0
    time.sleep(0.3)
    with pytest.raises(TransportLost, match="was not sent"):
        pair.ours.switch(True)  # sooner than the dialect knows it to close: something else has happened
    pair.ours.switch(False)


def test_a_second_client_is_turned_away_in_words(connect: Connect) -> None:
    pair = connect(CASES[4])
    with pytest.raises(CannotConnect, match="unit: "):
        open_instrument(
            "unit", "supply", "tdk-genesys-plus", pair.outside.resource, WallTime(), limits=limits_of(pair.case)
        )


def test_the_wrong_maker_at_an_address_is_named(connect: Connect) -> None:
    pair = connect(CASES[0])
    with pytest.raises(CannotConnect, match=r"expected Keysight N5700 .* but \*IDN\? answers 'Chroma ATE"):
        open_instrument(
            "unit", "supply", "keysight-n5700", pair.outside.resource, WallTime(), limits=limits_of(pair.case)
        )
