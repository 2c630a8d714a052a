"""ZVS-05: the start succeeds from any residual voltage outside of the band in which apis-main does not start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hil.capture import Trace
from hil.converter import DriverError, Mode
from hil.running.marking import FULL, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Extreme, Quantity, peak

DEAD = 5.0
"""Volts: a grid below this is dead."""
ABSOLUTE = (0.0, 50.0, 100.0, 150.0, 200.0, 250.0)
"""Residual voltages in V, as far as they lie below the band."""
BESIDE = 1.0
"""V beyond the band on either side."""
HOLDING = 0.1
"""A with which the source keeps the residual voltage until the unit takes over; it cannot sink."""
MAP_STEP = 2.0
"""V between two starts inside of the band."""
SAMPLING, AFTER = 0.02, 0.3
"""Seconds between two samples, and recorded after the voltage has come: a ramp that ends too high shows then."""
PATIENCE = 2.0
"""How many times the ramp from zero is waited for at the other voltages."""


@dataclass(frozen=True)
class Trial:
    """One start: the residual voltage measured before it, whether it came, the seconds waited for it, its capture."""

    residual: Quantity
    succeeded: bool
    duration: float
    trace: Trace


@requirement("ZVS-05", each=73.0, fixed=1.0, volts=OPERATING, amperes=FULL)
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
        _judge_peaks(scene, judge, expected)
        failing = [trial.residual for trial in (*expected, *mapped) if not trial.succeeded]
        if failing:
            conditions = f"{len(failing)} of {len(expected) + len(mapped)} residual voltages fail"
            bottom = min(failing, key=lambda each: each.value)
            top = max(failing, key=lambda each: each.value)
            judge.measure("ZVS-05", "band_bottom", bottom, conditions=conditions)
            judge.measure("ZVS-05", "band_top", top, conditions=conditions)


def _judge_peaks(scene: Scene, judge: Judge, trials: list[Trial]) -> None:
    highest, limit = [], scene.hwconfig.meter_ranges.vg.max
    for trial in trials:
        seen = peak(scene.signal(trial.trace, "grid_voltage"), Extreme.LARGEST)
        judge.measure("ZVS-05", "peak", seen, conditions=f"start from {trial.residual.value:.1f} V")
        highest.append(seen.value)
    worst = trials[int(np.argmax(highest))]
    signal = worst.trace.signal("grid_voltage")
    at = float(signal.time[int(signal.value.argmax())])
    scene.keep(
        worst.trace,
        f"start from {worst.residual.value:.0f} V, the one with the highest peak",
        limits={"grid_voltage": (None, limit)},
        targets={"grid_voltage": scene.operating_voltage},
        decisive=("grid_voltage", at, max(highest)),
    )


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
    capture = scene.capture("grid_voltage", period=SAMPLING)
    with capture.running():
        succeeded = _starts(scene, patience)
        duration = scene.clock.now() - begun
        scene.clock.sleep(AFTER if succeeded else 0.0)
    if not scene.holds(Mode.CV):
        scene.recover()
    scene.stop()
    return Trial(residual, succeeded, duration, capture.trace())


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
