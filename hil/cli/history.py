"""hil history: all runs, what drifts, and one measurement over time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.evidence.files import write_atomically


def history(
    folders: Annotated[list[Path] | None, typer.Argument(help="Folders with runs; 'runs' by default.")] = None,
    measurement: Annotated[
        str | None, typer.Option(help="Follow this one over time: ZVS-02 or ZVS-02.ramp_time.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page too, with the picture of the trend.")] = None,
) -> None:
    """List all runs, oldest last, and say which margins drift towards their limit."""
    from reports.history import history as read_history  # reading and plotting take a second to load
    from reports.page import html as page
    from reports.terminal import show

    document = read_history(folders or [Path("runs")], measurement).document()
    show(document, Console())
    if html is not None:
        write_atomically(html, page(document))
