"""CVD-07: while another source holds the grid, the unit's meter shows it and the authorization fails without a trip."""

from __future__ import annotations

from random import Random

import numpy as np

from hil.client.sequences import acquire, authorize, start_reference
from hil.converter import Mode
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, level

SAMPLING = 0.02
"""Seconds between two samples."""
SETTLE = 0.5
"""Seconds before and after the authorization."""
SEED = 1
"""apis-main draws the voltages at random; here the draws are the same in every run."""


@requirement("CVD-07", each=4.5, fixed=2.0, volts=HIGHEST, amperes=FULL)
def test_a_foreign_source_is_seen(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Hold the grid stiffly, start the reference on it, replay the authorization; it must fail, and nothing trip."""
    chance = Random(SEED)
    authorized = alarms = not_started = 0
    scene.grid.stiff(scene.operating_voltage)
    for number in range(repetitions):
        scene.client.run(acquire)
        capture = scene.capture("grid_voltage", "grid_current", period=SAMPLING)
        with capture.running(tail=SETTLE):
            started = scene.client.run(start_reference).succeeded
            scene.clock.sleep(SETTLE)
            not_started += not (started and scene.holds(Mode.CV))
            authorized += scene.client.run(authorize, chance).succeeded
        alarms += not scene.holds(Mode.CV)
        shown = Quantity.exact(scene.converter.status().value.meter.vg, "V")
        conditions = f"authorization {number + 1} on a grid held at {scene.operating_voltage:g} V"
        error = shown - level(scene.observe("grid_voltage", 0.2))
        judge.measure("CVD-07", "meter_error", error, conditions=conditions)
        current = capture.trace().signal("grid_current", scene.current_accuracy().expanded)
        worst = int(np.abs(current.value).argmax())
        most = abs(current.sample(worst)) - scene.rated_current
        judge.measure("CVD-07", "current_over_limit", most, conditions=conditions)
        scene.stop()
        if number == 0:
            allowance = scene.rated_current + scene.hwconfig.grid_current_allowance
            limits = {"grid_current": (-allowance, allowance)}
            decisive = ("grid_current", float(current.time[worst]), float(current.value[worst]))
            scene.keep(capture.trace(), "authorization on a foreign source", limits=limits, decisive=decisive)
    judge.count("CVD-07", "not_started", not_started, repetitions)
    judge.count("CVD-07", "authorized", authorized, repetitions)
    judge.count("CVD-07", "alarms", alarms, repetitions)
