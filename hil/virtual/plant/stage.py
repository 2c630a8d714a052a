"""The power stage of an instrument: supply, bidirectional supply or electronic load."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from hil.virtual.plant.node import Element, Node
from hil.virtual.plant.parameters import StageKind, StageParameters, Wiring

_LEAST_VOLTAGE = 0.1
_LEAST_RESISTANCE = 1e-3
_SETTLED = 1e-9
_RENEW = 1e-6
_DIODE = 0.8
"""V, forward voltage of whatever conducts when leads are reversed."""
_HEADROOM = 1.05
"""Multiple of its rated voltage to which a source goes that finds no voltage on its sense leads."""


class PowerStage:
    """What is between an instrument's terminals, and the cable to its node.

    Voltages are those at the terminals; currents and powers are positive out of the instrument. Limits of the sink
    quadrant are positive magnitudes. A supply cannot sink, a load cannot source; what a kind does not have is ignored
    when set, because refusing is the business of the instrument's firmware.

    tripped: names of the protections that have switched it off, until cleared. `disturb` is told of every change, and
    whether it was a change of voltage smaller than `small_change` V, which needs no short steps.
    """

    def __init__(
        self, name: str, parameters: StageParameters, node: Node, small_change: float, disturb: Callable[[bool], None]
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.node = node
        self.element = Element(name, parameters.cable_resistance, parameters.output_capacitance)
        self._first_voltage = node.voltage
        self._bleeder = 1.0 / parameters.bleeder_resistance
        self.tripped: set[str] = set()
        self.on = False
        self._small_change = small_change
        self._disturb = disturb
        self._voltage = 0.0
        self._reference = 0.0
        self._source_limit = 0.0 if parameters.kind is StageKind.LOAD else parameters.rated_current
        self._sink_limit = 0.0 if parameters.kind is StageKind.SUPPLY else parameters.rated_current
        self._source_power = self._sink_power = parameters.rated_power
        self._resistance = 0.0
        self._slew = parameters.slew
        self._load_mode = "CC"
        self._level = 0.0
        self._limited_by_power = (False, False)
        self._overvoltage = self._overcurrent = inf
        self._undervoltage: float | None = None
        self._beyond: dict[str, float] = {}
        self.changing = False
        self.slewing = False
        self._shaped_at = 0.0
        node.attach(self.element)
        node.conductance += self._bleeder
        self._shape()

    # --- settings

    def set_voltage(self, volts: float) -> None:
        """Set the voltage reference; it moves there with the slew rate."""
        if volts != self._voltage:
            small = abs(volts - self._voltage) < self._small_change
            self._voltage = volts
            self._shape()
            self._disturb(small)

    def set_source_limit(self, amperes: float) -> None:
        """Set the largest current it sources."""
        if self.parameters.kind is not StageKind.LOAD and amperes != self._source_limit:
            self._source_limit = amperes
            self._set_changed()

    def set_sink_limit(self, amperes: float) -> None:
        """Set the largest current it sinks."""
        if self.parameters.kind is not StageKind.SUPPLY and amperes != self._sink_limit:
            self._sink_limit = amperes
            self._set_changed()

    def set_power_limits(self, source_watts: float, sink_watts: float) -> None:
        """Set the largest powers it sources and sinks, W."""
        if (source_watts, sink_watts) != (self._source_power, self._sink_power):
            self._source_power, self._sink_power = source_watts, sink_watts
            self._set_changed()

    def set_series_resistance(self, ohms: float) -> None:
        """Set the emulated series resistance."""
        if ohms != self._resistance:
            self._resistance = ohms
            self._set_changed()

    def set_slew(self, volts_per_second: float | None) -> None:
        """Set the slew rate of the reference; None or more than it can do means as fast as it can."""
        fastest = self.parameters.slew
        self._slew = fastest if volts_per_second is None else min(volts_per_second, fastest)

    def set_load(self, mode: str, level: float) -> None:
        """Select what a load holds constant ("CC", "CV", "CP", "CR") and its level in A, V, W or ohm.

        Raises ValueError for another mode or a negative level.
        """
        if mode not in ("CC", "CV", "CP", "CR") or level < 0.0:
            raise ValueError(f"a load holds CC, CV, CP or CR at a level from 0, not {mode} at {level}")
        if (mode, level) != (self._load_mode, self._level):
            self._load_mode, self._level = mode, level
            self._set_changed()

    def switch(self, on: bool) -> None:
        """Switch the output, or a load's input. Does nothing while a trip is not cleared."""
        if on and self.tripped:
            return
        if on != self.on:
            self.on = on
            self._reference = self.node.voltage
            self._set_changed()

    def set_overvoltage(self, volts: float) -> None:
        """Set the over-voltage trip."""
        self._overvoltage = volts

    def set_overcurrent(self, amperes: float) -> None:
        """Set the over-current trip, for both directions."""
        self._overcurrent = amperes

    def set_undervoltage(self, volts: float | None) -> None:
        """Set the under-voltage trip, watched while on; None: none."""
        self._undervoltage = volts

    def trip(self, reason: str) -> None:
        """Switch off and stay off until cleared."""
        self.tripped.add(reason)
        self.switch(False)

    def clear_trip(self) -> None:
        """Acknowledge every trip; the output stays off."""
        self.tripped.clear()
        self._beyond.clear()

    # --- what it shows

    @property
    def sensed(self) -> float:
        """Return the voltage that its own meter and its regulator see, V."""
        wiring = self.parameters.wiring
        return {Wiring.SENSE_OPEN: 0.0, Wiring.SENSE_REVERSED: -self.voltage}.get(wiring, self.voltage)

    @property
    def voltage(self) -> float:
        """Return the voltage at the terminals, V."""
        if self._is_reversed:
            resistance = self.parameters.cable_resistance
            if self._sources:
                return _DIODE + resistance * self._astray if self._astray else 0.0
            return -_DIODE if self.element.current else 0.0
        return self.node.voltage + self.element.current * self.parameters.cable_resistance

    @property
    def current(self) -> float:
        """Return the current out of the terminals, A."""
        if self._is_reversed:
            return self._astray if self._sources else -self.element.current
        element, node = self.element, self.node
        return element.current - self._bleeder * node.voltage - element.capacitance * node.slope

    @property
    def power(self) -> float:
        """Return the power out of the terminals, W."""
        return self.voltage * self.current

    @property
    def charge(self) -> float:
        """Return the charge that has left the terminals since the start, C."""
        element, node = self.element, self.node
        return element.charge - self._bleeder * node.area - element.capacitance * (node.voltage - self._first_voltage)

    @property
    def energy(self) -> float:
        """Return the energy that has left the terminals since the start, J."""
        element, node = self.element, self.node
        stored = 0.5 * element.capacitance * (node.voltage**2 - self._first_voltage**2)
        return element.terminal_energy - self._bleeder * node.square - stored

    @property
    def regulation(self) -> str:
        """Return what it holds constant now: "OFF", "CV", "CC", "CP" or "CR"."""
        if not self.on:
            return "OFF"
        if self._is_reversed:
            return "CC"
        element, voltage = self.element, self.node.voltage
        high, low = voltage < element.saturates_below, voltage > element.saturates_above
        if self.parameters.kind is StageKind.LOAD:
            if low and self._limited_by_power[1]:
                return "CP"
            if self._load_mode == "CV":
                return "CC" if low else "CV"
            return "CC" if low and self._load_mode == "CR" else self._load_mode
        by_power = self._limited_by_power[0 if high else 1]
        if high or (low and element.low < 0.0):
            return "CP" if by_power else "CC"
        return "CV"

    # --- for the plant

    def prepare(self, step: float) -> None:
        """Move the reference and renew what depends on the voltage, for the coming `step` seconds."""
        distance = self._aim - self._reference
        if distance == 0.0:
            if abs(self.node.voltage - self._shaped_at) > _RENEW * self._shaped_at:
                self._shape()
            return
        reach = self._slew * step
        if abs(distance) <= max(reach, _SETTLED):
            self._reference = self._aim
        else:
            self._reference += reach if distance > 0.0 else -reach
        self._shape()

    def protect(self, step: float) -> None:
        """Look at the programmed protections after a step."""
        element, node = self.element, self.node
        voltage = node.voltage + element.current * element.line_resistance
        current = element.current - self._bleeder * node.voltage - element.capacitance * node.slope
        low = self._undervoltage
        too_high = voltage > self._overvoltage
        too_much = current > self._overcurrent or -current > self._overcurrent
        too_low = low is not None and voltage < low and self.on and self._reference == self._aim
        if too_high or too_much or too_low or self._beyond:
            self._watch("OVP", too_high, step)
            self._watch("OCP", too_much, step)
            self._watch("UVP", too_low, step)

    @property
    def _is_reversed(self) -> bool:
        return self.parameters.wiring is Wiring.REVERSED

    @property
    def _sources(self) -> bool:
        return self.parameters.kind is not StageKind.LOAD

    @property
    def _astray(self) -> float:
        """Return the current in A that a source with reversed leads drives through the diodes at the far end."""
        beyond = (self._voltage - _DIODE) / self.parameters.cable_resistance
        return max(0.0, min(self._source_limit, beyond)) if self.on else 0.0

    @property
    def _aim(self) -> float:
        """Return the voltage in V to which it goes."""
        blind = self.parameters.wiring in (Wiring.SENSE_OPEN, Wiring.SENSE_REVERSED)
        return _HEADROOM * self.parameters.rated_voltage if blind and self.on and self._voltage else self._voltage

    def _watch(self, name: str, beyond: bool, step: float) -> None:
        if not beyond:
            self._beyond.pop(name, None)
            return
        self._beyond[name] = self._beyond.get(name, 0.0) + step
        self._disturb(False)
        if self._beyond[name] > self.parameters.protection_delay and name not in self.tripped:
            self.trip(name)

    def _set_changed(self) -> None:
        self._shape()
        self._disturb(False)

    def _shape(self) -> None:
        """Set the line on the node from the present settings."""
        self.changing = self.slewing = False
        self._shaped_at = self.node.voltage
        if self._is_reversed and not self._sources:
            self.element.shape(1.0 / self.parameters.cable_resistance, _DIODE, -self.parameters.rated_current, 0.0)
        elif not self.on or self._is_reversed:
            self.element.carry(0.0)
        elif self.parameters.kind is StageKind.LOAD:
            self._shape_load()
        else:
            self._shape_source()

    def _shape_source(self) -> None:
        terminal = max(_LEAST_VOLTAGE, self.node.voltage)
        high, low = self._source_limit, self._sink_limit
        strong, weak = self._source_power / terminal, self._sink_power / terminal
        self._limited_by_power = (strong < high, weak < low)
        self.slewing = self._reference != self._aim
        self.changing = self.slewing or strong < 2.0 * high or weak < 2.0 * low
        conductance = 1.0 / (self.parameters.cable_resistance + self._resistance)
        self.element.shape(conductance, self._reference, -min(low, weak), min(high, strong))

    def _shape_load(self) -> None:
        terminal = max(_LEAST_VOLTAGE, self.node.voltage)
        weak = self._sink_power / terminal
        limit = min(self._sink_limit, self.parameters.rated_current)
        resistance, source = self.parameters.cable_resistance, 0.0
        if self._load_mode == "CC":
            limit = min(limit, self._level)
        elif self._load_mode == "CP":
            limit = min(limit, self._level / terminal)
        elif self._load_mode == "CR":
            resistance += max(_LEAST_RESISTANCE, self._level)
        else:
            source = self._level
        self._limited_by_power = (False, weak < limit)
        self.changing = self._load_mode == "CP" or weak < 2.0 * limit
        self.element.shape(1.0 / resistance, source, -min(limit, weak), 0.0)
