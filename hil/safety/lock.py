"""One user per bench: a lock per identity, and what is known of the state in which the bench was left."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil
from filelock import FileLock, Timeout

from hil.errors import BadInput

SAFE, IN_USE, UNKNOWN = "safe", "in use", "unknown"


@dataclass(frozen=True)
class BenchState:
    """What was last said of a bench: safe, in use, or unknown; by whom (process id), and why."""

    state: str
    pid: int
    reason: str


def state_folder() -> Path:
    """Return the folder of this user's bench locks: $APIS_HIL_STATE, or one in the user's own state folder."""
    default = Path(
        os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    )
    return Path(os.environ.get("APIS_HIL_STATE") or default / "apis-hil")


class BenchLock:
    """Holds one bench for one process. The operating system frees it when the process dies."""

    def __init__(self, identity: str, folder: Path | None = None) -> None:
        self._identity = identity
        self._folder = folder or state_folder()
        name = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in identity)
        self._file = self._folder / f"{name}.json"
        self._lock = FileLock(self._folder / f"{name}.lock")

    def acquire(self) -> BenchState:
        """Take the bench; return the state in which it was left.

        A bench left "in use" by a process that is gone comes back as "unknown": prove it safe first. Raises
        BadInput when another process has it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            owner = self.read()
            raise BadInput(
                f"Bench '{self._identity}' is in use by process {owner.pid} ({owner.reason}). "
                "Wait for it, or end it with 'hil stop'."
            ) from error
        left = self.read()
        if left.state == IN_USE:
            left = BenchState(UNKNOWN, left.pid, f"process {left.pid} ended without proving the bench safe")
        return left

    def read(self) -> BenchState:
        """Return what was last said of the bench, without taking it."""
        try:
            return BenchState(**json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return BenchState(SAFE, 0, "never used")
        except (ValueError, TypeError):
            return BenchState(UNKNOWN, 0, f"{self._file} cannot be read")

    def say(self, state: str, reason: str) -> None:
        """Write down the state of the bench, atomically."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=self._file.stem)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(BenchState(state, os.getpid(), reason)), file)
        Path(name).replace(self._file)

    def owner_is_alive(self) -> bool:
        """Tell whether the process that last spoke of the bench still runs."""
        return psutil.pid_exists(self.read().pid)

    def release(self) -> None:
        """Let others have the bench."""
        self._lock.release()

    def __enter__(self) -> Self:
        """Take the bench."""
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        """Let others have the bench."""
        self.release()
