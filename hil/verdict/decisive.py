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
    """Return the margin as a share of the tolerance for sorting: a measurement without comes last."""
    share = relative_margin(measurement)
    return math.inf if share is None else share


def relative_margin(measurement: Judged) -> float | None:
    """Return the margin as a share of the tolerance; None without a limit, or where the limit is zero and kept.

    A count of faults has the limit zero: kept it says nothing about a margin, exceeded it counts in units of one.
    """
    if measurement.margin is None:
        return None
    if measurement.lower is not None and measurement.upper is not None:
        scale = measurement.upper - measurement.lower
    else:
        scale = abs(measurement.upper if measurement.upper is not None else measurement.lower or 0.0)
    if scale == 0.0:
        return measurement.margin if measurement.margin < 0.0 else None
    return measurement.margin / scale
