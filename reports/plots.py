"""Traces as pictures: channels, targets, limits, events and the decisive point."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hil.evidence.traces import TraceAbout, decode

POINTS = 1500
"""Points drawn per channel at most; extremes are always among them."""

LOOK = {"font.size": 8, "axes.grid": True, "grid.alpha": 0.3, "svg.fonttype": "path", "svg.hashsalt": "hil"}


def trace_svg(path: Path) -> bytes:
    """Return a trace file as SVG, the same bytes for the same file. Raises BadInput when it cannot be read."""
    frame, about = decode(path)
    return figure_svg(draw(frame, about))


def draw(frame: pd.DataFrame, about: TraceAbout) -> Figure:
    """Draw a trace: one axis per unit, time in seconds from its first sample."""
    channels = [name for name in frame.columns if name != "time" and pd.api.types.is_numeric_dtype(frame[name])]
    units = list(dict.fromkeys(about.units.get(name, "") for name in channels))
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.2, 1.1 + 1.5 * max(1, len(units))), layout="constrained")
        axes = figure.subplots(max(1, len(units)), 1, sharex=True, squeeze=False)[:, 0]
        start = float(frame["time"].iloc[0]) if len(frame) else 0.0
        for axis, unit in zip(axes, units, strict=False):
            own = [name for name in channels if about.units.get(name, "") == unit]
            _draw_axis(axis, frame, about, own, start)
            axis.set_ylabel(unit)
        axes[-1].set_xlabel("time / s")
        figure.suptitle(about.title)
    return figure


def figure_svg(figure: Figure) -> bytes:
    """Return a figure as SVG without a date in it."""
    buffer = io.BytesIO()
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def thin(time: np.ndarray, values: np.ndarray, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Return at most `points` samples, keeping minimum and maximum of every stretch."""
    if len(values) <= points:
        return time, values
    stretches = np.array_split(np.arange(len(values)), points // 2)
    keep = sorted({int(index[find(values[index])]) for index in stretches for find in (np.argmin, np.argmax)})
    return time[keep], values[keep]


def _draw_axis(axis: Axes, frame: pd.DataFrame, about: TraceAbout, channels: list[str], start: float) -> None:
    for name in channels:
        known = frame[["time", name]].dropna()
        time, values = thin(known["time"].to_numpy(float) - start, known[name].to_numpy(float))
        axis.plot(time, values, linewidth=1.0, label=name)
        if name in about.targets:
            axis.axhline(about.targets[name], color="0.4", linestyle=":", linewidth=1, label=f"{name}, target")
    for limit in about.limits:
        if limit.channel in channels:
            _draw_limit(axis, limit.lower, limit.start, limit.end, start)
            _draw_limit(axis, limit.upper, limit.start, limit.end, start)
    for event in about.events:
        axis.axvline(event.time - start, color="0.5", linewidth=0.8, linestyle="--")
        axis.annotate(event.label, (event.time - start, 1), xycoords=("data", "axes fraction"), rotation=90, va="top",
                      ha="right", fontsize=6, color="0.3")  # fmt: skip
    point = about.decisive
    if point is not None and point.channel in channels and point.value is not None:
        axis.plot([point.time - start], [point.value], "o", color="crimson", markersize=5, label=point.label)
    axis.legend(fontsize=6, loc="best")


def _draw_limit(axis: Axes, level: float | None, begin: float | None, end: float | None, start: float) -> None:
    if level is None:
        return
    if begin is None and end is None:
        axis.axhline(level, color="crimson", linewidth=1)
        return
    low, high = axis.get_xlim()
    axis.hlines(level, low if begin is None else begin - start, high if end is None else end - start, color="crimson")
