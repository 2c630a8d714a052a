"""Limits on the wire: every outgoing message is read and judged before it leaves, whoever sends it.

The headers that set something dangerous are data: the ones that SCPI-1999 names are here, a dialect adds its
own. A header is matched generously (any abbreviation between short and long form, any numeric suffix, relative
and absolute reading), a value strictly (a number within the limits, or the message stays here). A command that
sets anything else must be one that the dialect itself uses, or one that cannot do harm; of any other nobody knows
what it would set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NoReturn

from instruments.errors import OutsideLimits
from instruments.limits import Limits
from instruments.message import Unit, parse_message, parse_number

Quantity = Literal[
    "voltage",
    "current",
    "sink_current",
    "power",
    "resistance",
    "conductance",
    "overvoltage",
    "overcurrent",
    "short_circuit",
    "output",
    "forbidden",
]
"""What a header sets. "current" is signed on a bidirectional supply, and sinking on a load."""

UNITS: dict[str, tuple[str, ...]] = {
    "voltage": ("V",),
    "current": ("A",),
    "sink_current": ("A",),
    "power": ("W",),
    "resistance": ("OHM",),
    "conductance": ("S", "SIE"),
    "overvoltage": ("V",),
    "overcurrent": ("A",),
}
ON_WORDS = {"ON": True, "1": True, "OFF": False, "0": False}


@dataclass(frozen=True)
class LimitedHeader:
    """A header in SCPI notation ("[SOURce:]VOLTage[:LEVel]") and what its parameters set, one after the other."""

    header: str
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True)
class Setting:
    """One thing that a message would set: what a cross rule is asked about.

    value: SI value with the sign that was sent, or 1.0 / 0.0 for "output" and "short_circuit".
    """

    instrument: str
    quantity: Quantity
    value: float
    text: str


CrossRule = Callable[[Setting], str | None]
"""Returns the reason why a setting must not be made now (rules across instruments), or None."""


def _levels(node: str, *quantities: Quantity) -> LimitedHeader:
    return LimitedHeader(f"[SOURce:]{node}[:LEVel][:IMMediate][:AMPLitude]", quantities)


COMMON: tuple[LimitedHeader, ...] = (
    _levels("VOLTage", "voltage"),
    _levels("CURRent", "current"),
    _levels("POWer", "power"),
    _levels("RESistance", "resistance"),
    _levels("CONDuctance", "conductance"),
    LimitedHeader("[SOURce:]VOLTage[:LEVel]:TRIGgered[:AMPLitude]", ("voltage",)),
    LimitedHeader("[SOURce:]CURRent[:LEVel]:TRIGgered[:AMPLitude]", ("current",)),
    LimitedHeader("[SOURce:]POWer[:LEVel]:TRIGgered[:AMPLitude]", ("power",)),
    LimitedHeader("[SOURce:]LIST:VOLTage[:LEVel]", ("voltage",)),
    LimitedHeader("[SOURce:]LIST:CURRent[:LEVel]", ("current",)),
    LimitedHeader("[SOURce:]LIST:POWer[:LEVel]", ("power",)),
    LimitedHeader("APPLy", ("voltage", "current")),
    LimitedHeader("[SOURce:]VOLTage:PROTection[:LEVel][:HIGH]", ("overvoltage",)),
    LimitedHeader("[SOURce:]CURRent:PROTection[:LEVel][:HIGH]", ("overcurrent",)),
    LimitedHeader("[SOURce:]INPut:SHORt[:STATe]", ("short_circuit",)),
    LimitedHeader("OUTPut[:STATe][:IMMediate]", ("output",)),
    LimitedHeader("[SOURce:]INPut[:STATe][:IMMediate]", ("output",)),
    LimitedHeader("*RCL", ("forbidden",)),
    LimitedHeader("MEMory:STATe:RECall", ("forbidden",)),
)
"""Set-point headers of SCPI-1999 volume 2 (SOURce, OUTPut, INPut) and what brings stored set-points back."""

HARMLESS = (
    *("*CLS", "*ESE", "*SRE", "*OPC", "*WAI", "ABORt"),
    *("STATus:PRESet", "STATus:QUEStionable:ENABle", "STATus:OPERation:ENABle", "SYSTem:ERRor:CLEar"),
    *("SYSTem:REMote", "SYSTem:RWLock", "SYSTem:BEEPer[:IMMediate]", "DISPlay[:WINDow][:STATe]", "DISPlay:TEXT"),
)
"""Commands of IEEE 488.2 and SCPI-1999 that change nothing at the terminals and no protection."""


class Template:
    """A command that a dialect uses, such as "SYST:COMM:WDOG {seconds}": its units, with anything in the braces."""

    def __init__(self, command: str) -> None:
        self._units = [(set(unit.paths), _parameters_pattern(unit.parameters)) for unit in parse_message(command).units]

    def covers(self, unit: Unit) -> bool:
        """Tell whether `unit` is one of the template's."""
        sent = ",".join(unit.parameters)
        return any(paths >= set(unit.paths) and pattern.fullmatch(sent) for paths, pattern in self._units)


@dataclass(frozen=True)
class SlewCommand:
    """A command of a dialect that sets a slew rate. factor: what one V/s or A/s is in the instrument's unit."""

    command: str
    quantity: Literal["voltage", "current"]
    factor: float


def _parameters_pattern(parameters: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^,]*", re.escape(",".join(parameters))), re.IGNORECASE)


@lru_cache(maxsize=1024)
def header_pattern(notation: str) -> re.Pattern[str]:
    """Compile SCPI notation into a pattern for an upper-case header: optional nodes, abbreviations, suffixes."""
    if notation.startswith("*"):
        return re.compile(re.escape(notation.upper()))
    pattern, position = "", 0
    for found in re.finditer(r"[A-Za-z]+\d*", notation):
        before = notation[position : found.start()]
        pattern += before.replace("[", "(?:").replace("]", ")?") + _mnemonic(found[0])
        position = found.end()
    return re.compile(pattern + notation[position:].replace("]", ")?").replace("[", "(?:"))


def _mnemonic(word: str) -> str:
    """Match a mnemonic in its short form, its long form and everything between, with any numeric suffix."""
    letters = word.rstrip("0123456789")
    short = "".join(letter for letter in letters if letter.isupper())
    rest = ""
    for letter in reversed(letters[len(short) :].upper()):
        rest = f"(?:{letter}{rest})?"
    return short + rest + r"\d*"


class Envelope:
    """The limits of one instrument, asked about every message it is to be sent.

    kind: "supply", "bidirectional", "load" or "meter": decides what the sign of a current may be.
    headers: the dialect's own set-point headers, looked at before the common ones. commands: what the dialect sends,
    with names in braces for what is filled in. slews: those of them that set a slew rate. rule: rules across
    instruments.
    """

    def __init__(
        self,
        instrument: str,
        kind: str,
        limits: Limits,
        headers: Iterable[LimitedHeader] = (),
        rule: CrossRule | None = None,
        commands: Iterable[str] = (),
        slews: Iterable[SlewCommand] = (),
    ) -> None:
        self.limits = limits
        self._instrument = instrument
        self._kind = kind
        self._rule = rule
        self._headers = [(header_pattern(limited.header), limited.quantities) for limited in (*headers, *COMMON)]
        self._templates = [Template(command) for command in commands]
        self._slews = [(Template(slew.command), slew) for slew in slews]
        self._harmless = [header_pattern(notation) for notation in HARMLESS]
        self._known: dict[str, tuple[Setting, ...]] = {}

    def check(self, message: str) -> None:
        """Raise OutsideLimits if any unit of the message would set something outside the limits."""
        settings = self._known.get(message)
        if settings is None:
            settings = tuple(self._settings(message))
            if len(self._known) > 1000:
                self._known.clear()
            self._known[message] = settings
        if self._rule is not None:
            for setting in settings:
                reason = self._rule(setting)
                if reason is not None:
                    self._refuse(setting.text, reason)

    def _settings(self, message: str) -> Iterable[Setting]:
        for unit in parse_message(message).units:
            if unit.query:
                continue
            found = [self._quantities(path) for path in unit.paths]
            if not any(found) and not self._is_known(unit):
                self._refuse(unit.text, "nothing in the instrument's dialect says what it sets")
            self._refuse_fast(unit)
            for quantities in found:
                yield from self._settings_of(unit, quantities)

    def _refuse_fast(self, unit: Unit) -> None:
        """Raise OutsideLimits for a slew rate beyond the limit, or one that is no number."""
        for template, slew in self._slews:
            limit = getattr(self.limits, f"{slew.quantity}_slew_max")
            if limit is None or not template.covers(unit):
                continue
            unit_name = f"{UNITS[slew.quantity][0]}/s"
            value = parse_number(",".join(unit.parameters), ())
            if value is None:
                self._refuse(unit.text, f"its slew rate is not a number, and the limit is {limit:g} {unit_name}")
            if abs(value) / slew.factor > limit * (1.0 + 1e-9):
                self._refuse(
                    unit.text,
                    f"{slew.quantity} slew {abs(value) / slew.factor:g} {unit_name} is above {limit:g} {unit_name}",
                )

    def _is_known(self, unit: Unit) -> bool:
        """Tell whether a unit that sets nothing limited is one the dialect uses, or can do no harm."""
        if any(template.covers(unit) for template in self._templates):
            return True
        return all(any(pattern.fullmatch(path) for pattern in self._harmless) for path in unit.paths)

    def _quantities(self, path: str) -> tuple[Quantity, ...]:
        for pattern, quantities in self._headers:
            if pattern.fullmatch(path):
                return quantities
        return ()

    def _settings_of(self, unit: Unit, quantities: tuple[Quantity, ...]) -> Iterable[Setting]:
        if not quantities:
            return
        if quantities == ("forbidden",):
            self._refuse(unit.text, "it brings back stored set-points that nobody has checked")
        values = [text for text in unit.parameters if not _is_channel(text)]
        if not values:
            self._refuse(unit.text, "it has no value that could be checked")
        for position, text in enumerate(values):
            quantity = quantities[min(position, len(quantities) - 1)]
            value = self._value(unit, quantity, text)
            reason = self._outside(quantity, value)
            if reason is not None:
                self._refuse(unit.text, reason)
            yield Setting(self._instrument, quantity, value, unit.text)

    def _value(self, unit: Unit, quantity: Quantity, text: str) -> float:
        if quantity in ("output", "short_circuit"):
            known = ON_WORDS.get(text.upper())
            return 1.0 if known is None else float(known)
        value = parse_number(text, UNITS[quantity])
        if value is None:
            self._refuse(unit.text, f"{text!r} is not a number in {UNITS[quantity][0]}; words such as MAX are refused")
        return value

    def _outside(self, quantity: Quantity, value: float) -> str | None:
        """Return why the value lies outside the limits, or None."""
        if quantity == "short_circuit":
            return None if not value or self.limits.short_circuit else "this bench allows no short-circuit mode"
        low, high, unit = self._range(quantity)
        if low <= value <= high:
            return None
        return f"{quantity.replace('_', ' ')} {value:g} {unit} is outside {low:g} {unit} to {high:g} {unit}"

    def _range(self, quantity: Quantity) -> tuple[float, float, str]:
        limits, infinity = self.limits, float("inf")
        source, sink = limits.source_current_max, limits.sink_current_max
        ranges: dict[str, tuple[float, float, str]] = {
            "voltage": (limits.voltage_min, limits.voltage_max, "V"),
            "current": {"load": (-sink, sink, "A"), "supply": (0.0, source, "A")}.get(self._kind, (-sink, source, "A")),
            "sink_current": (-sink, sink, "A"),
            "power": (-limits.power_max, limits.power_max, "W"),
            "resistance": (limits.resistance_min if self._kind == "load" else 0.0, infinity, "ohm"),
            "conductance": (0.0, 1.0 / limits.resistance_min if limits.resistance_min else infinity, "S"),
            "overvoltage": (0.0, infinity if limits.overvoltage_max is None else limits.overvoltage_max, "V"),
            "overcurrent": (-infinity, infinity if limits.overcurrent_max is None else limits.overcurrent_max, "A"),
            "output": (0.0, 1.0, ""),
        }
        return ranges[quantity]

    def _refuse(self, text: str, reason: str) -> NoReturn:
        raise OutsideLimits(f"{self._instrument}: {text!r} was not sent: {reason}.")


def _is_channel(text: str) -> bool:
    """Tell whether a parameter only names an output: "CH1", "(@1,2)"."""
    return bool(re.fullmatch(r"CH\d+|\(@.*\)", text, re.IGNORECASE))
