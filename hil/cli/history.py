"""hil history: all runs, what drifts, and one measurement over time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.cli.screen import screen
from reports.history import history as read_history
from reports.terminal import show


def history(
    folders: Annotated[list[Path] | None, typer.Argument(help="Folders with runs; 'runs' by default.")] = None,
    measurement: Annotated[
        str | None, typer.Option(help="Follow this one over time: ZVS-02 or ZVS-02.ramp_time.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page too, with the picture of the trend.")] = None,
) -> None:
    """List all runs, newest first, and say which margins drift towards their limit."""
    found = read_history(folders or [Path("runs")], measurement)
    if html is not None:
        from reports.page import write  # only a page needs its templates

        write(html, found.document(pictures=True))
    console = screen()
    show(found.document(), console)
    if html is not None:
        console.print(f"Page                 {html}", highlight=False, soft_wrap=True)
