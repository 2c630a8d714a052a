"""Every sentence of the reports, one file per language."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hil.errors import BadInput


def load(language: str = "en") -> dict[str, Any]:
    """Return the texts of a language. Raises BadInput when there is no file for it."""
    path = Path(__file__).parent / f"{language}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in Path(__file__).parent.glob("*.toml")))
        raise BadInput(f"There are no texts in the language {language!r}; there are: {known}.")
    return tomllib.loads(path.read_text(encoding="utf-8"))
