"""The efficiency map: grid voltage against battery voltage, one picture."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reports.run_data import Measurement

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

Point = tuple[float, float, float]
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def efficiency_points(rows: list[Measurement]) -> dict[str, list[Point]]:
    """Return, per mode, (vb, vg, efficiency) of every measurement named efficiency whose conditions state vb and vg.

    The mode is what the conditions say without a number, like CHARGE; "" when they say nothing.
    """
    points: dict[str, list[Point]] = {}
    for row in rows:
        numbers = parse_conditions(row.conditions)
        if row.quantity.lower().startswith("efficiency") and row.value is not None and {"vb", "vg"} <= numbers.keys():
            mode = "; ".join(part.strip() for part in row.conditions.split(";") if "=" not in part)
            points.setdefault(mode, []).append((numbers["vb"], numbers["vg"], row.value))
    return points


def parse_conditions(text: str) -> dict[str, float]:
    """Return the numbers in conditions such as "vg=350 V; vb=48 V"."""
    found = {}
    for part in text.split(";"):
        key, _, value = part.partition("=")
        number = _NUMBER.search(value)
        if number:
            found[key.strip()] = float(number.group())
    return found


def efficiency_svg(rows: list[Measurement]) -> bytes | None:
    """Return the map as SVG, one panel per mode, or None when fewer than three points were measured."""
    maps = tuple((mode, tuple(points)) for mode, points in efficiency_points(rows).items())
    return _map(maps) if sum(len(points) for _, points in maps) >= 3 else None


@lru_cache(maxsize=2)
def _map(maps: tuple[tuple[str, tuple[Point, ...]], ...]) -> bytes:
    import matplotlib as mpl  # loading the plotting takes most of a second, and few reports have a map
    from matplotlib.figure import Figure

    from hil.evidence.picture import LOOK

    every = [value for _, points in maps for _, _, value in points]
    buffer = io.BytesIO()
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.2, 0.6 + 2.2 * len(maps)), layout="constrained")
        axes = figure.subplots(len(maps), 1, sharex=True, squeeze=False)[:, 0]
        for axis, (mode, points) in zip(axes, maps, strict=True):
            drawn = _draw(axis, mode, points, min(every), max(every))
        axes[-1].set_xlabel("battery voltage / V")
        figure.colorbar(drawn, ax=list(axes), label="efficiency")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _draw(axis: Axes, mode: str, points: tuple[Point, ...], lowest: float, highest: float) -> PathCollection:
    vb, vg, efficiency = zip(*points, strict=True)
    drawn = axis.scatter(vb, vg, c=efficiency, cmap="cividis", vmin=lowest, vmax=highest, s=420, marker="s")
    middle = 0.5 * (lowest + highest)
    for x, y, value in points:
        colour = "black" if value > middle else "white"
        axis.annotate(f"{value:.3f}", (x, y), ha="center", va="center", fontsize=6.5, color=colour)
    axis.margins(x=0.08, y=0.25)
    axis.set_title(mode)
    axis.set_ylabel("grid voltage / V")
    return drawn
