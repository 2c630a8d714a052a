"""The envelope against whatever can be written: forms, units, compounds, words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.dialect import Dialect, Kind, dialect_names, load_dialect
from instruments.envelope import Envelope, LimitedHeader, Setting, SlewCommand, header_pattern
from instruments.errors import OutsideLimits
from instruments.kinds import LoadMode
from instruments.limits import Limits
from instruments.message import parse_message, parse_number

LIMITS = Limits(
    voltage_max=60.0,
    voltage_min=0.0,
    power_max=3000.0,
    source_current_max=50.0,
    sink_current_max=20.0,
    resistance_min=0.5,
)
SUPPLY = Envelope("psu", "supply", LIMITS)
BIDIRECTIONAL = Envelope("bat", "bidirectional", LIMITS, [LimitedHeader("SINK:CURRent", ("sink_current",))])
LOAD = Envelope("load", "load", LIMITS)


def allowed(envelope: Envelope, message: str) -> bool:
    try:
        envelope.check(message)
    except OutsideLimits:
        return False
    return True


def mnemonic(long: str) -> st.SearchStrategy[str]:
    """Short form, long form, anything between, any case, with or without a suffix."""
    short = sum(letter.isupper() for letter in long)
    return st.builds(
        lambda length, upper, suffix: (long[:length].upper() if upper else long[:length].lower()) + suffix,
        st.integers(short, len(long)),
        st.booleans(),
        st.sampled_from(["", "1", "2"]),
    )


@st.composite
def voltage_headers(draw: st.DrawFn) -> str:
    nodes = [("SOURce", True), ("VOLTage", False), ("LEVel", True), ("IMMediate", True), ("AMPLitude", True)]
    words = [draw(mnemonic(node)) for node, optional in nodes if not optional or draw(st.booleans())]
    return draw(st.sampled_from(["", ":"])) + ":".join(words)


@st.composite
def spelled_volts(draw: st.DrawFn) -> tuple[float, str]:
    """A voltage and one way to write it."""
    volts = draw(st.floats(-200.0, 200.0).map(lambda value: round(value, 3)))
    unit, factor = draw(st.sampled_from([("", 1.0), ("V", 1.0), (" V", 1.0), (" mV", 1e3), ("KV", 1e-3), ("uv", 1e6)]))
    number = volts * factor
    return volts, draw(st.sampled_from([f"{number:.6f}", f"{number:+.9E}", f"{number!r}"])) + unit


@given(
    voltage_headers(), spelled_volts(), st.sampled_from(["{}", "*CLS;{}", "CURR 1;:{}", "{};*OPC?", "VOLT?;{}", " {} "])
)
def test_voltage_passes_exactly_within_its_limits(header: str, spelled: tuple[float, str], frame: str) -> None:
    volts, text = spelled
    message = frame.format(f"{header} {text}")
    clear_of_edge = min(abs(volts - 60.0), abs(volts)) > 1e-3
    if clear_of_edge:
        assert allowed(SUPPLY, message) == (0.0 <= volts <= 60.0)


@given(voltage_headers(), st.text(alphabet="abcdefgxyzMINAXDEFUPOWNinf()@#'\"-+.", min_size=1, max_size=12))
def test_what_is_not_a_number_is_refused_on_a_limited_header(header: str, text: str) -> None:
    if parse_number(text, ("V",)) is None:
        assert not allowed(SUPPLY, f"{header} {text}")


@given(st.text(max_size=60))
def test_any_text_is_taken_apart_without_trouble(text: str) -> None:
    parse_message(text)
    allowed(SUPPLY, text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_round_trip(value: float) -> None:
    assert parse_number(repr(value), ()) == value


@pytest.mark.parametrize(
    "message",
    [
        "VOLT MAX",
        "VOLT INF",
        "VOLT DEF",
        "VOLT UP",
        "VOLT",
        "VOLT 1e999",
        "VOLT #H30",
        "VOLT 61,(@1)",
        "SOUR1:VOLT 61",
        "VOLT 5;VOLT 61",
        "VOLT 5\nVOLT 61",
        "SOUR:CURR 1;VOLT 61",
        "SOUR:CURR:LEV 1;:SOUR:VOLT:LEV 61",
        "*IDN?;VOLT 0.061 kV",
        "VOLT:TRIG 61",
        "LIST:VOLT 1,2,61",
        "APPL 48,51",
        "APPL CH1,48,51",
        "APPL CH1,61,1",
        "CURR 51",
        "CURR -1",
        "POW 3.1kW",
        "*RCL 1",
        "MEM:STAT:REC 1",
        "VOLTA 61",
        "*RST",
        "VOLT:RANG 500",
        "VOLT:STEP 500",
        "VOLT:PROT:STAT OFF",
        "VOLT:MODE LIST",
        "INST:NSEL 2",
        "ARB:VOLT 500",
        "VSET1:500",
        "*DDT #15VOLT9",
        "*CLS;PROG:STAT RUN",
        "SYST:COMM:WDOG OFF",
        "VOLT5",
        "\x00VOLT 5",
    ],
)
def test_refused_on_a_supply(message: str) -> None:
    with pytest.raises(OutsideLimits, match="was not sent"):
        SUPPLY.check(message)


@pytest.mark.parametrize(
    "message",
    [
        "VOLT 60",
        "VOLT?",
        "VOLT? MAX",
        "VOLT 5,(@1)",
        "APPL CH1,48,50",
        "LIST:VOLT 1,2,3",
        "*CLS",
        "SYST:REM;:VOLT 5",
        "OUTP ON",
        "",
    ],
)
def test_allowed_on_a_supply(message: str) -> None:
    SUPPLY.check(message)


def test_signs_by_kind() -> None:
    assert allowed(BIDIRECTIONAL, "CURR 50")
    assert allowed(BIDIRECTIONAL, "CURR -20")
    assert not allowed(BIDIRECTIONAL, "CURR -21")
    assert allowed(BIDIRECTIONAL, "SINK:CURR 20")
    assert not allowed(BIDIRECTIONAL, "SINK:CURR 21")
    assert allowed(LOAD, "CURR 20")
    assert not allowed(LOAD, "CURR 21")


def test_load_rules() -> None:
    assert not allowed(LOAD, "RES 0.4")
    assert allowed(LOAD, "RES 0.5 OHM")
    assert not allowed(LOAD, "RES 500 MOHM")  # mega by IEEE 488.2, milli to some instruments


def test_trip_thresholds_are_limited_where_stated() -> None:
    envelope = Envelope("psu", "supply", Limits(voltage_max=60.0, power_max=1.0, overvoltage_max=66.0))
    assert allowed(envelope, "VOLT:PROT 66")
    assert not allowed(envelope, "VOLT:PROT 67")
    assert not allowed(envelope, "VOLT:PROT MAX")


def test_cross_rule_is_asked_every_time() -> None:
    source_on = [False]

    def rule(setting: Setting) -> str | None:
        short = setting.quantity == "short_circuit" and setting.value
        return "a source is above 5 V" if short and source_on[0] else None

    limits = Limits(voltage_max=60.0, power_max=100.0, sink_current_max=10.0, short_circuit=True)
    envelope = Envelope("load", "load", limits, rule=rule)
    envelope.check("INP:SHOR ON")
    source_on[0] = True
    with pytest.raises(OutsideLimits, match="a source is above 5 V"):
        envelope.check("INP:SHOR ON")
    envelope.check("INP:SHOR OFF")


def test_short_circuit_is_refused_by_default() -> None:
    with pytest.raises(OutsideLimits, match="no short-circuit mode"):
        LOAD.check(":SOUR:INP:SHOR 1")


def test_what_the_dialect_uses_passes_with_the_words_it_uses() -> None:
    envelope = Envelope("load", "load", LIMITS, commands=["FUNC CURR", "FUNC VOLT", "SYST:WDOG {seconds};:SYST:LOCK 1"])
    assert allowed(envelope, "FUNC CURR")
    assert allowed(envelope, "func VOLT")
    assert allowed(envelope, "SYST:WDOG 5;:SYST:LOCK 1")
    for message in ("FUNC SHOR", "FUNC:MODE LIST", "SYST:WDOG 5,6", "SYST:LOCK 0", "FUNC"):
        assert not allowed(envelope, message)


def test_a_slew_rate_is_judged_in_the_unit_of_the_instrument() -> None:
    """The load takes A/us, the limit is 2 A/s; without a limit anything goes that the dialect uses."""
    slews = [SlewCommand("CURR:SLEW {value}", "current", 1e-6)]
    free = Envelope("load", "load", LIMITS, commands=["CURR:SLEW {value}"], slews=slews)
    slow = Envelope("load", "load", replace(LIMITS, current_slew_max=2.0), commands=["CURR:SLEW {value}"], slews=slews)
    assert allowed(slow, "CURR:SLEW 2E-6")
    assert allowed(free, "CURR:SLEW 3E-6")
    assert allowed(free, "CURR:SLEW MAX")
    for message in ("CURR:SLEW 2.1E-6", "curr:slew MAX", "*CLS;CURR:SLEW 1", ":CURR:SLEW -1"):
        assert not allowed(slow, message)


def tables() -> Iterator[Dialect]:
    """Every dialect of every kind that has terminals with power."""
    kinds: tuple[Kind, ...] = ("supply", "bidirectional", "load")
    for name in dialect_names():
        for kind in kinds:
            with suppress(ValueError):  # not every family has every kind
                yield load_dialect(name, kind)


@pytest.mark.parametrize("table", list(tables()), ids=lambda table: f"{table.name} {table.kind}")
def test_every_set_point_of_a_dialect_is_limited(table: Dialect) -> None:
    """A row that sets volts, amperes, watts or ohms far beyond the limits must never pass."""
    tight = Limits(voltage_max=1.0, power_max=1.0, source_current_max=1.0, sink_current_max=1.0)
    tight = replace(tight, overvoltage_max=1.0, overcurrent_max=1.0, resistance_min=1.0)
    envelope = Envelope("it", table.kind, tight, table.limited_headers(), None, table.commands())
    rows = table.rows
    settings = [rows.voltage, rows.current, rows.power, rows.sink_current, rows.sink_power, rows.overvoltage]
    settings += [rows.overcurrent, rows.sink_overcurrent, *rows.levels.values()]
    for row in (row for row in settings if row is not None):
        beyond = row.to_wire(0.001 if row is rows.levels.get(LoadMode.RESISTANCE) else 1e6)
        commands = [command.replace("{value}", f"{beyond:g}") for command in row.set if "{value}" in command]
        assert commands
        assert not any(allowed(envelope, command) for command in commands), commands
    if rows.short_circuit is not None:
        assert not any(allowed(envelope, command) for command in rows.short_circuit.on)
    assert rows.output is None or all(allowed(envelope, command) for command in (*rows.output.on, *rows.output.off))


def test_header_notation() -> None:
    pattern = header_pattern("[SOURce:]VOLTage[:LEVel]")
    assert all(pattern.fullmatch(text) for text in ("VOLT", "VOLTAGE", "SOUR2:VOLT", "SOURCE:VOLT:LEV"))
    assert not any(pattern.fullmatch(text) for text in ("VOL", "VOLT:PROT", "VOLTAGES", "LEV"))


def test_limits_are_checked_themselves() -> None:
    with pytest.raises(ValueError, match="above the highest"):
        Limits(voltage_max=1.0, voltage_min=2.0, power_max=1.0)
    with pytest.raises(ValueError, match="positive magnitude"):
        Limits(voltage_max=1.0, power_max=-1.0)
