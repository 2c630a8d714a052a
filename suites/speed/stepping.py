"""One step of apis-main with its checkpoint, and what the bench saw meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hil.capture import Trace
from hil.client.steps import Steps
from hil.running.scene import Scene
from hil.waveform import Quantity, settling_duration

RECORDED = 0.4
"""Seconds recorded after the answer: the polls of a checkpoint and a little more."""
PERIOD = 0.02
"""Seconds between two samples."""


@dataclass(frozen=True)
class Step:
    """A step.

    answered: bench time of the answer. settled: seconds from there until the bench saw the value stay. polls: looks of
    the checkpoint.
    """

    answered: float
    settled: Quantity
    arrived: bool
    polls: int
    trace: Trace
    channel: str
    band: tuple[float, float]

    def keep(self, scene: Scene, title: str) -> None:
        """Make the step evidence, with the band that it had to reach."""
        signal = self.trace.signal(self.channel)
        index = min(int(np.searchsorted(signal.time, self.answered + self.settled.value)), len(signal) - 1)
        settled = (self.channel, float(signal.time[index]), float(signal.value[index]))
        scene.keep(self.trace, title, {self.channel: self.band}, {self.channel: 0.5 * sum(self.band)}, settled)


def take(
    scene: Scene,
    change: Callable[[Steps, float], bool],
    target: float,
    channel: str,
    band: tuple[float, float],
) -> Step:
    """Let apis-main change to `target`, and record `channel` until it should be within `band`.

    A value that never stays there counts as settling at the end of the record.
    """
    accuracy = scene.current_accuracy() if channel == "grid_current" else scene.voltage_accuracy()
    capture = scene.capture(channel, period=PERIOD)
    with capture.running():
        report = scene.client.run(change, target)
        answered = [call.end for call in report.calls if call.path.startswith("/dcdc/set")][-1]
        scene.clock.sleep(max(0.0, answered + RECORDED - scene.clock.now()))
    capture.mark("answered", answered)
    trace = capture.trace()
    signal = trace.signal(channel, accuracy.expanded)
    settled = settling_duration(signal, *band, answered)
    if settled is None:
        settled = signal.exactly(float(signal.latest[-1]) - answered, "s")
    return Step(answered, settled, report.succeeded, len(report.polls), trace, channel, band)
