"""An open bench: its parts, arming them, and making them safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hil.battery import BatteryStandIn
from hil.bench import connecting, limits
from hil.bench.file import Role
from hil.bench.files import Files
from hil.clock import Clock
from hil.converter import Converter, DriverError
from hil.errors import BenchTrouble
from hil.grid import GridSide
from hil.safety.guarding import Guard
from hil.safety.lock import SAFE, UNKNOWN, BenchLock
from hil.safety.safe_state import SafeReport, make_safe
from instruments.errors import NotProvided
from instruments.kinds import Instrument, Powered

RELEASE_BOUND = 1.0
"""Seconds given to each instrument to be handed back to its front panel."""


@dataclass
class Bench:
    """What a suite works with. Opening it has energised nothing; `arm` brings the battery up.

    start_guard: starts the guard process; None leaves the bench without one (only for tests of the bench itself).
    """

    files: Files
    clock: Clock
    instruments: dict[str, Instrument]
    reach: connecting.Reopening
    converter: Converter
    battery: BatteryStandIn
    grid: GridSide
    lock: BenchLock
    start_guard: Callable[[], Guard] | None = None
    armed: bool = False
    guard: Guard | None = field(default=None, init=False)
    safe_reports: list[SafeReport] = field(default_factory=list, init=False)

    def has(self, role: Role) -> bool:
        """Tell whether an instrument fills `role`."""
        return role in self.files.bench.roles

    def filling(self, role: Role) -> Instrument | None:
        """Return the instrument that fills `role`, or None."""
        name = self.files.bench.roles.get(role)
        return None if name is None else self.instruments[name]

    def arm(self) -> None:
        """Start the guard, program the protections, arm the watchdogs, bring up battery and BMS, await the driver.

        Raises BenchTrouble or an InstrumentError; whoever catches it calls `make_safe`.
        """
        self.put_under_guard()
        for name in self.instruments:
            self.take(name)
        self.battery.start()
        self.battery.permit()
        self._await_driver()

    def put_under_guard(self) -> None:
        """Start the guard process: from now on the bench may be energised, and is made safe by whoever survives."""
        if self.start_guard is not None:
            self.guard = self.start_guard()
        self.armed = True

    def take(self, name: str) -> list[str]:
        """Take an instrument into remote control, program its protections and read them back, arm its watchdog.

        Switches nothing on. Returns what this instrument cannot do. Raises InstrumentError for what it refuses.
        """
        instrument = self.instruments[name]
        instrument.take_remote()
        return self._protect(name, instrument) if isinstance(instrument, Powered) else []

    def check(self) -> None:
        """Raise BenchTrouble when something that must run has stopped: battery, BMS, guard."""
        if self.armed:
            self.battery.check()
            if self.guard is not None:
                self.guard.check()

    def make_safe(self) -> SafeReport:
        """Bring the bench into the safe state, prove it, and write down what is known of it. Never raises."""
        self._halt_battery()
        stop = connecting.stopping(
            Converter(self.converter.url, self.clock, timeout=connecting.STOP_TIMEOUT),
            self.files.resting_voltage,
        )
        report = make_safe(connecting.safe_plan(self.files.bench, self.reach, stop), self.clock)
        self.safe_reports.append(report)
        self.armed = False
        self.lock.say(SAFE if report.proven else UNKNOWN, report.summary)
        if self.guard is not None:
            guard, self.guard = self.guard, None
            if report.proven:
                guard.disarm()
            else:
                guard.abandon()
        return report

    def close(self) -> None:
        """Hand every instrument back and close the links. Make the bench safe first."""
        for name, instrument in self.instruments.items():
            call = self.clock.start(_releasing(instrument), f"release {name}")
            self.clock.wait_until(lambda call=call: call.done, RELEASE_BOUND)  # type: ignore[misc]
        self.clock.close()
        self.lock.release()

    def _protect(self, name: str, instrument: Powered) -> list[str]:
        allowed = limits.of_instrument(self.files.bench, self.files.dut, name)
        lacking = []
        try:
            if allowed.overvoltage_max is not None:
                instrument.set_overvoltage_protection(allowed.overvoltage_max)
        except NotProvided:  # many loads have none
            lacking.append("over-voltage trip")
        try:
            if allowed.overcurrent_max is not None and allowed.source_current_max > 0.0:
                instrument.set_overcurrent_protection(allowed.overcurrent_max)
        except NotProvided:
            lacking.append("over-current trip")
        if not instrument.arm_watchdog(self.files.bench.safety.watchdog_s):
            lacking.append("communication watchdog")
        return lacking

    def _await_driver(self) -> None:
        problems: list[str] = []

        def answers() -> bool:
            try:
                self.converter.all()
            except DriverError as error:
                problems.append(str(error))
                return False
            return True

        if not self.clock.wait_until(answers, self.files.dut.declared.boot_s, 0.5):
            raise BenchTrouble(
                f"The driver at {self.converter.url} gave no usable answer to /all/get within "
                f"{self.files.dut.declared.boot_s:g} s after the battery came up. Last: {problems[-1]}"
            )

    def _halt_battery(self) -> None:
        """Stop the emulator's loop and the BMS, so that nothing is switched on behind the safe state's back."""
        call = self.clock.start(self.battery.halt, "halt the battery")
        self.clock.wait_until(lambda: call.done, RELEASE_BOUND)


def _releasing(instrument: Instrument) -> Callable[[], None]:
    def release() -> None:
        try:
            instrument.disarm_watchdog()
            instrument.give_back()
        finally:
            instrument.close()

    return release
