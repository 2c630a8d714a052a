"""Sections that say what was found: counts, matrix, measurements, what was left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from hil.evidence import schema
from reports.blocks import Block, heading, link, table, text, verdict_cell
from reports.numbers import decimals, limits, number, quantity, tolerance_share
from reports.run_data import Measurement, Run, Verdict

SHOWN = 4
"""Measurements printed per quantity; the rest stand in measurements.csv."""


def decisive(rows: list[Measurement]) -> Measurement | None:
    """Return the measurement that decided a requirement: the worst verdict, then the smallest margin."""

    def order(row: Measurement) -> tuple[int, float]:
        share = tolerance_share(row.margin, row.lower, row.upper)
        return -schema.SEVERITY.index(row.verdict), float("inf") if share is None else share

    return min([row for row in rows if not row.target] or rows, key=order, default=None)


def by_requirement(run: Run) -> dict[str, list[Measurement]]:
    """Return the measurements of each requirement."""
    groups: dict[str, list[Measurement]] = defaultdict(list)
    for row in run.measurements:
        groups[row.requirement].append(row)
    return groups


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
        "evidence",
    )
    measured = by_requirement(run)
    rows: list[list[object]] = []
    for verdict in run.verdicts:
        row = decisive(measured.get(verdict.id, []))
        first = link(verdict.id, verdict.id) if row else verdict.id
        who = [first, verdict.requirement_class, verdict.title, verdict.clause]
        rows.append([*who, *_numbers(row), verdict_cell(verdict.verdict), row.test.rpartition("::")[2] if row else ""])
    return [table([texts["column"][name] for name in names], rows, [1, 0.65, 2.2, 2.4, 1.1, 1.2, 0.9, 1.4, 1.1, 1.5])]


def details(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return, per requirement, its method, its criterion and its measurements, smallest margin first."""
    blocks: list[Block] = []
    measured = by_requirement(run)
    for verdict in run.verdicts:
        rows = measured.get(verdict.id)
        if rows:
            blocks += _requirement(run, verdict, rows, texts)
    return blocks or [text(texts["none"]["measurements"])]


def not_assessed(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return every requirement without a verdict on the DUT, and why."""
    column = texts["column"]
    words = (schema.NOT_ASSESSED, schema.NOT_CAPABLE, schema.BENCH_TROUBLE)
    rows = [
        [item.id, item.requirement_class, item.title, verdict_cell(item.verdict), item.reason]
        for item in run.verdicts
        if item.verdict in words
    ]
    if not rows:
        return [text(texts["none"]["not_assessed"])]
    names = ("id", "class", "requirement", "verdict", "reason")
    return [table([column[name] for name in names], rows, [0.8, 0.5, 3, 1.1, 3.4])]


def tests_without_result(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the tests that ended in bench trouble or a harness bug, were skipped, or never ended."""
    column = texts["column"]
    rows = [
        [entry.nodeid, " ".join(entry.requirements), entry.outcome or "interrupted", entry.message]
        for entry in run.journal
        if entry.outcome not in ("passed", "failed")
    ]
    if not rows:
        return [text(texts["none"]["tests"])]
    return [table([column["test"], column["id"], column["outcome"], column["message"]], rows, [3, 1, 1, 3])]


def _requirement(run: Run, verdict: Verdict, rows: list[Measurement], texts: dict[str, Any]) -> list[Block]:
    column = texts["column"]
    blocks: list[Block] = [heading(f"{verdict.id} {verdict.title}", verdict.id)]
    about = [f"{column['method']}: {verdict.method}"] if verdict.method else []
    about += [f"{column['passes']}: {verdict.criterion}"] if verdict.criterion else []
    about += [f"{column['reason']}: {verdict.reason}"] if verdict.reason else []
    blocks += [text(words) for words in about]
    blocks += [text(words, "note") for words in _spread(run, rows, texts["note"]["spread"])]
    shown = _shown(run, rows)
    blocks.append(_measurement_table(run, shown, texts))
    if len(rows) > len(shown):
        blocks.append(text(texts["note"]["details"].format(shown=len(shown), all=len(rows)), "note"))
    return blocks


def _shown(run: Run, rows: list[Measurement]) -> list[Measurement]:
    """Return the measurements of each quantity with the smallest margins, quantities in the catalogue's order."""
    quantities = list(run.catalogue.get(rows[0].requirement, {}).get("limits", {}))
    quantities += [row.quantity for row in rows if row.quantity not in quantities]
    shown: list[Measurement] = []
    for quantity_name in dict.fromkeys(quantities):
        shown += sorted((row for row in rows if row.quantity == quantity_name), key=_smallest_margin_first)[:SHOWN]
    return shown


def _measurement_table(run: Run, rows: list[Measurement], texts: dict[str, Any]) -> Block:
    names = ["quantity", "conditions", "limit", "measured", "uncertainty", "margin", "accepted", "verdict", "source"]
    widths = [2, 1.5, 1.2, 1.1, 0.9, 1.3, 1.1, 1.1, 1.5]
    cells = [_measurement_cells(run, row, texts["label"]["target"]) for row in rows]
    if any(row.instruments for row in rows):
        names.append("instrument")
        widths.append(1.2)
        cells = [[*line, row.instruments] for line, row in zip(cells, rows, strict=True)]
    return table([texts["column"][name] for name in names], cells, widths)


def _measurement_cells(run: Run, row: Measurement, target: str) -> list[object]:
    return [
        run.quantity(row),
        row.conditions,
        *_numbers(row),
        _accepted(row),
        verdict_cell(row.verdict),
        target.format(source=row.limit_source) if row.target else row.limit_source,
    ]


def _accepted(row: Measurement) -> str:
    """Return the acceptance limits: the limits moved inwards by the guard band U under the guarded rule."""
    guard = row.uncertainty if row.rule == "guarded" else 0.0
    if guard is None:
        return ""
    lower = None if row.lower is None else row.lower + guard
    return limits(lower, None if row.upper is None else row.upper - guard, row.unit)


def _smallest_margin_first(row: Measurement) -> tuple[bool, float]:
    return row.margin is None, row.margin or 0.0


def _numbers(row: Measurement | None) -> list[object]:
    """Return the cells limit, measured, uncertainty, margin."""
    if row is None:
        return ["", "", "", ""]
    places = decimals(row.uncertainty)
    share = tolerance_share(row.margin, row.lower, row.upper)
    margin = "" if row.margin is None else quantity(row.margin, row.unit, places)
    if margin and share is not None:
        margin += f" ({number(share, 0)} %)"
    return [
        limits(row.lower, row.upper, row.unit),
        "" if row.value is None else quantity(row.value, row.unit, places),
        "" if row.uncertainty is None else quantity(row.uncertainty, row.unit, places),
        margin,
    ]


def _spread(run: Run, rows: list[Measurement], words: str) -> list[str]:
    """Return number, mean and range of every quantity measured more than once."""
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.value is not None:
            values[run.quantity(row), row.unit].append(row.value)
    return [
        words.format(
            quantity=name,
            n=len(found),
            mean=quantity(sum(found) / len(found), unit),
            low=quantity(min(found), unit),
            high=quantity(max(found), unit),
        )
        for (name, unit), found in values.items()
        if len(found) > 1
    ]
