"""One node with a capacitor, shared by pretended instruments and a pretended converter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hil.clock import Clock
from instruments.errors import InstrumentRefused
from instruments.kinds import Identity, LoadMode, OutputReadings
from instruments.reading import Reading

QUERY_TIME = 0.002
"""Seconds that a query takes."""
STIFFNESS = 1e-4
"""Output resistance in ohm of whatever holds a voltage."""


def between(low: float, value: float, high: float) -> float:
    return max(low, min(value, high))


def nothing(voltage: float) -> float:
    return 0.0


@dataclass
class Node:
    """A capacitor (F) into which the converter (A as a function of V) and the instruments feed current."""

    clock: Clock
    capacitance: float = 1e-6
    converter: Callable[[float], float] = nothing
    instruments: list[Instrument] = field(default_factory=list)
    journal: list[tuple[str, str, float]] = field(default_factory=list)
    voltage: float = 0.0
    seen_at: float = 0.0

    def advance(self) -> float:
        """Bring the voltage up to now by a few steps of implicit Euler; return it."""
        elapsed, self.seen_at = self.clock.now() - self.seen_at, self.clock.now()
        steps = 10 if self.capacitance > 1e-5 else 1
        for _ in range(steps if elapsed > 0 else 0):
            self.step(elapsed / steps)
        return self.voltage

    def step(self, seconds: float) -> None:
        before, low, high = self.voltage, -10.0, 1000.0
        for _ in range(50):
            middle = 0.5 * (low + high)
            inflow = self.converter(middle) + sum(each.current_at(middle) for each in self.instruments)
            low, high = (middle, high) if before + seconds / self.capacitance * inflow > middle else (low, middle)
        self.voltage = 0.5 * (low + high)

    def sent(self, command: str) -> list[tuple[str, str, float]]:
        """Return the journal of one command."""
        return [entry for entry in self.journal if entry[1] == command]

    def order(self) -> list[tuple[str, float]]:
        """Return who was switched how, in order."""
        return [(name, value) for name, command, value in self.journal if command == "switch"]


class Instrument:
    """What the pretended instruments share."""

    def __init__(self, name: str, node: Node) -> None:
        self.name = name
        self.node = node
        self.on = False
        self.fresh = True
        self.error: Exception | None = None
        self.obeys = True
        self.query_time = QUERY_TIME
        node.instruments.append(self)

    def current_at(self, voltage: float) -> float:
        return 0.0

    def note(self, command: str, value: float) -> None:
        if self.error is not None:
            raise self.error
        self.node.advance()
        self.node.journal.append((self.name, command, value))

    def identify(self) -> Identity:
        return Identity("Pretended", "Instrument", self.name, "1", self.name)

    def take_remote(self) -> None: ...

    def give_back(self) -> None: ...

    def raise_errors(self) -> None:
        self.note("raise_errors", 0.0)

    def arm_watchdog(self, seconds: float) -> bool:
        return False

    def disarm_watchdog(self) -> None: ...

    def close(self) -> None: ...


class Powered(Instrument):
    """What those with terminals that carry power share."""

    def switch(self, on: bool) -> None:
        self.note("switch", float(on))
        if not self.obeys:
            raise InstrumentRefused(f"'{self.name}' did not switch {'on' if on else 'off'}")
        self.on = on

    def is_on(self) -> bool:
        self.note("is_on", 0.0)
        return self.on

    def measure(self) -> OutputReadings:
        start = self.node.clock.now()
        self.node.clock.sleep(self.query_time)
        self.note("measure", 0.0)
        voltage, end = self.node.voltage, self.node.clock.now()
        current = self.current_at(voltage) if self.on else 0.0
        return OutputReadings(
            Reading(voltage, "V", start, end, self.fresh), Reading(current, "A", start, end, self.fresh)
        )

    def set_overvoltage_protection(self, volts: float) -> None: ...

    def set_overcurrent_protection(self, amperes: float) -> None: ...

    def clear_protection(self) -> None: ...


class PretendedSupply(Powered):
    def __init__(self, name: str, node: Node) -> None:
        super().__init__(name, node)
        self.set_point = 0.0
        self.source_limit = 0.0
        self.sink_limit = 0.0
        self.series_resistance = 0.0

    def current_at(self, voltage: float) -> float:
        if not self.on:
            return 0.0
        wanted = (self.set_point - voltage) / (STIFFNESS + self.series_resistance)
        return between(-self.sink_limit, wanted, self.source_limit)

    def set_voltage(self, volts: float) -> None:
        self.note("set_voltage", volts)
        self.set_point = volts

    def set_current_limit(self, amperes: float) -> None:
        self.note("set_current_limit", amperes)
        self.source_limit = amperes

    def set_power_limit(self, watts: float) -> None: ...

    def set_overvoltage_protection(self, volts: float) -> None:
        self.note("set_overvoltage_protection", volts)


class PretendedBidirectional(PretendedSupply):
    has_resistance = False

    def set_sink_current_limit(self, amperes: float) -> None:
        self.note("set_sink_current_limit", amperes)
        self.sink_limit = amperes

    def set_sink_power_limit(self, watts: float) -> None: ...

    def set_series_resistance(self, ohms: float) -> None:
        self.note("set_series_resistance", ohms)
        if not self.has_resistance:
            raise InstrumentRefused(f"'{self.name}' has no series resistance")
        self.series_resistance = ohms


class PretendedLoad(Powered):
    largest_current = 120.0

    def __init__(self, name: str, node: Node) -> None:
        super().__init__(name, node)
        self.mode = LoadMode.CURRENT
        self.level = 0.0
        self.shows: Callable[[float], float] = lambda volts: volts

    def measure(self) -> OutputReadings:
        seen = super().measure()
        return replace(seen, voltage=replace(seen.voltage, value=self.shows(seen.voltage.value)))

    def current_at(self, voltage: float) -> float:
        if not self.on or voltage <= 0:
            return 0.0
        if self.mode is LoadMode.CURRENT:
            return -min(self.level, voltage / 0.01)
        return -between(0.0, (voltage - self.level) / STIFFNESS, self.largest_current)

    def set_load(self, mode: LoadMode, level: float) -> None:
        self.note("set_load", level)
        self.mode, self.level = mode, level


class PretendedMeter(Instrument):
    """A voltmeter, or an ammeter in the converter's line that counts into the converter as positive.

    It cannot sample by itself.
    """

    def __init__(self, name: str, node: Node, unit: str) -> None:
        super().__init__(name, node)
        self.unit = unit

    def measure(self) -> Reading:
        start = self.node.clock.now()
        self.node.clock.sleep(self.query_time)
        self.note("measure", 0.0)
        voltage = self.node.voltage
        value = voltage if self.unit == "V" else -self.node.converter(voltage)
        return Reading(value, self.unit, start, self.node.clock.now())

    def can_record(self, interval: float) -> bool:
        return False

    def record(self, interval: float) -> None:
        raise InstrumentRefused(f"'{self.name}' has no memory")

    def fetch(self) -> list[Reading]:
        raise InstrumentRefused(f"'{self.name}' records nothing")

    def end_recording(self) -> list[Reading]:
        raise InstrumentRefused(f"'{self.name}' records nothing")
