"""Which capture of a repeated test becomes evidence: the one that came nearest to its limit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hil.capture import Trace
from hil.running.scene import Bounds, Scene
from hil.verdict import Measurement


def keep_nearest_to_limit(
    scene: Scene, judged: list[tuple[Measurement, Trace]], title: str, limits: Mapping[str, Bounds]
) -> None:
    """Keep the trace with the smallest margin, its limits, and its sample of largest magnitude as the decisive one."""
    measurement, trace = min(judged, key=lambda each: float("inf") if each[0].margin is None else each[0].margin)
    channel = next(iter(limits))
    signal = trace.signal(channel)
    largest = int(np.argmax(np.abs(signal.value)))
    decisive = (channel, float(signal.time[largest]), float(signal.value[largest]))
    scene.keep(trace, f"{title}: {measurement.conditions}", limits, decisive=decisive)
