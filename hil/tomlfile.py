"""TOML files from users: read, check, and say what is wrong with file, key and what was expected."""

from __future__ import annotations

import textwrap
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
    key = ".".join(str(part) for part in location if part != "[key]")
    if kind == "missing":
        return f"key '{key}' is missing"
    if kind == "extra_forbidden":
        return f"key '{key}' is not known here (misspelt?)"
    if kind == "model_type":
        return f"key '{key}': input should be a table, found {shown(found)}"
    if kind.startswith("date_"):
        return f"key '{key}': input should be a date such as 2027-05-31, found {shown(found)}"
    if kind == "value_error":
        stated = message.removeprefix("Value error, ")
        return f"key '{key}': {stated}" if key else stated
    said = f"{message[0].lower()}{message[1:]}, found {shown(found)}"
    return f"key '{key}': {said}" if key else said


def shown(found: object) -> str:
    """Return what was found in a file, short enough for a sentence."""
    return "a table" if isinstance(found, dict) else textwrap.shorten(repr(found), 60)
