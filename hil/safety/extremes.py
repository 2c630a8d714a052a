"""The highest voltage, current and energy of a run, as planned and as measured, in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from hil.safety.watching import Terminal

BATTERY, GRID, METER = "battery", "grid", "meter"


@dataclass(frozen=True)
class Extremes:
    """Largest magnitudes in V and A; energy in W h through the unit, both directions added.

    grid_current: of the unit; None where no ammeter measures it. source_current: of an instrument on the grid side:
    the source also feeds the sink while the grid is stiff.
    """

    grid_voltage: float = 0.0
    grid_current: float | None = 0.0
    source_current: float = 0.0
    battery_voltage: float = 0.0
    battery_current: float = 0.0
    energy: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """Return the numbers that are there by name, as the manifest keeps them."""
        numbers = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: round(number, 6) for name, number in numbers.items() if number is not None}


def measured(terminals: Iterable[Terminal], sides: Mapping[str, str], kinds: Mapping[str, str]) -> Extremes:
    """Return what was measured at these terminals; `sides` and `kinds` as in `hil.safety.rules.Rules`.

    The energy is that of the battery's terminals: the unit's own consumption and losses are in it.
    """
    listed = list(terminals)
    battery = [terminal for terminal in listed if sides[terminal.name] == BATTERY]
    grid = [terminal for terminal in listed if sides[terminal.name] == GRID]
    ammeters = [terminal for terminal in grid if kinds[terminal.name] == METER and "A" in terminal.highest]
    powered = [terminal for terminal in grid if kinds[terminal.name] != METER]
    return Extremes(
        _highest(grid, "V"),
        _highest(ammeters, "A") if ammeters else None,
        _highest(powered, "A"),
        _highest(battery, "V"),
        _highest(battery, "A"),
        sum(terminal.moved for terminal in battery),
    )


def _highest(terminals: list[Terminal], unit: str) -> float:
    return max((terminal.highest.get(unit, 0.0) for terminal in terminals), default=0.0)
