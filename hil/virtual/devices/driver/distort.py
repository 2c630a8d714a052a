"""What faults and oddities make of a right answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from operator import add, mul
from typing import Any

from hil.virtual.devices.driver.faults import DriverFaults
from hil.virtual.devices.driver.objects import JsonObject
from hil.virtual.devices.driver.oddities import DriverOddities

NOT_A_NUMBER = float("nan")
UNUSED = (
    "powermeter",
    "meter.wg",
    "vdis.drg",
    *("status.alarm", "status.statusName", "status.runningState"),
    *("param.cib", "param.ubv", "param.ogv", "param.obv", "param.ugv"),
)
"""What apis-main never reads."""

SHORT_MODES = {
    "Waiting": "0x0000",
    "Grid Autonomy": "0x0014",
    "Heteronomy CV, charge": "0x0041",
    "Heteronomy CV, discharge": "0x0002",
}
BATTERY_KEYS = ("rsoc", "battery_operation_status")


def faulty(body: JsonObject, route: str, faults: DriverFaults, glitches: bool = False) -> JsonObject:
    """Return `body` as a driver with these faults would answer it on `route`, in an answer that glitches or not."""
    body = _copy(body)
    if faults.only_in_modes and _mode(body) not in faults.only_in_modes:
        return body
    for place, factor in faults.scale.items():
        _change(body, route, place, partial(mul, factor))
    for place, offset in faults.offset.items():
        _change(body, route, place, partial(add, offset))
    for place, fixed in (faults.stuck | (faults.glitch if glitches else {})).items():
        _change(body, route, place, partial(_replaced, fixed))
    for places, function in (
        (faults.as_text, str),
        (faults.as_number, _number),
        (faults.not_a_number, lambda _: NOT_A_NUMBER),
        (faults.null, lambda _: None),
    ):
        for place in places:
            _change(body, route, place, function)
    for place in faults.missing:
        _remove(body, route, place)
    if route == "/all/get" and faults.all_get_nested:
        battery = {key: body.pop(key) for key in BATTERY_KEYS if key in body}
        body = {"dcdc": body, "battery": battery}
    return body


def _mode(body: JsonObject) -> Any:
    """Return the mode code that an answer shows; the quick status shows it by name and direction only."""
    status = body.get("status", {})
    name = status.get("operationMode")
    short = f"{name}, {status.get('runningState')}" if name == "Heteronomy CV" else name
    return status.get("status", SHORT_MODES.get(short))


def odd(body: JsonObject, route: str, oddities: DriverOddities, rng: random.Random) -> JsonObject:
    """Return `body` as a driver with these legal peculiarities would answer it on `route`."""
    body = _copy(body)
    if oddities.omit_unused_keys:
        for place in UNUSED:
            _remove(body, route, place)
    for place, value in oddities.extra_keys.items():
        *parents, key = place.split(".")
        found = _parent(body, parents)
        if found is not None:
            found[key] = value
    ordered: JsonObject = _each(body, lambda value: _spelled(value, oddities))
    return _reordered(ordered, oddities, rng)


def _spelled(value: Any, oddities: DriverOddities) -> Any:
    if not isinstance(value, float):
        return value
    if oddities.decimals is not None:
        value = round(value, oddities.decimals)
    if oddities.whole_floats_as_integers and value.is_integer():
        return int(value)
    return value


def _reordered(value: JsonObject, oddities: DriverOddities, rng: random.Random) -> JsonObject:
    keys = list(value)
    match oddities.key_order:
        case "sorted":
            keys.sort()
        case "reversed":
            keys.reverse()
        case "shuffled":
            rng.shuffle(keys)
        case _:
            pass
    return {key: _reordered(value[key], oddities, rng) if isinstance(value[key], dict) else value[key] for key in keys}


def _each(value: Any, function: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _each(member, function) for key, member in value.items()}
    return function(value)


def _copy(body: JsonObject) -> JsonObject:
    copied: JsonObject = _each(body, lambda value: value)
    return copied


def _replaced(fixed: Any, _: Any) -> Any:
    return fixed


def _number(text: Any) -> Any:
    try:
        return int(text, 0)
    except (TypeError, ValueError):
        return text


def _change(body: JsonObject, route: str, place: str, function: Callable[[Any], Any]) -> None:
    found, key = _find(body, route, place)
    if found is not None:
        found[key] = function(found[key])


def _remove(body: JsonObject, route: str, place: str) -> None:
    found, key = _find(body, route, place)
    if found is not None:
        del found[key]


def _find(body: JsonObject, route: str, place: str) -> tuple[JsonObject | None, str]:
    only, _, path = place.rpartition(":")
    *parents, key = path.split(".")
    found = _parent(body, parents) if only in ("", route) else None
    return (found if found is not None and key in found else None), key


def _parent(body: JsonObject, parents: Sequence[str]) -> JsonObject | None:
    found: Any = body
    for name in parents:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None
