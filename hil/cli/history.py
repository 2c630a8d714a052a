"""hil history: all runs, what drifts, and one measurement over time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hil.cli.screen import screen
from reports.history import TrendPoint
from reports.history import history as read_history
from reports.page import write
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
    document = found.document()
    console = screen()
    show(document, console)
    if found.trend:
        console.print(_trend(found.trend, str(measurement)))
    if html is not None:
        write(html, document)
        console.print(f"Page                 {html}", highlight=False)


def _trend(points: list[TrendPoint], title: str) -> Table:
    table = Table(title=f"{title}, worst of each run")
    for column in ("start", "unit under test", "quantity", "value", "U", "lower", "upper", "verdict"):
        table.add_column(column)
    for point in points:
        row = point.row
        figures = [row.value, row.uncertainty, row.lower, row.upper]
        texts = ["" if figure is None else f"{figure:.4g} {row.unit}" for figure in figures]
        table.add_row(f"{point.start:%Y-%m-%d %H:%M:%S}", point.serial, row.quantity, *texts, row.verdict)
    return table
