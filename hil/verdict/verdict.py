"""The outcomes of a measurement and of a requirement, in order of severity."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """What can be said, mildest first; a requirement has the worst of its measurements.

    Four are verdicts on the device. The others say why there is none: they stand above the passes, because a
    requirement of which a part could not be decided has not been shown to be met, and below both fails, because
    what has been seen to exceed a limit stays seen, whatever else could not be measured.
    """

    PASS = "pass"
    CONDITIONAL_PASS = "conditional pass"
    NOT_ASSESSED = "not assessed"
    NOT_CAPABLE = "not capable"
    BENCH_TROUBLE = "bench trouble"
    HARNESS_BUG = "harness bug"
    CONDITIONAL_FAIL = "conditional fail"
    FAIL = "fail"

    @property
    def severity(self) -> int:
        """Return the place in the order, 0 for a pass."""
        return list(Verdict).index(self)

    @property
    def on_device(self) -> bool:
        """Tell whether this is a verdict on the device, and not the reason why there is none."""
        return self not in UNDECIDED

    @property
    def failed(self) -> bool:
        """Tell whether the limit is exceeded, surely or within the uncertainty."""
        return self in (Verdict.CONDITIONAL_FAIL, Verdict.FAIL)


UNDECIDED = (Verdict.NOT_ASSESSED, Verdict.NOT_CAPABLE, Verdict.BENCH_TROUBLE, Verdict.HARNESS_BUG)
"""Why there is no verdict on the device."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the most severe verdict; *not assessed* when there is none at all."""
    return max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.NOT_ASSESSED)
