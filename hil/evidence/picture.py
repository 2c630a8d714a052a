"""Traces as pictures: channels, targets, limits, events and the decisive point. For Allure and the report alike."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hil.capture.trace import Trace
from hil.evidence import drawing as drawings
from hil.evidence.drawing import Drawing, LimitLine
from hil.waveform.shape import decimate

POINTS = 1500
"""Points drawn per channel at most; extremes are always among them."""

LOOK = {"font.size": 8, "axes.grid": True, "grid.alpha": 0.3, "svg.fonttype": "path", "svg.hashsalt": "hil"}


def picture(trace: Trace, drawing: Drawing) -> bytes:
    """Return a trace as SVG, the same bytes for the same trace and drawing."""
    buffer = io.BytesIO()
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        _draw(trace, drawing).savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def stored_picture(path: Path, title: str = "") -> bytes:
    """Return the picture of a trace file, with the drawing kept in it; `title` is for a file that keeps none.

    Raises BadInput for a file that is no trace.
    """
    trace, identity = Trace.from_parquet(path)
    kept = identity.get(drawings.KEY)
    return picture(trace, Drawing.model_validate_json(kept) if kept else Drawing(title=title or path.stem))


def _draw(trace: Trace, drawing: Drawing) -> Figure:
    """Draw one axis per unit, time in seconds from the first reading."""
    known = trace.readings.groupby("channel")["unit"].first().to_dict()
    marked = {*drawing.targets, *(limit.channel for limit in drawing.limits)}
    channels = drawing.channels or sorted(trace.channels, key=lambda name: name not in marked)
    channels = [name for name in channels if name in known]
    units = list(dict.fromkeys(known[name] for name in channels)) or [""]
    figure = Figure(figsize=(7.2, 1.1 + 1.5 * len(units)), layout="constrained")
    axes = figure.subplots(len(units), 1, sharex=True, squeeze=False)[:, 0]
    origin = float(trace.readings["time"].min()) if len(trace.readings) else 0.0
    for axis, unit in zip(axes, units, strict=True):
        _draw_axis(axis, trace, drawing, [name for name in channels if known[name] == unit], origin)
        axis.set_ylabel(unit)
    for event in trace.events:
        axes[0].annotate(event.label, (event.time - origin, 1.0), xycoords=("data", "axes fraction"),
                         xytext=(2, -2), textcoords="offset points", rotation=90, va="top", fontsize=6)  # fmt: skip
    axes[-1].set_xlabel(f"time / s, from bench time {origin:.3f} s")
    figure.suptitle(drawing.title)
    return figure


def _draw_axis(axis: Axes, trace: Trace, drawing: Drawing, channels: list[str], origin: float) -> None:
    for name in channels:
        signal = decimate(trace.signal(name), POINTS)
        lines = axis.plot(signal.time - origin, signal.value, linewidth=1.0, marker=".", markersize=2, label=name)
        if name in drawing.targets:
            colour = lines[0].get_color()
            axis.axhline(drawing.targets[name], color=colour, linestyle=":", linewidth=1, label=f"{name}: target")
    for limit in drawing.limits:
        if limit.channel in channels:
            _draw_limit(axis, limit, origin)
    for event in trace.events:
        axis.axvline(event.time - origin, color="0.5", linewidth=0.8, linestyle="--")
    point = drawing.decisive
    if point is not None and point.channel in channels:
        axis.plot([point.time - origin], [point.value], "o", color="crimson", markersize=5, label=point.label)
    if channels:
        axis.legend(fontsize=6, loc="best")


def _draw_limit(axis: Axes, limit: LimitLine, origin: float) -> None:
    low, high = axis.get_xlim()
    start = low if limit.start is None else limit.start - origin
    end = high if limit.end is None else limit.end - origin
    for level, word in ((limit.lower, "lower limit"), (limit.upper, "upper limit")):
        if level is not None:
            axis.hlines(level, start, end, color="crimson", linewidth=1, label=f"{word} {level:g}")
