"""hil virtual: serve a virtual bench in real time. The virtual bench is a program of its own; this starts it."""

from __future__ import annotations

import subprocess
import sys

import typer


def virtual(context: typer.Context) -> None:
    """Serve a virtual bench until stopped and print every address; 'hil virtual -- --help' shows its options."""
    try:
        done = subprocess.run([sys.executable, "-m", "hil.virtual", *context.args], check=False)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    raise typer.Exit(done.returncode)
