"""Pretended parts of a bench: one node with a capacitor, simulated time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from instruments.errors import CannotConnect, InstrumentRefused, NoAnswer
from instruments.kinds import Identity, LoadMode, OutputReadings
from instruments.reading import Reading
from tests.battery.simulated_clock import SimulatedClock


@pytest.fixture(name="clock")
def _clock() -> SimulatedClock:
    return SimulatedClock()


@dataclass
class Node:
    """Terminals with a capacitor (F). Whoever is on acts on it; looked at, it is brought up to date."""

    clock: SimulatedClock
    volts: float = 350.0
    capacitance: float = 0.001
    bleeder: float = 1e9
    parts: list[Part] = field(default_factory=list)
    _at: float = 0.0

    def voltage(self) -> float:
        """Discharge for the time that has passed; a source that is on keeps the voltage."""
        passed, self._at = self.clock.now() - self._at, self.clock.now()
        if not any(part.on and part.sources and part.set_volts > 0 for part in self.parts):
            drawn = sum(part.drawn for part in self.parts if part.on)
            self.volts = max(0.0, self.volts - passed * (drawn + self.volts / self.bleeder) / self.capacitance)
        return self.volts


class Part:
    """What supplies and loads share. trouble: "hangs", "refuses", "silent", "gone"."""

    sources = False

    def __init__(self, name: str, node: Node, trouble: str = "", on: bool = True) -> None:
        self.name, self.node, self.trouble, self.on = name, node, trouble, on
        self.set_volts, self.drawn = 350.0, 0.0
        self.log: list[tuple[float, str]] = []
        node.parts.append(self)

    def reach(self) -> Part:
        if self.trouble == "gone":
            raise CannotConnect(f"{self.name}: nothing answers")
        return self

    def switch(self, on: bool) -> None:
        self._act(f"switch {on}")
        self.node.voltage()
        self.on = on

    def is_on(self) -> bool:
        self._act("is_on")
        return self.on

    def measure(self) -> OutputReadings:
        self._act("measure")
        now = self.node.clock.now()
        return OutputReadings(Reading(self.node.voltage(), "V", now, now), Reading(0.0, "A", now, now))

    def _act(self, what: str) -> None:
        self.log.append((self.node.clock.now(), what))
        if self.trouble == "hangs":
            self.node.clock.sleep(1000.0)
        if self.trouble == "silent":
            self.node.clock.sleep(2.0)
            raise NoAnswer(f"{self.name}: no answer")
        if self.trouble == "refuses" and what == "switch False":
            raise InstrumentRefused(f"{self.name}: its output is still on")

    def identify(self) -> Identity:
        return Identity("", "", "", "", "")

    def take_remote(self) -> None: ...
    def give_back(self) -> None: ...
    def raise_errors(self) -> None: ...
    def arm_watchdog(self, seconds: float) -> bool:
        return False

    def disarm_watchdog(self) -> None: ...
    def close(self) -> None: ...
    def set_overvoltage_protection(self, volts: float) -> None: ...
    def set_overcurrent_protection(self, amperes: float) -> None: ...
    def clear_protection(self) -> None: ...


class PretendedSupply(Part):
    """A source."""

    sources = True

    def set_voltage(self, volts: float) -> None:
        self._act(f"voltage {volts:g}")
        self.set_volts = volts

    def set_current_limit(self, amperes: float) -> None:
        self._act(f"current {amperes:g}")

    def set_power_limit(self, watts: float) -> None: ...


class PretendedBidirectional(PretendedSupply):
    """A source that also sinks."""

    def set_sink_current_limit(self, amperes: float) -> None:
        self._act(f"sink {amperes:g}")
        self.drawn = amperes

    def set_sink_power_limit(self, watts: float) -> None: ...

    def set_series_resistance(self, ohms: float) -> None:
        self._act(f"resistance {ohms:g}")


class PretendedLoad(Part):
    """A sink."""

    def set_load(self, mode: LoadMode, level: float) -> None:
        self._act(f"load {mode.value} {level:g}")
        self.drawn = level


@pytest.fixture(name="grid")
def _grid(clock: SimulatedClock) -> Node:
    return Node(clock)


@pytest.fixture(name="battery")
def _battery(clock: SimulatedClock) -> Node:
    return Node(clock, volts=52.0)
