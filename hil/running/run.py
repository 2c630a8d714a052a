"""One run from its options to its sealed folder. Knows nothing of pytest."""

from __future__ import annotations

import datetime
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from hil.bench.agreement import confirm
from hil.bench.bench import Bench
from hil.bench.opening import Opening, open_bench
from hil.capture import Event, Trace
from hil.evidence import resume, schema
from hil.evidence.drawing import Drawing
from hil.evidence.folder import RunFolder
from hil.evidence.resume import Earlier
from hil.running import manifest as manifests
from hil.running import resuming
from hil.running.battery_log import BatteryLog
from hil.running.budget import measure as measure_budget
from hil.running.choice import Choice
from hil.running.effort import Effort
from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_FAIL, EXIT_NOT_SAFE, EXIT_PASS
from hil.running.options import RunOptions
from hil.running.outcome import Trouble
from hil.running.overtime import Overtime
from hil.running.scope import Scope
from hil.running.story import Story, command_in_words
from hil.safety.safe_state import SafeReport
from hil.safety.supervisor import Violation
from hil.verdict import Judge, LatencyBudget, Measurement, Outcome, RequirementVerdict, summarise
from instruments.audit import AuditEvent

CONVERSATION = 200
"""Messages shown around a failure."""
SET = "/dcdc/set?"
COMMANDS = 2000
"""Commands to the converter that are remembered, to be marked in the captures of the running test."""
CONFIRMED_FOR = 5.0
"""Seconds for which a bench that has just been found in agreement with itself is not asked again."""


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
        self.story = Story(lambda: self.bench_time)
        """What the running test does, in words."""
        self._commands: deque[Event] = deque(maxlen=COMMANDS)
        self._stack = ExitStack()
        self._bench: Bench | None = None
        self._safe_reports: list[SafeReport] = []
        self.told_to_end = ""
        """By which signal, as a sentence; empty as long as nobody has told the run to end."""
        self.choice = Choice()
        self.interrupt: Callable[[Exception], None] | None = None
        """Raises an exception in the test that is running, for the supervisor."""
        self.asking: Callable[[bool], None] = lambda _: None
        """Told whether a question to a person is open at the terminal, for whoever writes there too."""
        self.not_safe = False
        """Whether the bench was found locked, or is not proven safe."""
        self.budget: LatencyBudget | None = None
        self.effort = Effort()
        self.overtime = Overtime()
        self._energy: dict[str, float] = {}
        self._captures: Counter[str] = Counter()
        self._confirmed = float("-inf")
        self.decided: frozenset[str] = frozenset()
        """Tests that were decided before the run was interrupted; they are not run again."""
        start = datetime.datetime.now(datetime.UTC)
        self.manifest = manifests.begin(self.files, options, self.profile, start, command)
        if options.resume is None:
            self.folder = RunFolder.create(options.runs, self.files.dut.identity.serial, start)
        else:
            self.folder = self._take_up(resume.read(options.resume))
        self.folder.pictures = options.pictures
        self.folder.begin(self.manifest, self.catalogue)

    def _take_up(self, earlier: Earlier) -> RunFolder:
        """Go on where an interrupted run was. Raises BadInput when it is not the same run any more."""
        self.manifest = resuming.continued(earlier, self.manifest)
        self.decided = frozenset(entry.nodeid for entry in earlier.decided)
        self.measurements += earlier.measurements
        self.outcomes += resuming.outcomes_of(earlier)
        resuming.require_energy_left(earlier, self.files.bench.limits.energy_wh)
        self._energy = earlier.energy
        self.effort.before = earlier.manifest.bench_seconds or 0.0
        resume.take_up(earlier)
        return RunFolder(earlier.path)

    @property
    def bench(self) -> Bench:
        """Return the bench: opened on the first use, armed by whoever energises."""
        if self._bench is None:
            kept = self.folder
            how = Opening(self.options.virtual, self._audit, kept.flush_audit, kept.guard_report, self._asks)
            self._bench = self._stack.enter_context(open_bench(self.files, how))
            self._bench.interrupt = self.interrupt
            self._bench.grid.tell = self._bench.battery.emulator.tell = self.story.tell
            self._bench.count_energy_from(self._energy)
            if not self.files.bench.by_hand:  # a person takes the time it takes
                self._bench.checks.append(lambda: self.overtime.check(self.bench_time))
            self._bench.battery.emulator.subscribe(BatteryLog(self.folder.battery))
            self._note_who_is_there(self._bench)
        return self._bench

    def _note_who_is_there(self, bench: Bench) -> None:
        """Note which instruments and which driver answer. Raises BadInput when a run goes on with others."""
        instruments = manifests.instruments(bench)
        if self.options.resume is not None:
            resuming.require_same_instruments(self.manifest.instruments, instruments)
            resuming.require_same_driver(self.manifest.dut.driver_version, bench.driver_version)
            bench.unknown = bench.unknown or "an interrupted run is continued"
        self.manifest.instruments = instruments
        self.manifest.dut.driver_version = bench.driver_version or self.manifest.dut.driver_version
        self.folder.note(self.manifest)

    @property
    def bench_time(self) -> float:
        """Return the bench time used so far, in seconds."""
        if self._bench is not None:
            self.effort.used = self.effort.before + self._bench.clock.now()
        return self.effort.used

    @property
    def energy(self) -> dict[str, float]:
        """Return the net energy in W h that has left each instrument since the run began, by name."""
        if self._bench is not None:
            self._energy = self._bench.energy
        return self._energy

    def judge(self, test: str) -> Judge:
        """Return a judge for one test; whatever it measures is kept at once."""
        rule = self.profile.rule
        return Judge(
            self.catalogue, self._context, rule, lambda: self.bench_time, test, self._keep, lambda: self.budget
        )

    def name_capture(self, requirement: str) -> str:
        """Return the name of the next capture for a requirement: "ZVS-01-003". A continued run goes on counting."""
        while True:
            self._captures[requirement] += 1
            name = f"{requirement}-{self._captures[requirement]:03d}"
            if not self.folder.has_trace(name):
                return name

    def measure_budget(self) -> LatencyBudget:
        """Measure how well the armed bench times a control action; every judge knows it from now on."""
        self.budget = measure_budget(self.bench)
        self.manifest.latency_budget = self.budget.parts()
        self.folder.note(self.manifest)
        return self.budget

    def close_bench(self) -> None:
        """Make the bench safe and close it, if it was opened. Never leaves it armed."""
        bench = self._bench
        if bench is None:
            return
        bench.make_safe()
        self._energy = bench.energy
        self._bench = None
        self.effort.used = self.effort.before + bench.clock.now()
        self.effort.reached = bench.reached
        try:
            if self.options.resume is not None and bench.found is not None:
                self.manifest.deviations.append(f"before the run was continued: {bench.found.summary}")
            self.manifest.emulator = manifests.emulator(bench)
            self.manifest.protections = bench.protections
            self._stack.close()
        finally:
            self._safe_reports += bench.safe_reports
            self.not_safe = any(not report.proven for report in self._safe_reports[-1:])
            if bench.stopped is not None:
                self.interruptions.append(stop_sentence(self._safe_reports[-1]))

    @property
    def energised(self) -> bool:
        """Tell whether the bench may be energised."""
        return self._bench is not None and self._bench.armed

    def end_early(self, reason: str) -> None:
        """Note why the tests did not go on."""
        self.interruptions = with_reason(self.interruptions, reason)

    def stop(self, reason: str) -> None:
        """Order the bench to be made safe because the run was told to end; returns at once."""
        self.told_to_end = self.told_to_end or reason
        if self._bench is not None:
            now = self._bench.clock.now()
            self._bench.stop(Violation(reason, now, now))

    def check_bench(self) -> None:
        """Raise BenchTrouble when the bench was stopped."""
        if self._bench is not None and self._bench.stopped is not None:
            self._bench.check()

    def confirm_bench(self) -> None:
        """Raise BenchTrouble when the bench explains a failure of the unit; asked before the unit is blamed."""
        if not self.energised or self.bench_time - self._confirmed < CONFIRMED_FOR:
            return
        confirm(self.bench)
        self._confirmed = self.bench_time

    def verdicts(self) -> list[RequirementVerdict]:
        """Return one verdict for each requirement of the catalogue."""
        known = {each.requirement for each in self.outcomes}
        left = [each for each in self.choice.outcomes() if each.requirement not in known]
        return summarise(self.measurements, self.catalogue, [*self.outcomes, *left])

    def choose(self, choice: Choice) -> None:
        """Note which tests are to be run. That only a part was chosen is a deviation from the test plan."""
        choice.finished |= self.decided
        self.choice = choice
        said = f"{schema.A_PART}: {choice.selection}"
        if choice.selection and said not in self.manifest.deviations:
            self.manifest.deviations.append(said)
            self.folder.note(self.manifest)

    def exit_status(self) -> int:
        """Return 3 not proven safe, 1 something failed, 2 could not run, 0 everything assessed passes."""
        if self.not_safe:
            return EXIT_NOT_SAFE
        if any(each.verdict.failed and each.requirement.decides for each in self.verdicts()):
            return EXIT_FAIL
        troubled = Trouble.BENCH in self.troubles or Trouble.HARNESS in self.troubles
        return EXIT_COULD_NOT_RUN if troubled or self.interruptions or not self.measurements else EXIT_PASS

    def finish(self, derive: Callable[[Path], object]) -> int:
        """Close the bench, decide, let `derive` add what follows from the evidence, seal; return the exit status."""
        self.close_bench()
        if self.could_not_run:
            self.interruptions.append(self.could_not_run)
        try:
            self.folder.write_verdicts(self.verdicts())
            status = self.exit_status()
            manifests.end(self.manifest, self._safe_reports, self.effort, status, self.interruptions)
            self.folder.flush_audit()
            derive(self.folder.path)
            self.folder.finish(self.manifest)
        except OSError as error:
            self.could_not_run = f"The evidence in {self.folder.path} cannot be completed ({error}). Is the disk full?"
            return EXIT_NOT_SAFE if self.not_safe else EXIT_COULD_NOT_RUN
        return status

    def completed(self, trace: Trace, drawing: Drawing, findings: Sequence[str]) -> tuple[Trace, Drawing]:
        """Return a capture with the commands that the converter was sent meanwhile, and what failed in its test."""
        return trace.with_events(self._commands), drawing.model_copy(update={"findings": list(findings)})

    def _asks(self, on: bool) -> None:
        self.asking(on)

    def _audit(self, event: AuditEvent) -> None:
        command = event.text.partition(SET)[2]
        if command and event.direction == "out":
            self._commands.append(Event(event.time, command_in_words(command)))
            self.story.command(command, "" if event.instrument == "driver" else event.instrument)
        if self.effort.before:
            event = replace(event, time=self.effort.before + event.time)
        self.recent.append(event)
        self.folder.audit(event)

    def _keep(self, measurement: Measurement) -> None:
        self.check_bench()
        if measurement.verdict.failed and not measurement.target:
            self.confirm_bench()
        self.measurements.append(measurement)
        self.story.judged(measurement)
        self.folder.add_measurement(measurement)


def stop_sentence(report: SafeReport) -> str:
    """Return why the bench was stopped and how fast, for the report of the run."""
    words = [f"bench stopped: {report.reason.rstrip('.')}"]
    if report.reaction is not None:
        words.append(f"every source told off {report.reaction:.2f} s after that was noticed")
    return "; ".join([*words, report.summary])


def with_reason(said: list[str], reason: str) -> list[str]:
    """Return the interruptions with one more, unless the bench has said the same when it was stopped."""
    own = reason.removeprefix("bench trouble: ").removeprefix("The bench was stopped: ").rstrip(".")
    return said if any(own in each for each in said) else [*said, reason]
