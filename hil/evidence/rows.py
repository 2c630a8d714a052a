"""The rows of measurements.csv, verdicts.csv and audit.jsonl, and the snapshot of the catalogue they refer to."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from pathlib import Path, PurePosixPath
from typing import Any

from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.files import csv_line
from hil.verdict import Catalogue, Measurement, RequirementVerdict, Rule, Verdict
from hil.verdict.catalogue import GROUPS
from instruments.audit import AuditEvent


def measurement_line(measurement: Measurement) -> str:
    """Return the line of a measurement; several instruments or traces are parted by "; "."""
    extra = {
        "instruments": "; ".join(measurement.instruments),
        "trace": "; ".join(trace_file(name) for name in measurement.traces),
    }
    cells = [extra[name] if name in extra else getattr(measurement, name) for name in schema.MEASUREMENT_COLUMNS]
    return csv_line(cells)


def read_catalogue(run: Path) -> dict[str, Any]:
    """Return the run's own catalogue by requirement id, as `catalogue_text` wrote it. Raises BadInput."""
    path = run / schema.REQUIREMENTS
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as JSON ({error}). Restore the file from a copy.") from error
    if not isinstance(content, dict):
        raise BadInput(f"{path} is not the catalogue of a run. Restore the file from a copy.")
    return content


def quantities_in_words(catalogue: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return what each limit of a run's own catalogue is about, by requirement and name of the limit."""
    return {
        (name, limit): str(row.get("quantity", limit))
        for name, item in catalogue.items()
        for limit, row in item.get("limits", {}).items()
    }


def measurement_of(row: Mapping[str, str], words: Mapping[tuple[str, str], str]) -> Measurement:
    """Return the measurement that a row of measurements.csv states; numbers have the digits that stand there.

    words: what the limits are about, see `quantities_in_words`.
    """

    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    return Measurement(
        requirement=row["requirement"],
        test=row["test"],
        quantity=row["quantity"],
        value=float(row["value"] or "nan"),
        unit=row["unit"],
        uncertainty=number("uncertainty"),
        lower=number("lower"),
        upper=number("upper"),
        margin=number("margin"),
        verdict=Verdict(row["verdict"]),
        conditions=row["conditions"],
        time=float(row["time"]),
        limit_source=row["limit_source"],
        rule=Rule(row["rule"]),
        target=row["target"] == "true",
        instruments=_parted(row["instruments"]),
        traces=tuple(PurePosixPath(name).stem for name in _parted(row["trace"])),
        what=words.get((row["requirement"], row["quantity"]), ""),
    )


def _parted(cell: str) -> tuple[str, ...]:
    return tuple(name for name in cell.split("; ") if name)


def trace_file(name: str) -> str:
    """Return the path of the trace with this name inside the run folder."""
    return f"{schema.TRACES}/{name}.parquet"


def budget_lines(number: int, measurement: Measurement) -> str:
    """Return the lines of budgets.csv for a measurement; number: of its row in measurements.csv, from 1."""
    return "".join(
        csv_line(
            [
                number,
                line.source,
                "B" if math.isinf(line.degrees) else "A",
                line.distribution,
                line.standard,
                line.unit or measurement.unit,
                line.sensitivity,
                line.share,
                None if math.isinf(line.degrees) else line.degrees,
                line.instrument,
            ]
        )
        for line in measurement.budget
    )


def audit_line(event: AuditEvent) -> bytes:
    """Return the line of a message as JSON, put together by hand: a run writes a quarter of a million of them."""
    instrument, text = encode_basestring(event.instrument), encode_basestring(event.text)
    time = float.__repr__(float(event.time))
    return f'{{"time":{time},"instrument":{instrument},"direction":"{event.direction}","text":{text}}}\n'.encode()


def verdict_lines(verdicts: Iterable[RequirementVerdict]) -> str:
    """Return verdicts.csv: its heading, and one line for each requirement."""
    lines = [csv_line(schema.VERDICT_COLUMNS)]
    for verdict in verdicts:
        row = verdict.row()
        lines.append(csv_line([row[name] for name in schema.VERDICT_COLUMNS]))
    return "".join(lines)


def catalogue_text(catalogue: Catalogue) -> str:
    """Return requirements.json: the catalogue as this run used it, by requirement id."""
    content = {
        item.id: {"group_title": GROUPS[item.group], **item.model_dump(mode="json", by_alias=True, exclude={"id"})}
        for item in catalogue
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
