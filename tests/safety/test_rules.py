"""Rules across instruments, through the envelope that every message passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.safety.rules import Rules
from instruments.envelope import Envelope
from instruments.errors import OutsideLimits
from instruments.limits import Limits
from instruments.reading import Reading

KINDS = {"source": "supply", "both": "bidirectional", "load": "load"}
SIDES = {"source": "grid", "both": "battery", "load": "grid"}
LIMITS = Limits(400.0, 4000.0, 8.0, 8.0, short_circuit=True)


def envelope(rules: Rules, name: str) -> Envelope:
    return Envelope(name, KINDS[name], LIMITS, rule=rules)


@pytest.mark.parametrize("message", ["OUTP ON", "VOLT 350", "CURR 1", "APPL 350,1", "VOLT 0;OUTP ON"])
def test_nothing_energises_before_the_bench_is_armed(message: str) -> None:
    with pytest.raises(OutsideLimits, match="not armed"):
        envelope(Rules(KINDS, SIDES), "source").check(message)


@pytest.mark.parametrize("name", ["source", "both", "load"])
@pytest.mark.parametrize("message", ["OUTP OFF", "VOLT 0", "CURR 0", "VOLT:PROT 400", "MEAS:VOLT?", "*CLS"])
def test_what_does_not_energise_always_passes(name: str, message: str) -> None:
    envelope(Rules(KINDS, SIDES), name).check(message)


def test_a_sink_may_draw_while_the_bench_is_closed() -> None:
    rules = Rules(KINDS, SIDES, closed="the bench was stopped: a reason")
    envelope(rules, "load").check("CURR 1;INP ON")
    both = envelope(rules, "both")
    with pytest.raises(OutsideLimits, match="a reason"):
        both.check("OUTP ON")
    for message in ("VOLT 0", "CURR 0", "OUTP ON"):
        both.check(message)


def test_an_armed_bench_energises() -> None:
    rules = Rules(KINDS, SIDES, closed=None)
    envelope(rules, "source").check("VOLT 350;CURR 3;OUTP ON")


@pytest.mark.parametrize("before", [("VOLT 5.1", "OUTP ON"), ("OUTP ON", "VOLT 5.1")])
def test_no_source_with_voltage_beside_a_short_circuit(before: tuple[str, str]) -> None:
    rules = Rules(KINDS, SIDES, closed=None)
    load, source, other = (envelope(rules, name) for name in ("load", "source", "both"))
    load.check("INP:SHOR ON")
    source.check(before[0])
    with pytest.raises(OutsideLimits, match="load short-circuits the same terminals"):
        source.check(before[1])
    source.check("VOLT 5")
    other.check("VOLT 50;OUTP ON")
    load.check("INP:SHOR OFF")
    source.check("VOLT 350;OUTP ON")


def test_no_short_circuit_beside_a_source_with_voltage() -> None:
    rules = Rules(KINDS, SIDES, closed=None)
    load, source = envelope(rules, "load"), envelope(rules, "source")
    load.check("INP:SHOR ON")
    load.check("INP:SHOR OFF")
    source.check("VOLT 5.1")
    load.check("INP:SHOR ON")
    load.check("INP:SHOR OFF")
    source.check("OUTP ON")
    with pytest.raises(OutsideLimits, match=r"source has 5\.1 V"):
        load.check("INP:SHOR ON")
    load.check("INP:SHOR OFF")
    source.check("OUTP OFF")
    load.check("INP:SHOR ON")


def test_no_short_circuit_on_terminals_that_measure_voltage() -> None:
    rules = Rules(KINDS, SIDES, closed=None)
    rules.note("load", Reading(350.0, "V", 0.0, 0.0))
    rules.note("load", Reading(0.0, "A", 0.0, 0.0))
    with pytest.raises(OutsideLimits, match="load has 350 V"):
        envelope(rules, "load").check("INP:SHOR ON")
    rules.note("load", Reading(4.9, "V", 0.0, 0.0))
    envelope(rules, "load").check("INP:SHOR ON")


def test_voltage_on_the_other_side_is_no_reason() -> None:
    rules = Rules(KINDS, SIDES, closed=None)
    envelope(rules, "both").check("VOLT 52;OUTP ON")
    envelope(rules, "load").check("INP:SHOR ON")


@given(st.lists(st.sampled_from(["VOLT 350", "VOLT 0", "CURR 3", "CURR 0", "OUTP ON", "OUTP OFF"]), max_size=12))
def test_a_closed_bench_never_lets_a_supply_reach_a_live_output(messages: list[str]) -> None:
    """Whatever is tried in whatever order, what got through is never an output that is on with a voltage."""
    rules = Rules(KINDS, SIDES)
    both = envelope(rules, "both")
    volts, on = 350.0, False  # what somebody left programmed
    for message in messages:
        try:
            both.check(message)
        except OutsideLimits:
            continue
        volts = float(message.split()[1]) if message.startswith("VOLT") else volts
        on = message == "OUTP ON" or (on and message != "OUTP OFF")
        assert not (on and volts > 0.0)
