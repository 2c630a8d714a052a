"""MOD-01 and MOD-02: any mode to any other with one command, answered once it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from hil.client.safety import HEAVY_ALARM
from hil.converter import Answer, DriverBadStatus, DriverError, DriverSilent, Mode
from hil.converter.values import SetModeAnswer, Status
from hil.running.marking import HELD, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge

PARTNERS = {
    Mode.STOP: (Mode.CV, Mode.DISCHARGE, Mode.CHARGE),
    Mode.CV: (Mode.DISCHARGE, Mode.CHARGE),
    Mode.DISCHARGE: (Mode.CHARGE,),
}
"""Each pair is gone through in both directions."""
ONE_COMMAND, IN_ORDER = "one command", "set-points apart, in the documented order"
LETTERS = {"S": Mode.STOP, "V": Mode.CV, "D": Mode.DISCHARGE, "C": Mode.CHARGE}
ROUND = tuple(LETTERS[letter] for letter in "CSVDSVCSDVSDCVSCDVCDSCVD")
"""A walk that ends where it begins and has every sequence of three different modes in it once."""
PART = 5
"""Changes of that walk in one repetition: five repetitions go through all of it."""
FLOWING, ARRIVED = 0.5, 0.3
"""Share of the current that must flow in constant current, and seconds after the answer at which it is looked at."""
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


def _set_mode(scene: Scene, mode: Mode, amperes: float) -> Answer[SetModeAnswer]:
    """Command `mode` with everything else. On a live grid a voltage reference has droop, as in a hand-over."""
    dig = _dig(scene, mode, amperes)
    return scene.converter.set_mode(mode, scene.ceiling(mode), dig, _droop(scene, mode))


def _dig(scene: Scene, mode: Mode, amperes: float) -> float:
    return {Mode.STOP: 0.0, Mode.CV: scene.rated_current}.get(mode, amperes)


def _droop(scene: Scene, mode: Mode) -> float:
    return scene.hwconfig.droop_ratio if mode is Mode.CV else 0.0


def _in_order(scene: Scene, before: Mode, after: Mode, amperes: float) -> Answer[SetModeAnswer]:
    """Send the set-points apart as well: from Stop before the mode, into CV dvg before and dig after, else after."""
    dig = _dig(scene, after, amperes)
    dvg, drg = scene.ceiling(after), _droop(scene, after)
    voltage_first = before is Mode.STOP or after is Mode.CV
    if voltage_first:
        scene.converter.set_voltage(dvg, drg)
    if before is Mode.STOP:
        scene.converter.set_current(dig)
    answer = _set_mode(scene, after, amperes)
    if not voltage_first:
        scene.converter.set_voltage(dvg, drg)
    if before is not Mode.STOP:
        scene.converter.set_current(dig)
    return answer


def _change(scene: Scene, before: Mode, after: Mode, how: str, tally: Tally) -> None:
    """Change the mode and watch what is reported. A change that is refused is made by a detour.

    The change in order is made with the full current, the others with that of a deal.
    """
    amperes = scene.deal_current if how == ONE_COMMAND else scene.rated_current
    tally.changes += 1
    try:
        answer = _set_mode(scene, after, amperes) if how == ONE_COMMAND else _in_order(scene, before, after, amperes)
    except (DriverBadStatus, DriverSilent):
        tally.refused += 1
        _set_mode(scene, Mode.CV if Mode.STOP in (before, after) else Mode.STOP, amperes)
        _set_mode(scene, after, amperes)
        return
    tally.wrong_answer += answer.value.status.operation_mode != after.operation_mode
    settled = _watch(scene, before, after, tally, until=scene.clock.now() + WATCHED)
    tally.wrong_mode += (settled.code, settled.operation_mode) != (after.value, after.operation_mode)
    tally.alarms += settled.alarm_state == HEAVY_ALARM


def _watch(scene: Scene, before: Mode, after: Mode, tally: Tally, until: float) -> Status:
    """Poll the status for as long as the mode before may show; return the last one, when the change is over."""
    quick = scene.converter.status().value.operation_mode
    if quick is not None and before.operation_mode != after.operation_mode:
        tally.samples += 1
        tally.old += quick == before.operation_mode
    while True:
        seen = scene.converter.all().value.status
        tally.samples += 1
        tally.old += before.value == seen.code or (before.operation_mode == seen.operation_mode != after.operation_mode)
        if scene.clock.now() >= until:
            return seen


@requirement("MOD-01", "MOD-02", each=7.4, fixed=10.5, volts=OPERATING, amperes=HELD)
@pytest.mark.parametrize("one", PARTNERS, ids=lambda mode: mode.name)
def test_each_mode_follows_the_other(scene: Scene, judge: Judge, repetitions: int, one: Mode) -> None:
    """On a live grid go from one mode to others and back; no sample after an answer may show the mode before."""
    scene.grid.stiff(scene.operating_voltage)
    _set_mode(scene, one, scene.deal_current)
    tallies: dict[tuple[Mode, Mode, str], Tally] = {}
    try:
        for other, how in product(PARTNERS[one], [ONE_COMMAND] * repetitions + [IN_ORDER]):
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


@requirement("MOD-01", each=6.8, fixed=2.3, volts=OPERATING, amperes=HELD)
def test_a_change_does_not_depend_on_what_was_before(scene: Scene, judge: Judge, repetitions: int) -> None:
    """On a live grid walk through the modes so that each change comes after each other one; see that it happened."""
    scene.grid.stiff(scene.operating_voltage)
    changes, undone = PART * repetitions, []
    for mode in ROUND[:2]:
        _set_mode(scene, mode, scene.deal_current)
    for number in range(changes):
        sequence = [ROUND[(number + each) % len(ROUND)] for each in range(3)]
        if not _happens(scene, sequence[-1]):
            undone.append(" to ".join(mode.name for mode in sequence))
    judge.count("MOD-01", "undone", len(undone), changes, "; ".join(dict.fromkeys(undone)))


def _happens(scene: Scene, after: Mode) -> bool:
    """Command `after`; tell whether it is shown without alarm, and whether its current flows, the right way."""
    try:
        _set_mode(scene, after, scene.deal_current)
    except (DriverBadStatus, DriverSilent):
        return False
    scene.clock.sleep(ARRIVED)
    flows = not after.sign or after.sign * scene.grid_current().value >= FLOWING * scene.deal_current
    return flows and scene.holds(after)
