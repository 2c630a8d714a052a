"""hil virtual: serve a virtual bench in real time. The virtual bench is a program of its own; this starts it."""

from __future__ import annotations

import signal
import subprocess
import sys

import typer


def virtual(context: typer.Context) -> None:
    """Serve a virtual bench until stopped and print every address; --list-defects lists what can be wrong with it."""
    with subprocess.Popen([sys.executable, "-m", "hil.virtual", *context.args]) as program:
        signal.signal(signal.SIGTERM, lambda *_: program.terminate())
        while True:
            try:
                raise typer.Exit(program.wait())
            except KeyboardInterrupt:
                continue  # it got the same signal, and says goodbye itself
