"""CCA-03: set-point and meter are fine enough for apis-main to trim a deal's current."""

from __future__ import annotations

import numpy as np
import pytest

from hil.client.sequences import ConverterUnit, GridMaster, acquire, compensate
from hil.converter import Mode
from hil.running.marking import DEAL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import level
from suites.current.partner import MeasuredHolder

SETTLE = 0.5
"""Seconds from a step of dig to the measurement."""
WATCHED = 0.5
"""Seconds over which a level is taken."""
POLL, RIPPLE_TIME = 0.1, 5.0
"""Seconds between two reads of meter.ig, and for how long its ripple is watched."""
OFFSETS = (0.08, -0.08, 0.05)
"""A by which the partner's meter differs from the current, so that there is something to trim."""


@requirement("CCA-03", each=4.3, fixed=8.0, volts=HIGHEST, amperes=f"1.1 * {DEAL}")
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_the_current_can_be_trimmed(scene: Scene, judge: Judge, repetitions: int, mode: Mode) -> None:
    """Step dig by the drift allowance; watch the ripple of meter.ig; replay the compensation with an offset."""
    deal = scene.policy.mediator.deal.grid_current
    scene.share(mode, deal)
    for number in range(repetitions):
        _judge_step(scene, judge, deal, f"{mode.name}, step {number + 1} from {deal:g} A")
    seen = _meter_readings(scene)
    judge.measure("CCA-03", "meter_ripple", float(np.ptp(seen)), 0.0, f"{mode.name} {deal:g} A, {len(seen)} readings")
    failed = sum(not _trims(scene, mode, OFFSETS[number % len(OFFSETS)]) for number in range(repetitions))
    judge.count("CCA-03", "failed_compensations", failed, repetitions, mode.name)


def _judge_step(scene: Scene, judge: Judge, deal: float, conditions: str) -> None:
    drift = scene.policy.grid_master.current_compensation.drift_allowance
    levels = []
    for dig in (deal, deal + drift):
        scene.converter.set_current(dig)
        scene.clock.sleep(SETTLE)
        levels.append(level(scene.observe("grid_current", WATCHED)))
    before, after = levels
    step = abs(after) - abs(before)
    judge.measure("CCA-03", "step_error", step - drift, conditions=conditions)


def _meter_readings(scene: Scene) -> list[float]:
    end = scene.clock.now() + RIPPLE_TIME
    seen = []
    while scene.clock.now() < end:
        seen.append(scene.converter.status().value.meter.ig)
        scene.clock.sleep(POLL)
    return seen


def _trims(scene: Scene, mode: Mode, offset: float) -> bool:
    """Replay the compensation: the unit is trimmed until the partner, whose meter is off, sees the deal current."""
    deal = scene.policy.mediator.deal.grid_current
    scene.converter.set_current(deal)
    scene.clock.sleep(SETTLE)
    scene.client.run(acquire)
    master = GridMaster(scene.policy, scene.clock)
    holder_charges = mode is Mode.DISCHARGE
    target = deal if holder_charges else -deal
    unit = ConverterUnit(scene.client, master.log)
    return compensate(master, MeasuredHolder(scene, offset), unit, target, holder_charges)
