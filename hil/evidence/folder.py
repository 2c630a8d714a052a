"""The run folder while it is being written."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from hil.capture.trace import Trace
from hil.errors import BadInput
from hil.evidence import allure_extra, junit, schema
from hil.evidence import drawing as drawings
from hil.evidence.audit_log import AuditLog
from hil.evidence.drawing import Drawing
from hil.evidence.files import Log, all_files, csv_line, json_line, sha256, write_atomically
from hil.evidence.illustrator import Illustrator
from hil.evidence.manifest import Manifest, digest, read_content
from hil.evidence.rows import budget_lines, catalogue_text, measurement_line, trace_file, verdict_lines
from hil.evidence.writing import LOCK, writing_lock
from hil.verdict import Catalogue, Measurement, Outcome, RequirementVerdict, Verdict, summarise
from instruments.audit import AuditEvent

NO_ENERGY: Mapping[str, float] = {}


class RunFolder:
    """The writer of one run folder. A crash loses at most the test in progress.

    Everything is handed to the operating system line by line; the audit log every hundred messages and at the end
    of each test. `audit` may be called from any worker, everything else from the test alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = writing_lock(path)
        self._lock.acquire()
        for name in (schema.TRACES, schema.ALLURE_RESULTS):
            (path / name).mkdir(exist_ok=True)
        for name, columns in (
            (schema.MEASUREMENTS, schema.MEASUREMENT_COLUMNS),
            (schema.BUDGETS, schema.BUDGET_COLUMNS),
        ):
            if not (path / name).exists():
                write_atomically(path / name, csv_line(columns))
        self._measured = measured_rows(path)
        self._budgets = Log(path / schema.BUDGETS)
        self._measurements = Log(path / schema.MEASUREMENTS)
        self._journal = Log(path / schema.JOURNAL)
        self._audit = AuditLog(path / schema.AUDIT)
        self._battery: Log | None = None
        self._illustrator = Illustrator()
        self.pictures = True
        """Whether `draw` draws; the traces are there either way, and a report draws what it shows."""

    @classmethod
    def create(cls, root: Path, dut_serial: str, now_utc: datetime) -> RunFolder:
        """Make `root/<UTC time>-<DUT serial>/`. A second run in the same second gets a number.

        Raises BadInput when the folder cannot be made.
        """
        serial = re.sub(r"[^A-Za-z0-9_.-]+", "_", dut_serial).strip(".") or "unknown"
        name = f"{now_utc:%Y%m%dT%H%M%SZ}-{serial}"
        try:
            root.mkdir(parents=True, exist_ok=True)
            return cls(_new_folder(root, name))
        except OSError as error:
            raise BadInput(f"The run folder {root / name} cannot be made: {error}.") from error

    @property
    def allure_results(self) -> Path:
        """Return the folder allure-pytest writes to."""
        return self.path / schema.ALLURE_RESULTS

    @property
    def guard_report(self) -> Path:
        """Return the file in which the guard says what it did, should it have to act."""
        return self.path / schema.GUARD

    def begin(self, manifest: Manifest, catalogue: Catalogue) -> None:
        """Note what is known at the start, so that a run that dies can still be reported.

        Every requirement of the catalogue is *not assessed* until `write_verdicts` says better.
        """
        manifest.run = self.path.name
        self._identity = {"run": self.path.name, "bench": manifest.bench.name, "dut": manifest.dut.serial}
        write_atomically(self.path / schema.REQUIREMENTS, catalogue_text(catalogue))
        unfinished = (Outcome(item.id, Verdict.NOT_ASSESSED, "the run has not ended") for item in catalogue)
        self.write_verdicts(summarise((), catalogue, unfinished))
        self.note(manifest)

    def note(self, manifest: Manifest) -> None:
        """Keep what is known by now, so that a run that dies can still be reported with it."""
        write_atomically(self.path / schema.PARTIAL_MANIFEST, manifest.text())

    def add_measurement(self, measurement: Measurement) -> None:
        """Append a measurement, and before it what its uncertainty is made of."""
        self._measured += 1
        self._budgets.write(budget_lines(self._measured, measurement).encode())
        self._measurements.write(measurement_line(measurement).encode())

    def write_verdicts(self, verdicts: Iterable[RequirementVerdict]) -> None:
        """Write verdicts.csv anew, one row per requirement of the catalogue."""
        write_atomically(self.path / schema.VERDICTS, verdict_lines(verdicts))

    def save_trace(self, trace: Trace, name: str, test: str, drawing: Drawing | None = None) -> str:
        """Store a capture and return its path inside the run folder.

        test: the pytest node id. drawing: what the report is to draw with it. A second trace of the same name
        gets a number.
        """
        stem = re.sub(r"[^A-Za-z0-9_.+-]+", "_", name).strip("._") or "trace"
        target, number = self.path / schema.TRACES / f"{stem}.parquet", 1
        while target.exists():
            number += 1
            target = target.with_name(f"{stem}-{number}.parquet")
        extra = {} if drawing is None else {drawings.KEY: drawing.text()}
        trace.to_parquet(target, {**self._identity, "test": test, **extra})
        return f"{schema.TRACES}/{target.name}"

    def has_trace(self, name: str) -> bool:
        """Tell whether a trace of this name is stored."""
        return (self.path / trace_file(name)).exists()

    def draw(self, trace: str, attachment: str) -> None:
        """Let the picture of a saved trace be drawn beside it, and in the Allure results as file `attachment`.

        trace: what `save_trace` returned. Returns at once; `close` waits for the pictures.
        """
        file = self.path / trace
        if self.pictures:
            self._illustrator.order(file, (file.with_suffix(schema.PICTURE), self.allure_results / attachment))

    def audit(self, event: AuditEvent) -> None:
        """Append one message to or from an instrument or the driver."""
        self._audit.add(event)

    def flush_audit(self) -> None:
        """Hand the audit log to the operating system."""
        self._audit.flush()

    def battery(self, cells: Sequence[object]) -> None:
        """Append one row of the battery's log, in the order of `schema.BATTERY_COLUMNS`."""
        if self._battery is None:
            path = self.path / schema.BATTERY
            if not path.exists():
                write_atomically(path, csv_line(schema.BATTERY_COLUMNS))
            self._battery = Log(path)
        self._battery.write(csv_line(cells).encode())

    def journal_started(self, nodeid: str, requirements: Iterable[str], time: float) -> None:
        """Note that a test begins, at bench time `time` in seconds."""
        event = {"event": "started", "nodeid": nodeid, "requirements": list(requirements), "time": time}
        self._journal.write(json_line(event))

    def journal_finished(
        self,
        nodeid: str,
        requirements: Iterable[str],
        outcome: str,
        message: str,
        start: float,
        end: float,
        energy: Mapping[str, float] = NO_ENERGY,
    ) -> None:
        """Note how a test ended: one of `schema.OUTCOMES`, a sentence, bench times in seconds.

        energy: net W h out of each instrument since the run began.
        """
        if outcome not in schema.OUTCOMES:
            raise ValueError(f"{outcome!r} is not an outcome; known are {', '.join(schema.OUTCOMES)}.")
        event = {"event": "finished", "nodeid": nodeid, "requirements": list(requirements), "outcome": outcome}
        times = {"start": start, "end": end}
        self._journal.write(json_line({**event, "message": message, **times, "energy_wh": dict(energy)}))
        self._audit.flush()

    def close(self) -> None:
        """Close the logs and wait for the pictures. The folder stays an unfinished run unless `finish` is called."""
        self._illustrator.finish()
        for log in (self._measurements, self._budgets, self._journal, self._audit, self._battery):
            if log is not None:
                log.close()
        self._lock.release()

    def finish(self, manifest: Manifest) -> None:
        """Close the logs, complete the Allure results, write junit.xml and, last of all, manifest.json."""
        self.close()
        manifest.run = self.path.name
        seal(self.path, manifest)


def measured_rows(path: Path) -> int:
    """Return how many measurements a run folder has."""
    with (path / schema.MEASUREMENTS).open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def seal(path: Path, manifest: Manifest) -> None:
    """Complete the run folder `path` and write its manifest with the SHA-256 of every file of evidence."""
    allure_extra.write(path, manifest)
    junit.write(path)
    manifest.files = {name: sha256(path / name) for name in evidence_files(path)}
    manifest.reports = {}
    manifest.digest = digest(json.loads(manifest.text()))
    write_atomically(path / schema.MANIFEST, manifest.text())
    for name in (schema.PARTIAL_MANIFEST, LOCK):
        (path / name).unlink(missing_ok=True)


def seal_reports(path: Path) -> None:
    """Note in the manifest the SHA-256 of every file made from the evidence; nothing else in it changes."""
    content = read_content(path / schema.MANIFEST)
    content["reports"] = {name: sha256(path / name) for name in all_files(path) if _is_report(name)}
    write_atomically(path / schema.MANIFEST, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def evidence_files(path: Path) -> list[str]:
    """Return what counts as evidence in a run folder, as sorted paths inside it."""
    own = {
        schema.MEASUREMENTS,
        schema.BUDGETS,
        schema.VERDICTS,
        schema.REQUIREMENTS,
        schema.AUDIT,
        schema.JOURNAL,
        schema.JUNIT,
        schema.BATTERY,
        schema.GUARD,
    }
    folders = (f"{schema.TRACES}/", f"{schema.ALLURE_RESULTS}/", f"{schema.PROPOSED}/")
    return [name for name in all_files(path) if name in own or name.startswith(folders)]


def remove_reports(path: Path) -> None:
    """Remove what `seal_reports` would list: the evidence stays."""
    shutil.rmtree(path / schema.ALLURE_REPORT, ignore_errors=True)
    for file in path.glob(f"{schema.QUALIFICATION}*.*"):
        file.unlink()


def _is_report(name: str) -> bool:
    return name.startswith((f"{schema.ALLURE_REPORT}/", schema.QUALIFICATION))


def _new_folder(root: Path, name: str) -> Path:
    for number in range(1, 1000):
        path = root / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise OSError(f"{name} and 998 more of that name exist")
