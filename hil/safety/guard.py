"""The guard: a process that makes the bench safe when the test process is gone, or frozen.

It is started before anything is energised, has a session of its own, ignores the signals that end a test run, and
waits on a pipe from the test process. A disarm message ends it. The end of the pipe, or silence for longer than
the agreed time, means that nobody else will act: it opens the instruments anew and brings them into the safe state.

Protocol on standard input, one line each: a JSON object with the plan; then "." as heartbeat; "disarm" at the end.
It answers "ready" on standard output once everything it needs is loaded.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from hil.bench import connecting, files
from hil.bench.files import Files
from hil.clock import RealClock
from hil.safety.lock import SAFE, UNKNOWN, BenchLock
from hil.safety.safe_state import SafeReport, make_safe

SESSION_BOUND = 3.0
"""Seconds in which a single-session instrument may still be busy with the dead process's connection."""


def main() -> None:
    """Guard one bench."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    order = json.loads(_line())
    bench = files.read(Path(order["bench"]), Path(order["policy"]), Path(order["hwconfig"]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    reason = _watch(float(order["freeze_s"]))
    if reason is None:
        return
    began = time.monotonic()
    report = act(bench, order)
    _leave_evidence(order, reason, report, time.monotonic() - began)


def act(bench: Files, order: dict[str, Any]) -> SafeReport:
    """Open what the bench file names and make it safe, in real time."""
    if order.get("time_wire"):
        connecting.free_virtual_time(*order["time_wire"])
    clock = RealClock()
    plan = connecting.fresh_safe_plan(
        bench.bench, bench.dut, order["addresses"], clock, SESSION_BOUND, bench.resting_voltage
    )
    return make_safe(plan, clock)


def _watch(freeze: float) -> str | None:
    """Return why the guard must act, or None when it was disarmed."""
    while True:
        readable, _, _ = select.select([sys.stdin.fileno()], [], [], freeze)
        if not readable:
            return f"the test process has been silent for {freeze:.1f} s"
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            return "the test process is gone"
        if b"disarm" in data:
            return None


def _line() -> bytes:
    data = bytearray()
    while not data.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            sys.exit(2)
        data += byte
    return bytes(data)


def _leave_evidence(order: dict[str, Any], reason: str, report: SafeReport, took: float) -> None:
    words = {"reason": reason, "took_s": took, **report.as_dict()}
    BenchLock(order["identity"]).say(SAFE if report.proven else UNKNOWN, f"guard: {reason}; {report.summary}")
    if order.get("report"):
        Path(order["report"]).write_text(json.dumps(words, indent=2) + "\n", encoding="utf-8")
    if not report.proven:
        sys.stderr.write(report.summary + "\n")


if __name__ == "__main__":
    main()
