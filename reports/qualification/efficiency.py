"""The efficiency map: grid voltage against battery voltage, one picture."""

from __future__ import annotations

import io
import re
from functools import lru_cache

from reports.run_data import Measurement

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def efficiency_points(rows: list[Measurement]) -> list[tuple[float, float, float]]:
    """Return (vb, vg, efficiency) of every measurement named efficiency whose conditions state vb and vg."""
    points = []
    for row in rows:
        conditions = parse_conditions(row.conditions)
        if (
            row.quantity.lower().startswith("efficiency")
            and row.value is not None
            and {"vb", "vg"} <= conditions.keys()
        ):
            points.append((conditions["vb"], conditions["vg"], row.value))
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
    """Return the map as SVG, or None when fewer than three points were measured."""
    points = efficiency_points(rows)
    if len(points) < 3:
        return None
    return _map(tuple(points))


@lru_cache(maxsize=2)
def _map(points: tuple[tuple[float, float, float], ...]) -> bytes:
    import matplotlib as mpl  # loading the plotting takes most of a second, and few reports have a map
    from matplotlib.figure import Figure

    from hil.evidence.picture import LOOK

    buffer = io.BytesIO()
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.2, 3.6), layout="constrained")
        axis = figure.subplots()
        vb, vg, efficiency = zip(*points, strict=True)
        drawn = axis.scatter(vb, vg, c=efficiency, cmap="viridis", s=260, marker="s")
        for x, y, value in points:
            axis.annotate(f"{value:.3f}", (x, y), ha="center", va="center", fontsize=6, color="white")
        axis.set_xlabel("battery voltage / V")
        axis.set_ylabel("grid voltage / V")
        figure.colorbar(drawn, label="efficiency")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
