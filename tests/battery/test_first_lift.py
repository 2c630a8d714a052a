"""The battery's first lift: at a voltage that may be touched until every voltmeter of the node agrees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hil.battery import BatteryEmulator, BatteryModel, EmulatorSettings, PackSettings, PairSettings, make_terminals
from hil.battery.first_lift import GENTLE_CURRENT, FirstLift
from hil.errors import BenchTrouble
from instruments.errors import NotProvided, ProtectionTripped
from tests.battery.node_simulation import Node, PretendedBidirectional, PretendedLoad, PretendedSupply
from tests.battery.simulated_clock import SimulatedClock

LIFT = FirstLift(touch_safe=60.0, trip=77.0, apart=1.2)
TRIP = "set_overvoltage_protection"


def battery(
    source: PretendedSupply, sink: PretendedLoad | PretendedBidirectional, pack: PackSettings, lift: FirstLift = LIFT
) -> BatteryEmulator:
    settings = EmulatorSettings()
    terminals = make_terminals(source, sink, PairSettings(), settings.resolution, settings.period)
    clock = source.node.clock
    return BatteryEmulator(BatteryModel(pack), terminals, clock, settings, lift)


def commands(node: Node, *names: str) -> list[tuple[str, float]]:
    return [(command, value) for _, command, value in node.journal if command in names]


def test_the_trip_stands_just_above_what_is_proven_and_works_as_before_afterwards(
    node: Node, supply: PretendedBidirectional
) -> None:
    emulator = battery(supply, supply, PackSettings())
    emulator.start()
    sent = commands(node, TRIP, "set_current_limit", "switch")
    assert sent == [
        (TRIP, pytest.approx(1.05 * 52.8 + 1.0)),
        ("set_current_limit", GENTLE_CURRENT),
        ("switch", 1.0),
        (TRIP, 77.0),
        ("set_current_limit", 100.0),
    ]
    emulator.stop()


def test_a_battery_that_may_not_be_touched_is_proven_below_and_lifted_then(
    node: Node, supply: PretendedBidirectional
) -> None:
    emulator = battery(supply, supply, PackSettings(soc=0.99))
    emulator.start()
    sent = commands(node, TRIP, "set_voltage")
    volts = [value for command, value in sent if command == "set_voltage"]
    assert volts[0] == 54.0 < volts[1]
    assert sent[:3] == [(TRIP, pytest.approx(1.05 * 54.0 + 1.0)), ("set_voltage", 54.0), (TRIP, 77.0)]
    assert emulator.latest.voltage.value == pytest.approx(emulator.model.source_voltage, abs=0.1)
    emulator.stop()


def test_what_is_left_on_the_terminals_does_not_trip_the_source(node: Node, supply: PretendedBidirectional) -> None:
    node.voltage, node.capacitance = 53.0, 10.0
    emulator = battery(supply, supply, PackSettings(soc=0.1))
    with pytest.raises(BenchTrouble):
        emulator.start()
    assert commands(node, TRIP)[0][1] == pytest.approx(1.05 * 53.0 + 1.0)


def test_a_lost_sense_lead_is_named_when_the_source_trips(
    node: Node, supply: PretendedBidirectional, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tripped() -> None:
        raise ProtectionTripped("'psb' has switched itself off: over-voltage.")

    monkeypatch.setattr(supply, "raise_errors", tripped)
    node.converter = lambda volts: -1.0 if volts > 0.0 else 0.0
    monkeypatch.setattr(supply, "current_at", lambda volts: 0.0)
    emulator = battery(supply, supply, PackSettings())
    with pytest.raises(BenchTrouble, match=r"switched itself off: over-voltage\. Look at its sense leads"):
        emulator.start()
    assert not supply.on
    assert [value for _, value in commands(node, TRIP)] == [pytest.approx(56.44)], "it stays low"


@pytest.mark.parametrize(
    ("shows", "cause"),
    [
        (lambda volts: -volts, "'sink' -52.80 V: the leads or sense leads of 'sink' are reversed"),
        (lambda volts: 0.1, "'sink' 0.10 V: a lead or sense lead of 'sink' is off, or a fuse"),
        (lambda volts: 0.9 * volts, "look at leads and sense leads of 'sink'; 1.2 V apart would be fine"),
    ],
)
def test_a_sink_that_disagrees_is_named_and_everything_is_off(
    node: Node, pair: tuple[PretendedSupply, PretendedLoad], shows: Callable[[float], float], cause: str
) -> None:
    source, sink = pair
    sink.shows = shows
    with pytest.raises(BenchTrouble, match=cause):
        battery(source, sink, PackSettings()).start()
    assert (source.on, sink.on) == (False, False)
    assert max(value for _, value in commands(node, "set_current_limit")) == GENTLE_CURRENT


def test_a_source_without_a_trip_proves_itself_all_the_same(
    clock: SimulatedClock, supply: PretendedBidirectional, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: float) -> None:
        raise NotProvided("'psb' has no over-voltage protection")

    monkeypatch.setattr(supply, TRIP, refuse)
    emulator = battery(supply, supply, PackSettings())
    emulator.start()
    assert emulator.latest.voltage.value == pytest.approx(52.8, abs=0.02)
    emulator.stop()
