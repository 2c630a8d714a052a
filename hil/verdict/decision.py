"""Decision rules: from a value with its uncertainty to a verdict (after ILAC-G8 and ISO 14253-1)."""

from __future__ import annotations

import math
from enum import Enum

from hil.verdict.verdict import Verdict, worst


class Rule(Enum):
    """How the uncertainty enters the verdict.

    GUARDED: guard band w = U (k = 2) on both sides of a limit. A pass shows conformity and a fail shows
    non-conformity, each with at most 2.3 % risk; between them the limit lies within the uncertainty, and the
    verdict is conditional. SIMPLE: the value alone decides; right at a limit the risk of a wrong pass is 50 %.
    """

    GUARDED = "guarded"
    SIMPLE = "simple"


def capable(uncertainty: float | None, lower: float | None, upper: float | None) -> bool:
    """Tell whether an expanded uncertainty (k = 2) can decide these limits.

    Missing: no. Two limits: 2 U must not be larger than the width of the tolerance, or nothing could ever pass. One
    limit: U must not be larger than the limit itself; a limit of zero or none at all sets no such bound.
    """
    if uncertainty is None or math.isnan(uncertainty):
        return False
    if lower is not None and upper is not None:
        return 2.0 * uncertainty <= upper - lower or uncertainty == 0.0
    limit = upper if upper is not None else lower
    return limit is None or limit == 0.0 or uncertainty <= abs(limit)


def margin(value: float, lower: float | None, upper: float | None) -> float | None:
    """Return the distance to the nearer limit, negative beyond it; None without limits."""
    distances = [value - lower] if lower is not None else []
    if upper is not None:
        distances.append(upper - value)
    return min(distances, default=None)


def decide(value: float, uncertainty: float | None, lower: float | None, upper: float | None, rule: Rule) -> Verdict:
    """Judge a value against its limits, both of which belong to the tolerance.

    uncertainty: expanded, k = 2, in the unit of the value; None or NaN when it is missing, 0 for a count. Guarded
    without capability is NOT_CAPABLE. A value without limits is reported, and passes. Raises ValueError when the
    value is no number: that is never a verdict.
    """
    if math.isnan(value):
        raise ValueError("a measurement that is not a number cannot be judged")
    if lower is not None and upper is not None and lower > upper:
        raise ValueError(f"the lower limit {lower:g} is above the upper limit {upper:g}")
    distance = margin(value, lower, upper)
    if distance is None:
        return Verdict.PASS
    if rule is Rule.SIMPLE:
        return Verdict.PASS if distance >= 0.0 else Verdict.FAIL
    if uncertainty is None or not capable(uncertainty, lower, upper):
        return Verdict.NOT_CAPABLE
    above = [] if lower is None else [_one_sided(value, uncertainty, lower)]
    below = [] if upper is None else [_one_sided(-value, uncertainty, -upper)]
    return worst(above + below)


def _one_sided(value: float, uncertainty: float, lower: float) -> Verdict:
    """Judge value >= lower with a guard band of `uncertainty` on both sides of the limit."""
    if value >= lower + uncertainty:
        return Verdict.PASS
    if value >= lower:
        return Verdict.CONDITIONAL_PASS
    if value >= lower - uncertainty:
        return Verdict.CONDITIONAL_FAIL
    return Verdict.FAIL
