"""Sections that say what was found: counts, matrix, what was left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from hil.evidence import schema
from hil.evidence.allure_names import title
from hil.verdict.decisive import decisive
from reports.blocks import Block, link, table, text, verdict_cell
from reports.numbers import decimals, limits, number, quantity, tolerance_share, uncertainty
from reports.run_data import Measurement, Run, Verdict


def by_requirement(run: Run) -> dict[str, list[Measurement]]:
    """Return the measurements of each requirement."""
    groups: dict[str, list[Measurement]] = defaultdict(list)
    for row in run.measurements:
        groups[row.requirement].append(row)
    return groups


def deciding(verdict: Verdict, measured: dict[str, list[Measurement]]) -> Measurement | None:
    """Return the measurement that gave a requirement its verdict; None when something else did."""
    row = decisive(measured.get(verdict.id, []))
    return row if row is not None and row.verdict == verdict.verdict else None


def counts(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return how many requirements of each group have which verdict."""
    column = texts["column"]
    used = [word for word in schema.SEVERITY if any(verdict.verdict == word for verdict in run.verdicts)]
    groups = list(dict.fromkeys(run.group(verdict) for verdict in run.verdicts))
    tally = Counter((run.group(verdict), verdict.verdict) for verdict in run.verdicts)
    rows: list[list[object]] = [[group or "–", *(tally[group, word] or "" for word in used)] for group in groups]
    totals = Counter(verdict.verdict for verdict in run.verdicts)
    rows.append(
        [
            {"text": f"{column['all']} ({len(run.verdicts)})", "tone": "sum"},
            *({"text": str(totals[word]), "tone": "sum"} for word in used),
        ]
    )
    return [table([column["group"], *used], rows, [2.4, *(1.0 for _ in used)])]


def matrix(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return one row per requirement with its decisive measurement."""
    names = (
        "id",
        "class",
        "requirement",
        "clause",
        "limit",
        "measured",
        "uncertainty",
        "margin",
        "verdict",
    )
    measured = by_requirement(run)
    rows: list[list[object]] = []
    for verdict in run.verdicts:
        row = deciding(verdict, measured)
        first = link(verdict.id, verdict.id) if verdict.id in measured else verdict.id
        what = verdict.title if row is None else f"{verdict.title}: {run.quantity(row)}"
        who = [first, verdict.requirement_class, what, verdict.clause]
        rows.append([*who, *numbers(row, texts["label"]["not_stated"]), verdict_cell(verdict.verdict)])
    return [
        table([texts["column"][name] for name in names], rows, [1.1, 0.8, 3.1, 2.6, 1.5, 1.3, 1.1, 1.5, 1.4]),
        text(texts["note"]["matrix"], "note"),
    ]


def not_assessed(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return every requirement without a verdict on the DUT, and why."""
    column = texts["column"]
    rows = [
        [item.id, item.requirement_class, item.title, verdict_cell(item.verdict), item.reason]
        for item in run.verdicts
        if item.verdict in schema.UNDECIDED
    ]
    if not rows:
        return [text(texts["none"]["not_assessed"])]
    names = ("id", "class", "requirement", "verdict", "reason")
    return [table([column[name] for name in names], rows, [0.8, 0.5, 3, 1.1, 3.4])]


def tests_without_result(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the tests that ended in bench trouble or a harness bug, were skipped, or never ended."""
    column, none = texts["column"], texts["none"]
    last = {entry.nodeid: place for place, entry in enumerate(run.journal)}
    rows = []
    for place, entry in enumerate(run.journal):
        if entry.outcome not in ("passed", "failed"):
            said = [entry.message or none["message"], *([none["again"]] if place < last[entry.nodeid] else [])]
            outcome = entry.outcome or schema.INTERRUPTED
            rows.append([title(entry.nodeid), " ".join(entry.requirements), outcome, " ".join(said)])
    if not rows:
        return [text(texts["none"]["tests"])]
    return [table([column["test"], column["id"], column["outcome"], column["message"]], rows, [3, 1, 1, 3])]


def numbers(row: Measurement | None, unstated: str) -> list[object]:
    """Return the cells limit, measured, uncertainty, margin; unstated: what is said of a missing uncertainty."""
    if row is None:
        return ["", "", "", ""]
    places = decimals(row.uncertainty)
    share = tolerance_share(row.margin, row.lower, row.upper)
    margin = "" if row.margin is None else quantity(row.margin, row.unit, places)
    if margin and share is not None and abs(share) <= 100.0:
        margin += f" ({number(share, 0)} %)"
    return [
        limits(row.lower, row.upper, row.unit),
        "" if row.value is None else quantity(row.value, row.unit, places),
        uncertainty(row.uncertainty, row.unit) or unstated,
        margin,
    ]
