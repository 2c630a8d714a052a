"""SPD-01: every call of the Web API is answered in time."""

from __future__ import annotations

import numpy as np

from hil.converter import Answer, DriverError, Mode
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge


def _calls(scene: Scene) -> tuple[str, ...]:
    """Return one of each call that apis-main makes, with the converter in Stop."""
    stop = f"/dcdc/set?mode={Mode.STOP.value}&dvg={scene.operating_voltage}&dig=0.0&drg=0"
    return (
        "/version/get",
        "/all/get",
        "/dcdc/get/status",
        stop,
        "/dcdc/set?dig=0.0",
        f"/dcdc/set?dvg={scene.operating_voltage}&drg=0",
    )


@requirement("SPD-01", each=0.35, fixed=60.0)
def test_every_call_is_answered_in_time(scene: Scene, judge: Judge, repetitions: int, dwell: float) -> None:
    """Time a mix of all calls, then /all/get at the period of data acquisition."""
    latencies: list[float] = []
    failed = 0

    def time_one(path: str) -> None:
        nonlocal failed
        began = scene.clock.now()
        try:
            answer: Answer[str] = scene.converter.call(path)
        except DriverError:
            failed += 1
        else:
            failed += answer.status != 200
        latencies.append(scene.clock.now() - began)

    paths = _calls(scene)
    for number in range(repetitions):
        time_one(paths[number % len(paths)])
    end = scene.clock.now() + dwell
    while scene.clock.now() < end:
        time_one("/all/get")
        scene.clock.sleep(scene.policy.controller.data_acquisition_period)
    conditions = f"{len(latencies)} calls in Stop"
    judge.count("SPD-01", "failed_calls", failed, len(latencies), conditions)
    judge.measure("SPD-01", "latency", max(latencies), 0.001, conditions)
    judge.measure("SPD-01", "latency_mean", float(np.mean(latencies)), 0.001, conditions)
    judge.measure("SPD-01", "latency_p95", float(np.percentile(latencies, 95)), 0.001, conditions)
