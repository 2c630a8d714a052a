"""A battery out of the outside bench's instruments: brought up, driven through a reversal, tripped, and made safe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hil.battery import (
    BatteryEmulator,
    BatteryModel,
    EmulatorSettings,
    PackSettings,
    PairSettings,
    Strategy,
    make_terminals,
)
from hil.clock import RealClock
from hil.errors import BenchTrouble
from hil.safety.safe_state import PowerPart, SafePlan, make_safe
from instruments.limits import Limits
from instruments.opening import open_instrument
from tests.looking import check_until_it_raises
from tests.outside import vendors
from tests.outside.bench import Instrument, Terminals

LIMITS = Limits(
    voltage_max=60.0,
    power_max=3000.0,
    source_current_max=80.0,
    sink_current_max=60.0,
    overvoltage_max=66.0,
)
PAIRS = {
    "Chroma, load above": (
        ("chroma-62000p", vendors.Chroma62000P),
        ("chroma-63200a", vendors.Chroma63200A),
        PairSettings(strategy=Strategy.LOAD_ABOVE, delta=0.25),
    ),
    "GENESYS+ and ITECH, preload": (
        ("tdk-genesys-plus", vendors.GenesysPlus),
        ("itech-it8500", vendors.Itech8500Plus),
        PairSettings(strategy=Strategy.PRELOAD, preload=35.0),
    ),
    "GENESYS+ and ITECH, adaptive preload": (
        ("tdk-genesys-plus", vendors.GenesysPlus),
        ("itech-it8500", vendors.Itech8500Plus),
        PairSettings(strategy=Strategy.ADAPTIVE_PRELOAD, margin=12.0, slew=100.0),
    ),
    "EA alone": (("ea", vendors.EaPSB), None, PairSettings()),
}
PACK = PackSettings(charge_limit=30.0, discharge_limit=30.0)


class Stand:
    """The instruments, ours and outside, and the battery that they make."""

    def __init__(self, words: Any) -> None:
        self.clock = RealClock()
        self.node = Terminals()
        self.outside: list[Instrument] = []
        self.ours: list[Any] = []
        for dialect, maker in (entry for entry in words[:2] if entry is not None):
            made: Instrument = maker(self.node)
            opened = open_instrument(
                made.kind,
                made.kind,
                dialect,
                made.resource,
                self.clock,
                limits=LIMITS,
                allow_unverified=True,
            )
            opened.take_remote()
            self.outside.append(made)
            self.ours.append(opened)
        settings = EmulatorSettings(voltage_tolerance=0.5, behind_factor=40.0, diagnosis_period=0.1)
        terminals = make_terminals(
            self.ours[0], self.ours[1] if len(self.ours) > 1 else None, words[2], settings.resolution, settings.period
        )
        self.battery = BatteryEmulator(BatteryModel(PACK), terminals, self.clock, settings)

    def make_safe(self) -> Any:
        def part(one: Any) -> PowerPart:
            return PowerPart(one.name, lambda: one, one.name != "load", 1.0)

        return make_safe(SafePlan(tuple(part(one) for one in self.ours), (), None, 60.0), self.clock)

    def close(self) -> None:
        self.battery.halt()
        for one in self.ours:
            one.close()
        for made in self.outside:
            made.close()
        self.clock.close()


@pytest.fixture(params=PAIRS)
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    made = Stand(PAIRS[request.param])
    yield made
    made.close()


def test_it_is_a_battery_in_both_directions_and_ends_safe(stand: Stand) -> None:
    battery, node = stand.battery, stand.node
    battery.start()
    resting = battery.latest.voltage.value
    assert resting == pytest.approx(BatteryModel(PACK).open_circuit_voltage, abs=0.1 + battery.band)
    for amperes in (-30.0, 30.0):  # from full discharge to full charge in one step
        node.converter = amperes
        assert stand.clock.wait_until(lambda: abs(battery.latest.current.value - amperes) < 0.5, 2.0)  # noqa: B023
        wanted = battery.model.terminal_voltage(amperes)
        assert stand.clock.wait_until(lambda: abs(battery.latest.voltage.value - wanted) < 0.1, 3.0)  # noqa: B023
        battery.check()
    assert stand.clock.wait_until(lambda: battery.model.counters.charge_in > 0.0, 1.0)
    node.converter = 0.0
    battery.halt()
    report = stand.make_safe()
    assert report.proven, report.summary
    assert not any(made.on for made in stand.outside)
    assert [made.unknown for made in stand.outside] == [[] for _ in stand.outside]


def test_a_supply_that_trips_is_named_and_what_is_left_is_switched_off(stand: Stand) -> None:
    battery = stand.battery
    battery.start()
    stand.outside[0].trip()
    stand.node.charged = 0.0
    with pytest.raises(BenchTrouble, match=r"(?i)has switched itself off|is off although it was switched on"):
        check_until_it_raises(battery.check, stand.clock, 3.0)
    report = stand.make_safe()
    assert report.proven, report.summary
    assert not any(made.on for made in stand.outside)
