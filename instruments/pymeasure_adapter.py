"""Any PyMeasure power supply as one of ours. PyMeasure is an optional extra: pip install apis-hil[pymeasure].

PyMeasure's drivers share no names, so an `AttributeNames` says what this driver calls things. PyMeasure owns the
wire: the limits are checked here, above it, and its messages are not in the audit log. Where one of our dialects
fits, use that.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from instruments.errors import InstrumentRefused, NotProvided, OutsideLimits
from instruments.kinds import Identity, OutputReadings
from instruments.limits import Limits
from instruments.reading import Reading
from instruments.timing import Timekeeper


class PyMeasureDriver(Protocol):
    """What every PyMeasure instrument has."""

    id: str

    def check_errors(self) -> list[Any]:
        """Return the errors that the instrument has noted."""

    def shutdown(self) -> None:
        """Bring the instrument into its driver's idea of a safe state."""


@dataclass(frozen=True)
class AttributeNames:
    """What one PyMeasure driver calls the properties of a supply."""

    voltage: str = "voltage_setpoint"
    current: str = "current_limit"
    output: str = "output_enabled"
    measured_voltage: str = "voltage"
    measured_current: str = "current"
    overvoltage: str | None = None
    overcurrent: str | None = None


def open_pymeasure(driver: str, resource: str) -> PyMeasureDriver:
    """Open a driver by its import path, such as "pymeasure.instruments.keysight.KeysightN5767A"."""
    module, _, name = driver.rpartition(".")
    opened: PyMeasureDriver = getattr(import_module(module), name)(resource)
    return opened


class PyMeasureSupply:
    """A supply behind a PyMeasure driver: see `instruments.kinds.Supply`. Making it sends nothing."""

    def __init__(
        self,
        name: str,
        driver: PyMeasureDriver,
        clock: Timekeeper,
        limits: Limits,
        names: AttributeNames | None = None,
    ) -> None:
        self._name = name
        self._driver = driver
        self._clock = clock
        self._limits = limits
        self._names = names or AttributeNames()
        self._lock = clock.lock()

    @property
    def name(self) -> str:
        """Return the instrument's name in the bench file."""
        return self._name

    def identify(self) -> Identity:
        """Ask *IDN?."""
        with self._lock:
            text = self._driver.id.strip()
        maker, model, serial, firmware = ([part.strip() for part in text.split(",", 3)] + [""] * 4)[:4]
        return Identity(maker, model, serial, firmware, text)

    def take_remote(self) -> None:
        """Do nothing: PyMeasure drivers take remote control by themselves where they can."""

    def give_back(self) -> None:
        """Do nothing, see `take_remote`."""

    def raise_errors(self) -> None:
        """Raise InstrumentRefused if the driver reports errors."""
        with self._lock:
            noted = self._driver.check_errors()
        if noted:
            raise InstrumentRefused(f"{self._name} reports {', '.join(str(entry) for entry in noted)}.")

    def arm_watchdog(self, seconds: float) -> bool:
        """Return False: PyMeasure knows no watchdogs."""
        return False

    def disarm_watchdog(self) -> None:
        """Do nothing: there is no watchdog."""

    def close(self) -> None:
        """Close the link; the driver's own shutdown is not called, the output stays as it is."""
        adapter = getattr(self._driver, "adapter", None)
        if adapter is not None:
            adapter.close()

    def switch(self, on: bool) -> None:
        """Switch the output and check that it obeyed."""
        with self._lock:
            setattr(self._driver, self._names.output, on)
            if self.is_on() != on:
                raise InstrumentRefused(f"{self._name}: its output did not switch {'on' if on else 'off'}.")

    def is_on(self) -> bool:
        """Ask whether the output is on."""
        with self._lock:
            return bool(getattr(self._driver, self._names.output))

    def measure(self) -> OutputReadings:
        """Measure terminal voltage and current, one after the other."""
        with self._lock:
            return OutputReadings(
                self._read(self._names.measured_voltage, "V"), self._read(self._names.measured_current, "A")
            )

    def set_voltage(self, volts: float) -> None:
        """Program the output voltage and read it back."""
        self._set(self._names.voltage, volts, self._limits.voltage_min, self._limits.voltage_max, "V")

    def set_current_limit(self, amperes: float) -> None:
        """Program the largest current it may source and read it back."""
        self._set(self._names.current, amperes, 0.0, self._limits.source_current_max, "A")

    def set_power_limit(self, watts: float) -> None:
        """Raise NotProvided: PyMeasure has no common name for a power limit."""
        raise NotProvided(f"{self._name}: PyMeasure has no common name for a power limit.")

    def set_overvoltage_protection(self, volts: float) -> None:
        """Program the over-voltage trip and read it back."""
        highest = self._limits.overvoltage_max
        self._set(self._names.overvoltage, volts, 0.0, float("inf") if highest is None else highest, "V")

    def set_overcurrent_protection(self, amperes: float) -> None:
        """Program the over-current trip and read it back."""
        highest = self._limits.overcurrent_max
        self._set(self._names.overcurrent, amperes, 0.0, float("inf") if highest is None else highest, "A")

    def clear_protection(self) -> None:
        """Raise NotProvided: PyMeasure has no common way to acknowledge a trip."""
        raise NotProvided(f"{self._name}: acknowledge the trip at its front panel.")

    def _read(self, attribute: str, unit: str) -> Reading:
        start = self._clock.now()
        value = float(getattr(self._driver, attribute))
        return Reading(value, unit, start, self._clock.now())

    def _set(self, attribute: str | None, value: float, low: float, high: float, unit: str) -> None:
        if attribute is None:
            raise NotProvided(f"{self._name}: its PyMeasure driver has no such setting.")
        if not low <= value <= high:
            raise OutsideLimits(
                f"{self._name}: {attribute} = {value:g} {unit} was not sent: it is outside {low:g} to {high:g} {unit}."
            )
        with self._lock:
            setattr(self._driver, attribute, value)
            found = float(getattr(self._driver, attribute))
        if abs(found - value) > max(0.005 * abs(value), 0.05):
            raise InstrumentRefused(f"{self._name}: {attribute} reads back as {found:g} {unit}, not {value:g} {unit}.")
