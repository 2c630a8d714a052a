"""The efficiency map: grid voltage against battery voltage, one picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reports.numbers import decimals, number
from reports.run_data import Measurement

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
LEFT, RIGHT, TOP, BOTTOM = 60.0, 690.0, 28.0, 40.0
"""Edges of a panel in a picture 720 wide: left and right, and what is left free above and below."""
HEIGHT, SQUARE = 190.0, (54.0, 24.0)
"""Height of the area of a panel, width and height of the mark of a point."""
APART = (34.0, 14.0)
"""Room that a voltage needs along the axis across and the one upwards."""
FEWEST = 3
"""Points that make a map."""
LEAST, BEST = (236, 241, 247), (107, 174, 214)
"""Colours of the lowest and the highest efficiency; black is read on both, on paper too."""


@dataclass(frozen=True)
class Point:
    """One point of the map: V, V, a fraction and its expanded uncertainty."""

    battery: float
    grid: float
    efficiency: float
    uncertainty: float | None


def efficiency_points(rows: list[Measurement]) -> dict[str, list[Point]]:
    """Return, per mode, a point of every measurement named efficiency whose conditions state vb and vg.

    The mode is what the conditions say without a number, like CHARGE; "" when they say nothing.
    """
    points: dict[str, list[Point]] = {}
    for row in rows:
        numbers = parse_conditions(row.conditions)
        if row.quantity.lower().startswith("efficiency") and row.value is not None and {"vb", "vg"} <= numbers.keys():
            mode = "; ".join(part.strip() for part in row.conditions.split(";") if "=" not in part)
            point = Point(numbers["vb"], numbers["vg"], row.value, row.uncertainty)
            points.setdefault(mode, []).append(point)
    return points


def parse_conditions(text: str) -> dict[str, float]:
    """Return the numbers in conditions such as "vg=350 V; vb=48 V"."""
    found = {}
    for part in text.split(";"):
        key, _, value = part.partition("=")
        first = _NUMBER.search(value)
        if first:
            found[key.strip()] = float(first.group())
    return found


def efficiency_svg(maps: dict[str, list[Point]]) -> bytes | None:
    """Return the map as SVG, one panel per mode, or None when fewer than three points were measured."""
    every = [point for points in maps.values() for point in points]
    if len(every) < FEWEST:
        return None
    panel = TOP + HEIGHT + BOTTOM
    drawn = [_panel(mode, points, every, panel * place) for place, (mode, points) in enumerate(maps.items())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {panel * len(maps):g}" font-size="11" '
        f'font-family="Libertinus Serif, sans-serif" text-anchor="middle">{"".join(drawn)}</svg>'
    ).encode()


def _panel(mode: str, points: list[Point], every: list[Point], top: float) -> str:
    """Draw one mode; all panels have the axes and the colours of all points."""
    across, up = [point.battery for point in every], [point.grid for point in every]
    lowest, highest = min(point.efficiency for point in every), max(point.efficiency for point in every)
    base, half = top + TOP + HEIGHT, (SQUARE[0] / 2, SQUARE[1] / 2)
    parts = [
        _text(375, top + 18, mode, 'font-size="13"'),
        f'<path d="M{LEFT:g} {top + TOP:g}H{RIGHT:g}v{HEIGHT:g}H{LEFT:g}z" fill="none" stroke="#555"/>',
        _text(375, base + 32, "battery voltage / V"),
        _text(0, 0, "grid voltage / V", f'transform="translate(14 {base - HEIGHT / 2:g}) rotate(-90)"'),
    ]
    for volts, x in _ticks(across, LEFT + 40, RIGHT - 40, APART[0]):
        parts.append(_text(x, base + 15, number(volts, 2)))
    for volts, y in _ticks(up, base - 25, base - HEIGHT + 25, APART[1]):
        parts.append(_text(LEFT - 20, y + 4, number(volts, 1)))
    for point in points:
        x = _place(point.battery, across, LEFT + 40, RIGHT - 40)
        y = _place(point.grid, up, base - 25, base - HEIGHT + 25)
        share = _place(point.efficiency, [lowest, highest], 0.0, 1.0)
        colour = ",".join(f"{a + (b - a) * share:.0f}" for a, b in zip(LEAST, BEST, strict=True))
        parts.append(
            f'<rect x="{x - half[0]:.1f}" y="{y - half[1]:.1f}" width="{SQUARE[0]:g}" height="{SQUARE[1]:g}" '
            f'fill="rgb({colour})"/>'
        )
        parts.append(_text(x, y + 4, number(point.efficiency, decimals(point.uncertainty))))
    return "".join(parts)


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def _ticks(volts: list[float], first: float, last: float, apart: float) -> list[tuple[float, float]]:
    """Return the voltages that are written at an axis, and where: those that do not touch the one before."""
    ticks: list[tuple[float, float]] = []
    for value in sorted(set(volts)):
        place = _place(value, volts, first, last)
        if not ticks or abs(place - ticks[-1][1]) >= apart:
            ticks.append((value, place))
    return ticks


def _place(value: float, every: list[float], first: float, last: float) -> float:
    """Return where a value lies between `first` and `last`, which stand for the lowest and the highest of all."""
    low, high = min(every), max(every)
    return 0.5 * (first + last) if high == low else first + (last - first) * (value - low) / (high - low)
