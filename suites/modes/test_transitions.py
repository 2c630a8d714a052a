"""MOD-01 and MOD-02: any mode to any other with one command, answered once it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import pytest

from hil.client.safety import HEAVY_ALARM
from hil.converter import Answer, DriverBadStatus, DriverError, DriverSilent, Mode
from hil.converter.values import SetModeAnswer
from hil.running.marking import HELD, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge

PAIRS = tuple(combinations((Mode.STOP, Mode.CV, Mode.DISCHARGE, Mode.CHARGE), 2))
"""Each pair is gone through in both directions."""
ONE_COMMAND, IN_ORDER = "one command", "set-points apart, in the documented order"
WATCHED = 0.8
"""Seconds after the answer in which the mode is polled; a client acts on it within its next call."""


@dataclass
class Tally:
    """What was seen in the changes from one mode to another."""

    changes: int = 0
    refused: int = 0
    wrong_answer: int = 0
    wrong_mode: int = 0
    alarms: int = 0
    samples: int = 0
    old: int = 0


def _set_mode(scene: Scene, mode: Mode) -> Answer[SetModeAnswer]:
    """Command `mode` with everything else. On a live grid a voltage reference has droop, as in a hand-over."""
    dig = {Mode.STOP: 0.0, Mode.CV: scene.rated_current}.get(mode, scene.policy.mediator.deal.grid_current)
    return scene.converter.set_mode(mode, scene.ceiling(mode), dig, _droop(scene, mode))


def _droop(scene: Scene, mode: Mode) -> float:
    return scene.hwconfig.droop_ratio if mode is Mode.CV else 0.0


def _in_order(scene: Scene, before: Mode, after: Mode) -> Answer[SetModeAnswer]:
    """Send the set-points apart as well: from Stop before the mode, into CV dvg before and dig after, else after."""
    dig = {Mode.STOP: 0.0, Mode.CV: scene.rated_current}.get(after, scene.policy.mediator.deal.grid_current)
    dvg, drg = scene.ceiling(after), _droop(scene, after)
    voltage_first = before is Mode.STOP or after is Mode.CV
    if voltage_first:
        scene.converter.set_voltage(dvg, drg)
    if before is Mode.STOP:
        scene.converter.set_current(dig)
    answer = _set_mode(scene, after)
    if not voltage_first:
        scene.converter.set_voltage(dvg, drg)
    if before is not Mode.STOP:
        scene.converter.set_current(dig)
    return answer


def _change(scene: Scene, before: Mode, after: Mode, how: str, tally: Tally) -> None:
    """Change the mode and watch what is reported. A change that is refused is made by a detour."""
    tally.changes += 1
    try:
        answer = _set_mode(scene, after) if how == ONE_COMMAND else _in_order(scene, before, after)
    except (DriverBadStatus, DriverSilent):
        tally.refused += 1
        _set_mode(scene, Mode.CV if Mode.STOP in (before, after) else Mode.STOP)
        _set_mode(scene, after)
        return
    tally.wrong_answer += answer.value.status.operation_mode != after.operation_mode
    _watch(scene, before, after, tally, until=scene.clock.now() + WATCHED)
    settled = scene.converter.all().value.status
    tally.wrong_mode += (settled.code, settled.operation_mode) != (after.value, after.operation_mode)
    tally.alarms += settled.alarm_state == HEAVY_ALARM


def _watch(scene: Scene, before: Mode, after: Mode, tally: Tally, until: float) -> None:
    quick = scene.converter.status().value.operation_mode
    if quick is not None and before.operation_mode != after.operation_mode:
        tally.samples += 1
        tally.old += quick == before.operation_mode
    while scene.clock.now() < until:
        seen = scene.converter.get().value.status
        tally.samples += 1
        tally.old += before.value == seen.code or (before.operation_mode == seen.operation_mode != after.operation_mode)


@requirement("MOD-01", "MOD-02", each=4.9, fixed=6.0, volts=OPERATING, amperes=HELD)
@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda mode: mode.name)
def test_each_mode_follows_the_other(scene: Scene, judge: Judge, repetitions: int, one: Mode, other: Mode) -> None:
    """On a live grid go from one mode to the other and back; no sample after an answer may show the mode before."""
    scene.grid.stiff(scene.operating_voltage)
    _set_mode(scene, one)
    tallies: dict[tuple[Mode, Mode, str], Tally] = {}
    try:
        for how in [ONE_COMMAND] * repetitions + [IN_ORDER]:
            for before, after in ((one, other), (other, one)):
                _change(scene, before, after, how, tallies.setdefault((before, after, how), Tally()))
    except DriverError:
        if not any(tally.refused or tally.alarms for tally in tallies.values()):
            raise
    for (before, after, how), tally in tallies.items():
        _judge(judge, f"{before.name} to {after.name}, {how}", tally)


def _judge(judge: Judge, conditions: str, tally: Tally) -> None:
    judge.count("MOD-01", "refused", tally.refused, tally.changes, conditions)
    answers = tally.changes - tally.refused
    if answers:
        judge.count("MOD-01", "wrong_mode", tally.wrong_mode, answers, conditions)
        judge.count("MOD-01", "alarms", tally.alarms, answers, conditions)
        judge.count("MOD-02", "wrong_answer", tally.wrong_answer, answers, conditions)
    if tally.samples:
        judge.count("MOD-02", "old_mode_after_answer", tally.old, tally.samples, conditions)
