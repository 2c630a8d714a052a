"""hil verify: is a run folder as it was written?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.cli.screen import screen
from reports.verify import verify_run


def verify(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    public_key: Annotated[Path | None, typer.Option(help="Key that the signature must belong to, PEM.")] = None,
) -> None:
    """Compare every file of a run folder with its manifest and check the signature.

    Exit status: 0 as it was written, 1 altered, 2 cannot be compared.
    """
    verification = verify_run(folder, public_key)
    for line in verification.lines:
        screen().print(line, soft_wrap=True, highlight=False, markup=False)
    raise typer.Exit(verification.exit_status)
