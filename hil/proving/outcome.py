"""One run of the self-test: started as a program of its own, and what its verdicts say."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from hil.clock import RealClock
from hil.evidence import schema
from hil.proving.cases import Case, Kind, arguments
from hil.proving.together import Batch
from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_NOT_SAFE, EXIT_PASS
from hil.verdict import Verdict

LONGEST = 3600.0
"""Seconds after which a run is given up."""
ENDED_AS_TROUBLE = (EXIT_COULD_NOT_RUN, EXIT_NOT_SAFE)
FAILED = (Verdict.FAIL.value, Verdict.CONDITIONAL_FAIL.value)


@dataclass(frozen=True)
class Outcome:
    """How a case ended. verdicts: by requirement, without those not assessed. said: the last lines it printed.

    beside: the cases that shared its run. seconds: its share of the real time of that run.
    """

    case: Case
    exit_status: int
    verdicts: dict[str, str]
    reasons: dict[str, str]
    seconds: float
    said: str
    beside: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """Return the requirements that failed."""
        return tuple(name for name, verdict in self.verdicts.items() if verdict in FAILED)

    @property
    def complaint(self) -> str:
        """Return what is wrong with this outcome, or nothing: then the suites have done what they should."""
        kind = self.case.kind
        bugs = [name for name, verdict in self.verdicts.items() if verdict == Verdict.HARNESS_BUG.value]
        if bugs:
            return f"a bug in the harness at {', '.join(bugs)}: {self.reasons[bugs[0]]}"
        if kind is Kind.DEFECT and not set(self.failed) & set(self.case.caught_by):
            return f"not caught by {' or '.join(self.case.caught_by)}; {self.ending}"
        if kind in (Kind.ODDITY, Kind.UNIT) and self.failed:
            return f"{', '.join(self.failed)} failed: {self.reasons[self.failed[0]]}"
        if kind in (Kind.ODDITY, Kind.UNIT) and self.exit_status != EXIT_PASS:
            return self.ending
        if kind is Kind.TROUBLE and self.failed:
            return f"a verdict on the unit: {', '.join(self.failed)} failed: {self.reasons[self.failed[0]]}"
        if kind is Kind.TROUBLE and self.exit_status not in ENDED_AS_TROUBLE:
            return f"not noticed; {self.ending}"
        return ""

    @property
    def ending(self) -> str:
        """Return how the run ended, in words."""
        troubles = [
            self.reasons[name] for name, verdict in self.verdicts.items() if verdict == Verdict.BENCH_TROUBLE.value
        ]
        words = troubles[0] if troubles else self.said.strip().rpartition("\n")[2] if not self.verdicts else ""
        return f"exit status {self.exit_status}{': ' if words else ''}{words}"


def run_batch(batch: Batch, bench: Path, folder: Path) -> list[Outcome]:
    """Run cases on the virtual `bench` in one run in `folder`, which is made anew, and read what it decided.

    The state of its bench is kept there too, so that nobody else's 'hil stop' ends it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "hil.cli.main", *arguments(batch, bench, folder)]
    environment = {**os.environ, "APIS_HIL_STATE": str(folder / "state")}
    clock = RealClock()
    began = clock.now()
    with (folder / "output.txt").open("w", encoding="utf-8") as output:
        try:
            done = subprocess.run(command, stdout=output, stderr=output, timeout=LONGEST, check=False, env=environment)
            status = done.returncode
        except subprocess.TimeoutExpired:
            status = -1
    took = (clock.now() - began) / len(batch)
    rows = _rows(folder)
    verdicts = {row["id"]: row["verdict"] for row in rows if row["verdict"] != Verdict.NOT_ASSESSED.value}
    reasons = {row["id"]: row["reason"] for row in rows}
    said = (folder / "output.txt").read_text(encoding="utf-8")[-2000:]
    names = [case.name for case in batch]
    return [
        Outcome(case, status, verdicts, reasons, took, said, tuple(name for name in names if name != case.name))
        for case in batch
    ]


def _rows(folder: Path) -> list[dict[str, str]]:
    for path in folder.glob(f"*/{schema.VERDICTS}"):
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    return []
