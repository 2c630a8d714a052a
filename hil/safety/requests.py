"""Requests to stop, made from any shell. Kept free of everything that takes long to load: this is an emergency stop."""

from __future__ import annotations

import getpass
import tomllib
from collections.abc import Sequence
from pathlib import Path

from hil.errors import BadInput, NotProvenSafe
from hil.safety.lock import IN_USE, SAFE, BenchLock, BenchState, called_in_use

END_BOUND = 30.0
"""Seconds in which a run must have ended once it was told to; its guard sees to it."""
LOOK = 0.02
DEFAULT_BENCH = Path("benches/virtual.toml")


def identity_in(bench_file: Path) -> str:
    """Return the identity that a bench file states, without judging the rest of it. Raises BadInput."""
    try:
        return str(tomllib.loads(bench_file.read_text(encoding="utf-8"))["bench"]["identity"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{bench_file} does not say which bench it describes ([bench] identity): {error}") from error


def identity_of(bench_file: Path, attach: str | None) -> str:
    """Return what the benches of `bench_file` are known by; `attach` is the time wire of a virtual one."""
    identity = identity_in(bench_file)
    return identity if attach is None else f"{identity}-{attach.rpartition(':')[2]}"


def ask(identity: str) -> tuple[BenchLock, ...]:
    """Tell every run on the bench `identity` to make it safe and to end; return the locks of those that were told."""
    called = called_in_use(identity)
    for lock in called:
        lock.request_stop(f"hil stop by {user()}")
    return tuple(called)


def ask_at_once(words: Sequence[str]) -> tuple[BenchLock, ...]:
    """Ask for what the options of `hil stop` mean, before they are checked; what is wrong with them is said later."""
    said = dict(zip(words, [*words[1:], ""], strict=True))
    said |= dict(word.partition("=")[::2] for word in words if "=" in word)
    try:
        return ask(identity_of(Path(said.get("--bench", DEFAULT_BENCH)), said.get("--attach")))
    except (BadInput, OSError):
        return ()


def end_runs(called: Sequence[BenchLock]) -> list[BenchState]:
    """Wait for the end of runs that were told to stop; return what is then known of each bench.

    Raises NotProvenSafe when one does not end, or ends without being proven safe.
    """
    from hil.clock.real import RealClock  # only now there is time to load it

    clock = RealClock()
    ended = []
    for lock in called:
        if lock.owner() is None and lock.read().state == IN_USE:
            continue  # its process is gone: nobody obeys, and whoever comes next proves the bench safe
        if not clock.wait_until(lambda lock=lock: lock.read().state != IN_USE, END_BOUND, LOOK):  # type: ignore[misc]
            owner = lock.read()
            raise NotProvenSafe(
                f"Bench '{lock.identity}' is still in use by process {owner.pid} {END_BOUND:g} s after it was told to "
                "stop. Switch the sources off by hand."
            )
        left = lock.read()
        if left.state != SAFE:
            raise NotProvenSafe(
                f"The run on bench '{lock.identity}' has ended, and the bench is {left.state}: {left.reason}"
            )
        ended.append(left)
    return ended


def user() -> str:
    """Return the name of whoever asks."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "a user without a name"
