"""One verdict per requirement of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hil.verdict.catalogue import Catalogue, Requirement
from hil.verdict.decisive import decisive
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

    reason: what gave this verdict, as a sentence; empty for a pass. worst_margin: margin of the decisive measurement
    (`hil.verdict.decisive`) in `unit`, the one that `reason` speaks of; None when no measurement gave the verdict, or
    one without a limit. measurements: how many there are, targets included.
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


def _one(requirement: Requirement, measurements: list[Measurement], outcomes: list[Outcome]) -> RequirementVerdict:
    known = outcomes or _lacking(requirement, measurements)
    measured = decisive(measurements)
    verdict = worst([each.verdict for each in known] + ([measured.verdict] if measured else []))
    said = [each.reason for each in known if each.verdict is verdict]
    if measured is not None and measured.verdict is not verdict:
        measured = None
    if measured is not None and verdict is not Verdict.PASS:
        said.append(measured.sentence())
    return RequirementVerdict(
        requirement,
        verdict,
        measured.margin if measured else None,
        measured.unit if measured else "",
        "; ".join(dict.fromkeys(said)),
        len(measurements),
    )


def _lacking(requirement: Requirement, measurements: list[Measurement]) -> list[Outcome]:
    """Return that the requirement is not assessed when one of its deciding limits was not measured, or none was."""
    known = {each.quantity for each in measurements}
    missing = [row.quantity for name, row in requirement.limits.items() if row.decides and name not in known]
    if not any(not each.target for each in measurements):
        reason = "no test measured it in this run" if not measurements else "only targets were measured in this run"
        return [Outcome(requirement.id, Verdict.NOT_ASSESSED, reason)]
    return [Outcome(requirement.id, Verdict.NOT_ASSESSED, f"not measured: {'; '.join(missing)}")] if missing else []
