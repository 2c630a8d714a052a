"""hil check: is this bench what its file says, and fit for the unit on it?"""

from __future__ import annotations

import datetime
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hil.bench.virtual_process import VirtualOptions
from hil.checking import Finding, Grade, check_bench
from hil.cli.screen import screen
from hil.running.coverage import all_tests
from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_PASS
from hil.running.options import RunOptions
from hil.running.planning import plan
from hil.running.scope import Scope
from suites import FOLDER

STYLES = {Grade.OK: "green", Grade.NOTE: "yellow", Grade.PROBLEM: "bold red"}


def check(
    bench: Annotated[Path, typer.Option(help="Bench file.")] = Path("benches/virtual.toml"),
    profile: Annotated[str, typer.Option(help="Check the ranges for this profile.")] = "acceptance",
    defect: Annotated[list[str] | None, typer.Option(help="Virtual bench: switch one on (repeatable).")] = None,
    seed: Annotated[int | None, typer.Option(help="Virtual bench: seed of its noise.")] = None,
) -> None:
    """Check a bench: identities, calibration, limits, ranges, wiring, latencies, the driver's version.

    Energises nothing above the touch-safe limit. Exit status: 0 ready, 2 something must be put right, 3 the bench
    could not be proven safe.
    """
    scope = Scope.of(RunOptions(bench, profile))
    marks = [mark for mark in all_tests(FOLDER).values() if scope.reason_to_leave_out(mark) is None]
    console, table = screen(), _table(str(bench))
    options = VirtualOptions(tuple(defect or ()), (), seed)
    problems = 0
    with ExitStack() as stack:
        stack.callback(lambda: console.print(table))  # whatever ends the check: what was found is shown
        status = stack.enter_context(console.status("opening"))

        def asking(on: bool) -> None:
            status.stop() if on else status.start()

        for finding in check_bench(scope.files, plan(marks, {}, scope), options, datetime.date.today(), asking):
            problems += finding.grade is Grade.PROBLEM
            _add(table, finding)
            status.update(f"{finding.part}: {finding.topic}")
    words = "One problem" if problems == 1 else f"{problems} problems"
    console.print(f"{words} to put right." if problems else "Ready.", highlight=False)
    raise typer.Exit(EXIT_COULD_NOT_RUN if problems else EXIT_PASS)


def _table(title: str) -> Table:
    table = Table(title=f"Check of {title}")
    table.add_column("part", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("found", overflow="fold")
    return table


def _add(table: Table, finding: Finding) -> None:
    grade = finding.grade
    table.add_row(finding.part, finding.topic, f"[{STYLES[grade]}]{grade.value}[/]", escape(finding.sentence))
