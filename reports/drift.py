"""Margins that shrink from run to run, said before they are used up."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from reports.summary import Summary
from reports.trend import falls, line, most_rises, steps
from reports.values import Point, Series, Value, read_values

WINDOWS = (30, 15, 10)
"""How many of the latest runs are looked at: many show a slow drift, few one that has begun lately."""
LEAST_RUNS = next(count for count in range(2, WINDOWS[-1]) if most_rises(count) >= 0)
"""Runs below which no drift can be claimed."""
HORIZON = 1.0
"""How far ahead a crossing is announced, in multiples of the time looked at."""
DAY = timedelta(days=1)
UNREADABLE = (OSError, ValueError, IndexError, csv.Error)


@dataclass(frozen=True)
class Drift:
    """A quantity whose margin falls, over the runs looked at.

    points: the value of each run that is nearest to the limits of the latest one. margin: of the latest run, by these
    limits. slope: in the quantity's unit per day. crossing: when the margin reaches zero.
    """

    points: list[Point]
    margin: float
    slope: float
    crossing: datetime

    @property
    def latest(self) -> Point:
        """Return what the latest run measured."""
        return self.points[-1]

    @property
    def fall(self) -> float:
        """Return by how much the line through the margins has fallen, in the quantity's unit."""
        return -self.slope * (_start(self.latest.run) - _start(self.points[0].run)) / DAY


def find_drifts(runs: Iterable[Summary]) -> tuple[list[Drift], list[Summary]]:
    """Return the drifts of every quantity, unit, bench and profile, the most urgent first; and the runs left out.

    Only runs that have ended by themselves count, and only what has been tested among the latest of all. A run whose
    measurements cannot be read is among those left out, with its trouble.
    """
    whole = sorted((run for run in runs if run.start and not run.interrupted), key=_start)
    groups: dict[tuple[str, ...], list[Summary]] = defaultdict(list)
    for run in whole:
        group = groups[_group(run)]
        if not group or group[-1].start != run.start:  # a copy of a run is no second run
            group.append(run)
    drifts, left_out = [], []
    for key in {_group(run) for run in whole[-WINDOWS[0] :]}:
        latest = groups[key][-WINDOWS[0] :]
        if len(latest) >= LEAST_RUNS:
            measured, unread = _read(latest)
            left_out += unread
            drifts += [drift for series, rows in measured.items() if (drift := _drift(series, rows))]
    return sorted(drifts, key=lambda drift: drift.crossing), left_out


def enough(runs: Iterable[Summary]) -> bool:
    """Tell whether there are enough runs of one unit, bench and profile to see a drift."""
    found = Counter(_group(run) for run in runs if run.start and not run.interrupted)
    return any(count >= LEAST_RUNS for count in found.values())


def _start(run: Summary) -> datetime:
    assert run.start is not None
    return run.start


def _group(run: Summary) -> tuple[str, ...]:
    return run.model, run.serial, run.bench, run.profile


def _read(runs: list[Summary]) -> tuple[dict[Series, list[tuple[Summary, list[Value]]]], list[Summary]]:
    """Return what was measured of each series, oldest run first; and the runs that cannot be read."""
    measured: dict[Series, list[tuple[Summary, list[Value]]]] = defaultdict(list)
    unread = []
    for run in runs:
        try:
            for series, rows in read_values(run).items():
                measured[series].append((run, rows))
        except UNREADABLE as error:
            unread.append(replace(run, trouble=f"{error}. 'hil verify' says more"))
    return measured, unread


def _drift(series: Series, measured: list[tuple[Summary, list[Value]]]) -> Drift | None:
    """Return the drift of a series; all its runs are judged by the limits of the latest one."""
    limits = measured[-1][1][0]
    if limits.target or limits.lower == limits.upper:  # it decides nothing, has no limit, or is a count of faults
        return None
    points = []
    for run, rows in measured:
        points.append(Point(run, series, min(rows, key=lambda row: row.margin(limits.lower, limits.upper))))
    margins = [point.row.margin(limits.lower, limits.upper) for point in points]
    latest = _start(points[-1].run)
    found = forecast([(_start(point.run) - latest) / DAY for point in points], margins)
    if found is None:
        return None
    return Drift(points[-found.runs :], margins[-1], found.slope, latest + found.ahead * DAY)


class Forecast(NamedTuple):
    """runs: how many of the latest show it. slope: per day. ahead: days from the latest to a margin of zero."""

    runs: int
    slope: float
    ahead: float


def forecast(days: Sequence[float], margins: Sequence[float]) -> Forecast | None:
    """Return how a margin falls to zero; None when it does not fall, falls by a step, or is not used up soon.

    days: when each margin was measured, rising, the latest at 0.
    """
    for window in WINDOWS:
        if len(days) >= window or window == WINDOWS[0]:
            x, y = days[-window:], margins[-window:]
            if falls(y):
                slope, now = line(x, y)
                if 0.0 < now <= -slope * HORIZON * -x[0] and not steps(x, y):
                    return Forecast(len(x), slope, now / -slope)
    return None
