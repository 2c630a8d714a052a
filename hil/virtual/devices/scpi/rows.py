"""Makes rows of command tables for power instruments: a setting and its query, a switch, a choice, a measurement."""

from __future__ import annotations

import math
from dataclasses import replace

from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.parameters import INFINITY, Boolean, Choice, Quantity
from hil.virtual.devices.scpi.power import PowerCore, Span

_BOUNDS = ("MINimum", "MAXimum", "DEFault")
_MEASURED = {"V": "VOLTage[:DC]", "A": "CURRent[:DC]", "W": "POWer[:DC]"}

Rows = tuple[Command, ...]


def _bound(span: Span, word: str, sign: float) -> float:
    """Return MIN, MAX or DEF in the unit and sign of the setting; MIN of a signed sink limit is the most negative."""
    low, high = sorted((sign * span.low, sign * span.high))
    return {"MIN": low, "MAX": high, "DEF": sign * span.default, "INF": math.inf}[word]


def setting(header: str, name: str, unit: str, *, sign: float = 1.0, infinite: bool = False) -> Rows:
    """Return set and query of a numeric setting. `sign`: -1 where the wire shows a magnitude as negative."""
    words = (*_BOUNDS, "INFinity") if infinite else _BOUNDS

    def change(core: PowerCore, value: float | str) -> None:
        number = _bound(core.limits(name), value, sign) if isinstance(value, str) else value
        core.program(name, sign * number)

    def ask(core: PowerCore, word: str | None = None) -> str:
        number = sign * core.number(name) if word is None else _bound(core.limits(name), word, sign)
        return core.conventions.number(INFINITY if math.isinf(number) else number, unit, core.settings)

    return (
        Command(header, change, (Quantity(unit, words),)),
        Command(f"{header}?", ask, (Choice(_BOUNDS),), optional=1),
    )


def flag(header: str, name: str) -> Rows:
    """Return set and query of a boolean setting."""
    return (
        Command(header, lambda core, on: core.store(name, on), (Boolean(),)),
        Command(f"{header}?", lambda core: core.conventions.boolean[bool(core.values[name])]),
    )


def choice(header: str, name: str, options: dict[str, str]) -> Rows:
    """Return set and query of a setting that takes words. `options`: word as declared -> value of the setting."""
    values = {"".join(c for c in word if not c.islower()): value for word, value in options.items()}
    shown: dict[str, str] = {}
    for word, value in values.items():
        shown.setdefault(value, word)
    return (
        Command(header, lambda core, word: core.store(name, values[word]), (Choice(tuple(options)),)),
        Command(f"{header}?", lambda core: shown[core.values[name]]),
    )


def output(header: str) -> Rows:
    """Return set and query of the output (or input) switch."""
    return (
        Command(header, lambda core, on: core.switch(on), (Boolean(),)),
        Command(f"{header}?", lambda core: core.conventions.boolean[core.is_on()]),
    )


def _reading(core: PowerCore, quantity: str) -> str:
    return core.conventions.number(core.reading(quantity), quantity, core.settings)


def measurements(prefix: str = "MEASure[:SCALar]", quantities: str = "VAW") -> Rows:
    """Return the queries for voltage, current and power under `prefix`."""
    return tuple(
        Command(f"{prefix}:{_MEASURED[quantity]}?", lambda core, quantity=quantity: _reading(core, quantity))
        for quantity in quantities
    )


def ignored(header: str, shown: str | None = None) -> Rows:
    """Return a command that is understood and changes nothing here, and its query if it has one."""
    rows: Rows = (Command(header, lambda _core: None),)
    return rows if shown is None else (*rows, Command(f"{header}?", lambda _core: shown))


def addressed(rows: Rows) -> Rows:
    """Return rows that also take a channel list."""
    return tuple(replace(row, addressed=True) for row in rows)
