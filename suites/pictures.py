"""Which captures of a repeated test become evidence: for each limit the one that came nearest to it."""

from __future__ import annotations

import numpy as np

from hil.capture import Trace
from hil.running.scene import Scene
from hil.verdict import Measurement


class NearestToLimit:
    """Captures in which the largest deviation of a channel from its target was judged; one is kept per limit."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._nearest: dict[str, tuple[Measurement, Trace, str, float]] = {}

    def offer(self, judged: Measurement, trace: Trace, channel: str, target: float) -> None:
        """Hand in a capture with the deviation from `target` that was judged in it."""
        known = self._nearest.get(judged.quantity)
        if known is None or _margin(judged) < _margin(known[0]):
            self._nearest[judged.quantity] = (judged, trace, channel, target)

    def keep(self) -> None:
        """Make the chosen captures evidence, with target, limits and the sample that is farthest away."""
        for judged, trace, channel, target in self._nearest.values():
            signal = trace.signal(channel)
            worst = int(np.argmax(np.abs(signal.value - target)))
            lower = None if judged.lower is None else target + judged.lower
            upper = None if judged.upper is None else target + judged.upper
            self._scene.keep(
                trace,
                f"{judged.requirement}: {judged.conditions}",
                limits={channel: (lower, upper)},
                targets={channel: target},
                decisive=(channel, float(signal.time[worst]), float(signal.value[worst])),
            )


def _margin(judged: Measurement) -> float:
    return float("inf") if judged.margin is None else judged.margin
