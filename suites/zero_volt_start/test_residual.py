"""ZVS-05: the start succeeds from any residual voltage outside of the band in which apis-main does not start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hil.converter import DriverError, Mode
from hil.running.marking import FULL, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity

DEAD = 5.0
"""Volts: a grid below this is dead."""
ABSOLUTE = (0.0, 100.0, 200.0)
"""Residual voltages in V, as far as they lie below the band."""
BESIDE = 1.0
"""V beyond the band on either side."""
HOLDING = 0.1
"""A with which the source keeps the residual voltage until the unit takes over; it cannot sink."""
MAP_STEP = 2.0
"""V between two starts inside of the band."""
PATIENCE = 2.0
"""How many times the ramp from zero is waited for at the other voltages."""


@dataclass(frozen=True)
class Trial:
    """One start: the residual voltage measured before it, whether it came, and how long it was waited for, in s."""

    residual: Quantity
    succeeded: bool
    duration: float


@requirement("ZVS-05", each=54.0, fixed=1.0, volts=OPERATING, amperes=FULL)
def test_a_residual_voltage_does_not_prevent_the_start(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Hold the grid at a residual voltage and start: outside of the band it must succeed, inside it is mapped."""
    lowest, mask = scene.policy.operation_grid_voltage_range.min, scene.policy.grid_uvlo_mask
    outside = _outside(scene)
    inside = np.arange(lowest - mask, lowest + mask + MAP_STEP / 2, MAP_STEP)
    for _ in range(repetitions):
        first = _try(scene, outside[0], scene.policy.controller.dcdc.voltage_reference.ramp_up.first.timeout)
        patience = PATIENCE * max(first.duration if first.succeeded else 0.0, scene.dut.declared.ramp_s)
        expected = [first, *(_try(scene, volts, patience) for volts in outside[1:])]
        mapped = [_try(scene, float(volts), patience) for volts in inside]
        lost = [f"{trial.residual.value:.1f} V" for trial in expected if not trial.succeeded]
        judge.count("ZVS-05", "failed_starts", len(lost), len(expected), ", ".join(lost))
        failing = [trial.residual for trial in (*expected, *mapped) if not trial.succeeded]
        if failing:
            conditions = f"{len(failing)} of {len(expected) + len(mapped)} residual voltages fail"
            bottom = min(failing, key=lambda each: each.value)
            top = max(failing, key=lambda each: each.value)
            judge.measure("ZVS-05", "band_bottom", bottom, conditions=conditions)
            judge.measure("ZVS-05", "band_top", top, conditions=conditions)


def _outside(scene: Scene) -> list[float]:
    """Return residual voltages from which apis-main starts: far below the band, beside it, and as far as it allows."""
    policy = scene.policy
    lowest, mask = policy.operation_grid_voltage_range.min, policy.grid_uvlo_mask
    highest = lowest + 2.0 * policy.grid_voltage_separation
    below = [volts for volts in ABSOLUTE if volts < lowest - 2.0 * mask]
    return [*below, lowest - 2.0 * mask, lowest - mask - BESIDE, lowest + mask + BESIDE, highest]


def _try(scene: Scene, volts: float, patience: float) -> Trial:
    """Bring the grid to `volts`, start, and leave the unit stopped and without alarm."""
    if volts > DEAD:
        scene.grid.stiff(volts)
        scene.grid.push(HOLDING, volts)
    else:
        scene.grid.discharge(DEAD)
    residual = scene.grid_voltage()
    begun = scene.clock.now()
    succeeded = _starts(scene, patience)
    duration = scene.clock.now() - begun
    if not scene.holds(Mode.CV):
        scene.recover()
    scene.stop()
    return Trial(residual, succeeded, duration)


def _starts(scene: Scene, patience: float) -> bool:
    enough = scene.operating_voltage - scene.policy.grid_voltage_allowance
    seen: list[bool] = []

    def decided() -> bool:
        seen.append(scene.grid.voltage().value >= enough)
        return seen[-1] or not scene.holds(Mode.CV)

    try:
        scene.converter.set_mode(Mode.CV, scene.operating_voltage, scene.rated_current, 0.0)
    except DriverError:
        return False
    scene.clock.wait_until(decided, patience, 0.1)
    return seen[-1]
