"""Strict JSON objects, and fields taken from them with every problem noted."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import NoReturn

JsonObject = Mapping[str, object]


class NotJson(ValueError):
    """The text is not one strict JSON object. The message says why."""


def is_error(text: str) -> bool:
    """Tell whether `text` is what the reference driver answers when it fails: an object with nothing but "err"."""
    try:
        return set(parse_object(text)) == {"err"}
    except NotJson:
        return False


def _no_constant(word: str) -> NoReturn:
    raise NotJson(f"{word} is not a JSON number")


def parse_object(text: str) -> JsonObject:
    """Parse `text` as one strict JSON object: no NaN, no infinity, nothing before or after. Raises NotJson."""
    try:
        tree = json.loads(text, parse_constant=_no_constant)
    except NotJson:
        raise
    except (ValueError, RecursionError) as error:
        raise NotJson(f"not JSON: {error}") from error
    if not isinstance(tree, dict):
        raise NotJson(f"JSON, but not an object: {text[:60]!r}")
    return tree


def find(tree: JsonObject, path: str) -> object | None:
    """Return what stands at the dotted `path`, or None when there is nothing or null."""
    node: object = tree
    for key in path.split("."):
        if not isinstance(node, Mapping):
            return None
        node = node.get(key)
    return node


def as_number(value: object) -> float | None:
    """Return a finite JSON number as float, None for everything else: a quoted number is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


class Fields:
    """Takes fields from a JSON object by dotted path; notes what is wrong instead of stopping at the first.

    problems: required fields that are missing or ill-typed. absent: optional ones that are.
    """

    def __init__(self, tree: JsonObject) -> None:
        self._tree = tree
        self.problems: list[str] = []
        self.absent: list[str] = []

    def number(self, path: str) -> float:
        """Return a required number; note a problem and return NaN when it is none."""
        number = as_number(find(self._tree, path))
        if number is None:
            self._complain(path, "a finite JSON number")
            return math.nan
        return number

    def integer(self, path: str) -> int:
        """Return a required whole number; note a problem and return 0 when it is none."""
        number = as_number(find(self._tree, path))
        if number is None or not number.is_integer():
            self._complain(path, "a whole JSON number")
            return 0
        return int(number)

    def text(self, path: str) -> str:
        """Return a required text; note a problem and return "" when it is none."""
        value = find(self._tree, path)
        if not isinstance(value, str):
            self._complain(path, "a JSON string")
            return ""
        return value

    def optional_number(self, path: str) -> float | None:
        """Return a number or None, then noted as absent."""
        number = as_number(find(self._tree, path))
        if number is None:
            self.absent.append(path)
        return number

    def optional_text(self, path: str) -> str | None:
        """Return a text or None, then noted as absent."""
        value = find(self._tree, path)
        if isinstance(value, str):
            return value
        self.absent.append(path)
        return None

    def complain(self, problem: str) -> None:
        """Note a problem that is neither absence nor type."""
        self.problems.append(problem)

    def _complain(self, path: str, expected: str) -> None:
        value = find(self._tree, path)
        if value is None:
            self.problems.append(f"{path} is missing")
        else:
            self.problems.append(f"{path} is {json.dumps(value)[:60]}, expected {expected}")
