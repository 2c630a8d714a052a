"""The other unit of a deal, made by source and sink of the bench, as the grid master sees it."""

from __future__ import annotations

from random import Random

from hil.client.unitdata import UnitData
from hil.converter import Mode
from hil.running.scene import Scene

STATE_OF_CHARGE = 50.0
"""What the partner's battery reports, in %."""


class BenchPartner:
    """A follower: stopped, or sharing with constant current. It obeys at once and measures with the bench."""

    name = "bench"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._mode = Mode.STOP
        self._dig = 0.0
        self.data = UnitData()
        self.acquired_at = scene.clock.now()

    def acquire(self) -> bool:
        """Read everything."""
        vg, ig = self._scene.grid.voltage().value, -self._scene.grid.current().value
        self.data.replace(
            {
                "status": {"status": self._mode.value},
                "meter": {"vg": vg, "ig": ig, "wb": vg * ig},
                "vdis": {"dvg": self._scene.operating_voltage},
                "param": {"dig": self._dig},
                "rsoc": STATE_OF_CHARGE,
            }
        )
        self.acquired_at = self._scene.clock.now()
        return True

    def read_status(self) -> bool:
        """Take the quick look at vg and ig."""
        return self.acquire()

    def start_reference(self) -> bool:
        """Refuse: the bench follows."""
        return False

    def authorize(self, chance: Random) -> bool:
        """Refuse: the bench follows."""
        return False

    def share(self, mode: Mode, amperes: float) -> bool:
        """Feed `amperes` into the unit (DISCHARGE) or draw them from it (CHARGE)."""
        self._mode = mode
        return self.change_current(amperes)

    def change_current(self, amperes: float) -> bool:
        """Go to another current."""
        self._dig = amperes
        if self._mode is Mode.DISCHARGE:
            self._scene.grid.push(amperes, self._scene.policy.operation_grid_voltage_range.max)
        else:
            self._scene.grid.load(amperes)
        return self.acquire()

    def stop(self) -> bool:
        """Let go of the grid."""
        self._mode, self._dig = Mode.STOP, 0.0
        self._scene.grid.release()
        return self.acquire()

    def stop_at_once(self) -> bool:
        """Let go of the grid."""
        return self.stop()
