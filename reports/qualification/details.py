"""The measurements, requirement by requirement and quantity by quantity, smallest margin first."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from reports.blocks import Block, heading, table, text, verdict_cell
from reports.numbers import decimals, limits, quantity
from reports.qualification.results import by_requirement, numbers
from reports.run_data import Measurement, Run, Verdict

SHOWN = 4
"""Measurements printed per quantity; the rest stand in measurements.csv."""


def details(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return, per requirement, its method, and of each quantity its limit, its spread and its worst measurements."""
    blocks: list[Block] = []
    measured = by_requirement(run)
    for verdict in run.verdicts:
        rows = measured.get(verdict.id)
        if rows:
            blocks += _requirement(run, verdict, rows, texts)
    return blocks or [text(texts["none"]["measurements"])]


def _requirement(run: Run, verdict: Verdict, rows: list[Measurement], texts: dict[str, Any]) -> list[Block]:
    column = texts["column"]
    blocks: list[Block] = [heading(f"{verdict.id} {verdict.title}", verdict.id)]
    blocks += [text(f"{column['method']}: {verdict.method}", "lead")] if verdict.method else []
    blocks += [text(f"{column['reason']}: {verdict.reason}", "lead")] if verdict.reason else []
    names = ["conditions", "measured", "uncertainty", "margin", "verdict", "instrument", "evidence"]
    cells: list[list[object]] = []
    for own in _by_quantity(run, rows):
        cells.append([{"text": _about(run, own, texts), "tone": "sum", "span": str(len(names))}])
        cells += [_cells(row, texts["label"]["not_stated"]) for row in sorted(own, key=_smallest_margin_first)[:SHOWN]]
    blocks.append(table([column[name] for name in names], cells, [3.0, 1.2, 1.0, 1.5, 1.2, 1.6, 1.6]))
    return blocks


def _by_quantity(run: Run, rows: list[Measurement]) -> list[list[Measurement]]:
    """Return the measurements of each quantity, quantities in the catalogue's order."""
    names = list(run.catalogue.get(rows[0].requirement, {}).get("limits", {}))
    names += [row.quantity for row in rows]
    grouped = [[row for row in rows if row.quantity == name] for name in dict.fromkeys(names)]
    return [own for own in grouped if own]


def _about(run: Run, rows: list[Measurement], texts: dict[str, Any]) -> str:
    """Return the line above the measurements of a quantity: name, limit with its source, acceptance, spread."""
    worst = min(rows, key=_smallest_margin_first)
    words, parts = texts["quantity"], [run.quantity(worst)]
    if worst.lower is None and worst.upper is None:
        parts.append(words["reported"])
    else:
        key = "target" if worst.target else "limit"
        parts.append(words[key].format(limits=limits(worst.lower, worst.upper, worst.unit), source=worst.limit_source))
        if worst.rule == "guarded" and worst.uncertainty:
            parts.append(words["accepted"].format(limits=accepted(worst)))
    if len(rows) > 1:
        parts.append(_spread(rows, words["spread"]))
    if len(rows) > SHOWN:
        parts.append(words["shown"].format(shown=SHOWN))
    return ". ".join(parts) + "."


def _cells(row: Measurement, unstated: str) -> list[object]:
    _, measured, doubt, margin = numbers(row, unstated)
    return [
        row.conditions,
        measured,
        doubt,
        margin,
        verdict_cell(row.verdict),
        row.instruments.replace("; ", ", "),
        _names([Path(name).stem for name in row.traces]),
    ]


def _names(traces: list[str]) -> str:
    """Return the names of traces; of several that follow each other the first and the last."""
    if len(traces) < 3:
        return ", ".join(traces)
    return f"{min(traces)} … {max(traces)}"


def accepted(row: Measurement) -> str:
    """Return the acceptance limits: the limits moved inwards by the guard band U, rounded inwards."""
    guard = row.uncertainty or 0.0
    places = (decimals(guard) or 0) + 1
    step = 10.0**-places
    lower = None if row.lower is None else step * math.ceil((row.lower + guard) / step)
    upper = None if row.upper is None else step * math.floor((row.upper - guard) / step)
    return limits(lower, upper, row.unit, places)


def _spread(rows: list[Measurement], words: str) -> str:
    """Return number, mean and range of a quantity measured more than once."""
    values = [row.value for row in rows if row.value is not None]
    places, unit = decimals(min((row.uncertainty for row in rows if row.uncertainty), default=None)), rows[0].unit
    mean, low, high = (quantity(each, unit, places) for each in (sum(values) / len(values), min(values), max(values)))
    return words.format(n=len(values), mean=mean, low=low, high=high) if low != high else f"n = {len(values)}"


def _smallest_margin_first(row: Measurement) -> tuple[bool, float]:
    return row.margin is None, row.margin or 0.0
