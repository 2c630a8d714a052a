"""The test process's side of the guard: starts it, tells it that all is well, disarms it at the end.

The heartbeat is the one thing that does not ask the bench clock: it says that this process lives, in real time.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from typing import Any

from hil import processors
from hil.errors import BenchTrouble
from hil.safety.safe_state import SafeReport

HEARTBEAT = 0.1
"""Seconds between heartbeats."""
FORKS = hasattr(os, "fork")
"""Whether the guard can have a deputy."""
ACT_BOUND = 90.0
"""Seconds for which the guard's own attempt at the safe state is awaited; it tries again for 60 s."""


class Guard:
    """A running guard process and its deputy. Raises BenchTrouble when it does not start."""

    def __init__(self, order: dict[str, Any]) -> None:
        hears, says = os.pipe() if FORKS else (None, None)
        with processors.on_any():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hil.guard"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
                pass_fds=() if hears is None else (hears,),
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._pipe, self._answers = self._process.stdin, self._process.stdout
        self._says = [self._pipe.fileno()]
        self._lost = False
        self._stopped = threading.Event()
        try:
            self._say(json.dumps({**order, "pid": os.getpid(), "deputy": hears}))
            if hears is not None and says is not None:
                os.close(hears)
                self._says.append(says)
            started = self._answers.readline().strip() == b"ready"
        except BaseException:  # Ctrl-C: nothing is energised yet, and a guard that hears nothing more would act
            self._say("disarm")
            raise
        if not started:
            self._process.wait()
            raise BenchTrouble("The guard process did not start; nothing has been energised. Run again with --debug.")
        self._heart = threading.Thread(target=self._beat, name="guard heartbeat", daemon=True)
        self._heart.start()

    @property
    def pid(self) -> int:
        """Return the guard's process id."""
        return self._process.pid

    def check(self) -> None:
        """Raise BenchTrouble when the guard or its deputy is gone: without them the bench must not stay energised."""
        if self._lost or self._process.poll() is not None:
            raise BenchTrouble("The guard process has ended while the bench was energised; the run stops.")

    def ending(self) -> None:
        """Tell the guard that the bench is being made safe; if that takes too long, it acts itself."""
        self._say("ending")

    def awaiting_hands(self) -> None:
        """Tell the guard that all is done but what a person does, who takes longer."""
        self._say("awaiting")

    def disarm(self) -> None:
        """Tell the guard that the bench has been proven safe; wait until it has ended."""
        self._stopped.set()
        self._heart.join()
        self._say("disarm")
        self._close()

    def take_over(self) -> SafeReport | None:
        """Leave the bench to the guard and return its report, None when it has none. Close every link before."""
        self._say("act")
        line = self._answers.readline()
        self._stopped.set()
        self._heart.join()
        self._close()
        return SafeReport.from_dict(json.loads(line)) if line else None

    def _close(self) -> None:
        for pipe in self._says[1:]:
            os.close(pipe)
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()
        self._process.wait(ACT_BOUND)
        self._answers.close()

    def _beat(self) -> None:
        while not self._stopped.wait(HEARTBEAT):
            self._say(".")

    def _say(self, word: str) -> None:
        """Write one line to the guard and to its deputy. One that is gone hears nothing; `check` says so."""
        for pipe in self._says:
            try:
                os.write(pipe, word.encode() + b"\n")
            except BrokenPipeError:
                self._lost = True
