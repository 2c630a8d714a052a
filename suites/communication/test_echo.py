"""COM-04 and COM-05: what a command answers, and what a partial command leaves alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hil.converter import DriverError, Mode
from hil.converter.values import SetModeAnswer
from hil.running.marking import DEAL, FULL, HIGHEST, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge

Command = tuple[Mode, float, float, float]
"""Mode, dvg in V, dig in A, drg."""
PRINTED = 1e-6
"""Difference of one number in two texts that is none, of its value and in its unit."""
SMALL = 0.5
"""A part of the deal current."""


def _commands(scene: Scene) -> tuple[Command, ...]:
    """Return one command of each kind, with the owner's values and some between them."""
    volts, deal = scene.operating_voltage, scene.policy.mediator.deal.grid_current
    below = volts - scene.policy.grid_voltage_separation / 2.0
    return (
        (Mode.CHARGE, volts, deal, 0.0),
        (Mode.DISCHARGE, scene.ceiling(Mode.DISCHARGE), SMALL * deal, 0.0),
        (Mode.CV, below, scene.rated_current, scene.hwconfig.droop_ratio),
        (Mode.STOP, volts, 0.0, 0.0),
    )


@requirement("COM-04", each=0.5, fixed=1.5, volts=OPERATING, amperes=FULL)
def test_a_mode_command_echoes_what_it_set(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Command every mode in turn on a live grid; the answer must carry mode, set-points and meters."""
    scene.grid.stiff(scene.operating_voltage)
    incomplete, commands = 0, _commands(scene)
    for number in range(repetitions):
        mode, dvg, dig, drg = commands[number % len(commands)]
        try:
            answer = scene.converter.set_mode(mode, dvg, dig, drg).value
        except DriverError:
            incomplete += 1
            continue
        incomplete += not _names(answer, mode)
        operating_point = f"{mode.name}, dvg {dvg:g} V, dig {dig:g} A, drg {drg:g}"
        judge.measure("COM-04", "dvg_echo_error", answer.dvg - dvg, 0.0, operating_point)
        judge.measure("COM-04", "dig_echo_error", answer.dig - dig, 0.0, operating_point)
    judge.count("COM-04", "incomplete", incomplete, repetitions)


def _names(answer: SetModeAnswer, mode: Mode) -> bool:
    return answer.status.code == mode.value and answer.status.operation_mode == mode.operation_mode


@dataclass(frozen=True)
class SetPoints:
    """Mode and set-points as /all/get reports them."""

    mode: str | None
    dvg: float
    drg: float | None
    dig: float

    @classmethod
    def of(cls, scene: Scene) -> SetPoints:
        """Read them."""
        seen = scene.converter.all().value
        return cls(seen.status.code, seen.dvg, seen.drg, seen.dig)


CURRENTS = (1.3, 0.3, 1.0, 0.0)
"""dig in deal currents, one after the other."""
VOLTAGES = (-0.5, 0.5, 0.0)
"""dvg in separations from the operating voltage, one after the other; drg is 0 with it, as apis-main sends it."""


@requirement("COM-05", each=0.72, fixed=2.0, volts=HIGHEST, amperes=f"1.3 * {DEAL}")
def test_a_partial_command_changes_nothing_else(scene: Scene, judge: Judge, repetitions: int) -> None:
    """In constant current send dig alone and dvg with drg in turn; compare the echo, then everything, with before."""
    scene.share(Mode.CHARGE, scene.policy.mediator.deal.grid_current)
    refused: list[str] = []
    side_effects: list[str] = []
    before = SetPoints.of(scene)
    for number in range(repetitions):
        partial = _set_current if number % 2 == 0 else _set_voltage
        try:
            wanted, conditions = partial(scene, judge, number // 2, before)
            after = SetPoints.of(scene)
        except DriverError as error:
            refused.append(str(error))
            continue
        judge.measure("COM-05", "dig_read_back_error", after.dig - wanted.dig, 0.0, conditions)
        judge.measure("COM-05", "dvg_read_back_error", after.dvg - wanted.dvg, 0.0, conditions)
        side_effects += _differences(conditions, before, after, partial is _set_current)
        before = after
    judge.count("COM-05", "refused", len(refused), repetitions, "; ".join(dict.fromkeys(refused)))
    judge.count("COM-05", "side_effects", len(side_effects), repetitions, "; ".join(dict.fromkeys(side_effects)))


def _set_current(scene: Scene, judge: Judge, number: int, before: SetPoints) -> tuple[SetPoints, str]:
    dig = CURRENTS[number % len(CURRENTS)] * scene.policy.mediator.deal.grid_current
    conditions = f"dig {dig:g} A alone"
    echo = scene.converter.set_current(dig).value.dig
    judge.measure("COM-05", "dig_echo_error", echo - dig, 0.0, conditions)
    return replace(before, dig=dig), conditions


def _set_voltage(scene: Scene, judge: Judge, number: int, before: SetPoints) -> tuple[SetPoints, str]:
    dvg = scene.operating_voltage + VOLTAGES[number % len(VOLTAGES)] * scene.policy.grid_voltage_separation
    conditions = f"dvg {dvg:g} V and drg 0"
    echo = scene.converter.set_voltage(dvg, 0.0).value.dvg
    judge.measure("COM-05", "dvg_echo_error", echo - dvg, 0.0, conditions)
    return replace(before, dvg=dvg), conditions


def _same(before: object, after: object) -> bool:
    """Tell whether two values are the same; a driver may print one number with other digits each time."""
    if isinstance(before, float) and isinstance(after, float):
        return math.isclose(before, after, rel_tol=PRINTED, abs_tol=PRINTED)
    return before == after


def _differences(conditions: str, before: SetPoints, after: SetPoints, current: bool) -> list[str]:
    """Say what changed that should not have: with dig alone mode, dvg and drg, with dvg and drg mode and dig."""
    kept = ("mode", "dvg", "drg") if current else ("mode", "dig")
    changed = [name for name in kept if not _same(getattr(before, name), getattr(after, name))]
    return [f"{conditions} changed {', '.join(changed)}"] if changed else []
