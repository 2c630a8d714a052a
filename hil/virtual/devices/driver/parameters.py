"""Parameters of a set: what the request says, what is remembered, and what the words of the wire can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hil.virtual.devices.driver.problems import CallError
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.devices.driver.words import DIG, DRG, DVG, Word

STOP, CV, CC_DISCHARGE, CC_CHARGE = 0x0000, 0x0014, 0x0002, 0x0041
SETTABLE_MODES = (STOP, CC_DISCHARGE, CV, CC_CHARGE)

ALL = ("mode", "dig", "dvg", "drg")

MISSING = {"mode": "No operationMode", "dig": "No dig", "dvg": "No dvg"}
"""In the order in which they are looked for."""

NUMBERS: dict[str, Word] = {"dvg": DVG, "drg": DRG, "dig": DIG}
"""In the order in which they are checked."""


@dataclass(frozen=True)
class SetPoints:
    """What a set commands: mode, V, fraction, A."""

    mode: int
    dvg: float
    drg: float
    dig: float


@dataclass
class Memory:
    """What the driver remembers of earlier sets: the texts of the last successful ones and the acknowledged mode."""

    texts: dict[str, str] = field(default_factory=dict)
    mode: int = STOP
    points: SetPoints | None = None
    full_sets: int = 0
    mode_before_stop: int = STOP

    def forget(self, keep_texts: bool) -> None:
        """Start anew, as a driver that is restarted: nothing is known, the converter is taken to be in Stop."""
        self.mode_before_stop = self.mode
        self.texts = self.texts if keep_texts else {}
        self.mode, self.points, self.full_sets = STOP, None, 0


def complete(given: Mapping[str, str], memory: Memory) -> dict[str, str]:
    """Return the texts of a full set. What the request does not say comes from memory; drg is 0 if nowhere known.

    Raises CallError with the driver's text.
    """
    return _lookup({name: {**memory.texts, **given} for name in ALL})


def complete_partial(given: Mapping[str, str], memory: Memory, own: Sequence[str]) -> dict[str, str]:
    """Return the texts of a partial set: its own parameters from the request, all others from memory only.

    drg may come from memory in any case. Raises CallError with the driver's text, also when one is missing that is
    not sent.
    """
    texts = {name: given if name in own else memory.texts for name in ALL}
    return _lookup(texts | {"drg": {**memory.texts, **texts["drg"]}})


def _lookup(sources: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    texts = {"drg": sources["drg"].get("drg", "0")}
    for name, missing in MISSING.items():
        if name not in sources[name]:
            raise CallError(missing)
        texts[name] = sources[name][name]
    return texts


def number(name: str, text: str, settings: DriverSettings) -> float:
    """Return the value that the converter's word can hold. Raises CallError with the driver's text."""
    refused = settings.faults.refused_numbers
    if refused is not None and re.search(refused, text):
        raise CallError(f"bad value: {text}")
    try:
        return NUMBERS[name].encode(_misread(text, settings))
    except (ArithmeticError, ValueError) as error:
        raise CallError(str(error)) from error


def _misread(text: str, settings: DriverSettings) -> str:
    """Return the part of a number's text that a faulty driver reads."""
    if settings.faults.exponent_ignored:
        text = re.split("[eE]", text)[0]
    decimals = settings.faults.read_decimals
    if decimals is not None and "." in text:
        whole, fraction = text.split(".", 1)
        text = f"{whole}.{fraction[:decimals]}"
    return text


def mode(text: str, settings: DriverSettings) -> int:
    """Return the mode's code. Raises CallError with the driver's text."""
    refused = settings.faults.refused_modes
    if not text.startswith("0x") or (refused is not None and re.search(refused, text)):
        raise CallError(f"bad value: {text}")
    try:
        code = int(text[2:], 16)
    except ValueError as error:
        raise CallError(f"bad value: {text}") from error
    if code not in SETTABLE_MODES:
        raise CallError(f"bad value: operation mode: {code}")
    return code


def set_points(texts: Mapping[str, str], settings: DriverSettings) -> SetPoints:
    """Return the set-points of a complete set. Raises CallError: dvg and drg are checked first, then dig, then mode."""
    values = {name: number(name, texts[name], settings) for name in NUMBERS}
    return SetPoints(mode=mode(texts["mode"], settings), **values)
