"""apis-main's configuration files: JSON in which the key "#" may be repeated as a comment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from hil.errors import BadInput

COMMENT = "#"


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Seconds = Annotated[float, AfterValidator(lambda milliseconds: milliseconds / 1000.0)]
"""A time that stands in milliseconds in the file and in seconds in the model."""
Count = Annotated[int, BeforeValidator(_whole)]
"""A whole number; 3.0 counts as one, as it does for apis-main."""


class Section(BaseModel):
    """One object of a configuration file. Frozen; keys unknown to apis-main are kept aside, not refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", allow_inf_nan=False, alias_generator=to_camel)

    def unknown_keys(self, path: str = "") -> list[str]:
        """Return the dotted paths of all keys in this section and below that apis-main does not know."""
        found = [path + key for key in self.model_extra or ()]
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, Section):
                found += value.unknown_keys(f"{path}{field.alias}.")
        return found


AnySection = TypeVar("AnySection", bound=Section)


def read_json_file(path: Path) -> dict[str, Any]:
    """Read a configuration file: one JSON object. Comments are dropped; any other key may stand only once.

    Raises BadInput naming the file and what is wrong.
    """
    try:
        tree = json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON as apis-main reads it: {error}") from error
    if not isinstance(tree, dict):
        raise BadInput(f"{path} holds {type(tree).__name__}, expected one JSON object {{...}}")
    return tree


def load(path: Path, model: type[AnySection]) -> AnySection:
    """Read the file at `path` as `model`.

    Raises BadInput naming the file and, for each fault, the path of the key and what was expected.
    """
    try:
        return model.model_validate(read_json_file(path))
    except ValidationError as error:
        faults = "; ".join(_sentence(detail) for detail in error.errors())
        raise BadInput(f"{path}: {faults}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in pairs:
        if key == COMMENT:
            continue
        if key in tree:
            raise ValueError(f'the key "{key}" stands twice in one object; only "{COMMENT}" may be repeated')
        tree[key] = value
    return tree


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def _sentence(detail: ErrorDetails) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return f"{key} is missing, expected a value: apis-main has no default for it"
    expected = detail["msg"].removeprefix("Input should be ")
    return f"{key} is {json.dumps(detail['input'], default=str)[:60]}, expected {expected}"
