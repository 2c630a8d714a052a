"""SPD-01: every call of the Web API is answered in time, in every mode. Stop is also covered by STW-04."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hil.converter import Mode, set_current_path, set_mode_path, set_voltage_path
from hil.running.marking import HELD, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.speed.timing import CALLS, TimedCalls, timed


def _rest(_: Scene) -> None:
    """Stay in Stop."""


def _charge(scene: Scene) -> None:
    scene.share(Mode.CHARGE, scene.policy.mediator.deal.grid_current)


def _reference(scene: Scene) -> None:
    scene.reference()


def _commands(scene: Scene, mode: Mode) -> tuple[str, ...]:
    """Return the three forms of a set, with the values that are in force already."""
    dvg = scene.operating_voltage
    dig = {Mode.STOP: 0.0, Mode.CHARGE: scene.policy.mediator.deal.grid_current}.get(mode, scene.rated_current)
    return set_mode_path(mode, dvg, dig, 0.0), set_current_path(dig), set_voltage_path(dvg, 0.0)


@requirement("SPD-01", each=0.11, fixed=2.0, dwells=1 / 3, volts=OPERATING, amperes=HELD)
@pytest.mark.parametrize(
    ("mode", "enter"),
    [(Mode.STOP, _rest), (Mode.CHARGE, _charge), (Mode.CV, _reference)],
    ids=["STOP", "CHARGE", "CV"],
)
def test_every_call_is_answered_in_time(
    scene: Scene, judge: Judge, repetitions: int, dwell: float, mode: Mode, enter: Callable[[Scene], None]
) -> None:
    """Time a mix of all calls; in Stop also /all/get at the period of data acquisition."""
    enter(scene)
    calls = TimedCalls(scene)
    paths = (*CALLS, *_commands(scene, mode))
    for number in range(repetitions // 3):
        calls.call(paths[number % len(paths)])
    end = scene.clock.now() + (repetitions * dwell if mode is Mode.STOP else 0.0)
    while scene.clock.now() < end:
        calls.call("/all/get")
        scene.clock.sleep(scene.policy.controller.data_acquisition_period)
    conditions = f"{len(calls.latencies)} calls in {mode.name}"
    judge.count("SPD-01", "failed_calls", calls.failed, len(calls.latencies), conditions)
    judge.measure("SPD-01", "latency", timed(max(calls.latencies)), conditions=conditions)
    judge.measure("SPD-01", "latency_mean", timed(float(np.mean(calls.latencies))), conditions=conditions)
    judge.measure("SPD-01", "latency_p95", timed(float(np.percentile(calls.latencies, 95))), conditions=conditions)
