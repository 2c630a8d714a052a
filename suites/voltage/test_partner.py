"""CVD-02: the voltage reference takes current up, and regulates when its partner starts and stops."""

from __future__ import annotations

import numpy as np

from hil.capture import Trace
from hil.running.marking import HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Direction, Extreme, Quantity, crossing, peak, settling_duration

SAMPLING = 0.01
"""Seconds between two samples of voltage and current: the dip is as short as the unit's voltage loop is quick."""
BEFORE, AFTER = 0.3, 1.0
"""Seconds recorded before the partner's step and after it."""
ORDINARY = 0.5
"""Part of the repetitions that is made with the battery as it is; in the others it is at its highest voltage."""


@requirement("CVD-02", each=2.7, fixed=5.0, volts=HIGHEST, amperes=1.0)
def test_the_reference_regulates_through_the_partners_step(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Feed deal current into the grid and take it away; record voltage and current."""
    scene.reference()
    scene.grid.push(0.0, scene.policy.operation_grid_voltage_range.max)
    try:
        for number in range(repetitions):
            if number == max(1, round(ORDINARY * repetitions)):
                scene.battery.emulator.set_voltage_override(scene.dut.battery.max_v)
                scene.battery.emulator.wait_settled()
            _start_and_stop(scene, judge, number)
    finally:
        scene.battery.emulator.set_voltage_override(None)


def _start_and_stop(scene: Scene, judge: Judge, number: int) -> None:
    ceiling, deal = scene.policy.operation_grid_voltage_range.max, scene.policy.mediator.deal.grid_current
    vb = scene.battery.voltage.value
    for amperes in (deal, 0.0):
        capture = scene.capture("grid_voltage", "grid_current", period=SAMPLING)
        with capture.running(lead=BEFORE, tail=AFTER):
            commanded = scene.clock.now()
            scene.grid.push(amperes, ceiling)
        word = "starts" if amperes else "stops"
        conditions = f"partner {word}, {deal:g} A, vb {vb:.1f} V"
        _judge_step(scene, judge, capture.trace(), commanded, bool(amperes), conditions)
        if number == 0:
            _keep(scene, capture.trace(), f"partner {word}")


def _judge_step(scene: Scene, judge: Judge, trace: Trace, commanded: float, rises: bool, conditions: str) -> None:
    voltage = trace.signal("grid_voltage", scene.voltage_accuracy().expanded)
    current = trace.signal("grid_current", scene.current_accuracy().expanded)
    half = 0.5 * scene.policy.mediator.deal.grid_current
    edge = crossing(current, half, Direction.RISING if rises else Direction.FALLING, after=commanded)
    begin = Quantity.exact(commanded, "s") if edge is None else edge
    target, allowance = scene.operating_voltage, scene.policy.grid_voltage_allowance
    settled = settling_duration(voltage, target - allowance, target + allowance, begin)
    if edge is None or settled is None:
        settled = voltage.exactly(float(voltage.time[-1]) - begin.value, "s")
        conditions += ", never settled" if edge is not None else ", the current never came"
    judge.measure("CVD-02", "settling_time", settled, conditions=conditions)
    judge.measure("CVD-02", "lowest", peak(voltage, Extreme.SMALLEST), conditions=conditions)
    judge.measure("CVD-02", "highest", peak(voltage, Extreme.LARGEST), conditions=conditions)


def _keep(scene: Scene, trace: Trace, title: str) -> None:
    target, allowance = scene.operating_voltage, scene.policy.grid_voltage_allowance
    limits = {"grid_voltage": (target - allowance, target + allowance)}
    signal = trace.signal("grid_voltage")
    outside = np.flatnonzero(np.abs(signal.value - target) > allowance)
    last = int(outside[-1]) if len(outside) else int(np.argmax(np.abs(signal.value - target)))
    decisive = ("grid_voltage", float(signal.time[last]), float(signal.value[last]))
    scene.keep(trace, title, limits=limits, targets={"grid_voltage": target}, decisive=decisive)
