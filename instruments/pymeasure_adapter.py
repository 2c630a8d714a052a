"""Any PyMeasure power supply as one of ours. PyMeasure is an optional extra: pip install apis-hil[pymeasure].

PyMeasure's drivers share no names, so an `AttributeNames` says what this driver calls things. PyMeasure owns the
wire: limits and rules are held here, above it, and the audit notes its properties instead of its messages. There is
no watchdog and no reconnection. Where one of our dialects fits, use that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from operator import attrgetter
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from instruments.audit import Audit, AuditEvent, Direction
from instruments.envelope import CrossRule, Quantity, Setting
from instruments.errors import BadAnswer, CannotConnect, InstrumentRefused, NotProvided, OutsideLimits, TransportLost
from instruments.grammar import OVERLOAD
from instruments.kinds import Identity, OutputReadings
from instruments.limits import Limits
from instruments.reading import Reading
from instruments.timing import Timekeeper

SOCKET_OPTIONS = {"read_termination": "\n", "write_termination": "\n"}
"""What pyvisa must be told of a raw socket, which has no terminator of its own."""


class PyMeasureDriver(Protocol):
    """What every PyMeasure instrument has."""

    id: str

    def check_errors(self) -> list[Any]:
        """Return the errors that the instrument has noted."""

    def shutdown(self) -> None:
        """Bring the instrument into its driver's idea of a safe state."""


class AttributeNames(BaseModel):
    """What one PyMeasure driver calls the properties of a supply; "ch_1.voltage" for those of a channel.

    overvoltage, overcurrent: left out where it has none. output_on, output_off: its methods that switch, where the
    property output can only be read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    voltage: str = "voltage_setpoint"
    current: str = "current_limit"
    output: str = "output_enabled"
    output_on: str | None = None
    output_off: str | None = None
    measured_voltage: str = "voltage"
    measured_current: str = "current"
    overvoltage: str | None = None
    overcurrent: str | None = None


def open_pymeasure(
    name: str,
    driver: str,
    resource: str,
    clock: Timekeeper,
    limits: Limits,
    names: AttributeNames | None = None,
    *,
    audit: Audit | None = None,
    rule: CrossRule | None = None,
    idn: str = "",
) -> PyMeasureSupply:
    """Open a driver by its import path, such as "pymeasure.instruments.keysight.KeysightN5767A". Energises nothing.

    idn: text that the answer to *IDN? must contain. Raises CannotConnect.
    """
    module, _, kind = driver.rpartition(".")
    try:
        made = getattr(import_module(module), kind)
    except (ImportError, AttributeError) as problem:
        raise CannotConnect(
            f"{name}: there is no PyMeasure driver {driver!r} ({problem}). Is PyMeasure installed (pip install "
            "apis-hil[pymeasure]), and is the driver's name right?"
        ) from problem
    try:
        opened = made(resource, visa_library="@py", **SOCKET_OPTIONS if resource.endswith("::SOCKET") else {})
        supply = PyMeasureSupply(name, opened, clock, limits, names, audit=audit, rule=rule)
        found = supply.identify().text
    except Exception as problem:  # PyMeasure raises what VISA, its adapter or the driver raise
        raise CannotConnect(f"{name}: PyMeasure cannot open {resource} with {driver}: {problem}") from problem
    if idn.lower() not in found.lower():
        supply.close()
        raise CannotConnect(
            f"{name}: the bench file expects {idn!r} at {resource}, but *IDN? answers {found!r}. "
            "Has an instrument been exchanged or a cable moved?"
        )
    return supply


class PyMeasureSupply:
    """A supply behind a PyMeasure driver: see `instruments.kinds.Supply`. Making it sends nothing."""

    reopened = 0

    def __init__(
        self,
        name: str,
        driver: PyMeasureDriver,
        clock: Timekeeper,
        limits: Limits,
        names: AttributeNames | None = None,
        *,
        audit: Audit | None = None,
        rule: CrossRule | None = None,
    ) -> None:
        self._name = name
        self._driver = driver
        self._clock = clock
        self._limits = limits
        self._names = names or AttributeNames()
        self._audit = audit
        self._rule = rule
        self._lock = clock.lock()
        self._watchers: list[Callable[[Reading], None]] = []

    @property
    def name(self) -> str:
        """Return the instrument's name in the bench file."""
        return self._name

    def watch(self, watcher: Callable[[Reading], None]) -> None:
        """Call `watcher` with every reading that is taken."""
        self._watchers.append(watcher)

    def overdue_at(self, least: float) -> float | None:
        """Return None: what its driver waits for cannot be seen from here."""
        return None

    def identify(self) -> Identity:
        """Ask *IDN?."""
        text = str(self._get("id")).strip()
        maker, model, serial, firmware = ([part.strip() for part in text.split(",", 3)] + [""] * 4)[:4]
        return Identity(maker, model, serial, firmware, text)

    def take_remote(self) -> None:
        """Do nothing: PyMeasure drivers take remote control by themselves where they can."""

    def give_back(self) -> None:
        """Do nothing, see `take_remote`."""

    def raise_errors(self) -> None:
        """Raise InstrumentRefused if the driver reports errors."""
        with self._lock, self._trouble("check_errors"):
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
            self._ask_rule("output", float(on), f"{self._names.output} = {on}")
            method = self._names.output_on if on else self._names.output_off
            if method is None:
                self._put(self._names.output, on)
            else:
                self._note("out", f"{method}()")
                self._get(method)
            if self.is_on() != on:
                raise InstrumentRefused(f"{self._name}: its output did not switch {'on' if on else 'off'}.")

    def is_on(self) -> bool:
        """Ask whether the output is on."""
        return bool(self._get(self._names.output))

    def measure(self) -> OutputReadings:
        """Measure terminal voltage and current, one after the other."""
        with self._lock:
            seen = OutputReadings(
                self._read(self._names.measured_voltage, "V"), self._read(self._names.measured_current, "A")
            )
        for watcher in self._watchers:
            watcher(seen.voltage)
            watcher(seen.current)
        return seen

    def set_voltage(self, volts: float) -> None:
        """Program the output voltage and read it back."""
        self._set("voltage", self._names.voltage, volts, self._limits.voltage_min, self._limits.voltage_max)

    def set_current_limit(self, amperes: float) -> None:
        """Program the largest current it may source and read it back."""
        self._set("current", self._names.current, amperes, 0.0, self._limits.source_current_max)

    def set_power_limit(self, watts: float) -> None:
        """Raise NotProvided: PyMeasure has no common name for a power limit."""
        raise NotProvided(f"{self._name}: PyMeasure has no common name for a power limit.")

    def set_overvoltage_protection(self, volts: float) -> None:
        """Program the over-voltage trip and read it back."""
        highest = self._limits.overvoltage_max
        self._set("overvoltage", self._names.overvoltage, volts, 0.0, float("inf") if highest is None else highest)

    def set_overcurrent_protection(self, amperes: float) -> None:
        """Program the over-current trip and read it back."""
        highest = self._limits.overcurrent_max
        self._set("overcurrent", self._names.overcurrent, amperes, 0.0, float("inf") if highest is None else highest)

    def clear_protection(self) -> None:
        """Raise NotProvided: PyMeasure has no common way to acknowledge a trip."""
        raise NotProvided(f"{self._name}: acknowledge the trip at its front panel.")

    def _read(self, attribute: str, unit: str) -> Reading:
        start = self._clock.now()
        answer = self._get(attribute)
        try:
            value = float(answer)
        except (TypeError, ValueError) as problem:
            raise BadAnswer(f"{self._name}: {attribute} is {answer!r}, and not a number in {unit}.") from problem
        if not abs(value) < OVERLOAD:
            raise BadAnswer(f"{self._name}: {attribute} is {value:g}: the input is outside its range.")
        return Reading(value, unit, start, self._clock.now())

    def _set(self, quantity: Quantity, attribute: str | None, value: float, low: float, high: float) -> None:
        if attribute is None:
            raise NotProvided(f"{self._name}: its PyMeasure driver has no such setting ({quantity}).")
        if not low <= value <= high:
            self._refuse(f"{attribute} = {value:g}", f"it is outside {low:g} to {high:g}")
        with self._lock:
            self._ask_rule(quantity, value, f"{attribute} = {value:g}")
            self._put(attribute, value)
            found = self._read(attribute, "V" if quantity in ("voltage", "overvoltage") else "A").value
        if abs(found - value) > max(0.005 * abs(value), 0.05):
            raise InstrumentRefused(f"{self._name}: {attribute} reads back as {found:g}, not {value:g}.")

    def _ask_rule(self, quantity: Quantity, value: float, text: str) -> None:
        reason = None if self._rule is None else self._rule(Setting(self._name, quantity, value, text))
        if reason is not None:
            self._refuse(text, reason)

    def _refuse(self, text: str, reason: str) -> None:
        self._note("refused", text)
        raise OutsideLimits(f"{self._name}: {text!r} was not sent: {reason}.")

    def _put(self, attribute: str, value: object) -> None:
        self._note("out", f"{attribute} = {value}")
        path, _, name = attribute.rpartition(".")
        with self._trouble(attribute):
            setattr(self._at(path), name, value)

    def _get(self, attribute: str) -> Any:
        path, _, name = attribute.rpartition(".")
        with self._lock, self._trouble(attribute):
            value = getattr(self._at(path), name)
            value = value() if callable(value) else value
        self._note("in", f"{attribute}: {value}")
        return value

    def _at(self, path: str) -> Any:
        """Return the driver, or the channel at `path`."""
        return attrgetter(path)(self._driver) if path else self._driver

    @contextmanager
    def _trouble(self, attribute: str) -> Iterator[None]:
        """Turn whatever PyMeasure raises into trouble of the bench."""
        try:
            yield
        except Exception as problem:  # VISA's errors, the driver's own ValueError, a closed socket
            raise TransportLost(f"{self._name}: PyMeasure failed at {attribute!r}: {problem}.") from problem

    def _note(self, direction: Direction, text: str) -> None:
        if self._audit is not None:
            self._audit(AuditEvent(self._clock.now(), self._name, direction, text))
