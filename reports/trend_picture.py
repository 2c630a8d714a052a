"""The trend of one measured quantity as a picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from hil.evidence.picture import LOOK
from reports.numbers import number

if TYPE_CHECKING:
    from reports.history import TrendPoint


def trend_picture(points: list[TrendPoint], title: str) -> bytes:
    """Return the worst value per run over time, with its uncertainty and limits, as SVG."""
    buffer = io.BytesIO()
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.2, 3.0), layout="constrained")
        axis = figure.subplots()
        for series in sorted({(point.serial, point.bench, point.row.quantity) for point in points}):
            own = [point for point in points if (point.serial, point.bench, point.row.quantity) == series]
            times: list[Any] = [point.start for point in own]
            doubts = [point.row.uncertainty or 0.0 for point in own]
            values = [point.row.value or 0.0 for point in own]
            axis.errorbar(times, values, yerr=doubts, marker="o", markersize=3, capsize=2, label=", ".join(series))
        levels = {level for point in points for level in (point.row.lower, point.row.upper) if level is not None}
        for level in sorted(levels):
            axis.axhline(level, color="crimson", linewidth=1, label=f"limit {number(level)}")
        axis.set_ylabel(points[0].row.unit)
        axis.set_title(title)
        axis.legend(fontsize=6)
        figure.autofmt_xdate()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
