"""Where commands print: as wide as the terminal, or wide enough for tables where nobody watches."""

from __future__ import annotations

import sys

from rich.console import Console

WIDE = 160
"""Columns of a log file or a pipe."""


def screen() -> Console:
    """Return the console on standard output."""
    return Console(width=None if sys.stdout.isatty() else WIDE)
