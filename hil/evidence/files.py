"""Writing so that a crash cannot leave half a file, and reading hashes back."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write `content` to `path`: afterwards either the old or the whole new file is there."""
    data = content.encode() if isinstance(content, str) else content
    scratch = path.with_name(path.name + ".tmp")
    with scratch.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def all_files(path: Path) -> list[str]:
    """Return every file under `path`, as sorted paths inside it with forward slashes."""
    return sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())


def cell(value: object) -> str:
    """Return a CSV cell that is the same on every machine: nine significant digits, nothing for None and NaN."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return format(value, ".9g")
    return str(value)


def csv_line(cells: Sequence[object]) -> str:
    """Return one line of CSV with its line feed."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([cell(item) for item in cells])
    return buffer.getvalue()


def json_line(event: Mapping[str, object]) -> bytes:
    """Return one line of JSON; bytes become text with escapes, other objects their `str`."""
    return json.dumps(event, ensure_ascii=False, default=_as_text, separators=(",", ":")).encode() + b"\n"


def _as_text(value: object) -> str:
    return value.decode("ascii", "backslashreplace") if isinstance(value, bytes | bytearray) else str(value)


class Log:
    """A file that only grows. What has been written is with the operating system: a crash of this process keeps it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def write(self, lines: bytes) -> None:
        """Append whole lines."""
        view = memoryview(lines)
        while view:
            view = view[self._file.write(view) :]

    def close(self) -> None:
        """Close; closing twice is allowed."""
        self._file.close()
