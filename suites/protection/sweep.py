"""Moving the battery voltage until the unit gives up, without asking the unit anything."""

from __future__ import annotations

from collections.abc import Iterator

from hil.converter import Mode
from hil.running.scene import Scene
from hil.waveform import Quantity

COARSE, FINE = 1.0, 0.2
"""V between two steps, far from the threshold and near it."""
NEAR = 0.03
"""Part of the threshold, before it, from which on the steps are fine."""
HOLD = 0.4
"""Seconds on every step: longer than a protection may take."""


def sweep_battery(scene: Scene, threshold: float, end: float, mode: Mode, amperes: float) -> Quantity | None:
    """Share in `mode`, move the battery voltage from where it is to `end` (V); return where the current ended.

    None when it still flowed at the end. The client is silent meanwhile: only instruments are asked. Gives the battery
    its own voltage back.
    """
    scene.share(mode, amperes)
    scene.clock.sleep(HOLD)
    try:
        for volts, step in _steps(scene.battery.voltage.value, threshold, end):
            scene.battery.emulator.set_voltage_override(volts)
            scene.clock.sleep(HOLD)
            if abs(scene.grid_current().value) < 0.5 * amperes:
                return scene.battery_voltage() - Quantity.within(0.0, step, "V", "step of the sweep")
        return None
    finally:
        scene.battery.emulator.set_voltage_override(None)


def _steps(begin: float, threshold: float, end: float) -> Iterator[tuple[float, float]]:
    """Yield every voltage of the way, and the step that led to it, in V."""
    volts, sign = begin, 1.0 if end > begin else -1.0
    while volts != end:
        far = sign * (volts + sign * COARSE) < sign * threshold - NEAR * threshold
        step = COARSE if far else FINE
        volts = sign * min(sign * (volts + sign * step), sign * end)
        yield volts, step
