"""hil selftest: prove that the suites catch every defect and cry about nothing else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hil.evidence.files import write_atomically
from hil.proving.cases import Case, all_cases, chosen
from hil.proving.matrix import markdown, summary, verdict_line
from hil.proving.outcome import Outcome, run_case
from hil.running.ending import EXIT_FAIL, EXIT_PASS
from hil.verdict import profile as named_profile

MATRIX = Path("docs/detection-matrix.md")
MOST_JOBS = 2


def selftest(
    bench: Annotated[Path, typer.Option(help="Bench file of the virtual bench.")] = Path("benches/virtual.toml"),
    jobs: Annotated[int, typer.Option(min=1, help="Runs at the same time.")] = min(MOST_JOBS, os.cpu_count() or 1),
    only: Annotated[list[str] | None, typer.Option(help="Only this case (repeatable).")] = None,
    units: Annotated[int, typer.Option(min=0, help="How many conforming units are drawn.")] = 20,
    profile: Annotated[
        str | None, typer.Option(help="Run every case with this profile; by default the quickest that takes it.")
    ] = None,
    matrix: Annotated[
        Path | None, typer.Option(help="Write the matrix here; the whole self-test writes docs/.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep bench files, output and run folders here.")] = None,
) -> None:
    """Run the suites against every defect, oddity and trouble of the virtual bench, and against conforming units.

    Exit status: 0 every defect is caught by a requirement that it names, no requirement fails on an oddity or on a
    conforming unit, and every trouble of the bench ends as bench trouble; else 1.
    """
    cases = chosen(all_cases(units), only or ())
    if profile is not None:
        cases = [replace(case, profile=named_profile(profile).name) for case in cases]
    folder = keep or Path(tempfile.mkdtemp(prefix="hil-selftest-"))
    console = Console()
    try:
        outcomes = list(_run_all(cases, bench, folder, jobs, console))
    finally:
        if keep is None:
            shutil.rmtree(folder)
    outcomes.sort(key=lambda outcome: cases.index(outcome.case))
    for outcome in outcomes:
        if outcome.complaint:
            line = f"{outcome.case.name}: {outcome.complaint}"
            console.print(line, style="red", soft_wrap=True, highlight=False, markup=False)
    console.print(summary(outcomes), highlight=False)
    path = matrix or (None if only or profile else MATRIX)
    if path is not None:
        command = f"hil selftest{'' if units == 20 else f' --units {units}'}"
        write_atomically(path, markdown(outcomes, command))
        console.print(f"Detection matrix     {path}", highlight=False)
    raise typer.Exit(EXIT_FAIL if any(outcome.complaint for outcome in outcomes) else EXIT_PASS)


def _run_all(cases: list[Case], bench: Path, folder: Path, jobs: int, console: Console) -> Iterator[Outcome]:
    columns = (TextColumn("self-test"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress, ThreadPoolExecutor(jobs) as pool:
        task = progress.add_task("", total=len(cases))
        runs = [pool.submit(run_case, case, bench, folder / case.name) for case in cases]
        try:
            for done in as_completed(runs):
                outcome = done.result()
                style = "red" if outcome.complaint else "green"
                line = verdict_line(outcome.case, outcome)
                console.print(line, style=style, soft_wrap=True, highlight=False, markup=False)
                progress.advance(task)
                yield outcome
        finally:
            pool.shutdown(cancel_futures=True)
