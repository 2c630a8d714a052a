"""The drawing process: `python -m hil.evidence.draw_traces`, started by the illustrator of a run.

Every line on stdin names a trace file; the answer on stdout is the length of its picture, a line feed, and the picture.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hil.evidence.picture import stored_picture


def main() -> None:
    """Draw until stdin ends."""
    if hasattr(os, "nice"):
        os.nice(5)  # the loops of the run go first
    for line in sys.stdin.buffer:
        drawn = stored_picture(Path(os.fsdecode(line.rstrip(b"\n"))))
        try:
            sys.stdout.buffer.write(b"%d\n" % len(drawn) + drawn)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            break  # the run was killed: nobody is left to draw for
    os._exit(0)  # nothing is left to write; the end of a run would wait while the plotting is taken down in good order


if __name__ == "__main__":
    main()
