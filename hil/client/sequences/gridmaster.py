"""The grid master's side: units as it commands them, and the trimming of a deal's current."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from hil.client.client import Client
from hil.client.policy import Policy
from hil.client.report import ApisError, Category, Extent, Level, Log
from hil.client.sequences import modes, reference, stepping
from hil.client.steps import Steps
from hil.client.unitdata import UnitData
from hil.clock.protocol import Clock
from hil.converter import Mode, single


class Holder(Protocol):
    """A voltage reference as far as a compensation looks at it."""

    @property
    def name(self) -> str:
        """Return the unit's name."""

    @property
    def data(self) -> UnitData:
        """Return what is known of the unit; meter.ig after `read_status`."""

    def read_status(self) -> bool:
        """Take the quick look at vg and ig."""


class DealUnit(Holder, Protocol):
    """One side of a deal: a converter under its client, or whatever stands in for the partner on the bench.

    Every command tells whether it succeeded. data holds at least status.status, meter.vg, meter.ig, meter.wb,
    vdis.dvg, param.dig and rsoc after `acquire`; acquired_at is the bench time of the last one in seconds.
    """

    @property
    def acquired_at(self) -> float:
        """Return the bench time of the last acquisition."""

    def acquire(self) -> bool:
        """Read everything."""

    def start_reference(self) -> bool:
        """Become the voltage reference."""

    def authorize(self, chance: Random) -> bool:
        """Prove that the unit alone holds the voltage."""

    def share(self, mode: Mode, amperes: float) -> bool:
        """Start charging or discharging."""

    def change_current(self, amperes: float) -> bool:
        """Go to another current."""

    def stop(self) -> bool:
        """Stop when it is the unit's turn."""

    def stop_at_once(self) -> bool:
        """Stop without waiting for anything else in progress."""


class ConverterUnit:
    """A converter as one side of a deal; everything it does goes into the deal's log."""

    def __init__(self, client: Client, log: Log) -> None:
        self._client = client
        self._log = log

    @property
    def name(self) -> str:
        """Return the unit's name."""
        return self._client.name

    @property
    def data(self) -> UnitData:
        """Return what apis-main believes about the unit."""
        return self._client.data

    @property
    def acquired_at(self) -> float:
        """Return the bench time of the last acquisition in seconds."""
        return self._client.acquired_at

    def acquire(self) -> bool:
        """Read everything."""
        return self._client.command(self._log, modes.acquire)

    def read_status(self) -> bool:
        """Take the quick look at vg and ig."""
        return self._client.command(self._log, _read_status)

    def start_reference(self) -> bool:
        """Become the voltage reference."""
        return self._client.command(self._log, reference.start_reference)

    def authorize(self, chance: Random) -> bool:
        """Prove that the unit alone holds the voltage."""
        return self._client.command(self._log, reference.authorize, chance)

    def share(self, mode: Mode, amperes: float) -> bool:
        """Start charging or discharging."""
        return self._client.command(self._log, modes.charge if mode is Mode.CHARGE else modes.discharge, amperes)

    def change_current(self, amperes: float) -> bool:
        """Go to another current, in steps."""
        return self._client.command(self._log, stepping.step_current, amperes)

    def stop(self) -> bool:
        """Stop when it is the unit's turn."""
        return self._client.command(self._log, modes.stop)

    def stop_at_once(self) -> bool:
        """Stop without waiting for anything else in progress."""
        return modes.stop(Steps(self._client, self._log))


def _read_status(unit: Steps) -> bool:
    return unit.read_status().answer is not None


@dataclass(frozen=True)
class GridMaster:
    """The part of apis-main that runs the grid: its policy, its clock and where it writes."""

    policy: Policy
    clock: Clock
    log: Log = field(default_factory=Log)

    def note(self, category: Category, extent: Extent, level: Level, text: str) -> None:
        """Raise an error in the grid master's name."""
        self.log.note(ApisError(category, extent, level, text, "grid master", self.clock.now()))


def compensate(master: GridMaster, holder: Holder, adjuster: DealUnit, target: float, holder_charges: bool) -> bool:
    """Trim the `adjuster`'s dig until the voltage reference `holder` measures `target` (A, positive into it).

    holder_charges: the reference is the charge side, so too much current there means a smaller dig. Looks
    first, then corrects by the whole error, up to limitOfTrials times; not reached is a global warning.
    """
    rules = master.policy.grid_master.current_compensation
    target, allowance = single(target), single(rules.drift_allowance)
    # As with checkpoints, a negative limit is apis-main's test switch: correct that often and fail.
    for trials_left in range(abs(rules.limit_of_trials), -1, -1):
        if not holder.read_status():
            return False
        ig, dig = holder.data.ig, adjuster.data.dig
        if ig is None:
            master.note("LOGIC", "GLOBAL", "WARN", f"no meter.ig in the data of {holder.name}")
            return False
        error = single(ig - target)
        if abs(error) <= allowance and rules.limit_of_trials >= 0:
            return True
        if trials_left == 0:
            break
        if dig is None:
            master.note("LOGIC", "GLOBAL", "WARN", f"no param.dig in the data of {adjuster.name}")
            return False
        if not adjuster.change_current(single(dig - error) if holder_charges else single(dig + error)):
            return False
    master.note("HARDWARE", "GLOBAL", "WARN", f"current compensation failed: {holder.name} did not reach {target:g} A")
    return False
