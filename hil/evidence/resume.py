"""Taking up the folder of an interrupted run again, so that the run continues where it was."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.files import csv_line, write_atomically
from hil.evidence.folder import remove_reports
from hil.evidence.journal import JournalEntry, read_journal
from hil.evidence.manifest import Manifest
from hil.evidence.recover import recover
from hil.evidence.rows import measurement_of, quantities_in_words, read_catalogue
from hil.verdict import Measurement

DECIDED = ("passed", "failed", schema.NOT_CAPABLE)
"""Outcomes of a test that is not run again."""


@dataclass(frozen=True)
class Earlier:
    """What an interrupted run has left.

    decided: the tests that are not run again. measurements: theirs, and every fail that was measured in others: what
    failed once is not measured until it passes. energy: net W h that had left each instrument, by name; of a process
    that was killed, up to the end of its last test.
    """

    path: Path
    manifest: Manifest
    decided: tuple[JournalEntry, ...]
    measurements: tuple[Measurement, ...]
    energy: dict[str, float]


def read(run: Path) -> Earlier:
    """Return what an interrupted run has left; one that has died is closed first.

    Raises BadInput for a folder that is no run, is being written, is signed, or was not interrupted.
    """
    if not run.is_dir():
        raise BadInput(f"{run} is no run folder, so nothing in it can be continued.")
    manifest = recover(run)
    if (run / schema.SIGNATURE).exists():
        raise BadInput(f"{run} is signed, so it stays as it is. Begin a new run.")
    if manifest.exit_status is not None and not manifest.interruptions:
        raise BadInput(f"{run} was not interrupted; there is nothing to continue. Begin a new run.")
    entries = read_journal(run)
    last = {entry.nodeid: entry for entry in entries}
    energy = next((entry.energy for entry in reversed(entries) if entry.energy), {})
    decided = tuple(entry for entry in last.values() if entry.outcome in DECIDED)
    names = {entry.nodeid for entry in decided}
    words = quantities_in_words(read_catalogue(run))
    kept = tuple(measurement_of(row, words) for row in _rows(run) if _kept(row, names))
    return Earlier(run, manifest, decided, kept, energy)


def take_up(earlier: Earlier) -> None:
    """Make the folder one that is being written: what was made from the evidence goes, and what is measured again."""
    run, names = earlier.path, {entry.nodeid for entry in earlier.decided}
    for name in (schema.MANIFEST, schema.JUNIT, schema.GUARD):
        (run / name).unlink(missing_ok=True)
    remove_reports(run)
    rows = list(enumerate(_rows(run), 1))
    kept = [(number, row) for number, row in rows if _kept(row, names)]
    numbers = {str(number): position for position, (number, _) in enumerate(kept, 1)}
    budgets = [
        {**line, "measurement": numbers[line["measurement"]]}
        for line in _rows(run, schema.BUDGETS)
        if line["measurement"] in numbers
    ]
    _write(run / schema.BUDGETS, schema.BUDGET_COLUMNS, budgets)
    _write(run / schema.MEASUREMENTS, schema.MEASUREMENT_COLUMNS, (row for _, row in kept))


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    write_atomically(
        path, "".join(csv_line(line) for line in [columns, *([row[name] for name in columns] for row in rows)])
    )


def _rows(run: Path, table: str = schema.MEASUREMENTS) -> Iterable[dict[str, str]]:
    if not (run / table).is_file():
        return
    with (run / table).open(encoding="utf-8", newline="") as file:
        yield from list(csv.DictReader(file))


def _kept(row: dict[str, str], decided: set[str]) -> bool:
    return row["test"] in decided or row["verdict"] in (schema.FAIL, schema.CONDITIONAL_FAIL)
