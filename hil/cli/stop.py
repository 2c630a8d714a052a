"""hil stop: emergency stop from any shell, and the unlocking of a bench that could not be proven safe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.bench import files
from hil.bench.stopping import end_runs, identity_of, make_safe_without_run
from hil.bench.virtual_process import AttachedVirtualBench
from hil.clock import RealClock


def stop(
    bench: Annotated[Path, typer.Option(help="Bench file.")] = Path("benches/virtual.toml"),
    attach: Annotated[str | None, typer.Option(help="Virtual bench: the one served at this time wire.")] = None,
    clear: Annotated[bool, typer.Option(help="Unlock a locked bench: you have looked at it.")] = False,
) -> None:
    """End the run on a bench and make the bench safe; without a run, switch everything off and measure it.

    Exit status: 0 measured safe, 2 could not be tried, 3 not proven safe or locked.
    """
    described = files.read(bench)
    served = None if attach is None else AttachedVirtualBench(attach)
    ended = end_runs(identity_of(described, None if served is None else served.identity), RealClock())
    for left in ended:
        typer.echo(f"The run has ended. {left.reason}")
    if ended and not clear:
        return
    if described.bench.virtual is not None and served is None:
        typer.echo("No run is left on this virtual bench; one that is served is named with --attach.")
        return
    typer.echo(make_safe_without_run(described, served, clear).summary)
