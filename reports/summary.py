"""A run folder in a few numbers, read from manifest and verdicts alone, so that a thousand take a second."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import from_json  # twice as fast as json

from hil.evidence import schema
from hil.evidence.writing import being_written

UNFINISHED = {
    True: "being written: the run is going on",
    False: "not closed: the run died. 'hil report' closes it",
    None: "not closed: the run died or is still going on, and this user may not look. 'hil report' closes it",
}


@dataclass(frozen=True)
class Summary:
    """One line of the history. counts: how many requirements have which verdict.

    measurements: SHA-256 of measurements.csv as the manifest states it. interrupted: it says less than a whole run.
    trouble: why a folder could not be read as a finished run, or what happened to the run.
    """

    path: Path
    start: datetime | None = None
    model: str = ""
    serial: str = ""
    bench: str = ""
    profile: str = ""
    harness: str = ""
    exit_status: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    measurements: str = ""
    interrupted: bool = False
    trouble: str = ""


def read_summary(path: Path) -> Summary:
    """Return the summary of a run folder; one that cannot be read says why instead of being left out."""
    if not (path / schema.MANIFEST).exists():
        return Summary(path, trouble=UNFINISHED[being_written(path)])
    try:
        return _summary(path, from_json((path / schema.MANIFEST).read_bytes()))
    except KeyError as error:
        said = f"{schema.MANIFEST} lacks {error}"
    except (OSError, ValueError, IndexError, TypeError, csv.Error) as error:
        said = f"cannot be read ({error})"
    return Summary(path, trouble=f"{said}. 'hil verify' says more")


def _summary(path: Path, manifest: dict[str, Any]) -> Summary:
    version = manifest["schema_version"]
    if version > schema.SCHEMA_VERSION:
        said = f"schema version {version} is newer than {schema.SCHEMA_VERSION}: read it with the program that wrote it"
        return Summary(path, trouble=said)
    dut, harness = manifest["dut"], manifest["harness"]
    remarks = list(manifest["interruptions"])
    try:
        counts = _counts(path / schema.VERDICTS, manifest["files"][schema.VERDICTS])
    except (OSError, ValueError, IndexError, csv.Error) as error:
        counts = Counter()
        remarks.append(f"{error}. 'hil verify' says more")
    return Summary(
        path,
        start=datetime.fromisoformat(manifest["start"]),
        model=f"{dut['manufacturer']} {dut['model']}".strip(),
        serial=dut["serial"],
        bench=manifest["bench"]["name"],
        profile=manifest["profile"],
        harness=harness["version"] + ("+" if harness["dirty"] else ""),
        exit_status=manifest["exit_status"],
        counts=counts,
        measurements=manifest["files"][schema.MEASUREMENTS],
        interrupted=bool(manifest["interruptions"]),
        trouble="; ".join(remarks),
    )


def _counts(path: Path, expected: str) -> Counter[str]:
    rows = csv.reader(unaltered(path, expected).decode().splitlines(keepends=True))
    verdict = next(rows, []).index("verdict")
    return Counter(row[verdict] for row in rows)


def unaltered(path: Path, expected: str) -> bytes:
    """Return the content of a file. Raises ValueError when its SHA-256 is not `expected`, as the manifest has it."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise ValueError(f"{path.name} was altered: its SHA-256 is not the one in the manifest")
    return content
