"""Program messages as IEEE 488.2 writes them: units, headers, parameters, numbers with units.

This is the reading side, for the envelope: it takes apart whatever anybody wants to send. Where instruments
differ in how they read a message, it keeps every reading (see `Unit.paths`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MULTIPLIERS = {
    "": 1.0,
    "EX": 1e18,
    "PE": 1e15,
    "T": 1e12,
    "G": 1e9,
    "MA": 1e6,
    "K": 1e3,
    "M": 1e-3,
    "U": 1e-6,
    "N": 1e-9,
    "P": 1e-12,
    "F": 1e-15,
    "A": 1e-18,
}
"""IEEE 488.2-1992, table 7-2: suffix multipliers. M is milli."""

PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
"""A number in the form in which nearly every answer comes; `float` reads it as it is."""
NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:\s*[eE]\s*[+-]?\d+)?)\s*([A-Za-z/%°Ω]*)\s*\Z")

HEADER = re.compile(r"([^\s?]+)(\??)(.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Unit:
    """One program message unit: `VOLT 48` in `VOLT 48;:CURR 3;*OPC?`.

    paths: the headers it may mean, absolute, upper case, without the leading colon: relative to the
    header before it as SCPI says, and from the root as instruments with a simpler parser take it.
    parameters: the text between the commas, blanks removed, as sent.
    """

    text: str
    paths: tuple[str, ...]
    query: bool
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """A whole program message, taken apart."""

    units: tuple[Unit, ...]
    asks: bool
    """Whether an answer follows."""
    only_asks: bool
    """Whether it holds nothing but queries, so that sending it again changes nothing."""


@lru_cache(maxsize=4096)
def parse_message(text: str) -> Message:
    """Take a message apart. Never raises: what cannot be read is a unit with an odd header."""
    units = []
    for line in _split(text, "\r\n"):
        path = ""
        for piece in _split(line, ";"):
            unit, path = _parse_unit(piece.strip(), path)
            if unit is not None:
                units.append(unit)
    asks = [unit.query for unit in units]
    return Message(tuple(units), any(asks), bool(asks) and all(asks))


def parse_number(text: str, units: tuple[str, ...]) -> float | None:
    """Return the value of a decimal number, with a multiplier and one of `units` if it has any; else None.

    "48", "4.8E1", "48000 mV" and "0.048kV" are all 48 for units ("V",). None for MOHM, which is mega by the
    standard and milli to some instruments.
    """
    if PLAIN_NUMBER.match(text) is not None:
        return float(text)
    found = NUMBER.match(text)
    if found is None:
        return None
    value, suffix = float(re.sub(r"\s", "", found[1])), found[2].upper().replace("Ω", "OHM")
    for unit in ("", *(unit.upper() for unit in units)):
        if suffix.endswith(unit) and suffix[: len(suffix) - len(unit)] in MULTIPLIERS:
            prefix = suffix[: len(suffix) - len(unit)]
            if not unit and prefix:
                continue
            return None if (prefix, unit) == ("M", "OHM") else value * MULTIPLIERS[prefix]
    return None


def _split(text: str, separators: str) -> list[str]:
    """Split at any of `separators` outside quotes and parentheses."""
    pieces, start, quote, depth = [], 0, "", 0
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "()":
            depth = max(0, depth + (1 if character == "(" else -1))
        elif character in separators and depth == 0:
            pieces.append(text[start:position])
            start = position + 1
    return [*pieces, text[start:]]


def _parse_unit(text: str, path: str) -> tuple[Unit | None, str]:
    """Return one unit and the path that the next one is relative to."""
    if not text:
        return None, path
    found = HEADER.match(text)
    name, mark, rest = (found[1].upper(), found[2], found[3]) if found else (text.upper(), "", "")
    paths: tuple[str, ...]
    if name.startswith("*"):
        paths = (name,)
    elif name.startswith(":"):
        paths = (name.lstrip(":"),)
        path = paths[0].rpartition(":")[0]
    else:
        relative = f"{path}:{name}" if path else name
        paths = (relative,) if relative == name else (relative, name)
        path = relative.rpartition(":")[0]
    parameters = tuple(parameter.strip() for parameter in _split(rest, ",") if parameter.strip())
    return Unit(text, paths, bool(mark), parameters), path
