"""STW-01: after a denial the unit keeps sharing until the client stops it."""

from __future__ import annotations

import numpy as np
import pytest

from hil.capture import Trace
from hil.converter import Mode
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity

PERIOD = 1.0
"""Seconds between two samples; the window is 100 s."""


def _share_or_hold(scene: Scene, mode: Mode) -> None:
    if mode is Mode.CV:
        scene.reference()
        scene.grid.load(1.0)
    else:
        scene.share(mode, scene.rated_current)
    scene.clock.sleep(2.0)


@requirement("STW-01", fixed=115.0, volts=350, amperes=2.3)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE, Mode.CV], ids=lambda mode: mode.name)
def test_a_denied_unit_keeps_sharing_until_it_is_stopped(scene: Scene, judge: Judge, dwell: float, mode: Mode) -> None:
    """Deny at full current and send no command; mode and current or voltage must stay for the whole window."""
    _share_or_hold(scene, mode)
    changes = 0
    sharing_time = Quantity(dwell, 0.0, "s")
    scene.battery.deny()
    denied = scene.clock.now()
    capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
    with capture.running():
        while scene.clock.now() < denied + dwell:
            asked = scene.clock.now()
            answer = scene.converter.all()
            if answer.value.status.code != mode.value:
                changes += 1
                if changes == 1:
                    sharing_time = Quantity(asked - denied, answer.end - asked + PERIOD, "s")
            scene.clock.sleep(PERIOD)
    conditions = f"{mode.name}, denied for {dwell:g} s"
    judge.count("STW-01", "mode_changes", changes, max(1, int(dwell / PERIOD)), conditions)
    judge.measure("STW-01", "sharing_time", sharing_time, conditions=conditions)
    _judge_regulation(scene, judge, capture.trace(), mode, conditions)


def _judge_regulation(scene: Scene, judge: Judge, trace: Trace, mode: Mode, conditions: str) -> None:
    if mode is Mode.CV:
        signal = trace.signal("grid_voltage", scene.voltage_accuracy().expanded)
        target, limit = scene.operating_voltage, "voltage_error"
    else:
        signal = trace.signal("grid_current", scene.current_accuracy().expanded)
        target = scene.rated_current if mode is Mode.CHARGE else -scene.rated_current
        limit = "current_error"
    worst = int(np.argmax(np.abs(signal.value - target)))
    error = Quantity(float(signal.value[worst] - target), float(signal.uncertainty[worst]), signal.unit)
    judge.measure("STW-01", limit, error, conditions=conditions)
