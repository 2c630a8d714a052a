"""ZVS-01 to ZVS-03: a dead grid is started from 0 V, answered at once, without overshoot."""

from __future__ import annotations

import numpy as np

from hil.capture import Trace
from hil.converter import Mode
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity
from hil.waveform.transition import Extreme, peak

AFTER = 2.0
"""Seconds recorded after the ramp."""
SETTLED = 1.0
"""Seconds after the ramp from which the voltage counts as settled."""
COMPARABLE = 5.0
"""Volts: a grid below this is dead."""


@requirement("ZVS-01", "ZVS-02", "ZVS-03", each=8.0, fixed=2.0, volts=350, amperes=2.3)
def test_a_dead_grid_is_started_from_zero(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Command CV on a dead grid; time the answer, record the ramp, look at its peak and at what follows."""
    wrong = 0
    for number in range(repetitions):
        conditions = f"start {number + 1}"
        scene.stop()
        residual = scene.grid.discharge(COMPARABLE)
        target = scene.operating_voltage
        capture = scene.capture("grid_voltage", period=0.02)
        with capture.running():
            commanded = scene.clock.now()
            answer = scene.converter.set_mode(Mode.CV, target, scene.rated_current, 0.0)
            reached = scene.await_voltage(target - scene.policy.grid_voltage_allowance)
            scene.clock.sleep(AFTER)
        wrong += answer.value.status.operation_mode != Mode.CV.operation_mode
        conditions += f" from {residual.value:.2f} V"
        judge.measure("ZVS-01", "answer_time", Quantity(answer.end - answer.start, 0.001, "s"), conditions=conditions)
        trace = capture.trace()
        _judge_ramp(scene, judge, trace, commanded, reached, conditions)
        if number == 0:
            ceiling = scene.hwconfig.meter_ranges.vg.max
            scene.keep(trace, "Start from 0 V", {"grid_voltage": (None, ceiling)}, {"grid_voltage": target})
    judge.count("ZVS-01", "wrong_answer", wrong, repetitions)


def _judge_ramp(scene: Scene, judge: Judge, trace: Trace, commanded: float, reached: bool, conditions: str) -> None:
    signal = trace.signal("grid_voltage", scene.voltage_accuracy().expanded)
    target, allowance = scene.operating_voltage, scene.policy.grid_voltage_allowance
    there = np.flatnonzero(signal.value >= target - allowance)
    ended = len(there) > 0 and reached
    first = int(there[0]) if ended else len(signal) - 1
    before = max(0, first - 1)
    width = float(signal.latest[first] - signal.earliest[before])
    ramp = Quantity(float(signal.time[first]) - commanded, width, "s")
    judge.measure("ZVS-02", "ramp_time", ramp, conditions=conditions)
    judge.measure("ZVS-02", "ramp_time_target", ramp, conditions=conditions)
    judge.measure("ZVS-03", "peak", peak(signal, Extreme.LARGEST), conditions=conditions)
    settled = signal.between(float(signal.time[first]) + SETTLED, float(signal.time[-1]))
    deviation = np.abs(settled.value - target)
    worst = int(np.argmax(deviation))
    error = Quantity(float(settled.value[worst] - target), float(settled.uncertainty[worst]), "V")
    judge.measure("ZVS-03", "settled_error", error, conditions=conditions)
