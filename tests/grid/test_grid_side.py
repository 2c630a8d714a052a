"""The grid side on every combination of instruments, against a capacitor and a pretended converter."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import pytest

from hil.errors import BadInput, BenchTrouble
from hil.grid import GridSettings, GridSide, RoleMissing
from instruments.errors import InstrumentRefused, ProtectionTripped
from instruments.reading import Reading
from tests.battery.node_simulation import (
    Node,
    PretendedBidirectional,
    PretendedLoad,
    PretendedMeter,
    PretendedSupply,
)
from tests.battery.simulated_clock import SimulatedClock

CAPACITANCE = 220e-6
SETTINGS = GridSettings(discharge_timeout=5.0, timeout=2.0)


@dataclass
class Laboratory:
    """A grid side with its node."""

    clock: SimulatedClock
    node: Node
    side: GridSide
    source: PretendedSupply
    sink: PretendedLoad | PretendedBidirectional


def laboratory(
    kind: str, meters: bool = True, without: Collection[str] = (), settings: GridSettings = SETTINGS
) -> Laboratory:
    clock = SimulatedClock()
    node = Node(clock, CAPACITANCE)
    source: PretendedSupply
    sink: PretendedLoad | PretendedBidirectional
    if kind == "one bidirectional":
        source = sink = PretendedBidirectional("both", node)
    else:
        source = PretendedSupply("source", node)
        sink = PretendedLoad("sink", node) if kind == "supply and load" else PretendedBidirectional("sink", node)
    side = GridSide(
        None if "source" in without else source,
        None if "sink" in without else sink,
        PretendedMeter("voltmeter", node, "V") if meters and "voltmeter" not in without else None,
        PretendedMeter("ammeter", node, "A") if meters and "ammeter" not in without else None,
        clock,
        settings,
    )
    return Laboratory(clock, node, side, source, sink)


KINDS = ["supply and load", "supply and bidirectional", "one bidirectional"]


@pytest.fixture(name="lab", params=KINDS)
def _lab(request: pytest.FixtureRequest) -> Laboratory:
    return laboratory(request.param)


def test_making_one_sends_nothing(lab: Laboratory) -> None:
    assert lab.node.journal == []


@pytest.mark.parametrize("current", [-2.5, 0.0, 2.5])
def test_stiff_holds_in_both_directions(lab: Laboratory, current: float) -> None:
    lab.side.stiff(350.0)
    lab.node.converter = lambda voltage: -current
    lab.clock.sleep(1.0)
    assert lab.side.voltage().value == pytest.approx(350.0, abs=0.01)
    assert lab.side.current().value == pytest.approx(current, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("current", [-2.5, 2.5])
def test_current_without_an_ammeter_is_the_sum_of_the_instruments(kind: str, current: float) -> None:
    lab = laboratory(kind, meters=False)
    lab.side.stiff(350.0)
    lab.node.converter = lambda voltage: -current
    lab.clock.sleep(1.0)
    seen = lab.side.current()
    assert seen.value == pytest.approx(current, abs=1e-3)
    assert seen.end > seen.start
    assert lab.side.voltage().value == pytest.approx(350.0, abs=0.01)


def test_an_ammeter_wired_the_other_way() -> None:
    lab = laboratory("one bidirectional", settings=SETTINGS.model_copy(update={"ammeter_sign": -1}))
    lab.side.stiff(350.0)
    lab.node.converter = lambda voltage: -1.0
    assert lab.side.current().value == pytest.approx(-1.0)


def test_another_voltage_does_not_switch_again(lab: Laboratory) -> None:
    lab.side.stiff(350.0)
    switched = lab.node.order()
    lab.side.stiff(320.0)
    assert lab.node.order() == switched
    assert lab.side.voltage().value == pytest.approx(320.0, abs=0.01)


def test_sink_before_source_and_source_off_before_sink_off() -> None:
    lab = laboratory("supply and load")
    lab.side.stiff(350.0)
    lab.side.release()
    assert lab.node.order() == [("sink", 1.0), ("source", 1.0), ("source", 0.0), ("sink", 0.0)]


def test_a_source_that_stays_on_keeps_its_sink() -> None:
    lab = laboratory("supply and load")
    lab.side.stiff(350.0)
    lab.source.obeys = False
    with pytest.raises(InstrumentRefused, match="source"):
        lab.side.release()
    assert lab.sink.on


def test_load_draws_from_the_unit_and_sources_nothing(lab: Laboratory) -> None:
    lab.node.converter = lambda voltage: max(0.0, min(2.5, (350.0 - voltage) / 0.1))
    lab.side.load(1.5)
    lab.clock.sleep(1.0)
    assert lab.side.current().value == pytest.approx(-1.5, abs=1e-3)
    assert lab.side.voltage().value == pytest.approx(349.85, abs=0.01)
    lab.node.converter = lambda voltage: 0.0
    lab.clock.sleep(1.0)
    assert lab.side.voltage().value < 1.0


def test_from_stiff_to_load_the_source_lets_go(lab: Laboratory) -> None:
    lab.side.stiff(350.0)
    lab.node.converter = lambda voltage: max(0.0, min(2.5, (340.0 - voltage) / 0.1))
    lab.side.load(1.0)
    lab.clock.sleep(1.0)
    assert lab.side.voltage().value == pytest.approx(339.9, abs=0.01)


def test_push_feeds_a_unit_that_decides_the_voltage(lab: Laboratory) -> None:
    lab.node.converter = lambda voltage: -max(0.0, min(2.5, (voltage - 350.0) / 0.1))
    lab.side.push(1.0, 375.0)
    lab.clock.sleep(1.0)
    assert lab.side.current().value == pytest.approx(1.0, abs=1e-3)
    assert lab.side.voltage().value == pytest.approx(350.1, abs=0.01)


def test_push_stops_at_its_ceiling(lab: Laboratory) -> None:
    lab.side.push(1.0, 375.0)
    lab.clock.sleep(1.0)
    assert lab.side.voltage().value == pytest.approx(375.0, abs=0.01)


def test_release_leaves_the_charge(lab: Laboratory) -> None:
    lab.side.stiff(280.0)
    lab.side.release()
    lab.clock.sleep(1.0)
    assert lab.side.voltage().value == pytest.approx(280.0, abs=0.1)
    assert not lab.source.on
    assert not lab.sink.on


def test_dead_empties_the_grid_and_measures_it(lab: Laboratory) -> None:
    lab.side.stiff(350.0)
    assert lab.side.dead().value < 60.0
    assert not lab.source.on
    assert not lab.sink.on


def test_discharge_goes_as_low_as_asked(lab: Laboratory) -> None:
    lab.side.stiff(350.0)
    assert lab.side.discharge(below=5.0).value < 5.0


def test_dead_with_a_converter_that_still_runs_is_trouble(lab: Laboratory) -> None:
    lab.node.converter = lambda voltage: max(0.0, min(2.5, (350.0 - voltage) / 0.1))
    with pytest.raises(BenchTrouble, match=r"emptied below 60 V within 5 s, but 3\d\d.*Do not touch"):
        lab.side.dead()
    assert not lab.sink.on


def test_without_a_sink_the_grid_is_left_to_bleed() -> None:
    lab = laboratory("supply and load", without=["sink"])
    lab.side.push(1.0, 350.0)
    lab.clock.sleep(1.0)
    lab.node.converter = lambda voltage: -voltage / 5000.0
    assert lab.side.dead().value < 60.0


def test_a_voltage_that_does_not_come_is_trouble(lab: Laboratory) -> None:
    lab.node.converter = lambda voltage: -20.0 if voltage > 100 else 0.0
    with pytest.raises(BenchTrouble, match=r"held at 350 V, but .* V was measured after 2 s"):
        lab.side.stiff(350.0)


class ReversedMeter(PretendedMeter):
    """A voltmeter whose leads are exchanged."""

    def measure(self) -> Reading:
        seen = super().measure()
        return replace(seen, value=-seen.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_voltmeter_that_is_wired_wrong_shows_itself_at_a_voltage_that_may_be_touched(kind: str) -> None:
    lab = laboratory(kind)
    lab.side._voltmeter = ReversedMeter("voltmeter", lab.node, "V")
    with pytest.raises(BenchTrouble, match=r"held at 30 V, but -30\.0 V was measured"):
        lab.side.stiff(350.0)
    assert lab.source.set_point == 30.0


def test_the_wires_are_proven_once(lab: Laboratory) -> None:
    lab.side.stiff(350.0)
    lab.side.dead()
    lab.node.journal.clear()
    lab.side.stiff(320.0)
    assert 30.0 not in [value for *_, value in lab.node.journal]


def test_a_trip_is_named_rather_than_the_missing_voltage(lab: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    def tripped() -> None:
        raise ProtectionTripped("source: over-current protection")

    lab.node.converter = lambda voltage: -20.0 if voltage > 1 else 0.0
    monkeypatch.setattr(lab.source, "raise_errors", tripped)
    with pytest.raises(BenchTrouble, match=r"at 30 V for the first time\. source: over-current .* Look at leads"):
        lab.side.stiff(350.0)


def test_the_trip_of_the_source_stands_just_above_what_is_proven(lab: Laboratory) -> None:
    lab.side._trip = 440.0
    lab.side.stiff(350.0)
    sent = [
        (command, value)
        for _, command, value in lab.node.journal
        if command in ("set_voltage", "set_overvoltage_protection") or (command == "switch" and value)
    ]
    trip = ("set_overvoltage_protection", 440.0)
    low = sent.index(("set_overvoltage_protection", 32.5))
    assert low == 0
    assert {("set_voltage", 30.0), ("switch", 1.0)} <= set(sent[: sent.index(trip)])
    assert ("set_voltage", 350.0) in sent[sent.index(trip) :]


def test_a_source_that_went_off_without_a_word_is_named(lab: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    switch = lab.source.switch

    def trips(on: bool) -> None:
        switch(on)
        lab.source.on = False

    monkeypatch.setattr(lab.source, "switch", trips)
    with pytest.raises(BenchTrouble, match=f"'{lab.source.name}' is off although it was switched on"):
        lab.side.stiff(350.0)


def test_what_others_switched_off_comes_back(lab: Laboratory) -> None:
    lab.side.stiff(350.0)
    lab.source.on = lab.sink.on = False
    lab.side.stiff(350.0)
    assert lab.source.on
    assert lab.sink.on


ACTIONS: dict[str, Callable[[GridSide], object]] = {
    "stiff": lambda side: side.stiff(350.0),
    "push": lambda side: side.push(1.0, 350.0),
    "load": lambda side: side.load(1.0),
    "voltage": lambda side: side.voltage(),
    "current": lambda side: side.current(),
}


@pytest.mark.parametrize(
    ("action", "missing", "role"),
    [
        ("stiff", {"source"}, "grid source"),
        ("stiff", {"sink"}, "grid sink"),
        ("push", {"source"}, "grid source"),
        ("load", {"sink"}, "grid sink"),
        ("voltage", {"source", "sink", "voltmeter"}, "grid voltmeter"),
        ("current", {"source", "sink", "ammeter"}, "grid ammeter"),
    ],
)
def test_a_missing_role_is_named_before_anything_is_switched(action: str, missing: set[str], role: str) -> None:
    lab = laboratory("supply and load", without=missing)
    with pytest.raises(RoleMissing, match=f"This bench has no {role}") as caught:
        ACTIONS[action](lab.side)
    assert caught.value.role == role
    assert lab.node.journal == []


def test_one_plain_supply_cannot_fill_both_roles() -> None:
    clock = SimulatedClock()
    supply: Any = PretendedSupply("source", Node(clock))
    with pytest.raises(BadInput, match="no bidirectional supply"):
        GridSide(supply, supply, None, None, clock, SETTINGS)
