"""A supply and a load as a battery."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from hil.battery import BatteryMode, EmulatorSettings, PackSettings, PairSettings, Strategy
from hil.battery.strategies import make_terminals
from hil.errors import BadInput, BenchTrouble
from instruments.errors import InstrumentRefused, TransportLost
from tests.battery.conftest import Start
from tests.battery.node_simulation import Node, PretendedBidirectional, PretendedLoad, PretendedSupply
from tests.battery.simulated_clock import SimulatedClock

Pair = tuple[PretendedSupply, PretendedLoad]
PACK = PackSettings(charge_limit=40, discharge_limit=40, capacity=100)
SHARINGS = [
    PairSettings(strategy=Strategy.LOAD_ABOVE, delta=0.3),
    PairSettings(strategy=Strategy.PRELOAD, preload=45),
    PairSettings(strategy=Strategy.ADAPTIVE_PRELOAD, margin=12, slew=100),
]


def always(current: float) -> Callable[[float], float]:
    """A converter whose current no voltage changes."""
    return lambda voltage: current


@pytest.fixture(name="sharing", params=SHARINGS, ids=lambda sharing: sharing.strategy.value)
def _sharing(request: pytest.FixtureRequest) -> PairSettings:
    chosen: PairSettings = request.param
    return chosen


def test_sink_is_ready_before_the_source_and_goes_after_it(make_pair: Start, sharing: PairSettings, node: Node) -> None:
    emulator = make_pair(PACK, sharing)
    emulator.start()
    emulator.stop()
    assert node.order() == [("sink", 1.0), ("source", 1.0), ("source", 0.0), ("sink", 0.0)]
    commands = [(name, command) for name, command, _ in node.journal]
    assert commands.index(("sink", "set_load")) < commands.index(("sink", "switch"))
    assert commands.index(("source", "set_voltage")) < commands.index(("source", "switch"))


def test_a_source_that_stays_on_keeps_its_sink(make_pair: Start, sharing: PairSettings, pair: Pair) -> None:
    emulator = make_pair(PACK, sharing)
    emulator.start()
    pair[0].obeys = False
    with pytest.raises(InstrumentRefused, match="source"):
        emulator.stop()
    assert pair[1].on


def test_a_source_that_refuses_takes_the_sink_down_with_it(
    make_pair: Start, sharing: PairSettings, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = make_pair(PACK, sharing)
    emulator.start()
    emulator.open_contactor()
    switch = pair[0].switch

    def refuse_on(on: bool) -> None:
        if on:
            raise InstrumentRefused("source: output blocked by the interlock")
        switch(on)

    monkeypatch.setattr(pair[0], "switch", refuse_on)
    with pytest.raises(InstrumentRefused, match="interlock"):
        emulator.close_contactor()
    assert not pair[1].on


@pytest.mark.parametrize("current", [-40.0, 0.0, 40.0])
def test_voltage_and_current_are_the_battery_s(
    make_pair: Start, sharing: PairSettings, node: Node, clock: SimulatedClock, current: float
) -> None:
    emulator = make_pair(PACK, sharing)
    emulator.start()
    node.converter = lambda voltage: current
    clock.sleep(3.0)
    emulator.check()
    sample = emulator.latest
    assert sample.current.value == pytest.approx(current, abs=1e-3)
    assert sample.voltage.value == pytest.approx(emulator.model.terminal_voltage(current), abs=0.03)


@pytest.mark.parametrize(("before", "after"), [(-40.0, 40.0), (40.0, -40.0)])
@pytest.mark.parametrize(
    ("sharing", "jump"), [(SHARINGS[0], 0.3), (SHARINGS[1], 0.0)], ids=lambda value: getattr(value, "preload", "jump")
)
def test_hand_over_of_full_current_stays_within_the_stated_band(
    make_pair: Start,
    sharing: PairSettings,
    jump: float,
    node: Node,
    clock: SimulatedClock,
    before: float,
    after: float,
) -> None:
    emulator = make_pair(PACK, sharing, cable_resistance=0.02)
    emulator.start()
    node.converter = lambda voltage: before
    clock.sleep(3.01)
    first = node.advance()
    node.converter = lambda voltage: after
    seen = []
    for _ in range(2000):
        clock.sleep(0.001)
        seen.append(node.advance())
    emulator.check()
    assert abs(seen[0] - first) == pytest.approx(jump, abs=0.02)
    assert min(seen) >= min(first, seen[-1]) - emulator.band
    assert max(seen) <= max(first, seen[-1]) + emulator.band
    assert seen[-1] == pytest.approx(emulator.model.terminal_voltage(after), abs=0.03)


def test_adaptive_preload_rides_through_what_the_slew_allows(
    make_pair: Start, node: Node, clock: SimulatedClock
) -> None:
    emulator = make_pair(PACK, SHARINGS[2])
    emulator.start()
    begin = clock.now()
    node.converter = lambda voltage: min(40.0, 100.0 * (clock.now() - begin))
    lowest = 99.0
    for _ in range(400):
        clock.sleep(0.002)
        lowest = min(lowest, abs(node.advance()))
    assert lowest > 52.0
    assert node.voltage < 54.0


def test_adaptive_preload_draws_less_when_nothing_charges(
    make_pair: Start, node: Node, clock: SimulatedClock, pair: Pair
) -> None:
    emulator = make_pair(PACK, SHARINGS[2])
    emulator.start()
    assert pair[1].level == 12.0
    node.converter = lambda voltage: 10.0
    clock.sleep(1.0)
    assert pair[1].level == pytest.approx(22.0, abs=0.01)
    node.converter = lambda voltage: 0.0
    clock.sleep(1.0)
    assert pair[1].level == pytest.approx(22.0, abs=0.01)
    node.converter = lambda voltage: -10.0
    clock.sleep(1.0)
    assert pair[1].level == pytest.approx(22.0, abs=0.01)
    node.converter = lambda voltage: 30.0
    clock.sleep(1.0)
    node.converter = lambda voltage: 0.0
    clock.sleep(1.0)
    assert pair[1].level == pytest.approx(12.0, abs=0.01)


def test_load_above_never_lets_the_two_fight(make_pair: Start, node: Node, clock: SimulatedClock, pair: Pair) -> None:
    emulator = make_pair(PACK, SHARINGS[0])
    emulator.start()
    node.journal.clear()
    set_points = {"source": pair[0].set_point, "sink": pair[1].level}
    for current in (40.0, -40.0, 20.0, -5.0, 0.0):
        node.converter = always(current)
        clock.sleep(1.0)
    for name, command, value in node.journal:
        if command in ("set_voltage", "set_load"):
            set_points[name] = value
            assert set_points["sink"] - set_points["source"] > 0.3 - 0.03


def test_quiet_costs_one_query_of_each_and_no_write(
    make_pair: Start, sharing: PairSettings, node: Node, clock: SimulatedClock
) -> None:
    emulator = make_pair(PACK, sharing)
    emulator.start()
    clock.sleep(2.0)
    node.journal.clear()
    clock.sleep(2.0)
    assert {command for _, command, _ in node.journal} == {"measure"}
    assert len(node.journal) == 80


@pytest.mark.parametrize(
    ("sharing", "complaint"),
    [
        (PairSettings(delta=0.1), r"delta = 0\.1 V does not exceed .*0\.12 V"),
        (PairSettings(source_rating=30), "must give 40 A and is rated for 30"),
        (PairSettings(sink_rating=30), "must take 40 A and is rated for 30"),
        (PairSettings(strategy=Strategy.PRELOAD, preload=40), "preload = 40 A does not exceed .* 40 A"),
        (PairSettings(strategy=Strategy.PRELOAD, preload=45, source_rating=83), "must give 85 A"),
        (PairSettings(strategy=Strategy.ADAPTIVE_PRELOAD, margin=9, slew=100), "margin = 9 A is less .*= 10 A"),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_the_numbers(
    make_pair: Start, node: Node, sharing: PairSettings, complaint: str
) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        make_pair(PACK, sharing).start()
    assert "'source' and 'sink'" in str(caught.value)
    assert node.journal == []


def test_a_lost_load_is_named(make_pair: Start, clock: SimulatedClock, pair: Pair) -> None:
    emulator = make_pair(PACK, SHARINGS[0])
    emulator.start()
    pair[1].error = TransportLost("sink: the link broke during MEAS:CURR?")
    clock.sleep(1.0)
    with pytest.raises(BenchTrouble, match="sink: the link broke"):
        emulator.check()


def test_a_load_that_went_off_is_noticed_when_the_voltage_runs_away(
    make_pair: Start, node: Node, clock: SimulatedClock, pair: Pair
) -> None:
    emulator = make_pair(PACK, SHARINGS[0])
    emulator.start()
    pair[1].on = False
    node.converter = lambda voltage: 10.0 if voltage < 60 else 0.0
    clock.sleep(1.0)
    with pytest.raises(BenchTrouble, match="The battery load 'sink' is off"):
        emulator.check()


def test_log_shows_both_directions(make_pair: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_pair(PACK, SHARINGS[0])
    emulator.start()
    for current in (10.0, -10.0):
        node.converter = always(current)
        clock.sleep(1.0)
    modes = {sample.mode for sample in emulator.log}
    assert {BatteryMode.CHARGE, BatteryMode.DISCHARGE} <= modes
    assert all(later.time > earlier.time for earlier, later in pairwise(emulator.log))


def test_which_instruments_make_a_battery(node: Node, pair: Pair) -> None:
    resolution = EmulatorSettings().resolution
    supply, load = pair
    both = PretendedBidirectional("psb", node)
    assert make_terminals(both, None, PairSettings(), resolution, 0.05).names == "'psb'"
    assert make_terminals(both, both, PairSettings(), resolution, 0.05).names == "'psb'"
    assert make_terminals(both, load, PairSettings(), resolution, 0.05).names == "'psb' and 'sink'"
    with pytest.raises(BadInput, match="'source' alone is no battery"):
        make_terminals(supply, None, PairSettings(), resolution, 0.05)
    with pytest.raises(BadInput, match="'source' alone is no battery"):
        make_terminals(supply, both, PairSettings(), resolution, 0.05)
