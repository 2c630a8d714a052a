"""A pretended battery bench: one node, simulated time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hil.battery import BatteryEmulator, BatteryModel, EmulatorSettings, PackSettings, make_terminals
from hil.battery.pair import PairSettings
from tests.battery.node_simulation import Node, PretendedBidirectional, PretendedLoad, PretendedSupply
from tests.battery.simulated_clock import SimulatedClock

Start = Callable[..., BatteryEmulator]


@pytest.fixture(name="clock")
def _clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture(name="node")
def _node(clock: SimulatedClock) -> Node:
    return Node(clock)


@pytest.fixture(name="supply")
def _supply(node: Node) -> PretendedBidirectional:
    return PretendedBidirectional("psb", node)


@pytest.fixture(name="make_one")
def _make_one(clock: SimulatedClock, supply: PretendedBidirectional) -> Iterator[Start]:
    made = []

    def make(pack: PackSettings | None = None, **settings: Any) -> BatteryEmulator:
        loop = EmulatorSettings(**settings)
        terminals = make_terminals(supply, supply, PairSettings(), loop.resolution, loop.period)
        made.append(BatteryEmulator(BatteryModel(pack or PackSettings()), terminals, clock, loop))
        return made[-1]

    yield make
    supply.error, supply.obeys = None, True
    for emulator in made:
        emulator.stop()


@pytest.fixture(name="pair")
def _pair(node: Node) -> tuple[PretendedSupply, PretendedLoad]:
    return PretendedSupply("source", node), PretendedLoad("sink", node)


@pytest.fixture(name="make_pair")
def _make_pair(clock: SimulatedClock, pair: tuple[PretendedSupply, PretendedLoad]) -> Iterator[Start]:
    made = []

    def make(pack: PackSettings | None = None, sharing: PairSettings | None = None, **settings: Any) -> BatteryEmulator:
        loop = EmulatorSettings(**settings)
        terminals = make_terminals(*pair, sharing or PairSettings(), loop.resolution, loop.period)
        made.append(BatteryEmulator(BatteryModel(pack or PackSettings()), terminals, clock, loop))
        return made[-1]

    yield make
    for instrument in pair:
        instrument.error, instrument.obeys = None, True
    for emulator in made:
        emulator.stop()
