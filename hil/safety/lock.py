"""One user per bench: a lock per identity, what is known of the state in which a bench was left, requests to stop.

A request to stop is an emergency, so what it does not need (psutil, filelock) is loaded by whoever does.
"""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hil.errors import BadInput

if TYPE_CHECKING:
    from filelock import FileLock

SAFE, IN_USE, UNKNOWN, LOCKED = "safe", "in use", "unknown", "locked"
"""What may be said of a bench. unknown: whoever comes next proves it safe first. locked: a person must look first."""


@dataclass(frozen=True)
class BenchState:
    """What was last said of a bench, by which process, why, and when (UTC)."""

    state: str
    pid: int
    reason: str
    when: str = ""


def state_folder() -> Path:
    """Return the folder of this user's bench locks: $APIS_HIL_STATE, or one in the user's own state folder."""
    default = Path(
        os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    )
    return Path(os.environ.get("APIS_HIL_STATE") or default / "apis-hil")


class BenchLock:
    """Holds one bench for one process. The operating system frees it when the process dies."""

    def __init__(self, identity: str, folder: Path | None = None) -> None:
        self.identity = identity
        self._folder = folder or state_folder()
        name = _file_name(identity)
        self._file = self._folder / f"{name}.json"
        self._request = self._folder / f"{name}.stop"
        self._lock_file = self._folder / f"{name}.lock"
        self._lock: FileLock | None = None

    def acquire(self, timeout: float = 0.0) -> BenchState:
        """Take the bench, waiting up to `timeout` seconds; return the state in which it was left.

        A bench left "in use" by a process that is gone comes back as "unknown": prove it safe first. Raises
        BadInput when another process has it.
        """
        from filelock import FileLock, Timeout

        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock or FileLock(self._lock_file, thread_local=False)
        try:
            self._lock.acquire(timeout=timeout)
        except Timeout as error:
            owner = self.read()
            raise BadInput(
                f"Bench '{self.identity}' is in use by process {owner.pid} ({owner.reason}). "
                "Wait for it, or end it with 'hil stop'."
            ) from error
        left = self.read()
        if left.state == IN_USE:
            reason = f"process {left.pid} ended without proving the bench safe"
            left = BenchState(UNKNOWN, left.pid, reason, left.when)
        self._request.unlink(missing_ok=True)
        return left

    def read(self) -> BenchState:
        """Return what was last said of the bench, without taking it."""
        try:
            return BenchState(**json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return BenchState(SAFE, 0, "nothing is on record")
        except (OSError, ValueError, TypeError) as error:
            return BenchState(UNKNOWN, 0, f"{self._file} cannot be read: {error}")

    def say(self, state: str, reason: str) -> None:
        """Write down the state of the bench, atomically. Raises OSError when it cannot be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=self._file.stem)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(BenchState(state, os.getpid(), reason, when)), file)
            Path(name).replace(self._file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def owner(self) -> int | None:
        """Return the process that uses the bench, or None when nobody does (any more)."""
        import psutil

        left = self.read()
        return left.pid if left.state == IN_USE and psutil.pid_exists(left.pid) else None

    def request_stop(self, reason: str) -> None:
        """Ask whoever uses the bench to make it safe and to end; the guard of that run sees to it."""
        self._request.write_text(reason, encoding="utf-8")

    @property
    def stop_requested(self) -> str | None:
        """Return the reason for which the bench is to be stopped, or None."""
        try:
            return self._request.read_text(encoding="utf-8") or "no reason given"
        except OSError:
            return None

    def release(self) -> None:
        """Let others have the bench."""
        if self._lock is not None:
            self._lock.release()

    def forget(self) -> None:
        """Remove what is kept of a bench that will never come back, such as a virtual one that has ended."""
        self.release()
        for file in (self._file, self._request, self._lock_file):
            file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Take the bench."""
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        """Let others have the bench."""
        self.release()


def called_in_use(identity: str, folder: Path | None = None) -> list[BenchLock]:
    """Return the locks of every bench said to be in use whose identity is `identity`, or begins with it and a dash.

    Whoever said so may be gone: `BenchLock.owner` tells. A virtual bench that a run has started for itself is known
    by the identity of its file and numbers of its own.
    """
    where = folder or state_folder()
    wanted = _file_name(identity)
    names = [path.stem for path in where.glob("*.json")]
    locks = [BenchLock(name, where) for name in names if name == wanted or name.startswith(f"{wanted}-")]
    return [lock for lock in locks if lock.read().state == IN_USE]


def _file_name(identity: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in identity)
