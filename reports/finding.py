"""Which folders are runs, and what else lies between them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hil.errors import BadInput
from hil.evidence import schema


def find_runs(roots: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Return the run folders under the roots, one level deep, by name; and what is none, each with the reason.

    A root may be a run folder itself. A run that is reached by two ways counts once. Names that begin with a dot are
    nobody's business. Raises BadInput when a root cannot be read.
    """
    found: dict[Path, Path] = {}
    others = []
    for root in roots:
        for path in [root] if is_run(root) else _inside(root):
            if is_run(path):
                found.setdefault(path.resolve(), path)
            else:
                others.append(f"{path}: {_what(path)}")
    return sorted(found.values(), key=lambda path: (path.name, str(path))), others


def _inside(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise BadInput(f"{root} is not a folder with runs that can be read: {error.strerror}.") from error


def is_run(path: Path) -> bool:
    """Tell whether a folder has the manifest of a run, finished or not, and lets itself be looked into."""
    try:
        return any((path / name).exists() for name in (schema.MANIFEST, schema.PARTIAL_MANIFEST))
    except OSError:
        return False


def _what(path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return f"a link to {path.readlink()}, which is not there"
    if not path.is_dir():
        return "a file"
    try:
        inside = list(path.iterdir())
    except OSError as error:
        return f"a folder that cannot be opened ({error.strerror})"
    if not inside:
        return "an empty folder"
    if any(is_run(each) for each in inside):
        return f"a folder with runs inside: 'hil history {path}' lists them"
    return f"a folder without {schema.MANIFEST}"
