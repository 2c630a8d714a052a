"""The guard: a process that makes the bench safe when the test process is gone, frozen, or does not get there.

It is started before anything is energised, has a session of its own, ignores the signals that end a test run, and
listens to the test process on a pipe. It acts when nobody else will: at the end of the pipe, after a silence longer
than agreed, when the test process takes too long to make the bench safe, or when it asks for help. A process that
still exists then is killed first: it must not switch anything on again, and its connections must close.

Protocol on standard input: a line of JSON with the order, then single words, a line each:

| word | meaning |
|---|---|
| . | the test process lives |
| ending | it makes the bench safe itself; the guard acts if that takes too long |
| awaiting | all is off but what a person switches, who is awaited |
| act | it could not prove the bench safe, and has closed its connections: try again, its report is awaited |
| disarm | the bench is safe; the guard ends |

On standard output: "ready" once everything it needs is loaded; after "act" its report as a line of JSON.

It has a deputy (`hil.guard.deputy`), the same program once more, in case that it is killed itself.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import filelock  # noqa: F401 - the lock needs it: loaded now, and not when there is no time
import psutil

from hil.bench import connecting, files
from hil.bench.files import Files
from hil.bench.person import Nobody
from hil.clock import RealClock
from hil.errors import BadInput
from hil.guard import deputy
from hil.safety.lock import LOCKED, SAFE, BenchLock
from hil.safety.safe_state import HAND_BOUND, SafeReport, make_safe

SESSION_BOUND = 3.0
"""Seconds in which a single-session instrument may still be busy with the dead process's connection."""
LOOK = 0.02
"""Seconds between two looks at a request to stop."""
STOP_BOUND = 1.0
"""Seconds in which the test process must begin to make the bench safe once it has been told to stop."""
ENDING_BOUND = 20.0
"""Seconds in which the test process must have made the bench safe."""
KILL_BOUND = 2.0
"""Seconds in which a killed process must be gone."""
RETRY_FOR, RETRY_GAP = 60.0, 1.0
"""Seconds for which the guard tries again while it cannot prove the bench safe (an instrument boots), and between."""
NOBODY = Nobody("the guard has no terminal")
UNPROVEN = "the test process could not prove the bench safe"


class Watch:
    """What the guard knows of the test process, and when it must act. ahead: the guard before this one, if any."""

    def __init__(self, order: dict[str, Any], lock: BenchLock, ahead: deputy.Ahead | None = None) -> None:
        self._ahead = ahead
        self._freeze = float(order["freeze_s"])
        self._process = _process(int(order["pid"]))
        self._lock = lock
        self._words: queue.Queue[bytes | None] = queue.Queue()
        self._heard = time.monotonic()
        self._deadline: float | None = None
        self._stopping: str | None = None
        threading.Thread(target=self._listen, name="test process", daemon=True).start()

    def wait(self) -> str | None:
        """Return why the guard must act, or None when it was disarmed."""
        while True:
            if self._ahead is not None:
                self._ahead.watch()
            try:
                word = self._words.get(timeout=LOOK)
            except queue.Empty:
                reason = self._overdue()
            else:
                if word == b"disarm":
                    return None
                reason = self._hear(word)
            if reason is not None:
                return reason

    def fence(self) -> None:
        """Make sure that the test process cannot switch anything on again: kill it unless it is gone."""
        end = time.monotonic() + KILL_BOUND
        with contextlib.suppress(psutil.Error):  # it does not exist
            while self._process is not None and time.monotonic() < end:
                if not self._process.is_running() or self._process.status() == psutil.STATUS_ZOMBIE:
                    return
                self._process.kill()
                time.sleep(0.005)

    def _hear(self, word: bytes | None) -> str | None:
        self._heard = time.monotonic()
        if word is None:
            return "the test process is gone"
        if word == b"act":
            return UNPROVEN
        if word == b"ending":
            self._deadline = self._heard + ENDING_BOUND
        if word == b"awaiting":
            self._deadline = self._heard + HAND_BOUND + ENDING_BOUND
        return self._overdue()

    def _overdue(self) -> str | None:
        now = time.monotonic()
        if now - self._heard > self._freeze:
            return f"the test process has been silent for {self._freeze:g} s"
        if self._deadline is not None and now > self._deadline:
            return self._stopping or f"the test process has not made the bench safe within {ENDING_BOUND:g} s"
        wanted = self._lock.stop_requested if self._stopping is None and self._ahead is None else None
        if wanted is not None:
            self._stopping = f"stop requested ({wanted}) and not obeyed"
            self._deadline = self._deadline or now + STOP_BOUND
            if self._process is not None:
                with contextlib.suppress(psutil.Error):
                    self._process.terminate()
        return None

    def _listen(self) -> None:
        """Hand on what the test process says, word by word; None at the end."""
        for line in _words():
            self._words.put(line.strip())
        self._words.put(None)


def _words() -> io.FileIO:
    """Return standard input without a buffer: a thread that waits in a buffered one aborts Python when it ends."""
    return io.FileIO(sys.stdin.fileno(), closefd=False)


def main() -> None:
    """Guard one bench, or stand in for the guard of one."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    line = _words().readline()
    if not line:
        sys.exit(2)
    order = json.loads(line)
    bench = files.read(Path(order["bench"]), Path(order["policy"]), Path(order["hwconfig"]))
    peer = deputy.fork(order.get("deputy"), float(order["freeze_s"]))
    if isinstance(peer, deputy.Behind):
        guard(bench, order, None)
        peer.done()
    else:
        guard(bench, order, peer)


def guard(bench: Files, order: dict[str, Any], ahead: deputy.Ahead | None) -> None:
    """Watch over the test process until it says that the bench is safe, or until it must be made safe from here.

    ahead: the guard whose deputy this one is; it goes first.
    """
    lock = BenchLock(order["identity"])
    watch = Watch(order, lock, ahead)
    _tell("ready")
    reason = watch.wait()
    if reason is None or (ahead is not None and not ahead.left_undone()):
        return
    reason = reason if ahead is None else f"{reason}, and so is its first guard"
    asked = reason.startswith(UNPROVEN)
    if not asked:
        watch.fence()
        if not _take(lock):
            return
    began = time.monotonic()
    report = act(bench, order)
    _leave_evidence(order, lock, reason, report, time.monotonic() - began)
    if asked:
        _tell(json.dumps(report.as_dict()))
    elif order["passing"] and report.proven:
        lock.forget()  # a virtual bench ends with its run


def act(bench: Files, order: dict[str, Any]) -> SafeReport:
    """Open what the bench file names and make it safe, in real time; again while it cannot be proven safe."""
    if order.get("time_wire"):
        with contextlib.suppress(OSError):
            connecting.free_virtual_time(*order["time_wire"])
    end = time.monotonic() + RETRY_FOR
    while True:
        clock = RealClock()
        plan, close = connecting.fresh_safe_plan(bench, order["addresses"], clock, SESSION_BOUND, NOBODY)
        report = make_safe(plan, clock)
        close(report.proven)
        if report.proven or time.monotonic() > end:
            return report
        time.sleep(RETRY_GAP)


def _process(pid: int) -> psutil.Process | None:
    """Return the test process, known by more than its number."""
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _take(lock: BenchLock) -> bool:
    """Take the bench from the dead; leave it when another run has it already, for that has proven it safe itself.

    Where nobody can take it, because its files cannot be written any more, it is made safe all the same.
    """
    try:
        lock.acquire(KILL_BOUND)
    except BadInput:
        return False
    except OSError as error:
        _complain(f"Guard: the bench cannot be locked ({error}) and is made safe all the same.")
    return True


def _complain(line: str) -> None:
    """Say something aloud, if anybody can still hear it."""
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), line.encode() + b"\n")


def _tell(line: str) -> None:
    """Say something to the test process, which may be gone."""
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), line.encode() + b"\n")


def _leave_evidence(order: dict[str, Any], lock: BenchLock, reason: str, report: SafeReport, took: float) -> None:
    """Say what happened: in the bench's state, in the run folder, and aloud. A full disk must not stop any of it."""
    with contextlib.suppress(OSError):
        lock.say(SAFE if report.proven else LOCKED, f"guard: {reason}; {report.summary}")
    words = {**report.as_dict(), "reason": reason, "took_s": took}
    if order.get("report"):
        with contextlib.suppress(OSError):
            Path(order["report"]).write_text(json.dumps(words, indent=2) + "\n", encoding="utf-8")
    _complain(f"Guard: {reason}. {report.summary}")


if __name__ == "__main__":
    main()
