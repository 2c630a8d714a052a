"""Program messages as IEEE 488.2 (chapter 7) and SCPI-1999 (volume 1, chapter 6) write them: text in, units out.

Pure functions: nothing here knows which commands exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from hil.virtual.devices.scpi.errors import ScpiError

LONGEST_MNEMONIC = 12
LONGEST_NUMBER = 255
LARGEST_EXPONENT = 32000

# White space of IEEE 488.2 7.4.1.2: every control character but line feed, and the space.
_SPACE = re.compile(r"[\x00-\x09\x0b-\x20]*")
_HEADER = re.compile(r"(\*[A-Z]\w*|:?[A-Z]\w*(?::[A-Z]\w*)*)(\??)", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<mantissa>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[ \t]*E[ \t]*(?P<exponent>[+-]?[0-9]+))?"
    r"(?:[ \t]*(?P<suffix>/?[A-Z][A-Z0-9./-]*))?",
    re.ASCII | re.IGNORECASE,
)
_RADIX = re.compile(r"#(?:H(?P<hex>[0-9A-F]+)|Q(?P<octal>[0-7]+)|B(?P<binary>[01]+))", re.ASCII | re.IGNORECASE)
_BLOCK = re.compile(r"#(?P<digits>[0-9])")
_WORD = re.compile(r"[A-Z]\w*", re.ASCII | re.IGNORECASE)
_STRING = re.compile(r'"((?:[^"]|"")*)"|\'((?:[^\']|\'\')*)\'')
_EXPRESSION = re.compile(r"\(([^()\"';#]*)\)")


@dataclass(frozen=True, slots=True)
class Number:
    """Decimal or non-decimal numeric data. `suffix`: the unit as written, in capitals ("" when none)."""

    value: float
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """Character data, in capitals."""

    text: str


@dataclass(frozen=True, slots=True)
class String:
    """String data without its quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Arbitrary block data."""

    text: str


@dataclass(frozen=True, slots=True)
class Expression:
    """Expression data without its parentheses, for instance a channel list "@1,2"."""

    text: str


Data = Number | Word | String | Block | Expression


@dataclass(frozen=True, slots=True)
class Unit:
    """One program message unit. `header` in capitals as sent, without the question mark."""

    header: str
    query: bool
    data: tuple[Data, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """The units before the first mistake, and the mistake if there is one."""

    units: tuple[Unit, ...]
    mistake: ScpiError | None = None


def parse(text: str) -> Message:
    """Parse one program message (without its terminator)."""
    scanner = _Scanner(text)
    units: list[Unit] = []
    try:
        while (unit := scanner.next_unit()) is not None:
            units.append(unit)
    except ScpiError as mistake:
        return Message(tuple(units), mistake)
    return Message(tuple(units))


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def next_unit(self) -> Unit | None:
        self._skip_space()
        while self._peek() == ";":
            self._at += 1
            self._skip_space()
        if self._at == len(self._text):
            return None
        found = _HEADER.match(self._text, self._at)
        if found is None:
            self._refuse(-102)
        header = found[1].upper()
        if any(len(mnemonic) > LONGEST_MNEMONIC for mnemonic in header.lstrip("*").split(":")):
            raise ScpiError(-112)
        self._at = found.end()
        if self._peek() not in ("", ";") and not self._skip_space():
            self._refuse(-111)
        return Unit(header, bool(found[2]), self._data_list())

    def _data_list(self) -> tuple[Data, ...]:
        if self._peek() in ("", ";"):
            return ()
        data = [self._datum()]
        self._skip_space()
        while self._peek() == ",":
            self._at += 1
            self._skip_space()
            data.append(self._datum())
            self._skip_space()
        if self._peek() not in ("", ";"):
            self._refuse(-103)
        return tuple(data)

    def _datum(self) -> Data:
        first = self._peek()
        if first == "#":
            return self._hash()
        if first in ('"', "'"):
            found = self._take(_STRING, -151)
            return String(found[1].replace('""', '"') if first == '"' else found[2].replace("''", "'"))
        if first == "(":
            return Expression(self._take(_EXPRESSION, -171)[1])
        if first and first in "+-.0123456789":
            return self._number()
        word = self._take(_WORD, -102)[0]
        if len(word) > LONGEST_MNEMONIC:
            raise ScpiError(-144)
        return Word(word.upper())

    def _number(self) -> Number:
        found = self._take(_NUMBER, -121)
        mantissa, exponent, suffix = found["mantissa"], found["exponent"] or "0", found["suffix"] or ""
        if len(mantissa) > LONGEST_NUMBER:
            raise ScpiError(-124)
        if len(exponent) > LONGEST_MNEMONIC or abs(int(exponent)) > LARGEST_EXPONENT:
            raise ScpiError(-123)
        if len(suffix) > LONGEST_MNEMONIC:
            raise ScpiError(-134)
        if self._peek() == ".":
            raise ScpiError(-121)
        return Number(float(f"{mantissa}e{exponent}"), suffix.upper())

    def _hash(self) -> Data:
        if radix := _RADIX.match(self._text, self._at):
            self._at = radix.end()
            base = {"hex": 16, "octal": 8, "binary": 2}[str(radix.lastgroup)]
            digits = str(radix[str(radix.lastgroup)])
            if len(digits) > LONGEST_NUMBER:
                raise ScpiError(-124)
            return Number(float(int(digits, base)))
        count = int(self._take(_BLOCK, -161)["digits"])
        if count == 0:
            start, end = self._at, len(self._text)
        else:
            length = self._text[self._at : self._at + count]
            if len(length) < count or not (length.isascii() and length.isdigit()):
                raise ScpiError(-161)
            start = self._at + count
            end = start + int(length)
        if end > len(self._text):
            raise ScpiError(-161)
        self._at = end
        return Block(self._text[start:end])

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_space(self) -> bool:
        found = _SPACE.match(self._text, self._at)
        moved = found is not None and found.end() > self._at
        if found is not None:
            self._at = found.end()
        return moved

    def _take(self, pattern: re.Pattern[str], number: int) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            self._refuse(number)
        self._at = found.end()
        return found

    def _refuse(self, number: int) -> NoReturn:
        """Raise `number`, or -101 where the character at hand can stand in no program message."""
        character = self._peek()
        raise ScpiError(-101 if character and not ("!" <= character <= "~") else number)
