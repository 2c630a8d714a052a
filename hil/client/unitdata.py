"""What apis-main believes about a unit: the last acquisition with every later answer merged in."""

from __future__ import annotations

import math
from typing import Any

from hil.converter import AllData, Answer, Mode, single
from hil.converter.strictjson import JsonObject, as_number, find, parse_object


class UnitData:
    """The cache on which apis-main decides. Never says more than the driver has said, and may be stale.

    An acquisition replaces it, every other answer is merged in object by object; what an answer leaves out
    keeps its old value. Values that are not JSON numbers, or not JSON strings, count as missing.
    """

    def __init__(self, tree: JsonObject | None = None) -> None:
        self._tree: JsonObject = tree or {}

    @classmethod
    def of(cls, answer: Answer[AllData]) -> UnitData:
        """Return what apis-main would believe after this one answer to /all/get."""
        return cls(parse_object(answer.text))

    @property
    def tree(self) -> JsonObject:
        """Return the whole cache as a JSON object. Not to be changed."""
        return self._tree

    def replace(self, answer: JsonObject) -> None:
        """Forget everything and believe `answer`."""
        self._tree = answer

    def merge(self, answer: JsonObject) -> None:
        """Merge `answer` in, object by object."""
        self._tree = _merged(self._tree, answer)

    def number(self, path: str) -> float | None:
        """Return the number at the dotted `path` in single precision, or None."""
        value = as_number(find(self._tree, path))
        number = None if value is None else single(value)
        return number if number is not None and math.isfinite(number) else None

    def text(self, path: str) -> str | None:
        """Return the text at the dotted `path`, or None."""
        value = find(self._tree, path)
        return value if isinstance(value, str) else None

    @property
    def mode(self) -> Mode | None:
        """Return the mode of status.status, or None when it is missing or unknown."""
        return Mode.from_code(self.text("status.status"))

    @property
    def operation_mode(self) -> str | None:
        """Return status.operationMode."""
        return self.text("status.operationMode")

    @property
    def vg(self) -> float | None:
        """Return the measured grid voltage (V)."""
        return self.number("meter.vg")

    @property
    def ig(self) -> float | None:
        """Return the measured grid current (A), positive into the unit."""
        return self.number("meter.ig")

    @property
    def dvg(self) -> float | None:
        """Return the echoed grid voltage set-point (V)."""
        return self.number("vdis.dvg")

    @property
    def dig(self) -> float | None:
        """Return the echoed grid current set-point (A)."""
        return self.number("param.dig")


def _merged(old: JsonObject, new: JsonObject) -> JsonObject:
    tree: dict[str, Any] = dict(old)
    for key, value in new.items():
        before = tree.get(key)
        tree[key] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return tree
