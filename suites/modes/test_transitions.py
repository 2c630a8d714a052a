"""MOD-01 and MOD-02: any mode to any other with one command, answered once it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import pytest

from hil.converter import DriverError, Mode
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge

PAIRS = list(permutations((Mode.STOP, Mode.CV, Mode.DISCHARGE, Mode.CHARGE), 2))
SETTLE = 0.5
"""Seconds in the first mode before the second is commanded."""
WATCHED = 1.5
"""Seconds after the answer in which the status is polled."""


@dataclass(frozen=True)
class Setting:
    """What is commanded with a mode: dvg in V, dig in A."""

    dvg: float
    dig: float


def _setting(scene: Scene, mode: Mode) -> Setting:
    if mode is Mode.STOP:
        return Setting(scene.operating_voltage, 0.0)
    if mode is Mode.CV:
        return Setting(scene.operating_voltage, scene.rated_current)
    return Setting(scene.ceiling(mode), 1.0)


def _command(scene: Scene, mode: Mode) -> tuple[Mode, float, float, float]:
    setting = _setting(scene, mode)
    return (mode, setting.dvg, setting.dig, 0.0)


@requirement("MOD-01", each=1.6, fixed=2.0, volts=350, amperes=2.3)
@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda mode: mode.name)
def test_any_mode_follows_any_other(scene: Scene, judge: Judge, repetitions: int, before: Mode, after: Mode) -> None:
    """From one mode command the other, on a stiff grid; read the answer and then everything."""
    scene.grid.stiff(scene.operating_voltage)
    refused = wrong = alarms = 0
    for _ in range(repetitions):
        scene.converter.set_mode(*_command(scene, before))
        scene.clock.sleep(SETTLE)
        try:
            scene.converter.set_mode(*_command(scene, after))
        except DriverError:
            refused += 1
            continue
        seen = scene.converter.all().value.status
        wrong += (seen.code, seen.operation_mode) != (after.value, after.operation_mode)
        alarms += seen.alarm_state == "Heavy alarm"
    conditions = f"{before.name} to {after.name}"
    judge.count("MOD-01", "refused", refused, repetitions, conditions)
    judge.count("MOD-01", "wrong_mode", wrong, repetitions, conditions)
    judge.count("MOD-01", "alarms", alarms, repetitions, conditions)


@requirement("MOD-02", each=3.0, fixed=2.0, volts=350, amperes=2.3)
@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda mode: mode.name)
def test_the_answer_comes_after_the_mode(
    scene: Scene, judge: Judge, repetitions: int, before: Mode, after: Mode
) -> None:
    """From the answer on poll the status; no sample may show the mode before."""
    scene.grid.stiff(scene.operating_voltage)
    samples = old = wrong = answers = 0
    for _ in range(repetitions):
        scene.converter.set_mode(*_command(scene, before))
        scene.clock.sleep(SETTLE)
        answer = scene.converter.set_mode(*_command(scene, after))
        answers += 1
        wrong += answer.value.status.operation_mode != after.operation_mode
        while scene.clock.now() < answer.end + WATCHED:
            seen = scene.converter.all().value.status
            samples += 1
            old += seen.code == before.value
    conditions = f"{before.name} to {after.name}"
    judge.count("MOD-02", "old_mode_after_answer", old, samples, conditions)
    judge.count("MOD-02", "wrong_answer", wrong, answers, conditions)
