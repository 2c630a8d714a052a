"""hil compare: what changed from one run to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.cli.screen import screen
from reports.compare import compare as compare_runs
from reports.compare_view import comparison_document
from reports.page import write
from reports.terminal import show


def compare(
    before: Annotated[Path, typer.Argument(metavar="A", help="The earlier run folder.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The later run folder.")],
    html: Annotated[Path | None, typer.Option(help="Write it as a page too.")] = None,
) -> None:
    """Compare two runs: verdicts, margins beyond their uncertainty, set-up, bench time.

    Exit status: 0 nothing got worse, 1 something did, 2 cannot be compared.
    """
    comparison = compare_runs(before, after)
    document = comparison_document(comparison)
    if html is not None:
        write(html, document)
    show(document, screen())
    if html is not None:
        screen().print(f"Page                 {html}", highlight=False, soft_wrap=True)
    raise typer.Exit(comparison.exit_status)
