"""Which of several measurements decides."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol, TypeVar

from hil.verdict.verdict import Verdict


class Judged(Protocol):
    """What the choice looks at."""

    @property
    def verdict(self) -> Verdict | str:
        """Verdict, or its word."""
        ...

    @property
    def margin(self) -> float | None:
        """Distance to the nearer limit, negative beyond it."""
        ...

    @property
    def lower(self) -> float | None:
        """Lower limit."""
        ...

    @property
    def upper(self) -> float | None:
        """Upper limit."""
        ...

    @property
    def target(self) -> bool:
        """Whether the limit is only a target."""
        ...


Some = TypeVar("Some", bound=Judged)


def decisive(measurements: Iterable[Some]) -> Some | None:
    """Return the measurement that decides: the worst verdict, and of those the least of its tolerance left.

    Targets decide nothing. Of equals it is the first one. None when nothing is left.
    """

    def order(measurement: Some) -> tuple[int, float]:
        return -Verdict(measurement.verdict).severity, closeness(measurement)

    return min((each for each in measurements if not each.target), key=order, default=None)


def closeness(measurement: Judged) -> float:
    """Return the margin as a share of the tolerance, for sorting: infinite without a limit, so that it comes last.

    A count of faults has the limit zero: kept it says nothing about a margin, exceeded it counts in units of one.
    """
    if measurement.margin is None:
        return math.inf
    scale = tolerance(measurement.lower, measurement.upper)
    if scale == 0.0:
        return measurement.margin if measurement.margin < 0.0 else math.inf
    return measurement.margin / scale


def tolerance(lower: float | None, upper: float | None) -> float:
    """Return the width between two limits, or the size of one; 0 without any."""
    if lower is not None and upper is not None:
        return upper - lower
    return abs(upper if upper is not None else lower or 0.0)
