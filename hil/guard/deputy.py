"""The guard's deputy: a second guard, which acts when the first has been killed, or is frozen.

The guard forks it before anything is energised. It is no child of anybody (its session and its parent are its own),
hears the same words from the test process on a pipe of its own, and hears from the guard on another. Whatever makes
the guard act makes its deputy act as soon as the guard is gone without having said that it is done. The test process
notices a deputy that is gone as it notices a guard that is gone, and stops the run.

Where a process cannot be forked (Windows) the guard has no deputy.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
import time

import psutil

LIVES, DONE = b".\n", b"done\n"
BEAT = 0.1
"""Seconds between two words of the guard to its deputy."""
SILENCE = 0.5
"""Seconds of silence, at least, after which a guard is taken to be frozen; it is killed then."""
LOOK = 0.02


class Behind:
    """The guard's side: tells its deputy that it lives, and when it is done."""

    def __init__(self, pipe: int | None) -> None:
        self._pipe = pipe
        if pipe is not None:
            threading.Thread(target=self._beat, name="deputy", daemon=True).start()

    def done(self) -> None:
        """Say that the deputy has nothing to do any more."""
        self._say(DONE)

    def _beat(self) -> None:
        while self._say(LIVES):
            time.sleep(BEAT)

    def _say(self, word: bytes) -> bool:
        if self._pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._pipe, word)
                return True
        return False


class Ahead:
    """The deputy's side: the guard that acts before it."""

    def __init__(self, pid: int, pipe: int, silence: float) -> None:
        self._pipe, self._silence = pipe, max(SILENCE, silence)
        self._done = False
        self._gone = threading.Event()
        self._heard = time.monotonic()
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process = psutil.Process(pid)
        threading.Thread(target=self._listen, name="guard", daemon=True).start()

    def watch(self) -> None:
        """Kill a guard that is frozen; the test process notices and stops the run."""
        if time.monotonic() - self._heard > self._silence and self._process is not None and not self._gone.is_set():
            with contextlib.suppress(psutil.Error):
                self._process.kill()

    def left_undone(self) -> bool:
        """Wait until the guard has ended; tell whether it did so without having done its work."""
        while not self._gone.wait(LOOK):
            self.watch()
        return not self._done

    def _listen(self) -> None:
        for word in io.FileIO(self._pipe, closefd=False):
            self._heard = time.monotonic()
            self._done = self._done or word == DONE
        self._gone.set()


def fork(words: int | None, silence: float) -> Behind | Ahead:
    """Fork the deputy. Return what the guard (Behind) or its deputy (Ahead) needs; call it before any thread starts.

    words: the pipe on which the test process talks to the deputy; it becomes the deputy's standard input. None: there
    is no deputy.
    """
    if words is None or not hasattr(os, "fork"):
        return Behind(None)
    guard = os.getpid()
    hears, says = os.pipe()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        os.close(hears)
        os.close(words)
        return Behind(says)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(says)
    os.dup2(words, sys.stdin.fileno())
    os.close(words)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())  # whoever reads the guard's answers must see the guard's end
    os.close(nowhere)
    return Ahead(guard, hears, silence)
