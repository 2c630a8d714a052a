"""STW-01: after a denial the unit keeps sharing until the client stops it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hil.capture import Trace
from hil.converter import Mode
from hil.running.marking import HELD, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, Signal, largest_deviation
from suites.battery.reading import await_permission

MODES = (Mode.CHARGE, Mode.DISCHARGE, Mode.CV)
"""Each window takes the next one of these."""
PERIOD = 1.003
"""Seconds between two samples, no multiple of a mains period; the window is 100 s."""
SETTLE = 1.0
"""Seconds of steady sharing before the denial."""


@dataclass(frozen=True)
class Regulated:
    """What must stay as it was commanded: a channel of the capture, its target and the allowance around it."""

    channel: str
    limit: str
    target: float
    allowance: float


@dataclass(frozen=True)
class ModeSeen:
    """What the unit reported: samples, how many with another mode, and the interval in which the first came.

    left: bench time of the end of the last good answer and of the first wrong one; None if the mode stayed.
    """

    samples: int
    changes: int
    left: tuple[float, float] | None


def _share_or_hold(scene: Scene, mode: Mode) -> Regulated:
    if mode is Mode.CV:
        scene.reference()
        scene.grid.load(scene.deal_current)
        return Regulated("grid_voltage", "voltage_error", scene.operating_voltage, scene.policy.grid_voltage_allowance)
    scene.share(mode, scene.rated_current)
    target = scene.rated_current if mode is Mode.CHARGE else -scene.rated_current
    return Regulated("grid_current", "current_error", target, scene.hwconfig.grid_current_allowance)


@requirement("STW-01", each=7.0, fixed=1.0, dwells=1.0, volts=OPERATING, amperes=HELD)
def test_a_denied_unit_keeps_sharing_until_it_is_stopped(
    scene: Scene, judge: Judge, repetitions: int, dwell: float
) -> None:
    """Deny at full current and send no command; mode and current or voltage must stay for the whole window."""
    for number in range(repetitions):
        mode = MODES[number % len(MODES)]
        await_permission(scene)
        regulated = _share_or_hold(scene, mode)
        scene.clock.sleep(SETTLE)
        capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
        with capture.running():
            scene.battery.deny()
            denied = capture.mark("denied").time
            modes = _watch_mode(scene, mode, denied + dwell)
        conditions = f"{mode.name}, denied for {dwell:g} s"
        judge.count("STW-01", "mode_changes", modes.changes, modes.samples, conditions)
        _judge(scene, judge, capture.trace(), regulated, modes, denied, conditions)
        scene.rest()


def _watch_mode(scene: Scene, mode: Mode, until: float) -> ModeSeen:
    samples = changes = 0
    left: tuple[float, float] | None = None
    good = scene.clock.now()
    while scene.clock.now() < until:
        answer = scene.converter.all()
        samples += 1
        if answer.value.status.code != mode.value:
            changes += 1
            left = left or (good, answer.end)
        good = answer.start
        scene.clock.sleep(PERIOD)
    return ModeSeen(samples, changes, left)


def _judge(
    scene: Scene, judge: Judge, trace: Trace, regulated: Regulated, modes: ModeSeen, denied: float, conditions: str
) -> None:
    accuracy = scene.voltage_accuracy() if regulated.channel == "grid_voltage" else scene.current_accuracy()
    signal = trace.signal(regulated.channel, accuracy.expanded)
    signal = signal.where(signal.latest >= denied)
    judge.measure("STW-01", regulated.limit, largest_deviation(signal, regulated.target), conditions=conditions)
    ends = [end for end in (modes.left, _leaves(signal, regulated)) if end is not None]
    shared = min(ends, default=(float(signal.earliest[-1]), float(signal.latest[-1])))
    middle, half = 0.5 * (shared[0] + shared[1]), 0.5 * (shared[1] - shared[0])
    sharing = Quantity.within(middle - denied, half, "s", "instant between two samples", signal.instrument)
    judge.measure("STW-01", "sharing_time", sharing.seen_in(signal.trace), conditions=conditions)
    band = (regulated.target - regulated.allowance, regulated.target + regulated.allowance)
    far = int(np.argmax(np.abs(signal.value - regulated.target) > regulated.allowance))
    far = far or int(np.argmax(np.abs(signal.value - regulated.target)))
    decisive = (regulated.channel, float(signal.time[far]), float(signal.value[far]))
    targets = {regulated.channel: regulated.target}
    scene.keep(trace, f"Denied: {conditions}", {regulated.channel: band}, targets, decisive)


def _leaves(signal: Signal, regulated: Regulated) -> tuple[float, float] | None:
    """Return the interval of bench time in which the value left the allowance: last sample inside to first outside."""
    outside = np.flatnonzero(np.abs(signal.value - regulated.target) > regulated.allowance)
    if len(outside) == 0:
        return None
    first = int(outside[0])
    return float(signal.earliest[max(0, first - 1)]), float(signal.latest[first])
