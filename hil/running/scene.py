"""The bench as a suite sees it: situations to start from, and readings with their uncertainty.

A test asks for the fixture `scene` and gets a bench at rest: converter stopped, grid dead, battery up and permitting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from hil.bench.bench import Bench
from hil.bench.file import Accuracy as StatedAccuracy
from hil.bench.file import Role
from hil.capture import Capture, Channel, Trace
from hil.client import Client
from hil.client.safety import HEAVY_ALARM
from hil.converter import Answer, DriverError, Mode
from hil.converter.values import AllData, SetModeAnswer
from hil.errors import NotAssessed
from hil.evidence.drawing import Drawing, LimitLine, Point
from hil.verdict import Accuracy
from hil.waveform import Quantity, Signal
from instruments.reading import Reading

DROOP_OFF = 0.0
POLL = 0.1
"""Seconds between two looks at a condition."""
RISING, LOOK, RAMP_END = 0.5, 0.2, 5.0
"""V/s above which a ramp goes on, seconds between two looks at it, and how long its last volts may take, s."""
SAMPLING = 0.013
"""Seconds between two samples of a level; no multiple of a period of 50, 60, 100 or 120 Hz, whose ripple would hide."""
POWER_OFF = 15.0
"""Seconds without battery after which the unit's capacitors are empty and its controller has lost its power."""


GRID_VOLTAGE = (Role.GRID_VOLTMETER, Role.GRID_SOURCE, Role.GRID_SINK)
GRID_CURRENT = (Role.GRID_AMMETER, Role.GRID_SOURCE, Role.GRID_SINK)
BATTERY = (Role.BATTERY_SOURCE, Role.BATTERY_SINK)
"""Roles that measure a quantity; the first one that is filled does."""

Bounds = tuple[float | None, float | None]
"""Lower and upper limit, None where there is none."""


class Scene:
    """Situations, readings and captures on one bench."""

    def __init__(
        self, bench: Bench, name_capture: Callable[[], str] = str, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        """Prepare the scene of one test.

        name_capture: gives each of its captures the name of its file. tell: hears what is recorded, in words.
        """
        self.bench = bench
        self._tell = tell
        self._name_capture = name_capture
        self.captures: list[Capture] = []
        self.clock = bench.clock
        self.converter = bench.converter
        self.battery = bench.battery
        self.grid = bench.grid
        self.policy = bench.files.policy
        self.hwconfig = bench.files.hwconfig
        self.dut = bench.files.dut
        self.kept: list[tuple[Trace, Drawing]] = []
        self.client = Client(bench.converter, self.policy, self.hwconfig, bench.clock)
        self._peer = None if bench.peer is None else Client(bench.peer, self.policy, self.hwconfig, bench.clock, "peer")

    @property
    def operating_voltage(self) -> float:
        """Return the operating grid voltage of the owner's policy, in V."""
        return self.policy.operation_grid_voltage

    @property
    def rated_current(self) -> float:
        """Return the grid current capacity of the owner's hwConfig, in A."""
        return self.hwconfig.grid_current_capacity

    @property
    def deal_current(self) -> float:
        """Return the grid current of one deal by the owner's policy, in A."""
        return self.policy.mediator.deal.grid_current

    @property
    def peer(self) -> Client:
        """Return the second unit. Raises NotAssessed on a bench without one."""
        if self._peer is None:
            raise NotAssessed("this bench has no peer")
        return self._peer

    def rest(self) -> None:
        """Stop the converter and the peer, empty the grid, permit sharing. The converter's errors are DUT errors."""
        self.bench.check()
        self.battery.permit()
        if self.bench.peer is not None:
            self.bench.peer.set_mode(Mode.STOP, self.operating_voltage, 0.0, 0.0)
        if self.stop().value.status.alarm_state == HEAVY_ALARM:
            self.recover()
        self.grid.dead()

    def stop(self) -> Answer[SetModeAnswer]:
        """Stop the converter with one command, whatever it does."""
        return self.converter.set_mode(Mode.STOP, self.operating_voltage, 0.0, 0.0)

    def share(self, mode: Mode, amperes: float, volts: float | None = None) -> Answer[SetModeAnswer]:
        """Hold the grid stiff at `volts` (by default the operating voltage) and start CC with `amperes`.

        dvg is what apis-main sends: the operating voltage when charging, the top of the range when discharging.
        """
        self.grid.stiff(self.operating_voltage if volts is None else volts)
        return self.converter.set_mode(mode, self.ceiling(mode), amperes, DROOP_OFF)

    def ceiling(self, mode: Mode) -> float:
        """Return the dvg in V that apis-main sends with a CC mode."""
        return self.policy.operation_grid_voltage_range.max if mode is Mode.DISCHARGE else self.operating_voltage

    def reference(self, volts: float | None = None, drg: float = 0.0) -> Answer[SetModeAnswer]:
        """Make the converter the voltage reference of a dead grid and wait until the ramp has ended."""
        target = self.operating_voltage if volts is None else volts
        answer = self.command_reference(target, drg)
        if self.await_voltage(target - self.policy.grid_voltage_allowance):
            self._await_ramp_end()
        return answer

    def command_reference(self, volts: float | None = None, drg: float = DROOP_OFF) -> Answer[SetModeAnswer]:
        """Tell the converter to be the voltage reference; wait for nothing but its answer."""
        return self.converter.set_mode(
            Mode.CV, self.operating_voltage if volts is None else volts, self.rated_current, drg
        )

    def holds(self, mode: Mode) -> bool:
        """Tell whether the unit reports `mode` in both of its texts and no Heavy alarm."""
        seen = self.converter.all().value.status
        return (seen.code, seen.operation_mode) == (mode.value, mode.operation_mode) and seen.alarm_state != HEAVY_ALARM

    def recover(self) -> bool:
        """Bring a tripped unit back: clear its alarm, or take its control power away for a while; tell whether it is.

        Leaves it in Stop.
        """
        with suppress(DriverError):
            self.converter.clear_alarm()
        if self.stop().value.status.alarm_state == HEAVY_ALARM:
            self.battery.emulator.open_contactor()
            self.clock.sleep(POWER_OFF)
            self.battery.emulator.close_contactor()
            self.await_answer(self.dut.declared.boot_s)
            self.stop()
        return self.holds(Mode.STOP)

    def observe(self, channel: str, seconds: float, period: float = SAMPLING) -> Signal:
        """Record "grid_voltage" or "grid_current" for some seconds; every sample with its uncertainty."""
        return self.signal(self.record(channel, seconds=seconds, period=period), channel)

    def record(self, *channels: str, seconds: float, period: float = SAMPLING) -> Trace:
        """Record channels, as for `capture`, for some seconds, to be kept with what is judged in them."""
        capture = self.capture(*channels, period=period)
        with capture.running(lead=seconds):
            pass
        return capture.trace()

    def signal(self, trace: Trace, channel: str) -> Signal:
        """Return "grid_voltage" or "grid_current" of a capture, every sample with its uncertainty."""
        accuracy = self.voltage_accuracy() if channel == "grid_voltage" else self.current_accuracy()
        return trace.signal(channel, accuracy.expanded)

    def await_voltage(self, at_least: float) -> bool:
        """Wait until the grid has `at_least` volts, as long as the policy allows a ramp to take; tell whether."""
        timeout = self.policy.controller.dcdc.voltage_reference.ramp_up.first.timeout
        return self.clock.wait_until(lambda: self.grid.voltage().value >= at_least, timeout, POLL)

    def _await_ramp_end(self) -> None:
        """Wait until a voltage that has come within its allowance rises no more; one that swings may do so."""
        seen = [self.grid.voltage().value]

        def ended() -> bool:
            seen.append(self.grid.voltage().value)
            return seen[-1] - seen[-2] < RISING * LOOK

        self.clock.sleep(LOOK)
        self.clock.wait_until(ended, RAMP_END, LOOK)

    def await_answer(self, timeout: float) -> Answer[AllData] | None:
        """Call /all/get until it is answered as apis-main needs it, for at most `timeout` seconds."""
        end = self.clock.now() + timeout
        while True:
            try:
                return self.converter.all()
            except DriverError:
                if self.clock.now() >= end:
                    return None
                self.clock.sleep(POLL)

    def grid_voltage(self) -> Quantity:
        """Measure the grid voltage; positive."""
        reading = self.grid.voltage()
        return self.voltage_accuracy().quantity(reading.value, reading.unit)

    def grid_current(self) -> Quantity:
        """Measure the grid current; positive into the unit."""
        reading = self.grid.current()
        return self.current_accuracy().quantity(reading.value, reading.unit)

    def battery_voltage(self) -> Quantity:
        """Return the newest measured voltage at the battery's terminals."""
        reading = self.battery.voltage
        return self.battery_accuracy()[0].quantity(reading.value, reading.unit)

    def grid_power(self) -> Quantity:
        """Measure the power on the grid side, in W; positive into the unit."""
        return _product(self.grid_voltage(), self.grid_current())

    def battery_power(self) -> Quantity:
        """Return the newest measured power at the battery's terminals, in W; positive into the battery."""
        reading = self.battery.emulator.latest.current
        return _product(self.battery_voltage(), self.battery_accuracy()[1].quantity(reading.value, reading.unit))

    def efficiency(self) -> Quantity:
        """Measure output power over input power, standby included; a fraction. Power must be flowing."""
        grid, battery = self.grid_power(), self.battery_power()
        given, taken = (battery, grid) if grid.value > 0.0 else (grid, battery)
        value = given.value / taken.value
        return Quantity.computed(value, "1", (1.0 / taken.value, given), (-value / taken.value, taken))

    def voltage_accuracy(self) -> Accuracy:
        """Return the accuracy of whatever measures the grid voltage."""
        name = self._first(*GRID_VOLTAGE)
        return _accuracy(self.bench.files.bench.instruments[name].voltage, name)

    def current_accuracy(self) -> Accuracy:
        """Return the accuracy of whatever measures the grid current."""
        name = self._first(*GRID_CURRENT)
        return _accuracy(self.bench.files.bench.instruments[name].current, name)

    def battery_accuracy(self) -> tuple[Accuracy, Accuracy]:
        """Return the accuracies of what measures battery voltage and battery current."""
        name = self._first(*BATTERY)
        entry = self.bench.files.bench.instruments[name]
        return _accuracy(entry.voltage, name), _accuracy(entry.current, name)

    def capture(self, *channels: str, period: float = 0.05) -> Capture:
        """Prepare a capture of "grid_voltage", "grid_current", "status" (the driver's vg and ig) or "battery"."""
        known: dict[str, Channel] = {
            "grid_voltage": self.grid.voltage,
            "grid_current": self.grid.current,
            "status": self._status,
        }
        by_itself = {**self.grid.sampled(period), "battery": self._battery_current}
        pushed = {name: by_itself[name] for name in channels if name in by_itself}
        chosen = {name: known[name] for name in channels if name not in by_itself}
        capture = Capture(
            self.clock,
            chosen,
            period,
            pushed,
            tolerate=(DriverError,),
            name=self._name_capture(),
            instruments=self._instruments(channels),
        )
        self.captures.append(capture)
        self._tell(f"record {', '.join(channels)} every {1000.0 * period:g} ms as {capture.name or 'a capture'}")
        return capture

    def keep(
        self,
        trace: Trace,
        title: str,
        limits: Mapping[str, Bounds] | None = None,
        targets: Mapping[str, float] | None = None,
        decisive: tuple[str, float, float] | None = None,
        levels: Mapping[str, float] | None = None,
    ) -> None:
        """Make a capture part of the evidence: a file in the run folder and a picture in the report.

        limits: bounds per channel. targets: wanted value per channel. decisive: channel, bench time in s and value of
        the point that decided. levels: the value per channel whose crossing was looked for.
        """
        drawing = Drawing(
            title=title,
            targets=dict(targets or {}),
            levels=dict(levels or {}),
            limits=[LimitLine(channel=name, lower=low, upper=high) for name, (low, high) in (limits or {}).items()],
            decisive=None if decisive is None else Point(channel=decisive[0], time=decisive[1], value=decisive[2]),
        )
        self.kept.append((trace, drawing))

    def _status(self) -> dict[str, Reading]:
        answer = self.converter.status()
        meter = answer.value.meter
        return {
            "vg": Reading(meter.vg, "V", answer.start, answer.end),
            "ig": Reading(meter.ig, "A", answer.start, answer.end),
        }

    def _battery_current(self, sink: Callable[[Reading], None]) -> Callable[[], None]:
        return self.battery.emulator.subscribe(lambda sample: sink(sample.current))

    def _instruments(self, channels: Iterable[str]) -> dict[str, str]:
        """Return what measures each of these channels of a capture; the unit's own status is no instrument."""
        behind = {"grid_voltage": GRID_VOLTAGE, "grid_current": GRID_CURRENT, "battery": BATTERY}
        return {name: self._first(*behind[name]) for name in channels if name in behind}

    def _first(self, *roles: Role) -> str:
        names = self.bench.files.bench.assessing
        return next(names[role] for role in roles if role in names)


def _product(voltage: Quantity, current: Quantity) -> Quantity:
    """Return the power; the uncertainties are taken as independent."""
    power = voltage.value * current.value
    return Quantity.computed(power, "W", (current.value, voltage), (voltage.value, current))


def _accuracy(stated: StatedAccuracy, instrument: str) -> Accuracy:
    return Accuracy(percent=stated.percent, offset=stated.offset, instrument=instrument)
