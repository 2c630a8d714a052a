"""The trend of one measured quantity as a picture."""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from hil.evidence.picture import LOOK
from reports.values import Point


def trend_picture(points: list[Point]) -> bytes:
    """Return the values of one quantity over time, with their uncertainty and the limits of each run, as SVG."""
    buffer = io.BytesIO()
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.2, 3.0), layout="constrained")
        axis = figure.subplots()
        for name in sorted({_name(point) for point in points}):
            own = [point for point in points if _name(point) == name]
            times: list[Any] = [point.run.start for point in own]
            doubts = [point.row.uncertainty or 0.0 for point in own]
            values = [point.row.value for point in own]
            axis.errorbar(times, values, yerr=doubts, marker="o", markersize=3, capsize=2, label=name)
            for limits in ([point.row.lower for point in own], [point.row.upper for point in own]):
                levels: list[Any] = limits
                if any(limit is not None for limit in limits):
                    axis.plot(times, levels, color="crimson", linewidth=1, drawstyle="steps-post", marker="_")
        axis.plot([], [], color="crimson", linewidth=1, label="limit of the run")
        axis.set_ylabel(points[0].series.unit)
        axis.set_title(points[0].series.name)
        axis.legend(fontsize=6)
        figure.autofmt_xdate()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _name(point: Point) -> str:
    return f"{point.run.serial}, {point.run.bench}, {point.run.profile}"
