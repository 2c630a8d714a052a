"""The model behind a bench multimeter: functions, ranges, integration, trigger model and reading memory."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from simpy.events import Event

from hil.virtual.devices.scpi.command import Slow
from hil.virtual.devices.scpi.core import Conventions, Core, Identity, Surroundings
from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.own_meter import measured
from hil.virtual.devices.scpi.parameters import INFINITY, NOT_A_NUMBER

SUBSAMPLES = 4
"""Looks at the probe during one integration longer than `SHORT_APERTURE`."""

SHORT_APERTURE = 0.001
"""Seconds of integration up to which one look in the middle is enough."""


@dataclass(frozen=True)
class MeterProfile:
    """What a personality says about its multimeter, as data.

    ranges: function ("VOLT", "CURR") -> ranges in V or A, ascending.
    overrange: a reading beyond this multiple of the range is an overload.
    line_frequency: Hz, for integration times in power line cycles.
    plc: integration times it offers, in power line cycles; others go to the next longer one.
    default_plc: after CONFigure, MEASure and *RST.
    memory: readings it keeps; older ones are overwritten.
    """

    ranges: dict[str, tuple[float, ...]]
    overrange: float
    line_frequency: float
    plc: tuple[float, ...]
    default_plc: float
    memory: int


@dataclass
class Function:
    """Settings of one measuring function. `range`: None while it chooses its range itself."""

    plc: float
    aperture: float | None = None
    range: float | None = None
    autozero: bool = True


class MeterCore(Core):
    """A multimeter whose input is one probe in the plant."""

    def __init__(
        self,
        around: Surroundings,
        identity: Identity,
        conventions: Conventions,
        profile: MeterProfile,
        probe: Callable[[], float],
    ) -> None:
        super().__init__(around, identity, conventions)
        self.profile = profile
        self._probe = probe
        self._run = 0
        self.memory: deque[float] = deque(maxlen=profile.memory)
        self.last: float | None = None
        self._trigger = self.environment.event()
        self._stored: Event | None = None
        self.armed = False
        self._reset_settings()

    def _reset_settings(self) -> None:
        self.function = "CURR" if self.settings.measures == "A" else "VOLT"
        self.functions = {name: Function(self.profile.default_plc) for name in self.profile.ranges}
        self.default_triggering()

    def default_triggering(self) -> None:
        """Trigger once and at once, one sample."""
        self.trigger_source, self.trigger_count, self.trigger_delay, self.trigger_timer = "IMM", 1.0, 0.0, 1.0
        self.sample_source, self.sample_count, self.sample_timer = "IMM", 1.0, 1.0

    def reset(self) -> None:
        """Stop, forget readings, default settings."""
        self.abort()
        self.memory.clear()
        self.last = None
        self._reset_settings()

    def ranges(self, function: str) -> tuple[float, ...]:
        """Return the ranges of a function; an ammeter's shunt or transducer adds the rated current."""
        ranges = self.profile.ranges[function]
        rated = self.settings.nominal_current
        return (*ranges, rated) if function == "CURR" and rated > ranges[-1] else ranges

    def configure(self, function: str, wanted_range: float | None) -> None:
        """Select a function with a range (None: automatic) and defaults for everything else."""
        self.abort()
        self.function = function
        self.functions[function] = Function(self.profile.default_plc)
        self.set_range(function, wanted_range)
        self.default_triggering()

    def set_range(self, function: str, wanted: float | None) -> None:
        """Choose the smallest range that holds `wanted`; None: automatic. Raises -222 beyond the largest."""
        if wanted is None:
            self.functions[function].range = None
            return
        fitting = [step for step in self.ranges(function) if step >= abs(wanted) * (1 - 1e-9)]
        if not fitting:
            raise ScpiError(-222)
        self.functions[function].range = fitting[0]

    def present_range(self, function: str) -> float:
        """Return the range in use; automatic: the one that fits what is at the input."""
        chosen = self.functions[function].range
        if chosen is not None:
            return chosen
        size = abs(self._look(function))
        ranges = self.ranges(function)
        return next((step for step in ranges if size <= step * self.profile.overrange), ranges[-1])

    def aperture(self) -> float:
        """Return the integration time in seconds."""
        function = self.functions[self.function]
        return function.aperture or function.plc / self.profile.line_frequency

    def _look(self, function: str) -> float:
        """Return what is at the input: nothing, for a function that is not wired."""
        if function != ("CURR" if self.settings.measures == "A" else "VOLT"):
            return 0.0
        self.bring_up_to_date()
        return self._probe()

    def _integrate(self) -> Generator[Event, Any, float]:
        """Return the mean of what is at the input over one integration time (SimPy process)."""
        aperture = self.aperture()
        looks = 1 if aperture <= SHORT_APERTURE else SUBSAMPLES
        total = 0.0
        for look in range(looks):
            yield self.environment.timeout(aperture / looks * (0.5 if look == 0 else 1.0))
            total += self._look(self.function)
        autozero = self.functions[self.function].autozero and aperture * self.profile.line_frequency >= 1
        yield self.environment.timeout(0.5 * aperture / looks + (aperture if autozero else 0.0))
        return total / looks

    def _store(self, true: float) -> None:
        if self.faults.overflow_reading:
            reading = NOT_A_NUMBER
        elif self.faults.stuck_reading and self.last is not None:
            reading = self.last
        else:
            settings = self.settings
            accuracy = settings.current_accuracy if self.function == "CURR" else settings.voltage_accuracy
            reading = measured(true, accuracy, self.rng)
            chosen = self.functions[self.function].range or self.ranges(self.function)[-1]
            if abs(reading) > chosen * self.profile.overrange:
                reading = math.copysign(INFINITY, reading)
        self.last = reading
        self.memory.append(reading)
        self._announce()

    def stored(self) -> Event:
        """Return the event of the next reading, or of the end of the measurement."""
        if self._stored is None:
            self._stored = self.environment.event()
        return self._stored

    def _announce(self) -> None:
        stored, self._stored = self._stored, None
        if stored is not None:
            stored.succeed()

    def initiate(self) -> None:
        """Clear the memory and start the trigger model in the background."""
        if self.pending is not None:
            raise ScpiError(-213)
        self.memory.clear()
        self._run += 1
        self.begin()
        self.environment.process(self._acquire(self._run))

    def _acquire(self, run: int) -> Slow:
        start = self.environment.now
        trigger = 0
        while run == self._run and trigger < self.trigger_count:
            if self.trigger_source == "TIM" and trigger:
                start += self.trigger_timer
                yield self.environment.timeout(max(0.0, start - self.environment.now))
            elif self.trigger_source in ("BUS", "EXT"):
                yield self._await_trigger()
            if run == self._run:
                yield from self._samples(run)
            trigger += 1
        if run == self._run:
            self.finish()
            self._announce()
        return None

    def _samples(self, run: int) -> Slow:
        yield self.environment.timeout(self.trigger_delay)
        due = self.environment.now
        for number in range(int(self.sample_count)):
            if self.sample_source == "TIM" and number:
                due += self.sample_timer
                yield self.environment.timeout(max(0.0, due - self.environment.now))
            if run != self._run:
                break
            mean = yield from self._integrate()
            if run == self._run:
                self._store(mean)
        return None

    def _await_trigger(self) -> Event:
        self._trigger, self.armed = self.environment.event(), True
        return self._trigger

    def trigger(self) -> None:
        """*TRG: raises -211 when no trigger from the bus is awaited."""
        if not self.armed or self.trigger_source != "BUS":
            raise ScpiError(-211)
        self.armed = False
        self._trigger.succeed()

    def abort(self) -> None:
        """Stop measuring; readings taken so far stay."""
        self._run += 1
        self.armed = False
        self.finish()
        self._announce()
