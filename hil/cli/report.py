"""hil report: make the reports of a run folder anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.cli.screen import screen
from reports.build import report as make


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder; also one whose run has died.")],
    language: Annotated[str, typer.Option(help="Language of the qualification report.")] = "en",
) -> None:
    """Make qualification report and Allure site from a run folder alone."""
    for line in make(folder, language).lines:
        screen().print(line, soft_wrap=True, highlight=False, markup=False)
