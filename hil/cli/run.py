"""hil run: the suites on a bench, with progress, verdicts and reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer

from hil.bench.virtual_process import VirtualOptions
from hil.running import options, plugin, selecting
from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_NOT_SAFE
from hil.running.options import RunOptions
from hil.running.progress import Progress
from hil.running.scope import Scope
from suites import FOLDER

QUIET = ["-p", "no:terminal", "-o", "addopts=--strict-markers --import-mode=importlib"]
"""pytest without its own output; the live line and the summary take its place."""


def run(
    bench: Annotated[Path, typer.Option(help="Bench file.")] = Path("benches/virtual.toml"),
    profile: Annotated[str, typer.Option(help="smoke, nightly, acceptance or qualification.")] = "acceptance",
    policy: Annotated[Path | None, typer.Option(help="policy.json instead of the bench file's.")] = None,
    hwconfig: Annotated[Path | None, typer.Option(help="hwConfig.json instead of the bench file's.")] = None,
    runs: Annotated[Path, typer.Option(help="Where run folders are made.")] = Path("runs"),
    defect: Annotated[list[str] | None, typer.Option(help="Virtual bench: switch a defect on (repeatable).")] = None,
    oddity: Annotated[list[str] | None, typer.Option(help="Virtual bench: a legal oddity (repeatable).")] = None,
    seed: Annotated[int | None, typer.Option(help="Virtual bench: seed of its noise.")] = None,
    speed: Annotated[str | None, typer.Option(help="Virtual bench: stepped or realtime.")] = None,
    attach: Annotated[str | None, typer.Option(help="Virtual bench: use the one served at this time wire.")] = None,
    keyword: Annotated[str | None, typer.Option("-k", help="Only tests whose name matches.")] = None,
    mark: Annotated[str | None, typer.Option("-m", help="Only these requirements or groups: 'COM or MOD-02'.")] = None,
    fail_fast: Annotated[bool, typer.Option("-x", help="Stop at the first failure.")] = False,
    reports: Annotated[bool, typer.Option(help="Make the reports at the end.")] = True,
    pictures: Annotated[bool, typer.Option(help="Draw the captures; they are kept either way.")] = True,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Continue the interrupted run in this folder; what it has decided is kept."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would run, how long, how high; energise nothing.")
    ] = False,
) -> None:
    """Run the suites on a bench; end with verdicts, reports and an exit status.

    Exit status: 0 everything assessed passes, 1 something failed, 2 could not run, 3 the bench could not be proven
    safe.
    """
    virtual = VirtualOptions(tuple(defect or ()), tuple(oddity or ()), seed, speed, attach)
    chosen = RunOptions(bench, profile, policy, hwconfig, runs, virtual, reports, plan, resume, pictures)
    scope = Scope.of(chosen)  # a wrong file ends here with its sentence
    selecting.check_expression(mark or "", scope.catalogue)
    words = [str(FOLDER), *options.arguments(chosen)]
    words += ["-k", keyword] if keyword else []
    words += ["-m", mark] if mark else []
    words += ["-x"] if fail_fast else []
    root = FOLDER.parent
    progress = Progress()
    extra: list[object] = [progress]
    if not (root / "conftest.py").exists():
        extra.append(plugin)
    try:
        status = int(pytest.main([*words, *QUIET, f"--rootdir={root}"], plugins=extra))
    except KeyboardInterrupt:  # outside of the session: the bench is not open, or closed already
        unsafe = progress.run is not None and progress.run.not_safe
        typer.echo("Interrupted. What was measured is in the run folder; 'hil report' makes its reports.", err=True)
        status = EXIT_NOT_SAFE if unsafe else EXIT_COULD_NOT_RUN
    raise typer.Exit(status if status <= EXIT_NOT_SAFE else EXIT_COULD_NOT_RUN)
