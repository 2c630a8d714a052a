"""Who is writing a run folder. What locks is loaded only where a folder may be locked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock

LOCK = "run.lock"


def writing_lock(path: Path) -> FileLock:
    """Return the lock that is held while a run folder is being written, and let go by a process that dies."""
    from filelock import FileLock

    return FileLock(path / LOCK, timeout=0, thread_local=False)


def being_written(path: Path) -> bool | None:
    """Tell whether a process is writing a run folder that has no manifest yet; None when that cannot be seen.

    The lock is tried for a moment: who writes such a folder has held it since before it had a file.
    """
    if not (path / LOCK).exists():
        return False
    from filelock import Timeout

    try:
        with writing_lock(path):
            return False
    except Timeout:
        return True
    except OSError:  # somebody else's file, or a read-only file system
        return None
