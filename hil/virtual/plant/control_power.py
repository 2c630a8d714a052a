"""The converter's controller: whether it has power, is booting, or runs."""

from __future__ import annotations

from enum import Enum

from hil.virtual.plant.converter_parameters import ControlPower
from hil.virtual.plant.faults import ControlPowerFaults

_GRID_IS_THERE = 100.0


class ControllerState(Enum):
    """What the controller does."""

    DEAD = "dead"
    BOOTING = "booting"
    ALIVE = "alive"


class ControllerSupply:
    """Follows the battery voltage: dies below the brown-out threshold, boots above the other one."""

    __slots__ = ("_faults", "_low_since", "_parameters", "_ready_at", "boots", "fed_by_grid", "state")

    def __init__(self, parameters: ControlPower, faults: ControlPowerFaults) -> None:
        self._parameters = parameters
        self._faults = faults
        self._ready_at = 0.0
        self._low_since: float | None = None
        self.state = ControllerState.DEAD
        self.fed_by_grid = False
        self.boots = 0

    @property
    def waiting(self) -> bool:
        """Tell whether it will change its state without anything else changing."""
        return self.state is ControllerState.BOOTING or self._low_since is not None

    def watch(self, time: float, battery: float, grid: float) -> bool:
        """Look at the node voltages in V at `time`; return whether the state has changed."""
        before = self.state
        low = battery < self._parameters.brownout_voltage
        self.fed_by_grid = bool(self._faults.from_grid) and low and grid > _GRID_IS_THERE
        if low and not self.fed_by_grid:
            self._starve(time)
            return self.state is not before
        self._low_since = None
        recovers = not (self._faults.no_recovery and self.boots)
        if self.state is ControllerState.DEAD and battery >= self._parameters.boot_voltage and recovers:
            self.state = ControllerState.BOOTING
            self._ready_at = time + self._parameters.boot_time + self._faults.boot_delay
        if self.state is ControllerState.BOOTING and time >= self._ready_at:
            self.state = ControllerState.ALIVE
            self.boots += 1
        return self.state is not before

    def _starve(self, time: float) -> None:
        """Die, at once or after the hold-up time."""
        if self._low_since is None:
            self._low_since = time
        if self.state is ControllerState.ALIVE and time - self._low_since < self._faults.holds_up:
            return
        self.state = ControllerState.DEAD
        self._low_since = None
