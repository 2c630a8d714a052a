"""One verdict per requirement of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hil.verdict.catalogue import Catalogue, Requirement
from hil.verdict.measurement import Measurement
from hil.verdict.verdict import Verdict, worst


@dataclass(frozen=True)
class Outcome:
    """What else is known about a requirement than its measurements, with the reason as a sentence.

    For example NOT_ASSESSED "this bench has no grid sink", BENCH_TROUBLE "the load on port 5025 did not answer", or
    FAIL "the driver answered 400 to every command".
    """

    requirement: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class RequirementVerdict:
    """The verdict on one requirement of the catalogue.

    worst_margin: margin of the deciding measurement that has least of its tolerance left, in `unit`; None when nothing
    was measured against a limit other than zero. measurements: how many there are, targets included.
    """

    requirement: Requirement
    verdict: Verdict
    worst_margin: float | None
    unit: str
    reason: str
    measurements: int

    def row(self) -> dict[str, object]:
        """Return the row of verdicts.csv."""
        stated = self.requirement
        return {
            "id": stated.id,
            "class": stated.kind,
            "verdict": self.verdict.value,
            "worst_margin": self.worst_margin,
            "unit": self.unit,
            "reason": self.reason,
            "title": stated.title,
            "group": stated.group,
            "clause": "; ".join(stated.source),
            "method": stated.method,
            "criterion": "; ".join(limit.sentence() for limit in stated.limits.values() if not limit.target),
        }


def summarise(
    measurements: Iterable[Measurement], catalogue: Catalogue, outcomes: Iterable[Outcome] = ()
) -> list[RequirementVerdict]:
    """Return one verdict for each requirement of the catalogue, in its order.

    A requirement has the worst of its measurements and outcomes. It is *not assessed* when nothing was measured, and
    also when one of its deciding limits was not measured while the others pass: a part is never taken for the whole.
    """
    by_id: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        by_id.setdefault(measurement.requirement, []).append(measurement)
    others: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        others.setdefault(outcome.requirement, []).append(outcome)
    return [_one(each, by_id.get(each.id, []), others.get(each.id, [])) for each in catalogue]


def relative_margin(measurement: Measurement) -> float | None:
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


def _one(requirement: Requirement, measurements: list[Measurement], outcomes: list[Outcome]) -> RequirementVerdict:
    deciding = [each for each in measurements if not each.target]
    missing = [
        name
        for name, row in requirement.limits.items()
        if row.decides and name not in {each.quantity for each in measurements}
    ]
    known = list(outcomes)
    if not measurements and not outcomes:
        known = [Outcome(requirement.id, Verdict.NOT_ASSESSED, "no test measured it in this run")]
    elif missing and not outcomes:
        known = [Outcome(requirement.id, Verdict.NOT_ASSESSED, f"not measured: {', '.join(missing)}")]
    verdict = worst([each.verdict for each in deciding] + [each.verdict for each in known])
    limited = [each for each in deciding if relative_margin(each) is not None]
    nearest = min(limited, key=lambda each: relative_margin(each) or 0.0, default=None)
    return RequirementVerdict(
        requirement,
        verdict,
        nearest.margin if nearest else None,
        nearest.unit if nearest else "",
        _reason(verdict, deciding, known),
        len(measurements),
    )


def _reason(verdict: Verdict, deciding: list[Measurement], outcomes: list[Outcome]) -> str:
    """Return why it is this verdict: the outcomes that say so, else the measurement with the smallest margin."""
    said = [each.reason for each in outcomes if each.verdict is verdict]
    if said:
        return "; ".join(dict.fromkeys(said))
    decisive = [each for each in deciding if each.verdict is verdict]
    if verdict is Verdict.PASS or not decisive:
        return ""
    return min(decisive, key=lambda each: relative_margin(each) or 0.0).sentence()
