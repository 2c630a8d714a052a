"""A run folder in a few numbers, read from manifest and verdicts alone, so that a thousand take a second."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hil.evidence import schema


@dataclass(frozen=True)
class Margin:
    """How a requirement stood in one run; `value` is the worst margin in `unit`, None without one."""

    verdict: str
    value: float | None
    unit: str
    decides: bool


@dataclass(frozen=True)
class Summary:
    """One line of the history. `trouble` says why a folder could not be read as a finished run."""

    path: Path
    start: datetime | None = None
    model: str = ""
    serial: str = ""
    firmware: str = ""
    bench: str = ""
    profile: str = ""
    rule: str = ""
    harness: str = ""
    exit_status: int | None = None
    requirements: dict[str, Margin] = field(default_factory=dict)
    trouble: str = ""

    @property
    def counts(self) -> Counter[str]:
        """Return how many requirements have which verdict."""
        return Counter(item.verdict for item in self.requirements.values())


def find_runs(roots: Iterable[Path]) -> list[Path]:
    """Return the run folders under the roots, one level deep, oldest first; a root may be a run folder itself."""
    found: set[Path] = set()
    for root in roots:
        if _is_run(root):
            found.add(root)
        elif root.is_dir():
            found.update(path for path in root.iterdir() if not path.name.startswith(".") and _is_run(path))
    return sorted(found, key=lambda path: (path.name, str(path)))


def read_summary(path: Path) -> Summary:
    """Return the summary of a run folder; one that cannot be read says why instead of being left out."""
    if not (path / schema.MANIFEST).exists():
        return Summary(path, trouble=f"not closed: the run died or is still going. 'hil report {path}' closes it")
    try:
        manifest = json.loads((path / schema.MANIFEST).read_bytes())
        version = manifest["schema_version"]
        if version > schema.SCHEMA_VERSION:
            return Summary(path, trouble=f"schema version {version} is newer than {schema.SCHEMA_VERSION}")
        return _summary(path, manifest, _requirements(path / schema.VERDICTS))
    except (OSError, ValueError, KeyError, IndexError, TypeError, csv.Error) as error:
        return Summary(path, trouble=f"cannot be read: {error!r}. Compare it with 'hil verify {path}'")


def _is_run(path: Path) -> bool:
    return (path / schema.MANIFEST).is_file() or (path / schema.PARTIAL_MANIFEST).is_file()


def _summary(path: Path, manifest: dict[str, Any], requirements: dict[str, Margin]) -> Summary:
    dut, harness = manifest["dut"], manifest["harness"]
    return Summary(
        path,
        start=datetime.fromisoformat(manifest["start"]),
        model=f"{dut['manufacturer']} {dut['model']}".strip(),
        serial=dut["serial"],
        firmware=dut["firmware_version"],
        bench=manifest["bench"]["name"],
        profile=manifest["profile"],
        rule=manifest["decision_rule"],
        harness=harness["version"] + ("+" if harness["dirty"] else ""),
        exit_status=manifest["exit_status"],
        requirements=requirements,
        trouble="; ".join(manifest["interruptions"]),
    )


def _requirements(path: Path) -> dict[str, Margin]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        columns = next(rows, [])
        name, verdict, margin, unit, kind = map(columns.index, ("id", "verdict", "worst_margin", "unit", "class"))
        return {
            row[name]: Margin(
                row[verdict], float(row[margin]) if row[margin] else None, row[unit], schema.required(row[kind])
            )
            for row in rows
        }
