"""Margins that shrink from run to run, said before they are used up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from reports.summary import Summary

LEAST_RUNS = 5
"""Runs below which no trend is claimed."""
SIGNIFICANCE = 3.0
"""The slope must be this many times its standard error."""
HORIZON = 1.0
"""How far ahead a crossing is announced, in multiples of the time observed."""


@dataclass(frozen=True)
class Drift:
    """A requirement whose worst margin falls. slope: in `unit` per day; crossing: when it reaches zero."""

    requirement: str
    model: str
    serial: str
    bench: str
    runs: int
    margin: float
    unit: str
    slope: float
    crossing: datetime


def find_drifts(summaries: list[Summary]) -> list[Drift]:
    """Return the drifts of every requirement, unit, bench and profile, the most urgent first."""
    series: dict[tuple[str, ...], list[tuple[datetime, float]]] = defaultdict(list)
    for run in summaries:
        if run.start is None:
            continue
        for requirement, item in run.requirements.items():
            if item.value is not None:
                key = (requirement, run.model, run.serial, run.bench, run.profile, item.unit)
                series[key].append((run.start, item.value))
    found = [_drift(key, points) for key, points in series.items() if len(points) >= LEAST_RUNS]
    return sorted((drift for drift in found if drift is not None), key=lambda drift: drift.crossing)


def _drift(key: tuple[str, ...], points: list[tuple[datetime, float]]) -> Drift | None:
    points.sort()
    last, margin = points[-1]
    days = np.array([(when - last).total_seconds() / 86_400 for when, _ in points])
    slope, now, error = _line(days, np.array([value for _, value in points]))
    observed = -float(days[0])
    if observed == 0.0 or slope >= 0.0 or -slope < SIGNIFICANCE * error or now <= 0.0:
        return None
    ahead = now / -slope
    if ahead > HORIZON * observed:
        return None
    requirement, model, serial, bench, _, unit = key
    crossing = last + timedelta(days=ahead)
    return Drift(requirement, model, serial, bench, len(points), margin, unit, slope, crossing)


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Return slope, value at x = 0 and standard error of the slope of the least-squares line."""
    centred = x - x.mean()
    spread = float(centred @ centred)
    if spread == 0.0:
        return 0.0, float(y.mean()), 0.0
    slope = float(centred @ y) / spread
    at_zero = float(y.mean() - slope * x.mean())
    residual = y - (at_zero + slope * x)
    return slope, at_zero, float(np.sqrt(residual @ residual / (len(x) - 2) / spread))
