"""STW-05 and STW-06: control power comes from the battery alone; its loss and return are harmless."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hil.capture import Trace
from hil.client.safety import HEAVY_ALARM
from hil.converter import DriverError, Mode
from hil.running.marking import HELD, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, Signal
from hil.waveform.transition import Extreme, peak

LOST = 10.0
"""Battery terminal voltage in V below which no controller of such a unit has power."""
STORED = 2.0
"""Seconds for which a controller may live on what its own capacitors hold."""
RECOVERY = 60.0
"""Seconds that a controller has to answer again."""
WATCHED = 3.0
"""Seconds after the recovery in which a unit that starts by itself is seen."""
SETTLE = 1.0
"""Seconds of steady state before the battery is lost."""
PERIOD = 0.01
"""Seconds between two samples of the grid."""
POLL = 0.5
"""Seconds between two calls while there is no power."""


def _answers_without_power(scene: Scene, until: float) -> tuple[int, int]:
    """Call until a bench time; return how many answers had data although the battery was gone, and how many calls."""
    answers = calls = 0
    gone = math.inf
    while scene.clock.now() < until:
        if scene.battery.voltage.value < LOST:
            gone = min(gone, scene.clock.now())
        powerless = scene.clock.now() >= gone + STORED
        try:
            scene.converter.all()
            answers += powerless
        except DriverError:
            pass
        calls += powerless
        scene.clock.sleep(POLL)
    return answers, max(1, calls)


@requirement("STW-05", each=7.5, fixed=1.5, dwells=1.0, volts=OPERATING, amperes=HELD)
def test_control_power_comes_from_the_battery_alone(scene: Scene, judge: Judge, repetitions: int, dwell: float) -> None:
    """On a live grid switch the battery off; the unit must die, take nothing from the grid, and come back with it."""
    scene.grid.stiff(scene.operating_voltage)
    for number in range(repetitions):
        conditions = f"loss {number + 1}"
        scene.battery.emulator.open_contactor()
        answers, calls = _answers_without_power(scene, scene.clock.now() + dwell)
        judge.measure("STW-05", "grid_current", scene.grid_current(), conditions=conditions)
        judge.count("STW-05", "still_alive", answers, calls, conditions)
        scene.battery.emulator.close_contactor()
        back = scene.await_answer(RECOVERY)
        judge.count("STW-05", "not_back", int(back is None), 1, conditions)
        if back is None:
            return


def _enter(scene: Scene, mode: Mode) -> None:
    """Let deal current flow in `mode`: into or out of a live grid, or out of a voltage reference."""
    if mode is Mode.CV:
        scene.reference()
        scene.grid.load(scene.deal_current)
    elif mode is Mode.STOP:
        scene.grid.stiff(scene.operating_voltage)
    else:
        scene.share(mode, scene.deal_current)
    scene.clock.sleep(SETTLE)


@requirement("STW-06", each=13.0, fixed=1.0, dwells=1.0, volts=OPERATING, amperes=HELD)
@pytest.mark.parametrize("mode", [Mode.STOP, Mode.CHARGE, Mode.DISCHARGE, Mode.CV], ids=lambda mode: mode.name)
def test_loss_and_return_of_the_battery_are_harmless(
    scene: Scene, judge: Judge, repetitions: int, dwell: float, mode: Mode
) -> None:
    """Take the battery away under load and give it back; the unit must cease, and then wait for a command."""
    for number in range(repetitions):
        conditions = f"{mode.name}, loss {number + 1}"
        _enter(scene, mode)
        capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
        with capture.running(lead=0.2):
            lost = capture.mark("battery lost").time
            scene.battery.emulator.open_contactor()
            frozen, calls = _answers_without_power(scene, lost + dwell)
        judge.count("STW-06", "frozen_data", frozen, calls, conditions)
        _judge_cessation(scene, judge, capture.trace(), mode, lost, conditions)
        _judge_recovery(scene, judge, conditions)


def _judge_cessation(scene: Scene, judge: Judge, trace: Trace, mode: Mode, lost: float, conditions: str) -> None:
    voltage = trace.signal("grid_voltage", scene.voltage_accuracy().expanded)
    voltage = voltage.where(voltage.time >= lost)
    highest = judge.measure("STW-06", "peak", peak(voltage, Extreme.LARGEST), conditions=conditions)
    current = trace.signal("grid_current", scene.current_accuracy().expanded)
    reverse = _reverse(current.where(current.time >= lost), mode, scene.hwconfig.grid_current_allowance)
    judge.measure("STW-06", "reverse_current", reverse, conditions=conditions)
    top = int(np.argmax(voltage.value))
    decisive = ("grid_voltage", float(voltage.time[top]), float(voltage.value[top]))
    scene.keep(trace, f"Battery lost in {mode.name}", {"grid_voltage": (None, highest.upper)}, decisive=decisive)


def _reverse(current: Signal, mode: Mode, allowance: float) -> Quantity:
    """Return the largest current against the direction before, from when that has ceased; in Stop either one counts."""
    if mode is Mode.STOP:
        return max((abs(peak(current, extreme)) for extreme in Extreme), key=lambda each: each.value)
    sign = 1.0 if mode is Mode.CHARGE else -1.0
    ceased = np.flatnonzero(sign * current.value < allowance)
    after = current.where(current.time >= current.time[ceased[0]]) if len(ceased) else current
    against = peak(after, Extreme.SMALLEST if mode is Mode.CHARGE else Extreme.LARGEST)
    return (-sign * against).at_least(0.0)


def _judge_recovery(scene: Scene, judge: Judge, conditions: str) -> None:
    scene.battery.emulator.close_contactor()
    returned = scene.clock.now()
    back = scene.await_answer(RECOVERY)
    end = scene.clock.now() if back is None else back.end
    doubt = POLL if back is None else back.end - back.start
    took = Quantity.within(end - returned, doubt, "s", "duration of the call")
    judge.measure("STW-06", "recovery_time", took, conditions=conditions)
    if back is None:
        return
    scene.clock.sleep(WATCHED)
    seen = scene.converter.all().value.status
    current = scene.grid_current().value
    waits = seen.code == Mode.STOP.value and abs(current) <= scene.hwconfig.grid_current_allowance
    judge.count("STW-06", "self_starts", int(not waits), 1, conditions)
    judge.count("STW-06", "alarms", int(seen.alarm_state == HEAVY_ALARM), 1, conditions)
