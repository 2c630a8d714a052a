"""Makes a bench safe on which no run is, and unlocks it."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from typing import Any

from hil.bench import connecting
from hil.bench.files import Files
from hil.bench.person import Nobody, at_terminal
from hil.bench.virtual_process import AttachedVirtualBench
from hil.clock import RealClock
from hil.errors import InstrumentError, NotProvenSafe, Unverified
from hil.safety.lock import LOCKED, SAFE, BenchLock, BenchState
from hil.safety.requests import user
from hil.safety.safe_state import SafeReport, make_safe
from instruments.kinds import Powered

OPEN_BOUND = 3.0
"""Seconds in which a single-session instrument may still be busy with a connection of somebody else."""


def make_safe_without_run(files: Files, served: AttachedVirtualBench | None, clear: bool) -> SafeReport:
    """Switch everything off and measure it, on a bench that nobody uses; with `clear` unlock it if it was locked.

    clear: a person has looked at the bench. Tripped protections are acknowledged too. Raises NotProvenSafe when the
    bench is not proven safe or stays locked, BadInput when somebody uses it.
    """
    identity = identity_of(files, None if served is None else served.identity)
    addresses: dict[str, Any] = {} if served is None else served.addresses
    clock = RealClock()
    with ExitStack() as stack:
        person = at_terminal() if files.bench.hands else Nobody("no instrument needs anybody")
        stack.callback(person.close)
        lock = BenchLock(identity)
        stack.callback(lock.release)
        left = _taken(lock)
        plan, close = connecting.fresh_safe_plan(files, addresses, clock, OPEN_BOUND, person)
        report = make_safe(plan, clock)
        stack.callback(close, report.proven)
        if report.proven and clear:
            for part in plan.parts:
                _acknowledge(part.reach())
        locked = not report.proven or (left.state == LOCKED and not clear)
        _say(lock, LOCKED if locked else SAFE, _words(report, left, clear))
    if not report.proven:
        raise NotProvenSafe(report.summary)
    if locked:
        raise NotProvenSafe(
            f"{report.summary} The bench stays locked ({left.reason}); once somebody has looked at it, unlock it with "
            f"'hil stop --bench {files.bench_path} --clear'."
        )
    return report


def _taken(lock: BenchLock) -> BenchState:
    """Take the bench and return how it was left. Files that cannot be written keep nobody from making it safe."""
    try:
        return lock.acquire()
    except OSError as error:
        sys.stderr.write(f"The bench cannot be locked ({error}) and is made safe all the same.\n")
        return lock.read()


def _say(lock: BenchLock, state: str, reason: str) -> None:
    """Write down the state of the bench, or say aloud that it cannot be."""
    try:
        lock.say(state, reason)
    except OSError as error:
        sys.stderr.write(f"The state of the bench cannot be written down ({error}).\n")


def identity_of(files: Files, served: str | None) -> str:
    """Return what a bench is known by: the identity of its file, for a virtual one with what tells it from others."""
    name = files.bench.bench.identity
    return name if served is None else f"{name}-{served}"


def _acknowledge(part: Powered) -> None:
    """Clear a trip; an instrument without a way to do that keeps it, and says so when a run takes it."""
    with suppress(InstrumentError, Unverified):
        part.clear_protection()


def _words(report: SafeReport, left: BenchState, clear: bool) -> str:
    if left.state == LOCKED:
        return f"{left.reason} Cleared by {user()}." if clear else left.reason
    return f"hil stop by {user()}: {report.summary}"
