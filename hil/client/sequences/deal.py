"""A whole deal on a dead grid, from the first look to both units stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import NoReturn

from hil.client.report import ApisError, Category, Level, Report
from hil.client.sequences.gridmaster import DealUnit, GridMaster, compensate
from hil.client.sequences.reference import PATIENCE, GridBefore, grid_before_start, is_ramped_up
from hil.converter import Mode


@dataclass(frozen=True)
class DealReport:
    """What a deal did. succeeded: the energy was delivered and both units were stopped.

    moments: bench time in seconds at which each phase was complete ("activated", "ramped up", "authorized",
    "sharing", "started", "delivered", "released", "stopped"). energy: what the reference side's battery meter
    counted between "started" and "delivered", in Wh. resets: authorizations that failed.
    """

    report: Report
    succeeded: bool
    moments: dict[str, float]
    energy: float
    resets: int


class _DealFailed(Exception):
    """The deal cannot go on; why stands in the log."""


def _ends_deal(error: ApisError) -> bool:
    return error.level == "ERROR"


@dataclass
class Deal:
    """One deal between a voltage reference and a follower.

    holder: the unit that will be the voltage reference. follower: the other one, in current mode.
    holder_charges: the reference is the charge side, as apis-main has it by default. amperes, energy: deal
    current (A) and amount (Wh), by default the policy's. stop_requested: asked once per loop; a request ends
    the deal as apis-main's user does, and is the only bound on a deal whose meter counts nothing. patience:
    seconds to wait for a grid voltage outside the mask.
    """

    master: GridMaster
    holder: DealUnit
    follower: DealUnit
    chance: Random
    holder_charges: bool = True
    amperes: float | None = None
    energy: float | None = None
    stop_requested: Callable[[], bool] = lambda: False
    patience: float = PATIENCE
    _moments: dict[str, float] = field(default_factory=dict, init=False)
    _counted: float = field(default=0.0, init=False)
    _counted_until: float = field(default=0.0, init=False)
    _begun: float = field(default=0.0, init=False)
    _activated_at: float = field(default=0.0, init=False)
    _resets: int = field(default=0, init=False)

    def run(self) -> DealReport:
        """Run the deal to its end. Whatever happens, both units have been told to stop when it returns."""
        master, start = self.master, self.master.clock.now()
        try:
            succeeded = self._run()
        except _DealFailed:
            succeeded = False
            self._abort()
        except BaseException:
            self._stop_by_force()
            raise
        report = master.log.report("deal", succeeded, start, master.clock.now())
        return DealReport(report, succeeded, dict(self._moments), self._counted, self._resets)

    def _run(self) -> bool:
        rules = self.master.policy.grid_master
        while self._resets < rules.deal.reset_limit:
            self._begun = self.master.clock.now()
            self._loop_until(self._activate)
            self._follow_ramp()
            if self._authorize():
                self._share()
                self._loop_until(self._cumulate, pause_first=True)
                self._deliver()
                return True
            self.master.clock.sleep(rules.main_loop_period)
        self.master.note("LOGIC", "GLOBAL", "WARN", f"deal reset limit exceeded: {rules.deal.reset_limit}")
        return False

    def _loop_until(self, step: Callable[[], bool], pause_first: bool = False) -> None:
        """Repeat `step` once per main loop, each time on new data of both units, until it says True."""
        pause = pause_first
        while True:
            if pause:
                self.master.clock.sleep(self.master.policy.grid_master.main_loop_period)
            pause = True
            self._acquire_both()
            if step():
                return

    def _acquire_both(self) -> None:
        if not self._both(self.holder.acquire, self.follower.acquire):
            raise _DealFailed
        if self.stop_requested() or any(_ends_deal(error) for error in self.master.log.errors):
            raise _DealFailed

    def _activate(self) -> bool:
        vg = self.holder.data.vg
        if self.master.clock.now() - self._begun >= self.patience:
            self._fail("LOGIC", "WARN", f"the grid cannot be started: it stays at {vg} V")
        if vg is None:
            self.master.note("LOGIC", "GLOBAL", "WARN", f"no meter.vg in the data of {self.holder.name}")
            return False
        before = grid_before_start(self.master.policy, vg)
        if before is GridBefore.FOREIGN:
            self._fail("HARDWARE", "ERROR", f"the grid is at {vg:g} V before the start")
        if before is GridBefore.MASKED:
            return False
        self._activated_at = self._reference.acquired_at
        self._check(self.holder.start_reference())
        self._mark("activated")
        return True

    def _follow_ramp(self) -> None:
        """Judge the answer to the start itself, then one acquisition per loop."""
        if not self._ramped_up():
            self._loop_until(self._ramped_up, pause_first=True)
        self._mark("ramped up")

    def _ramped_up(self) -> bool:
        policy = self.master.policy
        self._expect(self.holder, self.holder.data.mode is Mode.CV)
        self._expect(self.follower, self.follower.data.mode is Mode.STOP)
        ramped_up = is_ramped_up(policy, self.holder.data)
        if ramped_up is None:
            self._fail("LOGIC", "WARN", f"no meter.vg or vdis.dvg in the data of {self.holder.name}")
        if ramped_up:
            return True
        timeout = policy.controller.dcdc.voltage_reference.ramp_up.first.timeout
        if self._reference.acquired_at - self._activated_at >= timeout:
            self._fail("HARDWARE", "ERROR", f"the grid voltage is not up after {timeout:g} s")
        return False

    def _authorize(self) -> bool:
        if self.holder.authorize(self.chance):
            self._mark("authorized")
            return True
        self._check(self.holder.stop())
        self._resets += 1
        return False

    def _share(self) -> None:
        mode = Mode.DISCHARGE if self.holder_charges else Mode.CHARGE
        self._check(self.follower.share(mode, self._amperes))
        self._mark("sharing")
        target = self._amperes if self.holder_charges else -self._amperes
        if self._reference is self.holder:
            self._check(compensate(self.master, self.holder, self.follower, target, self.holder_charges))
        self._check(self._both(self.holder.read_status, self.follower.read_status))
        self._counted_until = self._reference.acquired_at
        self._mark("started")

    def _cumulate(self) -> bool:
        self._expect(self.holder, self.holder.data.mode is not Mode.STOP)
        self._expect(self.follower, self.follower.data.mode is not Mode.STOP)
        wb = self._reference.data.number("meter.wb")
        if wb is None:
            self._fail("LOGIC", "WARN", f"no meter.wb in the data of {self._reference.name}")
        power = wb if self._reference is self._charger else -wb
        self._counted += power * (self._reference.acquired_at - self._counted_until) / 3600.0
        self._counted_until = self._reference.acquired_at
        if self._counted > self._energy:
            self._mark("delivered")
            return True
        self._check_charge()
        return False

    def _check_charge(self) -> None:
        limits = self.master.policy.grid_master.deal.force_stop_condition
        giving, taking = self._discharger.data.number("rsoc"), self._charger.data.number("rsoc")
        if giving is None or taking is None:
            self._fail("LOGIC", "WARN", "no rsoc in the data of a unit")
        if giving < limits.discharge_unit_lower_limit_rsoc or taking > limits.charge_unit_upper_limit_rsoc:
            raise _DealFailed

    def _deliver(self) -> None:
        self._check(self.follower.stop())
        self._mark("released")
        self._check(self.holder.stop())
        self._mark("stopped")

    def _abort(self) -> None:
        """End a deal that failed: SCRAM for a global error, else follower first; by force if that fails."""
        clock, delay = self.master.clock, self.master.policy.controller.scram_voltage_reference_delay
        if any(error.extent == "GLOBAL" and error.level == "ERROR" for error in self.master.log.errors):
            first = clock.start(self.follower.stop_at_once, f"scram {self.follower.name}")
            clock.sleep(delay)
            self._stop_by_force()
            first.result()
        elif not (self.follower.stop() and (self.holder.data.mode is Mode.STOP or self.holder.stop())):
            for unit in (self.follower, self.holder):
                text = f"deal abortion failed: {unit.name} is stopped on its own"
                self.master.note("HARDWARE", "LOCAL", "ERROR", text)
            self._stop_by_force()
        self._mark("stopped")

    def _stop_by_force(self) -> None:
        self._both(self.follower.stop_at_once, self.holder.stop_at_once)

    def _both(self, first: Callable[[], bool], second: Callable[[], bool]) -> bool:
        """Run both beside each other and wait for both; tell whether both succeeded."""
        calls = [self.master.clock.start(function, "deal") for function in (first, second)]
        results = [call.result() for call in calls]
        return all(results)

    @property
    def _charger(self) -> DealUnit:
        return self.holder if self.holder_charges else self.follower

    @property
    def _discharger(self) -> DealUnit:
        return self.follower if self.holder_charges else self.holder

    @property
    def _reference(self) -> DealUnit:
        """Return the unit whose meters count; not necessarily the one that holds the voltage."""
        charge_side = self.master.policy.grid_master.deal.reference_side == "chargeUnit"
        return self._charger if charge_side else self._discharger

    @property
    def _amperes(self) -> float:
        return self.master.policy.mediator.deal.grid_current if self.amperes is None else self.amperes

    @property
    def _energy(self) -> float:
        return self.master.policy.mediator.deal.amount_min if self.energy is None else self.energy

    def _mark(self, moment: str) -> None:
        self._moments[moment] = self.master.clock.now()

    def _check(self, succeeded: bool) -> None:
        if not succeeded:
            raise _DealFailed

    def _expect(self, unit: DealUnit, fits: bool) -> None:
        if not fits:
            self._fail("LOGIC", "WARN", f"{unit.name} is in mode {unit.data.mode}")

    def _fail(self, category: Category, level: Level, text: str) -> NoReturn:
        self.master.note(category, "GLOBAL", level, text)
        raise _DealFailed
