"""The battery's terminals, made by instruments: what the emulator loop asks of them, and the simplest kind.

Here the sign turns: an instrument counts current out of itself, the battery current into itself (charging).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from hil.safety import low_trip
from instruments.errors import InstrumentRefused
from instruments.kinds import BidirectionalSupply, OutputReadings, Powered
from instruments.reading import Reading


@dataclass(frozen=True)
class TerminalReadings:
    """Voltage (V) and current (A, positive into the battery) at the terminals."""

    voltage: Reading
    current: Reading

    @property
    def fresh(self) -> bool:
        """Tell whether both were sampled anew."""
        return self.voltage.fresh and self.current.fresh


@dataclass(frozen=True)
class Resolution:
    """Smallest changes worth a message to an instrument: V, A, ohm."""

    voltage: float
    current: float
    resistance: float


class Terminals(Protocol):
    """Two terminals that can hold a voltage in both current directions."""

    @property
    def names(self) -> str:
        """Return the names of the instruments, for messages."""

    @property
    def writes(self) -> int:
        """Return how many set-points have been sent."""

    @property
    def band(self) -> float:
        """Return how far (V) the terminals may stay from the voltage asked for while the current reverses."""

    def require_fit(self, charge_limit: float, discharge_limit: float) -> None:
        """Check that the settings fit a battery with these limits (A, magnitudes). Raises BadInput, sends nothing."""

    def prepare(self, voltage: float, charge_limit: float, discharge_limit: float) -> None:
        """Program set-points and limits (V, A as magnitudes). Switches nothing on."""

    def make_resistance(self, ohms: float) -> bool:
        """Let the instrument make a series resistance; return False when it cannot."""

    def connect(self) -> None:
        """Switch on: sink ready before source."""

    def disconnect(self) -> None:
        """Switch off: source before sink."""

    def measure(self) -> TerminalReadings:
        """Measure both, in as few messages as there are instruments."""

    def shown(self) -> dict[str, OutputReadings]:
        """Return what every instrument measures at its own terminals, by its name, the source first."""

    def set_trip(self, volts: float) -> None:
        """Program the source's own over-voltage trip, where it has one. Raises InstrumentRefused."""

    def hold(self, voltage: float, current: float) -> None:
        """Hold `voltage` (V) while `current` (A, positive charging) was last seen to flow."""

    def limit(self, charge: float, discharge: float) -> None:
        """Let at most these currents flow (A, magnitudes)."""

    def diagnose(self) -> str | None:
        """Ask the instruments what is wrong: a sentence, or None. Raises InstrumentError."""


class SetPoint:
    """One programmed value of an instrument, sent only when it has changed by more than its resolution."""

    def __init__(self, resolution: float) -> None:
        self.resolution = resolution
        self.value: float | None = None

    def needs(self, value: float) -> bool:
        """Tell whether `value` differs enough from what was sent."""
        return self.value is None or abs(value - self.value) >= self.resolution


def output_trouble(instrument: Powered, what: str) -> str | None:
    """Ask `instrument` for errors and whether it is on; return a sentence when it is off."""
    instrument.raise_errors()
    if instrument.is_on():
        return None
    return f"{what} '{instrument.name}' is off although it was switched on and reports no error"


class OneSupply:
    """Terminals made by one bidirectional supply: nothing changes over when the current reverses."""

    def __init__(self, supply: BidirectionalSupply, resolution: Resolution) -> None:
        self._supply = supply
        self._voltage = SetPoint(resolution.voltage)
        self._source_limit = SetPoint(resolution.current)
        self._sink_limit = SetPoint(resolution.current)
        self._resistance = SetPoint(resolution.resistance)
        self.writes = 0

    @property
    def names(self) -> str:
        """Return the name of the supply."""
        return f"'{self._supply.name}'"

    @property
    def band(self) -> float:
        """Return 0: the supply regulates through zero current."""
        return 0.0

    def require_fit(self, charge_limit: float, discharge_limit: float) -> None:
        """Accept any limits: the transport refuses what the supply or the bench cannot take."""

    def prepare(self, voltage: float, charge_limit: float, discharge_limit: float) -> None:
        """Program voltage and both current limits, whatever was set before."""
        for point in (self._voltage, self._source_limit, self._sink_limit):
            point.value = None
        self.limit(charge_limit, discharge_limit)
        self.hold(voltage, 0.0)

    def make_resistance(self, ohms: float) -> bool:
        """Program the series resistance when it has changed; return False when the supply has none."""
        if not self._resistance.needs(ohms):
            return True
        try:
            self._supply.set_series_resistance(ohms)
        except InstrumentRefused:
            return False
        self._resistance.value = ohms
        self.writes += 1
        return True

    def connect(self) -> None:
        """Switch the output on."""
        self._supply.switch(True)

    def disconnect(self) -> None:
        """Switch the output off."""
        self._resistance.value = None
        self._supply.switch(False)

    def measure(self) -> TerminalReadings:
        """Measure with one query."""
        seen = self._supply.measure()
        return TerminalReadings(seen.voltage, replace(seen.current, value=-seen.current.value))

    def shown(self) -> dict[str, OutputReadings]:
        """Return what the supply measures."""
        return {self._supply.name: self._supply.measure()}

    def set_trip(self, volts: float) -> None:
        """Program the supply's over-voltage trip."""
        low_trip.program(self._supply, volts)

    def hold(self, voltage: float, current: float) -> None:
        """Program the voltage if it has changed enough."""
        if self._voltage.needs(voltage):
            self._supply.set_voltage(voltage)
            self._voltage.value = voltage
            self.writes += 1

    def limit(self, charge: float, discharge: float) -> None:
        """Program those limits that have changed enough."""
        if self._source_limit.needs(discharge):
            self._supply.set_current_limit(discharge)
            self._source_limit.value = discharge
            self.writes += 1
        if self._sink_limit.needs(charge):
            self._supply.set_sink_current_limit(charge)
            self._sink_limit.value = charge
            self.writes += 1

    def diagnose(self) -> str | None:
        """Tell when the supply is off or reports an error."""
        return output_trouble(self._supply, "The battery supply")
