"""The test process's side of the guard: starts it, keeps it quiet while all is well, disarms it at the end.

The heartbeat is the one thing that does not ask the bench clock: it says that this process lives, in real time.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from typing import Any

from hil.errors import BenchTrouble

HEARTBEAT = 0.1
"""Seconds between heartbeats."""


class Guard:
    """A running guard process."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hil.safety.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._stopped = threading.Event()
        self._write(json.dumps(order).encode() + b"\n")
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != b"ready":
            raise BenchTrouble("The guard process did not start; nothing has been energised. Run again with --debug.")
        self._heart = threading.Thread(target=self._beat, name="guard heartbeat", daemon=True)
        self._heart.start()

    @property
    def pid(self) -> int:
        """Return the guard's process id."""
        return self._process.pid

    def check(self) -> None:
        """Raise BenchTrouble when the guard is gone: without it the bench must not stay energised."""
        if self._process.poll() is not None:
            raise BenchTrouble("The guard process has ended while the bench was energised; the run stops.")

    def disarm(self) -> None:
        """Tell the guard that the bench has been proven safe; wait until it has ended."""
        self._stopped.set()
        self._heart.join()
        with contextlib.suppress(BrokenPipeError):  # it is gone already: nothing is left to disarm
            self._write(b"disarm\n")
        self._close()

    def abandon(self) -> None:
        """Leave the bench to the guard: it acts as if this process were gone. Wait until it has acted."""
        self._stopped.set()
        self._heart.join()
        self._close()

    def _close(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait(30.0)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _beat(self) -> None:
        while not self._stopped.wait(HEARTBEAT):
            try:
                self._write(b".\n")
            except BrokenPipeError:
                return

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()
