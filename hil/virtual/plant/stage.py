"""The power stage of an instrument: supply, bidirectional supply or electronic load."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Literal

from hil.virtual.plant.node import Element, Node
from hil.virtual.plant.parameters import StageKind, StageParameters

LoadMode = Literal["CC", "CV", "CP", "CR"]
Regulation = Literal["OFF", "CV", "CC", "CP", "CR"]

_LEAST_VOLTAGE = 0.1
_LEAST_RESISTANCE = 1e-3
_SETTLED = 1e-9


class PowerStage:
    """What is between an instrument's terminals, and the cable to its node.

    Voltages are those at the terminals; currents and powers are positive out of the instrument. Limits of the sink
    quadrant are positive magnitudes. A supply cannot sink, a load cannot source; what a kind does not have is ignored
    when set, because refusing is the business of the instrument's firmware. tripped: names of the protections that have
    switched it off, until cleared.
    """

    def __init__(self, name: str, parameters: StageParameters, node: Node, disturb: Callable[[], None]) -> None:
        self.name = name
        self.parameters = parameters
        self.node = node
        self.element = Element(name, parameters.cable_resistance, parameters.output_capacitance)
        self.bleeder = Element(f"{name} bleeder")
        self.bleeder.shape(1.0 / parameters.bleeder_resistance, 0.0, -inf, inf)
        self.tripped: set[str] = set()
        self.on = False
        self._disturb = disturb
        self._voltage = 0.0
        self._reference = 0.0
        self._source_limit = 0.0 if parameters.kind is StageKind.LOAD else parameters.rated_current
        self._sink_limit = 0.0 if parameters.kind is StageKind.SUPPLY else parameters.rated_current
        self._source_power = self._sink_power = parameters.rated_power
        self._resistance = 0.0
        self._slew = parameters.slew
        self._load_mode: LoadMode = "CC"
        self._level = 0.0
        self._limited_by_power = (False, False)
        self._overvoltage = self._overcurrent = inf
        self._undervoltage: float | None = None
        self._beyond: dict[str, float] = {}
        self.changing = False
        self.slewing = False
        node.attach(self.element)
        node.attach(self.bleeder)
        self._shape()

    # --- settings

    def set_voltage(self, volts: float) -> None:
        """Set the voltage reference; it moves there with the slew rate."""
        if volts != self._voltage:
            self._voltage = volts
            self._set_changed()

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

    def set_power_limits(self, source: float, sink: float) -> None:
        """Set the largest powers it sources and sinks, W."""
        if (source, sink) != (self._source_power, self._sink_power):
            self._source_power, self._sink_power = source, sink
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

    def set_load(self, mode: LoadMode, level: float) -> None:
        """Select what a load holds constant and its level in A, V, W or ohm. Raises ValueError below 0."""
        if level < 0.0:
            raise ValueError(f"load level {level} is negative")
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
    def voltage(self) -> float:
        """Return the voltage at the terminals, V."""
        return self.node.voltage + self.element.current * self.parameters.cable_resistance

    @property
    def current(self) -> float:
        """Return the current out of the terminals, A."""
        return self.element.current + self.bleeder.current - self.element.capacitance * self.node.slope

    @property
    def power(self) -> float:
        """Return the power out of the terminals, W."""
        return self.voltage * self.current

    @property
    def regulation(self) -> Regulation:
        """Return what it holds constant now."""
        if not self.on:
            return "OFF"
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
        distance = self._voltage - self._reference
        reach = self._slew * step
        if abs(distance) <= max(reach, _SETTLED):
            self._reference = self._voltage
        else:
            self._reference += reach if distance > 0.0 else -reach
        self._shape()

    def protect(self, step: float) -> None:
        """Look at the programmed protections after a step."""
        voltage, current = self.voltage, self.current
        self._watch("OVP", voltage > self._overvoltage, step)
        self._watch("OCP", abs(current) > self._overcurrent, step)
        settled = self._reference == self._voltage
        low = self._undervoltage
        self._watch("UVP", low is not None and self.on and settled and voltage < low, step)

    def _watch(self, name: str, beyond: bool, step: float) -> None:
        if not beyond:
            self._beyond.pop(name, None)
            return
        self._beyond[name] = self._beyond.get(name, 0.0) + step
        self._disturb()
        if self._beyond[name] > self.parameters.protection_delay and name not in self.tripped:
            self.trip(name)

    def _set_changed(self) -> None:
        self._shape()
        self._disturb()

    def _shape(self) -> None:
        """Set the line on the node from the present settings."""
        self.changing = self.slewing = False
        if not self.on:
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
        self.slewing = self._reference != self._voltage
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
