"""Answers: numbers with or without a unit, several values in one line, words; and what is no answer."""

from __future__ import annotations

import re

from instruments.errors import BadAnswer
from instruments.message import parse_number

OVERLOAD = 9.9e37
"""SCPI-1999 volume 1, 7.2.1: 9.9E37 stands for infinity and 9.91E37 for "not a number"."""

BASES = {"0X": 16, "#H": 16, "#B": 2}
"""Bases of IEEE 488.2's non-decimal numbers, and what some instruments write instead."""
LARGEST_STATUS = 2**32

ERROR_ENTRY = re.compile(r"""\s*(?:([+-]?\d+)(?:\s*[,;\s]\s*(.*?))?|["']?no error.*)\s*""", re.IGNORECASE | re.DOTALL)
"""An entry of the error queue: a number, then a text behind a comma or a blank; or the words "no error" alone."""

ON_OFF = {"ON": True, "1": True, "+1": True, "OFF": False, "0": False, "+0": False}


def read_number(text: str, unit: str, source: str) -> float:
    """Return the number in an answer such as "12.5", "+1.25000E+01" or "12.5 V", in `unit`.

    source: what to say in the error: instrument and query. Raises BadAnswer for words and overload values.
    """
    value = parse_number(text, (unit,) if unit else ())
    if value is None:
        raise BadAnswer(f"{source}: the answer {text!r} is not a number{f' in {unit}' if unit else ''}.")
    if abs(value) >= OVERLOAD:
        raise BadAnswer(f"{source}: the answer {text!r} is the overload value: the input is outside its range.")
    return value


def read_numbers(text: str, units: tuple[str, ...], separator: str, source: str) -> tuple[float, ...]:
    """Return the first len(units) numbers of an answer such as "12.5 V, 33.3 A, 420 W" or "1.0;2.0"."""
    numbers = tuple(read_number(piece, unit, source) for piece, unit in zip(text.split(separator), units, strict=False))
    if len(numbers) < len(units):
        raise BadAnswer(f"{source}: the answer {text!r} holds {len(numbers)} values instead of {len(units)}.")
    return numbers


def read_on_off(text: str, source: str) -> bool:
    """Return the state in an answer such as "ON", "0" or "+1.0E+00"."""
    word = text.strip().strip("\"'").upper()
    state = ON_OFF.get(word)
    number = parse_number(word, ()) if state is None else None
    if number in (0.0, 1.0):
        return bool(number)
    if state is None:
        raise BadAnswer(f"{source}: the answer {text!r} is neither ON nor OFF.")
    return state


def read_integer(text: str, source: str) -> int:
    """Return a status word in decimal, or with 0x, #H or #B in front; what follows a comma is left."""
    word = text.partition(",")[0].strip()
    base = BASES.get(word[:2].upper())
    try:
        number = int(float(word)) if base is None else int(word[2:], base)
    except (ValueError, OverflowError) as problem:
        raise BadAnswer(f"{source}: the answer {text!r} is not a status word.") from problem
    if abs(number) > LARGEST_STATUS:
        raise BadAnswer(f"{source}: the answer {text!r} is not a status word.")
    return number


def split_error(text: str, source: str) -> tuple[int, str]:
    """Return code and text of an error queue entry such as '-222,"Data out of range"' or '0 No Error'."""
    found = ERROR_ENTRY.fullmatch(text)
    if found is None:
        raise BadAnswer(f"{source}: the answer {text!r} is not an error queue entry.")
    return int(found[1] or 0), (found[2] or text).strip().strip("\"'")


def write_number(value: float) -> str:
    """Return a number as every instrument reads it: fixed point, six decimals, no trailing zeros."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
