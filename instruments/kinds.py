"""The four kinds of instrument, as everything above the wire sees them.

A dialect (a table for one vendor's family) and one of the classes behind these protocols make an
instrument; whoever uses it knows only its kind. Signs: voltage at the terminals as wired; current and power
positive out of the instrument (source), negative into it (sink), for loads too. Limits of the sink quadrant
are given as positive magnitudes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from instruments.reading import Reading


@dataclass(frozen=True)
class Identity:
    """The answer to *IDN?: who made it, what it is, which one, which firmware."""

    maker: str
    model: str
    serial: str
    firmware: str
    text: str


class LoadMode(Enum):
    """What an electronic load holds constant."""

    CURRENT = "CC"
    VOLTAGE = "CV"
    POWER = "CP"
    RESISTANCE = "CR"


@dataclass(frozen=True)
class OutputReadings:
    """Voltage (V) and current (A) of one instrument, taken together where it can do that."""

    voltage: Reading
    current: Reading


@runtime_checkable
class Instrument(Protocol):
    """What every instrument can do. Opening one sends nothing that changes its output."""

    @property
    def name(self) -> str:
        """Return the instrument's name in the bench file."""

    def identify(self) -> Identity:
        """Ask who it is."""

    def take_remote(self) -> None:
        """Take the remote lock where the dialect has one. Changes no output."""

    def give_back(self) -> None:
        """Return the instrument to its front panel."""

    def raise_errors(self) -> None:
        """Raise InstrumentRefused or ProtectionTripped if the instrument has noted an error."""

    def arm_watchdog(self, seconds: float) -> bool:
        """Arm the communication watchdog; return False when the dialect has none."""

    def disarm_watchdog(self) -> None:
        """Disarm the communication watchdog where there is one."""

    def close(self) -> None:
        """Close the link. The output stays as it is: make it safe first."""


@runtime_checkable
class Watched(Protocol):
    """An instrument whose readings others see as well, whoever takes them."""

    @property
    def reopened(self) -> int:
        """Return how often the link was opened again: the instrument may have restarted each time."""

    def overdue_at(self, least: float) -> float | None:
        """Return the bench time at which its open question counts as not answered; None: none is open, or who knows.

        least: seconds that any question may stay open.
        """

    def watch(self, watcher: Callable[[Reading], None]) -> None:
        """Call `watcher` with every reading that is taken, from the worker that took it."""


@runtime_checkable
class Powered(Instrument, Protocol):
    """An instrument with terminals that carry power."""

    def switch(self, on: bool) -> None:
        """Switch the output (or a load's input) and check that it obeyed."""

    def is_on(self) -> bool:
        """Ask whether the output (or a load's input) is on."""

    def measure(self) -> OutputReadings:
        """Measure terminal voltage and current."""

    def set_overvoltage_protection(self, volts: float) -> None:
        """Program the instrument's own over-voltage trip and read it back."""

    def set_overcurrent_protection(self, amperes: float) -> None:
        """Program the instrument's own over-current trip and read it back."""

    def clear_protection(self) -> None:
        """Acknowledge a trip. Does not switch the output on again."""


@runtime_checkable
class Supply(Powered, Protocol):
    """A regulated DC source: constant voltage with a current limit."""

    def set_voltage(self, volts: float) -> None:
        """Program the output voltage."""

    def set_current_limit(self, amperes: float) -> None:
        """Program the largest current it may source."""

    def set_power_limit(self, watts: float) -> None:
        """Program the largest power it may source. Raises NotProvided where it has no such limit."""


@runtime_checkable
class BidirectionalSupply(Supply, Protocol):
    """A supply that also sinks."""

    def set_sink_current_limit(self, amperes: float) -> None:
        """Program the largest current it may sink, as a positive magnitude."""

    def set_sink_power_limit(self, watts: float) -> None:
        """Program the largest power it may sink, as a positive magnitude. Raises NotProvided where it has none."""

    def set_series_resistance(self, ohms: float) -> None:
        """Program an emulated series resistance. Raises InstrumentRefused where it has none."""


@runtime_checkable
class Load(Powered, Protocol):
    """An electronic load: sinks only."""

    def set_load(self, mode: LoadMode, level: float) -> None:
        """Select what is held constant and its level in A, V, W or ohm, as a positive magnitude."""


@runtime_checkable
class Meter(Instrument, Protocol):
    """A voltmeter, or an ammeter (with a shunt or a current input): one channel."""

    @property
    def unit(self) -> str:
        """Return what it measures: "V" or "A"."""

    def measure(self) -> Reading:
        """Take one sample, in `unit`. For an ammeter the wiring decides the sign; the bench file states it."""

    def can_record(self, interval: float) -> bool:
        """Tell whether it may sample by itself every `interval` seconds, and does not do so yet."""

    def record(self, interval: float) -> None:
        """Begin to sample by itself every `interval` seconds. `measure` goes on to answer, out of these samples."""

    def fetch(self) -> list[Reading]:
        """Return the samples since `record` or the previous `fetch`, oldest first."""

    def end_recording(self) -> list[Reading]:
        """Sample no longer; return the samples that have not been fetched."""
