"""Closing the folder of a run that died, from what it had written."""

from __future__ import annotations

import csv
from pathlib import Path

from filelock import Timeout

from hil.errors import BadInput
from hil.evidence import allure_names, schema
from hil.evidence.files import csv_line, write_atomically
from hil.evidence.folder import seal
from hil.evidence.journal import read_journal
from hil.evidence.manifest import Manifest, SafeState, read_manifest
from hil.evidence.rows import measurement_of, quantities_in_words, read_catalogue
from hil.evidence.undrawn import draw_missing
from hil.evidence.writing import writing_lock
from hil.verdict import Measurement, Verdict
from hil.verdict.decisive import decisive


def recover(run: Path) -> Manifest:
    """Seal a run folder whose process died; return its manifest. A sealed folder is left as it is.

    Requirements that have measurements get the worst of their verdicts, but never *pass*: the tests that
    were still to come might have failed. Raises BadInput when the folder is not that of a run.
    """
    if (run / schema.MANIFEST).exists():
        return read_manifest(run / schema.MANIFEST)
    manifest = read_manifest(run / schema.PARTIAL_MANIFEST)
    try:
        with writing_lock(run):
            _close(run, manifest)
    except Timeout as error:
        raise BadInput(f"{run} is still being written by a running test; wait for its end.") from error
    return manifest


def _close(run: Path, manifest: Manifest) -> None:
    _drop_half_line(run / schema.MEASUREMENTS)
    _drop_half_line(run / schema.BUDGETS)
    _forget_unwritten_traces(run)
    _drop_half_line(run / schema.JOURNAL)
    _drop_half_line(run / schema.BATTERY)
    entries = read_journal(run)
    running = [entry.nodeid for entry in entries if entry.outcome is None]
    during = f' during the test "{allure_names.title(running[-1])}"' if running else ""
    manifest.interruptions.append(f"The process died{during}; the folder was closed afterwards from what was written.")
    manifest.safe_state = _what_the_guard_did(run)
    manifest.bench_seconds = max((entry.end or entry.start for entry in entries), default=None)
    _decide(run)
    draw_missing(run)
    seal(run, manifest)


def _what_the_guard_did(run: Path) -> SafeState | None:
    """Return the guard's own report, if it had time to leave one."""
    path = run / schema.GUARD
    if not path.is_file():
        return None
    try:
        return SafeState.model_validate_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(
            f"{path} is not the report of the guard ({error}). Look at the bench before you use it."
        ) from error


def _drop_half_line(path: Path) -> None:
    """Cut off a last line that has no line feed: the crash came while it was being written."""
    if path.exists():
        content = path.read_bytes()
        if not content.endswith(b"\n"):
            write_atomically(path, content[: content.rfind(b"\n") + 1])


def _forget_unwritten_traces(run: Path) -> None:
    """Take the names of captures that died with the test in progress out of its measurements."""
    path = run / schema.MEASUREMENTS
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["trace"] = "; ".join(name for name in row["trace"].split("; ") if (run / name).is_file())
    lines = [csv_line([row[column] for column in schema.MEASUREMENT_COLUMNS]) for row in rows]
    write_atomically(path, csv_line(schema.MEASUREMENT_COLUMNS) + "".join(lines))


def _decide(run: Path) -> None:
    path = run / schema.VERDICTS
    if not path.is_file():
        raise BadInput(f"{run} has no {schema.VERDICTS}: the run died before it began. There is nothing to report.")
    measured: dict[str, list[Measurement]] = {}
    words = quantities_in_words(read_catalogue(run))
    with (run / schema.MEASUREMENTS).open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            measured.setdefault(line["requirement"], []).append(measurement_of(line, words))
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, object]] = list(csv.DictReader(file))
    for row in rows:
        worst = decisive(measured.get(str(row["id"]), []))
        if worst is not None and worst.verdict.severity > Verdict.NOT_ASSESSED.severity:
            row["verdict"], row["worst_margin"], row["unit"] = worst.verdict, worst.margin, worst.unit
            row["reason"] = f"{worst.sentence()}; measured before the run was interrupted"
        elif row["id"] in measured:
            row["reason"] = "what was measured passed, but the run died, and nothing shows that it was complete"
        else:
            row["reason"] = "the run died before this was measured"
    lines = [csv_line([row.get(column, "") for column in schema.VERDICT_COLUMNS]) for row in rows]
    write_atomically(path, csv_line(schema.VERDICT_COLUMNS) + "".join(lines))
