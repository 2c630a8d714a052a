"""A run folder as reports read it: typed, checked, nothing guessed."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.journal import JournalEntry, read_journal
from hil.evidence.manifest import Manifest
from hil.evidence.rows import quantities_in_words, read_catalogue
from hil.evidence.verify import open_manifest
from hil.waveform import Budget, Contribution, Distribution


@dataclass(frozen=True)
class Measurement:
    """One row of measurements.csv; numbers in `unit`, `time` in s of bench time, `what` is `quantity` in words."""

    requirement: str
    test: str
    quantity: str
    value: float | None
    unit: str
    uncertainty: float | None
    lower: float | None
    upper: float | None
    margin: float | None
    verdict: str
    time: float | None
    conditions: str
    limit_source: str
    rule: str
    target: bool
    instruments: str
    trace: str
    budget: Budget = ()
    what: str = ""

    @property
    def traces(self) -> list[str]:
        """Return the captures it was taken from, as paths in the run folder."""
        return [name for name in self.trace.split("; ") if name]

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what makes two measurements of two runs comparable."""
        return self.requirement, self.quantity, self.conditions


@dataclass(frozen=True)
class Verdict:
    """One row of verdicts.csv."""

    id: str
    requirement_class: str
    verdict: str
    worst_margin: float | None
    unit: str
    reason: str
    title: str
    group: str
    clause: str
    method: str
    criterion: str

    @property
    def required(self) -> bool:
        """Tell whether this requirement decides a run."""
        return schema.required(self.requirement_class)


@dataclass(frozen=True)
class Run:
    """Everything a report needs from one run folder."""

    path: Path
    manifest: Manifest
    verdicts: list[Verdict]
    measurements: list[Measurement]
    journal: list[JournalEntry]
    catalogue: dict[str, Any]

    def quantity(self, row: Measurement) -> str:
        """Return in words what a measurement measured, as the catalogue of the run says it."""
        return row.what or row.quantity

    def group(self, verdict: Verdict) -> str:
        """Return the name of a requirement's group."""
        title = self.catalogue.get(verdict.id, {}).get("group_title", "")
        return f"{verdict.group} {title}".strip()


def read_run(path: Path) -> Run:
    """Read a finished run folder. Raises BadInput with file, line and column of what cannot be read."""
    manifest = open_manifest(path)
    budgets, catalogue = read_budgets(path), read_catalogue(path)
    measured = enumerate(in_words(catalogue, read_measurements(path)), 1)
    rows = [replace(row, budget=tuple(budgets.get(at, ()))) for at, row in measured]
    return Run(path, manifest, read_verdicts(path), rows, read_journal(path), catalogue)


def in_words(catalogue: dict[str, Any], rows: Iterable[Measurement]) -> Iterator[Measurement]:
    """Yield measurements with what they measure in the words of the run's own catalogue."""
    words = quantities_in_words(catalogue)
    for row in rows:
        yield replace(row, what=words.get((row.requirement, row.quantity), ""))


def read_measurements(run: Path) -> list[Measurement]:
    """Read measurements.csv. Raises BadInput."""
    rows = _read(run / schema.MEASUREMENTS, schema.MEASUREMENT_COLUMNS, schema.MEASUREMENT_NUMBERS)
    for row in rows:
        row["target"] = row["target"] == "true"
    return [Measurement(**row) for row in rows]


def read_budgets(run: Path) -> dict[int, list[Contribution]]:
    """Read budgets.csv: the budget of each measurement by its row. A run of an older program has none."""
    budgets: dict[int, list[Contribution]] = {}
    if not (run / schema.BUDGETS).is_file():
        return budgets
    for row in _read(run / schema.BUDGETS, schema.BUDGET_COLUMNS, schema.BUDGET_NUMBERS):
        degrees = row["degrees_of_freedom"]
        line = Contribution(
            row["source"],
            _or_nan(row["standard_uncertainty"]),
            row["unit"],
            _or_nan(row["sensitivity"]),
            Distribution(row["distribution"]),
            math.inf if degrees is None else degrees,
            row["instrument"],
        )
        budgets.setdefault(int(row["measurement"]), []).append(line)
    return budgets


def _or_nan(number: float | None) -> float:
    return math.nan if number is None else number


def read_verdicts(run: Path) -> list[Verdict]:
    """Read verdicts.csv. Raises BadInput."""
    rows = _read(run / schema.VERDICTS, schema.VERDICT_COLUMNS, ("worst_margin",))
    for row in rows:
        row["requirement_class"] = row.pop("class")
    return [Verdict(**row) for row in rows]


def _read(path: Path, columns: tuple[str, ...], numbers: tuple[str, ...]) -> list[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            absent = [column for column in columns if column not in (reader.fieldnames or ())]
            if absent:
                raise BadInput(f"{path} lacks the column {', '.join(absent)}. Restore the file from a copy.")
            return [_typed(path, reader.line_num, row, columns, numbers) for row in reader]
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read ({error}). Restore the file from a copy.") from error


def _typed(
    path: Path, line: int, row: dict[str, str], columns: tuple[str, ...], numbers: tuple[str, ...]
) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for column in columns:
        text = row[column]
        if text is None:
            raise BadInput(f"{path}, line {line} ends before column {column}. Restore the file from a copy.")
        typed[column] = _number(path, line, column, text) if column in numbers else text
    if typed.get("verdict", schema.PASS) not in schema.SEVERITY:
        raise BadInput(f"{path}, line {line}: {typed['verdict']!r} is not a verdict ({', '.join(schema.SEVERITY)}).")
    return typed


def _number(path: Path, line: int, column: str, text: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise BadInput(f"{path}, line {line}, column {column}: {text!r} is not a number.") from error
    return None if math.isnan(number) else number
