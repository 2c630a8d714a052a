"""One run from its options to its sealed folder. Knows nothing of pytest."""

from __future__ import annotations

import datetime
from collections import deque
from contextlib import ExitStack

from hil.bench.bench import Bench
from hil.bench.opening import Opening, open_bench
from hil.evidence import RunFolder
from hil.running import manifest as manifests
from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_FAIL, EXIT_NOT_SAFE, EXIT_PASS
from hil.running.options import RunOptions
from hil.running.outcome import Trouble
from hil.running.scope import Scope
from hil.safety.safe_state import SafeReport
from hil.verdict import Judge, Measurement, Outcome, RequirementVerdict, summarise
from instruments.audit import AuditEvent

CONVERSATION = 200
"""Messages shown around a failure."""


class Run:
    """Folder made, bench opened on first use, everything kept as it happens. Making one energises nothing.

    could_not_run: why nothing could be run at all, as a sentence; empty as long as something could.
    """

    def __init__(self, options: RunOptions, scope: Scope, command: str) -> None:
        self.options = options
        self.files, self.profile, self.catalogue = scope.files, scope.profile, scope.catalogue
        self.could_not_run = ""
        self.measurements: list[Measurement] = []
        self.outcomes: list[Outcome] = []
        self.troubles: list[Trouble] = []
        self.interruptions: list[str] = []
        self._context = {"policy": self.files.policy, "hwconfig": self.files.hwconfig, "dut": self.files.dut}
        self.recent: deque[AuditEvent] = deque(maxlen=CONVERSATION)
        self._stack = ExitStack()
        self._bench: Bench | None = None
        self._safe_reports: list[SafeReport] = []
        self._bench_seconds = 0.0
        start = datetime.datetime.now(datetime.UTC)
        self.folder = RunFolder.create(options.runs, self.files.dut.identity.serial, start)
        self.manifest = manifests.begin(self.files, options, self.profile, start, command)
        self.folder.begin(self.manifest, self.catalogue)

    @property
    def bench(self) -> Bench:
        """Return the bench: opened on the first use, armed by whoever energises."""
        if self._bench is None:
            how = Opening(self.options.virtual, self._audit, self.folder.path / "guard.json")
            self._bench = self._stack.enter_context(open_bench(self.files, how))
            self.manifest.instruments = manifests.instruments(self._bench)
        return self._bench

    @property
    def bench_time(self) -> float:
        """Return the bench time used so far, in seconds."""
        if self._bench is not None:
            self._bench_seconds = self._bench.clock.now()
        return self._bench_seconds

    def judge(self, test: str) -> Judge:
        """Return a judge for one test; whatever it measures is kept at once."""
        return Judge(self.catalogue, self._context, self.profile.rule, lambda: self.bench_time, test, self._keep)

    def close_bench(self) -> None:
        """Make the bench safe and close it, if it was opened. Never leaves it armed."""
        bench, self._bench = self._bench, None
        if bench is None:
            return
        self._bench_seconds = bench.clock.now()
        self.manifest.emulator = manifests.emulator(bench)
        try:
            self._stack.close()
        finally:
            self._safe_reports += bench.safe_reports

    def verdicts(self) -> list[RequirementVerdict]:
        """Return one verdict for each requirement of the catalogue."""
        return summarise(self.measurements, self.catalogue, self.outcomes)

    def exit_status(self) -> int:
        """Return 3 not proven safe, 1 something failed, 2 could not run, 0 everything assessed passes."""
        if any(not report.proven for report in self._safe_reports[-1:]):
            return EXIT_NOT_SAFE
        failed = any(each.verdict.failed and each.requirement.decides for each in self.verdicts())
        if failed:
            return EXIT_FAIL
        if Trouble.BENCH in self.troubles or Trouble.HARNESS in self.troubles or not self.measurements:
            return EXIT_COULD_NOT_RUN
        return EXIT_PASS

    def finish(self) -> int:
        """Close the bench, decide, seal the folder; return the exit status."""
        self.close_bench()
        self.folder.write_verdicts(self.verdicts())
        status = self.exit_status()
        manifests.end(self.manifest, self._safe_reports, self._bench_seconds, status, self.interruptions)
        self.folder.finish(self.manifest)
        return status

    def _audit(self, event: AuditEvent) -> None:
        self.recent.append(event)
        self.folder.audit(event)

    def _keep(self, measurement: Measurement) -> None:
        self.measurements.append(measurement)
        self.folder.add_measurement(measurement)
