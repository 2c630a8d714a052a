"""Which calls are slow or fail."""

from __future__ import annotations

import random

from hil.virtual.devices.driver.faults import DriverFaults


class Disturbance:
    """Counts calls and picks those that a fault hits."""

    def __init__(self, faults: DriverFaults, rng: random.Random) -> None:
        self._faults = faults
        self._rng = rng
        self._slow_calls = 0
        self._dropped_calls = 0
        self._calls = 0

    def delay(self, route: str) -> float:
        """Return what is added to this call, in seconds."""
        faults = self._faults
        if faults.slow_routes and route not in faults.slow_routes:
            return 0.0
        self._slow_calls += 1
        growth = faults.slower_each_call * self._slow_calls
        if self._slow_calls % faults.slow_every:
            return growth
        return growth + faults.slow_by + faults.slow_jitter * self._rng.random()

    def drops(self, route: str) -> bool:
        """Tell whether this call fails."""
        faults = self._faults
        if not faults.drop_every or (faults.drop_routes and route not in faults.drop_routes):
            return False
        self._dropped_calls += 1
        return self._dropped_calls % faults.drop_every == 0

    def restarts(self) -> bool:
        """Tell whether the driver restarts after this call."""
        self._calls += 1
        every = self._faults.restart_every_calls
        return bool(every) and self._calls % every == 0
