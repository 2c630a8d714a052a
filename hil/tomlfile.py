"""TOML files from users: read, check, and say what is wrong with file, key and what was expected."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hil.errors import BadInput

Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """Read the TOML file `path` into `model`. Raises BadInput naming file, key and what was expected."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not a text file in UTF-8.") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not valid TOML: {error}.") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise BadInput(f"{path}: {describe(error)}") from error


def describe(error: ValidationError) -> str:
    """Return one sentence per problem: key, what was expected, what was found."""
    return "; ".join(
        _sentence(problem["loc"], problem["type"], problem["msg"], problem["input"]) for problem in error.errors()
    )


def _sentence(location: tuple[int | str, ...], kind: str, message: str, found: object) -> str:
    key = ".".join(str(part) for part in location) or "the file"
    if kind == "missing":
        return f"key '{key}' is missing"
    if kind == "extra_forbidden":
        return f"key '{key}' is not known here (misspelt?)"
    return f"key '{key}': {message[0].lower()}{message[1:]}, found {found!r}"
