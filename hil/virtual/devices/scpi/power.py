"""The model behind supplies and loads: set-points with limits, protections, own meters, the output switch."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from simpy.events import Event

from hil.virtual.devices.scpi.core import Conventions, Core, Identity, Surroundings
from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.foldback import Foldback
from hil.virtual.devices.scpi.own_meter import Sampler, measured
from hil.virtual.devices.scpi.parameters import NOT_A_NUMBER
from hil.virtual.devices.scpi.pushes import PUSHES
from hil.virtual.devices.scpi.stage import PowerStage
from hil.virtual.devices.scpi.watchdog import Watchdog

TRIP_AFTER_ON = 0.05
"""Seconds from switching on to the trip of the fault "trip_when_on"."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Span:
    """Range and *RST value of a setting, in multiples of a rating ("V", "A", "W", "OHM", "SIE") or plain ("")."""

    rating: str
    low: float
    high: float
    default: float

    def times(self, rating: float) -> Span:
        """Return the span in the unit of the rating."""
        return Span("", self.low * rating, self.high * rating, self.default * rating)


@dataclass(frozen=True)
class PowerProfile:
    """What a personality says about its power instrument, as data.

    kind: which quadrants it has and how it shows its current (a load shows what it draws as positive).
    spans: its numeric settings.
    words: its other settings with their *RST values.
    bits: register -> condition -> bit. Conditions are "CV", "CC", "CP", "CR", the same with the sign of the current
        ("CC+", "CC-"), "OFF", "ON", "SINK", "REMOTE" and the names of protections.
    trip_errors: protection -> error that is queued when it trips.
    on_while_tripped: error for switching on before a trip has been acknowledged; None: ignored.
    checks: called with the instrument, setting and value before it takes effect; raise ScpiError to refuse.
    reset: what *RST does.
    expired: what the communication watchdog does.
    error_read: what reading the error queue does besides.
    """

    kind: Literal["supply", "load", "bidirectional"]
    spans: Mapping[str, Span]
    words: Mapping[str, bool | str] = field(default_factory=dict)
    bits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    trip_errors: Mapping[str, ScpiError] = field(default_factory=dict)
    on_while_tripped: ScpiError | None = field(default_factory=lambda: ScpiError(-221))
    checks: tuple[Callable[[PowerCore, str, float | bool | str], None], ...] = ()
    reset: Callable[[PowerCore], None] = lambda core: core.to_defaults()
    expired: Callable[[PowerCore], None] = lambda core: core.trip("WATCHDOG")
    error_read: Callable[[PowerCore], None] = lambda _core: None


class PowerCore(Core):
    """A supply or load on a power stage of the plant."""

    def __init__(
        self,
        around: Surroundings,
        identity: Identity,
        conventions: Conventions,
        profile: PowerProfile,
        stage: PowerStage,
    ) -> None:
        self.registers = tuple(profile.bits) or Core.registers
        super().__init__(around, identity, conventions)
        self.profile = profile
        self.stage = stage
        self._spans = {name: span.times(self.rating(span.rating)) for name, span in profile.spans.items()}
        self.values: dict[str, float | bool | str] = {}
        self.watchdog = Watchdog(self.environment, lambda: profile.expired(self))
        self._foldback = Foldback(self.environment, self._in_current_limit, lambda: self.trip("FOLDBACK"))
        self._sampler = Sampler(
            self.environment, self._take_sample, self.quirks.refresh, lambda: self.faults.stuck_reading
        )
        self._sign = -1.0 if profile.kind == "load" else 1.0
        self._noticed: set[str] = set()

    def rating(self, name: str) -> float:
        """Return a rating of the instrument in V, A, W, OHM or SIE (siemens); 1 for ""."""
        settings = self.settings
        resistance = settings.largest_resistance or 4.0 * settings.nominal_voltage / settings.nominal_current
        return {
            "V": settings.nominal_voltage,
            "A": settings.nominal_current,
            "W": settings.nominal_power,
            "OHM": resistance,
            "SIE": 20.0 * settings.nominal_current / settings.nominal_voltage,
            "": 1.0,
        }[name]

    def number(self, name: str) -> float:
        """Return a numeric setting."""
        return float(self.values[name])

    def limits(self, name: str) -> Span:
        """Return the range of a numeric setting."""
        return self._spans[name]

    def program(self, name: str, value: float) -> None:
        """Change a numeric setting; raises -222 out of its range, or what the personality objects to."""
        span = self.limits(name)
        slack = _ROUNDING * max(1.0, abs(span.high))
        if not (span.low - slack <= value <= span.high + slack or (math.isinf(value) and math.isinf(span.high))):
            raise ScpiError(-222)
        self.store(name, value)

    def store(self, name: str, value: float | bool | str) -> None:
        """Change any setting, after the personality's checks, and push it to the stage."""
        for check in self.profile.checks:
            check(self, name, value)
        self.values[name] = value
        self._push(name)
        if name == "foldback":
            self._foldback.wake()

    def _in_current_limit(self) -> bool | None:
        """Return whether the output is current-limited; None when foldback is disarmed or the output is off."""
        if not self.values.get("foldback") or not self.is_on():
            return None
        return self.stage.regulation == "CC"

    def _push(self, name: str) -> None:
        push = PUSHES.get(name)
        if push is not None:
            self.bring_up_to_date()
            push(self.stage, self.values)

    def to_defaults(self) -> None:
        """Output off, watchdog off, every setting to its default."""
        self.bring_up_to_date()
        self.stage.switch(False)
        self.watchdog.disarm()
        self.values.update({name: span.default for name, span in self._spans.items()})
        self.values.update(self.profile.words)
        for name in self.values:
            self._push(name)

    def reset(self) -> None:
        """Do what *RST does."""
        self.profile.reset(self)

    def error_read(self) -> None:
        """Do what reading the error queue does besides."""
        self.profile.error_read(self)

    def power_on(self) -> None:
        """Start with no protection tripped and the default settings."""
        self.bring_up_to_date()
        self.stage.clear_trip()
        self._noticed.clear()
        self.to_defaults()

    def switch(self, on: bool) -> None:
        """Switch the output, or a load's input."""
        for check in self.profile.checks:
            check(self, "output", on)
        self.bring_up_to_date()
        if on and self.stage.tripped:
            if self.profile.on_while_tripped is not None:
                raise self.profile.on_while_tripped
            return
        if on and self.faults.refuse_on != "no":
            if self.faults.refuse_on == "with error":
                raise ScpiError(-200)
            return
        self.stage.switch(on)
        self._foldback.wake()
        if on and self.faults.trip_when_on:
            self.environment.process(self._trip_soon())

    def _trip_soon(self) -> Generator[Event, Any, None]:
        yield self.environment.timeout(TRIP_AFTER_ON)
        if self.faults.trip_when_on and self.is_on():
            self.trip(self.faults.trip)

    def is_on(self) -> bool:
        """Return whether the output is on."""
        self.bring_up_to_date()
        return self.stage.on

    def trip(self, reason: str) -> None:
        """Trip a protection."""
        self.bring_up_to_date()
        self.stage.trip(reason)

    def clear_protection(self) -> None:
        """Acknowledge trips; the output stays off."""
        self.look_at_conditions()
        self.stage.clear_trip()
        self._noticed.clear()

    def tripped(self) -> set[str]:
        """Return the protections that have tripped."""
        self.bring_up_to_date()
        return self.stage.tripped

    def message_arrived(self) -> None:
        """Feed the watchdog and queue the errors of protections that have tripped since."""
        self.watchdog.feed()
        if self.profile.trip_errors:
            tripped = set(self.tripped())
            for reason in sorted(tripped - self._noticed):
                if reason in self.profile.trip_errors:
                    self.note(self.profile.trip_errors[reason])
            self._noticed = tripped

    def conditions(self) -> Mapping[str, int]:
        """Return the present condition registers."""
        self.bring_up_to_date()
        regulation = self.stage.regulation
        quadrant = "-" if self.stage.current < 0 else "+"
        present = {regulation, regulation + quadrant, "ON" if self.stage.on else "OFF"} | self.stage.tripped
        if self.stage.on and quadrant == "-":
            present.add("SINK")
        if self.values.get("remote"):
            present.add("REMOTE")
        return {
            register: sum(1 << bit for bit in {bits[name] for name in present & bits.keys()})
            for register, bits in self.profile.bits.items()
        }

    def _take_sample(self) -> tuple[float, float]:
        self.bring_up_to_date()
        settings = self.settings
        voltage = measured(self.stage.sensed, settings.voltage_accuracy, self.rng)
        return voltage, measured(self._sign * self.stage.current, settings.current_accuracy, self.rng)

    def reading(self, quantity: str) -> float:
        """Return what the own meters show: "V", "A" or "W", current and power with the sign the instrument shows."""
        if self.faults.overflow_reading:
            return NOT_A_NUMBER
        voltage, current = self._sampler.latest()
        return {"V": voltage, "A": current, "W": voltage * current}[quantity]
