"""Draws the pictures of traces while the run goes on, in a process of its own: a picture takes a third of a second."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from hil import processors
from hil.evidence.files import write_atomically

PLACEHOLDER = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="40"><text x="8" y="25" font-family="sans-serif" '
    b'font-size="14">This picture was not drawn; its trace is in the run folder.</text></svg>'
)
"""What stands in place of a picture until it is drawn."""


class Illustrator:
    """Takes orders for pictures. Its process is started by the first order and ends with this one.

    Only this process writes, so nothing changes a run folder any more once the run has died.
    """

    def __init__(self) -> None:
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="illustrator")
        self._orders: list[Future[None]] = []
        self._process: subprocess.Popen[bytes] | None = None

    def order(self, trace: Path, targets: Sequence[Path]) -> None:
        """Let the picture of a saved trace be written to every one of `targets`; returns at once."""
        self._orders.append(self._beside.submit(self._fill, trace, targets))

    def finish(self) -> None:
        """Wait for every picture. One that cannot be drawn is told on stderr: the trace itself is there."""
        orders, self._orders = self._orders, []
        for error in filter(None, (order.exception() for order in orders)):
            sys.stderr.write(f"{error}\n")
        self._beside.shutdown()
        process, self._process = self._process, None
        if process is not None:
            process.communicate()

    def _fill(self, trace: Path, targets: Sequence[Path]) -> None:
        drawn = self._drawn(trace)
        for target in targets:
            write_atomically(target, drawn)

    def _drawn(self, trace: Path) -> bytes:
        """Return the picture. Raises RuntimeError when the process has ended, or could not draw it."""
        process = self._process = self._process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # the empty answer says it
            process.stdin.write(os.fsencode(trace) + b"\n")
            process.stdin.flush()
        size = process.stdout.readline()
        if not size:
            process.communicate()
            self._process = None
            raise RuntimeError(f"The picture of {trace} was not drawn: the drawing process has ended; see above.")
        return process.stdout.read(int(size))


def _start() -> subprocess.Popen[bytes]:
    """Start the drawing process; Ctrl-C is not its business."""
    with processors.on_any():
        return subprocess.Popen(
            [sys.executable, "-m", "hil.evidence.draw_traces"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
