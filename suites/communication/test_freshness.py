"""COM-03: grid voltage and current in the quick status are as fresh as apis-main's checkpoint needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hil.capture import Trace
from hil.grid import RoleMissing
from hil.running.marking import OPERATING, STEP, requirement
from hil.running.scene import Scene
from hil.verdict import Accuracy, Judge
from hil.waveform import Direction, crossing
from suites.communication.freshness import age_at_step

PERIOD = 0.02
"""Seconds between two readings of the bench's meter; the driver is asked without pause."""
HOLD = 1.0
"""Seconds after each step in which the driver must show it."""
STAGGER = 0.041
"""Seconds by which each step comes later than the one before, so that steps meet every phase of the polling."""
STAGGERS = 7


@dataclass(frozen=True)
class Stepping:
    """What is stepped between two levels, where the bench and where the driver shows it, and how to make the step."""

    reference: str
    shown: str
    low: float
    high: float
    step: Callable[[float], None]
    accuracy: Accuracy

    @property
    def middle(self) -> float:
        """Return the level at which a step counts as shown."""
        return 0.5 * (self.low + self.high)


def _voltage(scene: Scene) -> Stepping:
    """Step a stiff grid by one voltage separation; the unit is in Stop and only measures."""
    high = scene.operating_voltage
    low = high - scene.policy.grid_voltage_separation
    return Stepping("grid_voltage", "status.vg", low, high, scene.grid.stiff, scene.voltage_accuracy())


def _current(scene: Scene) -> Stepping:
    """Step the load of a unit that holds the voltage by one step of current; it flows out of the unit."""
    low, high = -1.5 * scene.policy.grid_current_step, -0.5 * scene.policy.grid_current_step
    scene.reference()

    def step(level: float) -> None:
        scene.grid.load(-level)

    return Stepping("grid_current", "status.ig", low, high, step, scene.current_accuracy())


@requirement("COM-03", each=1.15, fixed=4.0, volts=OPERATING, amperes=f"1.5 * {STEP}")
@pytest.mark.parametrize("stepping_of", [_voltage, _current], ids=["vg", "ig"])
def test_the_status_is_fresh(
    scene: Scene, judge: Judge, repetitions: int, stepping_of: Callable[[Scene], Stepping]
) -> None:
    """Step voltage or current while polling; the age is how long after a step the driver still shows the old level."""
    stepping = stepping_of(scene)
    stepping.step(stepping.low)
    scene.clock.sleep(HOLD)
    moments: list[tuple[float, float]] = []
    capture = scene.capture(stepping.reference, "status", period=PERIOD)
    with capture.running(lead=HOLD):
        for number in range(repetitions):
            began = scene.clock.now()
            stepping.step(stepping.high if number % 2 == 0 else stepping.low)
            scene.clock.sleep(HOLD + STAGGER * (number % STAGGERS))
            moments.append((began, scene.clock.now()))
    trace = capture.trace()
    unanswered = [gap for gap in trace.gaps if gap.channel == "status"]
    answered = int((trace.readings["channel"] == stepping.shown).sum())
    reasons = "; ".join(sorted({gap.reason for gap in unanswered}))
    judge.count(
        "COM-03",
        "missing_fields",
        len(unanswered),
        answered + len(unanswered),
        reasons,
        trace.signal(stepping.reference),
    )
    if answered:
        _judge_age(scene, judge, trace, stepping, moments)


def _judge_age(
    scene: Scene, judge: Judge, trace: Trace, stepping: Stepping, moments: list[tuple[float, float]]
) -> None:
    reference = trace.signal(stepping.reference, stepping.accuracy.expanded)
    shown = trace.signal(stepping.shown)
    for number, (began, ended) in enumerate(moments):
        direction = Direction.RISING if number % 2 == 0 else Direction.FALLING
        step = crossing(reference.between(began - HOLD, ended), stepping.middle, direction, began - PERIOD)
        if step is None:
            raise RoleMissing(f"meter that sees {stepping.reference} step", "tell how old the driver's value is")
        age = age_at_step(shown, step, stepping.middle, direction, ended)
        judge.measure("COM-03", "age", age, conditions=f"{stepping.shown}, step {number + 1} {direction.name.lower()}")
    scene.keep(trace, f"{stepping.shown} after steps", levels={stepping.reference: stepping.middle})
