"""hil selftest: prove that the suites catch every defect and cry about nothing else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hil.errors import BadInput
from hil.evidence.files import write_atomically
from hil.proving.cases import all_cases, chosen
from hil.proving.kept import keep as keep_outcome
from hil.proving.kept import take_over, version
from hil.proving.matrix import markdown, summary, verdict_line
from hil.proving.outcome import Outcome, run_batch
from hil.proving.together import AT_ONCE, Batch, batches
from hil.running.ending import EXIT_FAIL, EXIT_PASS
from hil.verdict import profile as named_profile

MATRIX = Path("docs/detection-matrix.md")
MOST_JOBS = 2


def selftest(
    bench: Annotated[Path, typer.Option(help="Bench file of the virtual bench.")] = Path("benches/virtual.toml"),
    peer_bench: Annotated[Path, typer.Option(help="The same with a second unit, for what concerns one.")] = Path(
        "benches/virtual-peer.toml"
    ),
    jobs: Annotated[int, typer.Option(min=1, help="Runs at the same time.")] = min(MOST_JOBS, os.cpu_count() or 1),
    only: Annotated[list[str] | None, typer.Option(help="Only this case (repeatable).")] = None,
    units: Annotated[int, typer.Option(min=0, help="How many conforming units are drawn.")] = 20,
    together: Annotated[int, typer.Option(min=1, help="Oddities in one run, at most.")] = AT_ONCE,
    profile: Annotated[
        str | None, typer.Option(help="Run every case with this profile; by default the quickest that takes it.")
    ] = None,
    matrix: Annotated[
        Path | None, typer.Option(help="Write the matrix here; the whole self-test writes docs/.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep outcomes, output and run folders here.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Take over what --keep holds of the same commit, except what failed.")
    ] = False,
) -> None:
    """Run the suites against every defect, oddity and trouble of the virtual bench, and against conforming units.

    Exit status: 0 every defect is caught by a requirement that it names, no requirement fails on an oddity or on a
    conforming unit, and every trouble of the bench ends as bench trouble; else 1. Oddities share runs; when such a run
    fails, each of its oddities is run alone, and that counts.
    """
    if resume and keep is None:
        raise BadInput("--resume takes over what an earlier self-test kept: name its folder with --keep.")
    cases = chosen(all_cases(units), only or ())
    if profile is not None:
        cases = [replace(case, profile=named_profile(profile).name) for case in cases]
    folder = keep or Path(tempfile.mkdtemp(prefix="hil-selftest-"))
    folder.mkdir(parents=True, exist_ok=True)
    console = Console()
    commit = version()
    outcomes = take_over(cases, commit, folder) if resume else []
    if outcomes:
        console.print(f"{len(outcomes)} of {len(cases)} cases taken over from {folder}", highlight=False)
    known = {outcome.case.name for outcome in outcomes}
    left = batches([case for case in cases if case.name not in known], together)
    try:
        for outcome in _run_all(left, (bench, peer_bench), folder, jobs, console):
            keep_outcome(outcome, commit, folder)
            outcomes.append(outcome)
    finally:
        if keep is None:
            shutil.rmtree(folder)
    outcomes.sort(key=lambda outcome: cases.index(outcome.case))
    _conclude(outcomes, console)
    path = matrix or (None if only or profile else MATRIX)
    if path is not None:
        command = f"hil selftest{'' if units == 20 else f' --units {units}'}"
        write_atomically(path, markdown(outcomes, command, commit))
        console.print(f"Detection matrix     {path}", highlight=False)
    raise typer.Exit(EXIT_FAIL if any(outcome.complaint for outcome in outcomes) else EXIT_PASS)


def _conclude(outcomes: Sequence[Outcome], console: Console) -> None:
    for outcome in outcomes:
        if outcome.complaint:
            line = f"{outcome.case.name}: {outcome.complaint}"
            console.print(line, style="red", soft_wrap=True, highlight=False, markup=False)
    console.print(summary(outcomes), highlight=False)


def _run_all(
    left: Sequence[Batch], benches: tuple[Path, Path], folder: Path, jobs: int, console: Console
) -> Iterator[Outcome]:
    """Yield the outcome of every case; a case whose shared run went wrong is run again, alone, and that is yielded."""
    columns = (TextColumn("self-test"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress, ThreadPoolExecutor(jobs) as pool:
        task = progress.add_task("", total=sum(len(batch) for batch in left))

        def submit(batch: Batch) -> Future[list[Outcome]]:
            return pool.submit(run_batch, batch, benches[batch[0].peer], folder / "+".join(case.name for case in batch))

        running = {submit(batch) for batch in left}
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for outcome in [outcome for run in done for outcome in run.result()]:
                    if outcome.complaint and outcome.beside:
                        running.add(submit((outcome.case,)))
                        continue
                    style = "red" if outcome.complaint else "green"
                    line = verdict_line(outcome.case, outcome)
                    console.print(line, style=style, soft_wrap=True, highlight=False, markup=False)
                    progress.advance(task)
                    yield outcome
        finally:
            pool.shutdown(cancel_futures=True)
