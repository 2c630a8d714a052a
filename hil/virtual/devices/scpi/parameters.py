"""What a command's parameters may be, and how program data becomes Python values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.headers import mnemonic
from hil.virtual.devices.scpi.syntax import Block, Data, Expression, Number, String, Word

Value = float | bool | str | tuple[int, ...]

INFINITY = 9.9e37
NOT_A_NUMBER = 9.91e37

# IEEE 488.2 table 7-2. "M" is milli, except before OHM and HZ, where it is mega.
_MULTIPLIERS = {
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
}
_MEGA_BY_M = ("OHM", "HZ")
_RATE_TIMES = {"S": 1.0, "MS": 1e3, "US": 1e6}
_UNIT_NAMES = {"S": ("S", "SIE"), "s": ("S",), "": ("",), "PLC": ("PLC", "NPLC")}
_WRONG_TYPE: dict[type, int] = {Number: -128, Word: -148, String: -158, Block: -168, Expression: -178}


@cache
def suffix_factors(unit: str) -> dict[str, float]:
    """Return every suffix accepted for `unit` with its factor.

    unit: "V", "A", "W", "OHM", "S" (siemens), "s" (seconds), "HZ", "PLC", "" or a rate such as "V/s" or "A/us".
    """
    if "/" in unit:
        base, _, per = unit.upper().partition("/")
        own = _RATE_TIMES[per]
        return {f"{base}/{time}": factor / own for time, factor in _RATE_TIMES.items()}
    factors: dict[str, float] = {"": 1.0}
    for name in _UNIT_NAMES.get(unit, (unit,)):
        if name:
            factors |= {prefix + name: factor for prefix, factor in _MULTIPLIERS.items()}
            if name in _MEGA_BY_M:
                factors["M" + name] = 1e6
    return factors


class Limits(Protocol):
    """What MIN, MAX and DEF stand for."""

    @property
    def low(self) -> float:
        """Return the value of MIN."""

    @property
    def high(self) -> float:
        """Return the value of MAX."""

    @property
    def default(self) -> float:
        """Return the value of DEF."""


class Parameter(Protocol):
    """Turns program data into a value or raises ScpiError."""

    def convert(self, datum: Data) -> Value:
        """Return the value of `datum`."""


def _wrong_type(datum: Data) -> ScpiError:
    return ScpiError(_WRONG_TYPE[type(datum)])


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in `unit`, or a word such as MIN, MAX or INF, returned as a word: the handler knows its value."""

    unit: str = ""
    words: tuple[str, ...] = ("MINimum", "MAXimum", "DEFault")

    def convert(self, datum: Data) -> Value:
        """Return the number in `unit`, or the short form of one of `words`."""
        if isinstance(datum, Number):
            if not datum.suffix:
                return datum.value
            factors = suffix_factors(self.unit)
            if len(factors) == 1:
                raise ScpiError(-138)
            if datum.suffix not in factors:
                raise ScpiError(-131)
            return datum.value * factors[datum.suffix]
        if isinstance(datum, Word):
            return Choice(self.words).convert(datum)
        raise _wrong_type(datum)


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number: 488.2 rounds what is sent. Out of `low`..`high` is -222."""

    low: int
    high: int

    def convert(self, datum: Data) -> Value:
        """Return the rounded number."""
        if not isinstance(datum, Number):
            raise _wrong_type(datum)
        if datum.suffix:
            raise ScpiError(-138)
        if not self.low - 0.5 <= datum.value < self.high + 0.5:
            raise ScpiError(-222)
        return float(round(datum.value))


@dataclass(frozen=True, slots=True)
class Boolean:
    """ON, OFF or a number (rounded; anything but 0 is true)."""

    def convert(self, datum: Data) -> Value:
        """Return the truth value."""
        if isinstance(datum, Number):
            if datum.suffix:
                raise ScpiError(-138)
            return abs(datum.value) >= 0.5
        if isinstance(datum, Word):
            if datum.text in ("ON", "OFF"):
                return datum.text == "ON"
            raise ScpiError(-224)
        raise _wrong_type(datum)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, each in short or long form; returned in short form."""

    options: tuple[str, ...]

    def convert(self, datum: Data) -> Value:
        """Return the short form of the option."""
        if not isinstance(datum, Word):
            raise _wrong_type(datum)
        found = _option_table(self.options).get(datum.text)
        if found is None:
            raise ScpiError(-224)
        return found


@cache
def _option_table(options: tuple[str, ...]) -> dict[str, str]:
    nodes = [mnemonic(option) for option in options]
    return {spelling: node.short for node in nodes for spelling in (node.short, node.long)}


@dataclass(frozen=True, slots=True)
class Text:
    """String data."""

    def convert(self, datum: Data) -> Value:
        """Return the text."""
        if not isinstance(datum, String):
            raise _wrong_type(datum)
        return datum.text


@dataclass(frozen=True, slots=True)
class ChannelList:
    """A channel list "(@1)" or "(@1,3:4)"; the instruments here have channels 1 to `channels`."""

    channels: int = 1

    def convert(self, datum: Data) -> Value:
        """Return the channel numbers."""
        if not isinstance(datum, Expression):
            raise _wrong_type(datum)
        text = datum.text.replace(" ", "")
        if not text.startswith("@"):
            raise ScpiError(-171)
        chosen: list[int] = []
        for part in text[1:].split(","):
            first, colon, last = part.partition(":")
            last = last if colon else first
            if not _is_channel(first) or not _is_channel(last):
                raise ScpiError(-171)
            low, high = int(first), int(last)
            if not 1 <= low <= high <= self.channels:
                raise ScpiError(-222)
            chosen.extend(range(low, high + 1))
        return tuple(chosen)


def _is_channel(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6
