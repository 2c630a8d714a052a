"""hil stop: emergency stop from any shell, and the unlocking of a bench that could not be proven safe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.safety.requests import DEFAULT_BENCH, ask, end_runs, identity_of


def stop(
    context: typer.Context,
    bench: Annotated[Path, typer.Option(help="Bench file.")] = DEFAULT_BENCH,
    attach: Annotated[str | None, typer.Option(help="Virtual bench: the one served at this time wire.")] = None,
    clear: Annotated[bool, typer.Option(help="Unlock a locked bench: you have looked at it.")] = False,
) -> None:
    """End the run on a bench and make the bench safe; without a run, switch everything off and measure it.

    Exit status: 0 measured safe, 2 could not be tried, 3 not proven safe or locked.
    """
    ended = end_runs(context.obj or ask(identity_of(bench, attach)))
    for left in ended:
        typer.echo(f"The run has ended. {left.reason}")
    if not ended or clear:
        typer.echo(_without_run(bench, attach, clear))


def _without_run(bench: Path, attach: str | None, clear: bool) -> str:
    # loading instruments takes a second, and a run that is to be stopped must not wait for that
    from hil.bench import files
    from hil.bench.stopping import make_safe_without_run
    from hil.bench.virtual_process import AttachedVirtualBench

    described = files.read(bench)
    if described.bench.virtual is not None and attach is None:
        return "No run is left on this virtual bench; one that is served is named with --attach."
    served = None if attach is None else AttachedVirtualBench(attach)
    return make_safe_without_run(described, served, clear).summary
