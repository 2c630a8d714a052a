"""The uncertainty budgets (GUM, JCGM 100): one per kind of measurand, made from what the measurements carry."""

from __future__ import annotations

import math
from typing import Any

from hil.waveform import Budget, Contribution, effective_degrees, merged
from reports.blocks import Block, heading, table, text
from reports.numbers import decimals, number, quantity, uncertainty
from reports.run_data import Measurement, Run

Kind = tuple[object, ...]
FEW = 20.0
"""Effective degrees of freedom below which k = 2 stands for clearly less than 95 %."""


def budgets(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return one table per kind of measurand: those with the same unit and sources share the one with the largest U."""
    kinds: dict[Kind, list[Measurement]] = {}
    for row in run.measurements:
        if row.uncertainty and row.budget:
            kinds.setdefault(_kind(row), []).append(row)
    if not kinds:
        return [text(texts["none"]["budgets"])]
    blocks = [text(texts["note"]["budgets"], "note")]
    for rows in kinds.values():
        blocks += _budget(run, rows, texts)
    return blocks


def _kind(row: Measurement) -> Kind:
    return row.unit, *sorted({(line.source, line.distribution.value, line.unit) for line in row.budget})


def _budget(run: Run, rows: list[Measurement], texts: dict[str, Any]) -> list[Block]:
    row = max(rows, key=lambda each: each.uncertainty or 0.0)
    names = dict.fromkeys(f"{each.requirement} {each.quantity}" for each in rows)
    own = f"{row.requirement} {row.quantity}"
    others = [name for name in names if name != own]
    budget = merged(row.budget)
    words = texts["budget"]
    title = f"{row.requirement} {run.quantity(row)}: {quantity(row.value, row.unit, decimals(row.uncertainty))}"
    blocks = [heading(f"{title}, {row.conditions}" if row.conditions else title)]
    if others:
        blocks.append(text(words["also"].format(names=", ".join(others)), "note"))
    columns = [words[name] for name in ("source", "type", "distribution", "input", "sensitivity", "share", "degrees")]
    lines: list[list[object]] = [_line(line, row.unit, words) for line in budget]
    lines.append(_total(budget, row, words))
    return [*blocks, table(columns, lines, [3.4, 0.7, 1.6, 1.5, 1.4, 1.5, 1.0])]


def _line(line: Contribution, unit: str, words: dict[str, str]) -> list[object]:
    return [
        line.source,
        "B" if math.isinf(line.degrees) else "A",
        words[line.distribution.value],
        uncertainty(line.standard, line.unit or unit),
        number(float(f"{line.sensitivity:.3g}")),
        uncertainty(line.share, unit),
        _degrees(line.degrees),
    ]


def _total(budget: Budget, row: Measurement, words: dict[str, str]) -> list[object]:
    """Return the last line: combined standard uncertainty, k, U."""
    combined = math.hypot(*(line.share for line in budget))
    degrees = effective_degrees(budget)
    few = words["few"] if degrees < FEW else ""
    said = words["total"].format(u=uncertainty(combined, row.unit), big=uncertainty(row.uncertainty, row.unit)) + few
    return [
        {"text": said, "tone": "sum", "span": "6"},
        {"text": _degrees(degrees), "tone": "sum"},
    ]


def _degrees(degrees: float) -> str:
    return "∞" if degrees > 1e4 else number(degrees, 0)
