"""An open bench: its parts, arming them, and making them safe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from hil.battery import BatteryStandIn
from hil.bench import connecting, protecting
from hil.bench.file import METERS, Role
from hil.bench.files import Files
from hil.bench.peer import Peer, runs
from hil.bench.person import Person
from hil.bench.supervised_converter import SupervisedConverter
from hil.clock import Call, Clock
from hil.converter import Converter, DriverBadAnswer, DriverError
from hil.converter.strictjson import is_error
from hil.errors import BENCH_TROUBLE, BenchTrouble, NotProvenSafe
from hil.grid import GridSide
from hil.safety.ending import Ending
from hil.safety.extremes import Extremes, measured
from hil.safety.guarding import Guard
from hil.safety.lock import LOCKED, SAFE, BenchLock
from hil.safety.rules import Rules
from hil.safety.safe_state import SafePlan, SafeReport, UnitPart, make_safe
from hil.safety.supervisor import Supervision, Supervisor, Violation
from instruments.kinds import Instrument, Meter, Powered

HALT_BOUND = 1.0
"""Seconds for which supervisor and battery loop are awaited once the bench is safe."""


@dataclass
class Bench:
    """What a suite works with. Opening it has energised nothing; `arm` brings the battery up.

    person: operates what no program can. peer: the second unit on the grid, None where the bench has none. rules:
    closed until the bench is armed. checks: raise BenchTrouble when something outside has failed (evidence, interlock).
    unknown: why nobody knows the state in which the bench was left, None when it was left safe. start_guard: starts the
    guard process; None leaves the bench without one (only for tests of the bench itself). interrupt: raises an
    exception in the test that is running. driver_version: what the driver answered when it was asked for its version,
    "" when it was not asked.
    """

    files: Files
    clock: Clock
    instruments: dict[str, Instrument]
    reach: connecting.Reopening
    person: Person
    converter: SupervisedConverter
    peer: Peer | None
    battery: BatteryStandIn
    grid: GridSide
    lock: BenchLock
    rules: Rules
    checks: list[Callable[[], None]]
    unknown: str | None = None
    driver_version: str = ""
    start_guard: Callable[[], Guard] | None = None
    interrupt: Callable[[Exception], None] | None = None
    armed: bool = field(default=False, init=False)
    guard: Guard | None = field(default=None, init=False)
    protections: dict[str, dict[str, str]] = field(default_factory=dict, init=False)
    safe_reports: list[SafeReport] = field(default_factory=list, init=False)
    found: SafeReport | None = field(default=None, init=False)
    """How the bench was made safe before it was used, when it was not known to be."""

    def __post_init__(self) -> None:
        self._making_safe = self.clock.lock()
        self._supervisor = Supervisor(self.instruments, self._watched(), self._supervision(), self.clock, self.stop)
        self._ending: Ending | None = None

    def has(self, role: Role) -> bool:
        """Tell whether an instrument fills `role` that can follow what happens."""
        return role in self.files.bench.assessing

    def filling(self, role: Role) -> Instrument | None:
        """Return the instrument that fills `role`, or None."""
        name = self.files.bench.assessing.get(role)
        return None if name is None else self.instruments[name]

    @property
    def stopped(self) -> str | None:
        """Return why the bench was stopped while it was in use, or None."""
        given = self._ending.given if self._ending is not None else None
        return None if given is None else given.reason

    @property
    def reached(self) -> Extremes:
        """Return the highest voltages, currents and the energy that were measured while the bench was armed."""
        return measured(self._supervisor.terminals, self.rules.sides, self.rules.kinds)

    @property
    def energy(self) -> dict[str, float]:
        """Return the net energy in W h that has left each instrument with power at its terminals, by name."""
        powered = {name for name, part in self.instruments.items() if isinstance(part, Powered)}
        return {each.name: round(each.energy, 6) for each in self._supervisor.terminals if each.name in powered}

    def count_energy_from(self, used: Mapping[str, float]) -> None:
        """Count what has left each instrument (net W h, by name) before this bench was opened."""
        for terminal in self._supervisor.terminals:
            terminal.energy += used.get(terminal.name, 0.0)

    def arm(self) -> None:
        """Prepare, bring up battery and BMS, return when the driver answers.

        Raises BenchTrouble, NotProvenSafe or an InstrumentError; whoever catches it calls `make_safe`.
        """
        self.prepare()
        self.battery.start()
        self.battery.permit()
        self._await(self.converter)

    def prepare(self) -> None:
        """Start the guard, prove the bench at rest, supervise it, program protections, arm watchdogs.

        Switches nothing on, but from now on the bench may be energised. Raises as `arm`.
        """
        if self.start_guard is not None:
            self.guard = self.start_guard()
        self.armed = True
        self._ending = Ending(self.clock, self.make_safe)
        for instrument in self.instruments.values():
            instrument.take_remote()
        self._prove_rest()
        self.rules.closed = None
        self._supervisor.start()
        for name, instrument in self.instruments.items():
            if isinstance(instrument, Powered):
                self.protections[name] = protecting.protect(self.files, name, instrument)

    def check(self) -> None:
        """Raise BenchTrouble when the bench was stopped, or something that must run has stopped."""
        if self.stopped is not None:
            raise BenchTrouble(f"The bench was stopped: {self.stopped}")
        if self.armed:
            self._check_parts()

    def stop(self, violation: Violation) -> None:
        """Order the bench to be made safe, from any thread or signal handler; returns at once."""
        if self.armed and self._ending is not None and self._ending.order(violation):
            self.rules.closed = f"the bench was stopped: {violation.reason}"
            if self.interrupt is not None:
                self.interrupt(BenchTrouble(f"The bench was stopped: {violation.reason}"))

    def make_safe(self) -> SafeReport | None:
        """Bring the bench into the safe state, prove it, and write down what is known of it. Never raises.

        A bench that is not armed is safe already; then the last report is returned, if there is one.
        """
        try:
            with self._making_safe:
                if self.armed:
                    self._make_safe()
        except BENCH_TROUBLE as error:  # the clock is gone: another worker has left the bench to the guard
            sys.stderr.write(f"While the bench was made safe: {error}\n")
        return self.safe_reports[-1] if self.safe_reports else None

    def close(self) -> None:
        """Hand every instrument back and close the links. Make the bench safe first."""
        try:
            if self._ending is not None:
                self._ending.dismiss()
            self.reach.release(proven=all(report.proven for report in self.safe_reports[-1:]))
        except BENCH_TROUBLE as error:
            sys.stderr.write(f"While the bench was closed: {error}\n")
        finally:
            self.clock.close()
            self._say_untouched()
            self.lock.release()

    def _make_safe(self) -> None:
        self.rules.closed = self.rules.closed or "the bench is being made safe"
        if self.guard is not None:
            self.guard.ending()
        quiet = self._quieten()
        stop = Converter(self.converter.url, self.clock, audit=self.converter.audit, timeout=connecting.STOP_TIMEOUT)
        volts = self.files.resting_voltage
        plan = self._plan(connecting.stopping(stop, volts))
        if self.guard is not None:
            plan = replace(plan, awaiting_hands=self.guard.awaiting_hands)
        ordered = self.clock.now()
        report = self._explained(make_safe(plan, self.clock), ordered)
        self.safe_reports.append(report)
        self.clock.wait_until(lambda: all(call.done for call in quiet), HALT_BOUND)
        guard, self.guard = self.guard, None
        if report.proven or guard is None:
            self._say(report)
        if guard is not None and report.proven:
            guard.disarm()
        elif guard is not None:
            self._leave_to(guard)
        self.armed = False

    def _leave_to(self, guard: Guard) -> None:
        """Close every link and let the guard try with links of its own; it says in what state the bench is."""
        sys.stderr.write(f"{self.safe_reports[-1].summary} The guard tries again, for a minute at most.\n")
        self.reach.release(proven=False)
        second = guard.take_over()
        if second is not None:
            self.safe_reports.append(replace(second, reason=self.safe_reports[-1].reason))

    def _explained(self, report: SafeReport, ordered: float) -> SafeReport:
        """Return the report with the reason, and the reaction time where a measurement gave the trouble away."""
        given = self._ending.given if self._ending is not None else None
        if given is None:
            return report
        off = ordered + (report.sources_off_after or 0.0)
        return replace(report, reason=given.reason, reaction=off - given.measured)

    def _say(self, report: SafeReport) -> None:
        try:
            self.lock.say(SAFE if report.proven else LOCKED, report.summary)
        except OSError as error:
            sys.stderr.write(f"The state of the bench cannot be written down ({error}). {report.summary}\n")

    def _say_untouched(self) -> None:
        """Say of a bench that was found safe and never prepared that it is safe still."""
        if self._ending is None and self.unknown is None:
            try:
                self.lock.say(SAFE, "it was opened and closed again; nothing was energised")
            except OSError as error:
                sys.stderr.write(f"The state of the bench cannot be written down ({error}); nothing was energised.\n")

    def _prove_rest(self) -> None:
        """Make sure that nothing is on before anything is switched on. Raises NotProvenSafe."""
        powered = {name: part for name, part in self.instruments.items() if isinstance(part, Powered)}
        found_on = [name for name, part in powered.items() if part.is_on()]
        if self.peer is not None:
            self._await(self.peer)
            found_on += [self.peer.name] if runs(self.peer) else []
        reason = self.unknown or ", ".join(f"{name} was on" for name in found_on)
        if not reason:
            return
        self.found = report = make_safe(self._plan(None), self.clock)
        self.unknown = None
        if not report.proven:
            raise NotProvenSafe(f"The bench was not found at rest ({reason}). {report.summary}")

    def _plan(self, stop_converter: Callable[[], object] | None) -> SafePlan:
        peers = self._peers(self.files.resting_voltage)
        return connecting.safe_plan(self.files.bench, self.reach, stop_converter, peers, self.person)

    def _watched(self) -> dict[str, Powered | Meter]:
        """Return what the supervisor reads: terminals that tell themselves; meters where a person feeds a node."""
        bench = self.files.bench
        meters = {name for role, name in bench.assessing.items() if role in METERS} if bench.hands else set()
        return {
            name: part
            for name, part in self.instruments.items()
            if (isinstance(part, Powered) and name not in bench.hands) or (isinstance(part, Meter) and name in meters)
        }

    def _supervision(self) -> Supervision:
        safety = self.files.bench.safety
        return Supervision(
            safety.period_s, safety.stale_s, safety.unanswered_s, protecting.bounds(self.files), (self._check_parts,)
        )

    def _peers(self, volts: float) -> tuple[UnitPart, ...]:
        """Return the peer as the safe state sees it, where there is one."""
        if self.peer is None:
            return ()
        return (connecting.peer_part(self.peer.url, self.clock, volts, self.peer.audit),)

    def _check_parts(self) -> None:
        for check in (*self.checks, self.battery.check, self.converter.check):
            check()
        if self.peer is not None:
            self.peer.check()
        if self.guard is not None:
            self.guard.check()

    def _await(self, unit: Converter) -> None:
        """Wait until a driver has booted. What is wrong with the content of its answers, the suites find out."""
        problems: list[str] = []

        def answers() -> bool:
            try:
                unit.all()
            except DriverBadAnswer as error:
                problems.append(str(error))
                return not is_error(error.text)
            except (DriverError, BenchTrouble) as error:
                problems.append(str(error))
                return False
            return True

        if not self.clock.wait_until(answers, self.files.dut.declared.boot_s, 0.5):
            raise BenchTrouble(
                f"The {unit.name} at {unit.url} did not answer /all/get with status 200 within "
                f"{self.files.dut.declared.boot_s:g} s after its battery came up. Last: {problems[-1]}"
            )

    def _quieten(self) -> list[Call[None]]:
        """Stop the supervisor, the emulator's loop and the BMS while the safe state begins: the rules are closed."""
        return [
            self.clock.start(self._supervisor.stop, "stop the supervisor"),
            self.clock.start(self.battery.halt, "halt the battery"),
        ]
