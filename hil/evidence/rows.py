"""The rows of measurements.csv and verdicts.csv."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from hil.evidence import schema


@dataclass(frozen=True, kw_only=True)
class MeasurementRow:
    """One judged number. All numbers are in `unit`, except `time` (bench time in seconds).

    test: the pytest node id. uncertainty: expanded, k = 2. margin: distance to the nearest limit, negative
    beyond it. conditions: the operating point, as text or as a mapping such as {"vg": "350 V"}.
    limit_source: where the limit stands. instruments: names of the instruments used. trace: the capture it
    was taken from, as a path inside the run folder.
    """

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
    time: float
    conditions: str | Mapping[str, object] = ""
    limit_source: str = ""
    instruments: str = ""
    trace: str = ""


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """What became of one requirement of the catalogue.

    requirement_class: H, S, T or a mixture. worst_margin is in `unit`. reason: one sentence, never empty
    unless the verdict is *pass*. clause: where the requirement stands. criterion: what passes.
    """

    id: str
    requirement_class: str
    verdict: str
    worst_margin: float | None = None
    unit: str = ""
    reason: str = ""
    title: str = ""
    group: str = ""
    clause: str = ""
    method: str = ""
    criterion: str = ""


def cells(row: object, columns: tuple[str, ...]) -> list[object]:
    """Return the cells of a row given as mapping or dataclass; absent optional columns are empty.

    Raises KeyError when a column that has no default is absent, and ValueError for an unknown verdict.
    """
    values = _values(row)
    if "requirement_class" in values:
        values["class"] = values.pop("requirement_class")
    unknown = set(values) - set(columns)
    if unknown:
        raise KeyError(f"A row of evidence has no column {', '.join(sorted(unknown))}.")
    missing = {"verdict", columns[0], columns[1]} - set(values)
    if missing:
        raise KeyError(f"A row of evidence lacks {', '.join(sorted(missing))}: {values}")
    if values["verdict"] not in schema.SEVERITY:
        raise ValueError(f"{values['verdict']!r} is not a verdict; known are {', '.join(schema.SEVERITY)}.")
    return [values.get(column) for column in columns]


def _values(row: object) -> dict[str, object]:
    if isinstance(row, Mapping):
        return dict(row)
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    raise TypeError(f"A row of evidence is a mapping or a dataclass, not {type(row).__name__}.")
