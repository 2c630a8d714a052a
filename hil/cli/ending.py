"""How a command ends that could not do its work: one sentence on stderr, with --debug the traceback before it."""

from __future__ import annotations

import sys
import traceback
from typing import NoReturn

DEBUG = "--debug"


def end(sentence: str, status: int, debug: bool) -> NoReturn:
    """Say why, and leave with this exit status."""
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"{sentence}\n")
    sys.exit(status)
