"""What apis-main reads from /all/get, and what it finds wrong with an answer. Pure functions."""

from __future__ import annotations

from collections.abc import Callable

from hil.converter import Mode
from hil.converter.strictjson import JsonObject, as_number, find


def _is_number(value: object) -> bool:
    return as_number(value) is not None


def _is_whole(value: object) -> bool:
    number = as_number(value)
    return number is not None and number.is_integer()


def _is_text(value: object) -> bool:
    return isinstance(value, str)


FIELDS: dict[str, Callable[[object], bool]] = {
    "status.status": _is_text,
    "status.operationMode": _is_text,
    "status.alarmState": _is_text,
    "meter.vg": _is_number,
    "meter.ig": _is_number,
    "meter.vb": _is_number,
    "meter.ib": _is_number,
    "meter.wb": _is_number,
    "meter.tmp": _is_number,
    "vdis.dvg": _is_number,
    "param.dig": _is_number,
    "rsoc": _is_number,
    "battery_operation_status": _is_whole,
}
"""Fields that apis-main reads, and whether it can use what stands there."""
DOCUMENT_FIELDS: dict[str, Callable[[object], bool]] = {
    "meter.wg": _is_number,
    "vdis.drg": _is_number,
    "status.alarm": _is_text,
}
"""Fields that only the documents ask for."""


def missing(tree: JsonObject, fields: dict[str, Callable[[object], bool]]) -> list[str]:
    """Return the fields that are not there; null is not there either."""
    return [path for path in fields if find(tree, path) is None]


def unusable(tree: JsonObject, fields: dict[str, Callable[[object], bool]]) -> list[str]:
    """Return the fields that are there and are not of the JSON type that apis-main reads."""
    return [path for path, usable in fields.items() if find(tree, path) is not None and not usable(find(tree, path))]


def knows(code: object, name: object) -> bool:
    """Tell whether apis-main knows this mode code and this operation mode name, to the letter."""
    names = {mode.operation_mode for mode in Mode}
    return isinstance(code, str) and Mode.from_code(code) is not None and name in names


def belong_together(code: object, name: object) -> bool:
    """Tell whether an operation mode name is that of the mode with this code."""
    mode = Mode.from_code(code) if isinstance(code, str) else None
    return mode is not None and mode.operation_mode == name
