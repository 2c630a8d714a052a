"""COM-09: commands that are repeated, or overlap another call, are all answered, and the last one holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hil.converter import Answer, DriverError, Mode
from hil.converter.values import AllData, SetCurrentAnswer, SetModeAnswer
from hil.running.marking import FULL, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import largest_deviation
from suites.pictures import NearestToLimit

SHARES = (1.3, 0.7)
"""Deal currents, commanded one after the other without waiting; the second is the last."""
NEAR = 0.02
"""A by which an echo may differ from what was commanded; two commands differ by much more."""
SHORTLY = 0.02
"""Seconds between two calls, so that there is a last one; much less than any of them takes."""
PERIOD = 0.02
"""Seconds between two readings of the output."""
SETTLE = 1.0
"""Seconds of rest before the record, and recorded before and after the commands."""
DISTURBANCES = {"grid_voltage": "voltage_disturbance", "grid_current": "current_disturbance"}
"""Limit on the deviation of each channel."""

Call = Callable[[], Answer[object]]


def _together(scene: Scene, calls: list[Call]) -> list[Answer[object] | DriverError]:
    """Make calls at once, each in a worker of its own; return their answers in the order in which they were made."""

    def made(call: Call) -> Callable[[], Answer[object] | DriverError]:
        def one() -> Answer[object] | DriverError:
            try:
                return call()
            except DriverError as error:
                return error

        return one

    running = []
    for number, call in enumerate(calls):
        running.append(scene.clock.start(made(call), f"overlapping call {number + 1}"))
        scene.clock.sleep(SHORTLY)
    return [each.result() for each in running]


def _invalid(answers: list[Answer[object] | DriverError], expected: list[object]) -> list[str]:
    """Say what is wrong with each answer that is none, or that answers another command than its own."""
    return [
        str(answer) if isinstance(answer, DriverError) else f"{answer.path} answered as {_said(answer.value)}"
        for answer, wanted in zip(answers, expected, strict=True)
        if isinstance(answer, DriverError) or not _agrees(_said(answer.value), wanted)
    ]


def _agrees(said: object, wanted: object) -> bool:
    """Tell whether an answer says what was commanded; None wants nothing."""
    if isinstance(said, float) and isinstance(wanted, float):
        return abs(said - wanted) <= NEAR
    return wanted is None or said == wanted


def _said(value: object) -> object:
    """Return what an answer says was commanded: the mode, or the current."""
    if isinstance(value, (SetModeAnswer, AllData)):
        return value.status.mode
    return value.dig if isinstance(value, SetCurrentAnswer) else None


@contextmanager
def _undisturbed(
    scene: Scene, judge: Judge, pictures: NearestToLimit, channel: str, target: float, what: str
) -> Iterator[None]:
    """Record the output while the block runs, and judge the largest deviation from `target`."""
    scene.clock.sleep(SETTLE)
    capture = scene.capture(channel, period=PERIOD)
    with capture.running(lead=SETTLE, tail=SETTLE):
        yield
    accuracy = scene.voltage_accuracy() if channel == "grid_voltage" else scene.current_accuracy()
    deviation = largest_deviation(capture.trace().signal(channel, accuracy.expanded), target)
    judged = judge.measure("COM-09", DISTURBANCES[channel], deviation, conditions=what)
    pictures.offer(judged, capture.trace(), channel, target)


@requirement("COM-09", each=18.4, fixed=1.0, volts=OPERATING, amperes=FULL)
def test_commands_may_repeat_and_overlap(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Send one command three times at once, under load in both kinds of control; then a read and two commands."""
    problems: list[str] = []
    states: list[str] = []
    pictures = NearestToLimit(scene)
    for _ in range(repetitions):
        for invalid, wrong in (
            _repeated_in_voltage(scene, judge, pictures),
            _repeated_in_current(scene, judge, pictures),
            _overlapping_currents(scene),
            _stop_wins(scene),
        ):
            problems += invalid
            states += wrong
    pictures.keep()
    calls = 3 * 4 * repetitions
    judge.count("COM-09", "invalid", len(problems), calls, "; ".join(dict.fromkeys(problems)))
    judge.count("COM-09", "wrong_state", len(states), 4 * repetitions, "; ".join(dict.fromkeys(states)))


Findings = tuple[list[str], list[str]]
"""Calls that were not answered validly, and states that are not those of the last command."""


def _state(scene: Scene, mode: Mode, dig: float | None = None) -> list[str]:
    seen = scene.converter.all().value
    shown = _said(seen), None if dig is None else seen.dig
    right = _agrees(shown[0], mode) and _agrees(shown[1], dig)
    return [] if right else [f"{shown} instead of {(mode, dig)}"]


def _repeated_in_voltage(scene: Scene, judge: Judge, pictures: NearestToLimit) -> Findings:
    target = scene.operating_voltage
    scene.stop()
    scene.grid.dead()
    scene.reference()
    scene.grid.load(scene.deal_current)
    what = "CV commanded three times at once under load"
    with _undisturbed(scene, judge, pictures, "grid_voltage", target, what):
        same: Call = lambda: scene.converter.set_mode(Mode.CV, target, scene.rated_current, 0.0)  # noqa: E731
        answers = _together(scene, [same] * 3)
    return _invalid(answers, [Mode.CV] * 3), _state(scene, Mode.CV)


def _repeated_in_current(scene: Scene, judge: Judge, pictures: NearestToLimit) -> Findings:
    scene.stop()
    scene.share(Mode.CHARGE, scene.deal_current)
    what = "CC charge commanded three times at once"
    with _undisturbed(scene, judge, pictures, "grid_current", scene.deal_current, what):
        same: Call = lambda: scene.converter.set_mode(Mode.CHARGE, scene.ceiling(Mode.CHARGE), scene.deal_current, 0.0)  # noqa: E731
        answers = _together(scene, [same] * 3)
    return _invalid(answers, [Mode.CHARGE] * 3), _state(scene, Mode.CHARGE, scene.deal_current)


def _overlapping_currents(scene: Scene) -> Findings:
    first, last = (share * scene.deal_current for share in SHARES)
    answers = _together(
        scene,
        [scene.converter.all, lambda: scene.converter.set_current(first), lambda: scene.converter.set_current(last)],
    )
    return _invalid(answers, [Mode.CHARGE, first, last]), _state(scene, Mode.CHARGE, last)


def _stop_wins(scene: Scene) -> Findings:
    answers = _together(
        scene, [scene.converter.all, lambda: scene.converter.set_current(scene.deal_current), scene.stop]
    )
    return _invalid(answers, [None, scene.deal_current, Mode.STOP]), _state(scene, Mode.STOP)
