"""Timing calls to the driver."""

from __future__ import annotations

from hil.converter import DriverError
from hil.running.scene import Scene
from hil.waveform import Quantity

CALLS = ("/version/get", "/all/get", "/dcdc/get/status")
"""What apis-main asks for."""
CLOCK = 0.001
"""Expanded uncertainty in s of the duration of a call: begin and end are read from the same clock."""


def timed(seconds: float) -> Quantity:
    """Return a time that was taken with the clock of the computer."""
    return Quantity.within(seconds, CLOCK, "s", "clock of the computer")


class TimedCalls:
    """Makes calls and keeps how long each took, in s, and how many were not answered with status 200."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.latencies: list[float] = []
        self.failed = 0

    def call(self, path: str) -> None:
        """Call `path`, and time it whatever becomes of it."""
        began = self._scene.clock.now()
        try:
            self.failed += self._scene.converter.call(path).status != 200
        except DriverError:
            self.failed += 1
        self.latencies.append(self._scene.clock.now() - began)
