"""Which folders are runs, and what else lies between them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hil.evidence import schema


def find_runs(roots: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Return the run folders under the roots, one level deep, by name; and what is none, each with the reason.

    A root may be a run folder itself. A run that is reached by two ways counts once. Names that begin with a dot are
    nobody's business.
    """
    found: dict[Path, Path] = {}
    others = []
    for root in roots:
        inside = [root] if is_run(root) else sorted(path for path in root.iterdir() if not path.name.startswith("."))
        for path in inside:
            if is_run(path):
                found.setdefault(path.resolve(), path)
            else:
                others.append(f"{path}: {_what(path)}")
    return sorted(found.values(), key=lambda path: (path.name, str(path))), others


def is_run(path: Path) -> bool:
    """Tell whether a folder has the manifest of a run, finished or not."""
    return any((path / name).exists() for name in (schema.MANIFEST, schema.PARTIAL_MANIFEST))


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
