"""The lines of an uncertainty budget (GUM, JCGM 100): what each source adds to the uncertainty of a result."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

COVERAGE_FACTOR = 2.0
"""k: expanded uncertainty U = k u, about 95 % for a normal distribution."""


class Distribution(Enum):
    """What is known of an input. BOUND: it certainly lies within ± its half width, which is taken as U in full."""

    RECTANGULAR = "rectangular"
    NORMAL = "normal"
    BOUND = "bound"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One line of a budget.

    source: what it comes from. standard: standard uncertainty u(x) of the input in `unit`; NaN when nobody has stated
    it. sensitivity: c, the change of the result per change of the input. degrees: degrees of freedom; finite for an
    estimate from n samples (Type A). instrument: its name in the bench file, "" when none is behind it.
    """

    source: str
    standard: float
    unit: str
    sensitivity: float = 1.0
    distribution: Distribution = Distribution.RECTANGULAR
    degrees: float = math.inf
    instrument: str = ""

    @property
    def share(self) -> float:
        """Return |c| u(x): the standard uncertainty of the result from this source, in the result's unit."""
        return abs(self.sensitivity) * self.standard

    def scaled(self, factor: float) -> Contribution:
        """Return what is left of it in a result that is `factor` times this one, to first order."""
        return replace(self, sensitivity=self.sensitivity * factor)


Budget = tuple[Contribution, ...]


def bound(half_width: float, unit: str, source: str, instrument: str = "") -> Contribution:
    """Return the contribution of an input that certainly lies within ± half_width."""
    half_width = abs(half_width)
    return Contribution(
        source, half_width / COVERAGE_FACTOR, unit, distribution=Distribution.BOUND, instrument=instrument
    )


def expanded(budget: Iterable[Contribution]) -> float:
    """Return U = k sqrt(sum (c u)^2): the sources are taken as independent."""
    return COVERAGE_FACTOR * math.hypot(*(each.share for each in budget))


def effective_degrees(budget: Iterable[Contribution]) -> float:
    """Return the effective degrees of freedom (Welch and Satterthwaite): u^4 / sum (u_i^4 / nu_i)."""
    lines = list(budget)
    combined = math.hypot(*(each.share for each in lines))
    spent = sum(each.share**4 / each.degrees for each in lines)
    return combined**4 / spent if spent > 0.0 else math.inf


def merged(budget: Iterable[Contribution]) -> Budget:
    """Return a budget in which lines of the same source are one: the root of the sum of their squares, c = 1.

    A line that stands alone stays as it is. Of several the degrees of freedom are the effective ones.
    """
    groups: dict[tuple[str, Distribution, str], list[Contribution]] = {}
    for each in budget:
        groups.setdefault((each.source, each.distribution, each.instrument), []).append(each)
    return tuple(lines[0] if len(lines) == 1 else _one(lines) for lines in groups.values())


def _one(lines: list[Contribution]) -> Contribution:
    shares = math.hypot(*(each.share for each in lines))
    same = len({(each.unit, abs(each.sensitivity)) for each in lines}) == 1
    factor = abs(lines[0].sensitivity) if same and lines[0].sensitivity else 1.0
    return replace(
        lines[0],
        standard=shares / factor,
        unit=lines[0].unit if same else "",
        sensitivity=factor,
        degrees=effective_degrees(lines),
    )
