"""Traces as pictures: channels, targets, limits, events and the decisive point. For Allure and the report alike."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hil.capture.trace import Event, Trace
from hil.evidence import drawing as drawings
from hil.evidence.drawing import Drawing, LimitLine
from hil.waveform.shape import decimate

POINTS = 1500
"""Points drawn per channel at most; extremes are always among them."""

FINDINGS, WIDTH = 3, 130
"""Sentences shown below a picture at most, and characters in a line of them."""
APART = 0.015
"""Share of the time axis that the name of an event needs."""
COMMANDS = 8
"""Marked events that are named; of more, only the lines are drawn."""
NARROWEST = 0.01
"""Least height of an axis, as a share of what it shows: noise at rest does not fill a picture."""
UNNAMED = frozenset({"capture starts", "capture ends"})

DOTTED = 60
"""Samples of a channel up to which each has a dot: of more, dots would make a line of themselves, and half the file."""
LOOK = {"font.size": 8, "axes.grid": True, "grid.alpha": 0.3, "svg.fonttype": "path", "svg.hashsalt": "hil"}


def picture(trace: Trace, drawing: Drawing) -> bytes:
    """Return a trace as SVG, the same bytes for the same trace and drawing."""
    buffer = io.BytesIO()
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        figure_of(trace, drawing).savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def stored_picture(path: Path, title: str = "") -> bytes:
    """Return the picture of a trace file, with the drawing kept in it; `title` is for a file that keeps none.

    Raises BadInput for a file that is no trace.
    """
    trace, identity = Trace.from_parquet(path)
    kept = identity.get(drawings.KEY)
    return picture(trace, Drawing.model_validate_json(kept) if kept else Drawing(title=title or path.stem))


def figure_of(trace: Trace, drawing: Drawing) -> Figure:
    """Draw one axis per unit, time in seconds from the first reading."""
    known = trace.readings.groupby("channel")["unit"].first().to_dict()
    marked = {*drawing.targets, *(limit.channel for limit in drawing.limits)}
    channels = drawing.channels or sorted(trace.channels, key=lambda name: name not in marked)
    channels = [name for name in channels if name in known]
    units = list(dict.fromkeys(known[name] for name in channels)) or [""]
    below = _findings(drawing.findings)
    foot = 0.45 + 0.13 * len(below.splitlines())
    height = 0.5 + foot + 1.5 * len(units)
    figure = Figure(figsize=(7.2, height))  # fixed margins: a layout that measures its texts takes twice as long
    figure.subplots_adjust(left=0.11, right=0.98, top=1.0 - 0.35 / height, bottom=foot / height, hspace=0.15)
    axes = figure.subplots(len(units), 1, sharex=True, squeeze=False)[:, 0]
    origin = float(trace.readings["time"].min()) if len(trace.readings) else 0.0
    for axis, unit in zip(axes, units, strict=True):
        _draw_axis(axis, trace, drawing, [name for name in channels if known[name] == unit], origin)
        axis.set_ylabel(unit)
    named = _apart([event for event in trace.events if event.label not in UNNAMED], axes[0])
    for event, more in named if len(named) <= COMMANDS else ():
        label = event.label + (f" and {more} more" if more else "")
        axes[0].annotate(label, (event.time - origin, 1.0), xycoords=("data", "axes fraction"),
                         xytext=(2, -2), textcoords="offset points", rotation=90, va="top", fontsize=5)  # fmt: skip
    axes[-1].set_xlabel(f"time / s, from bench time {origin:.3f} s")
    if below:
        axes[-1].annotate(below, (0.0, 0.0), xycoords="axes fraction", xytext=(0, -32), textcoords="offset points",
                          va="top", fontsize=6, color="crimson")  # fmt: skip
    figure.suptitle(drawing.title, y=1.0 - 0.12 / height)
    return figure


def _apart(events: list[Event], axis: Axes) -> list[tuple[Event, int]]:
    """Return the events whose names do not lie over each other, each with how many close ones it stands for."""
    low, high = axis.get_xlim()
    found: list[tuple[Event, int]] = []
    for event in events:
        if found and event.time - found[-1][0].time < APART * (high - low):
            found[-1] = found[-1][0], found[-1][1] + 1
        else:
            found.append((event, 0))
    return found


def _draw_axis(axis: Axes, trace: Trace, drawing: Drawing, channels: list[str], origin: float) -> None:
    for name in channels:
        signal = decimate(trace.signal(name), POINTS)
        dots = "." if signal.time.size <= DOTTED else ""
        lines = axis.plot(signal.time - origin, signal.value, linewidth=1.0, marker=dots, markersize=2, label=name)
        for word, marks in (("target", drawing.targets), ("level", drawing.levels)):
            if name in marks:
                colour = lines[0].get_color()
                axis.axhline(marks[name], color=colour, linestyle=":", linewidth=1, label=f"{name}: {word}")
    for limit in drawing.limits:
        if limit.channel in channels:
            _draw_limit(axis, limit, origin)
    for event in (each for each in trace.events if each.label not in UNNAMED):
        axis.axvline(event.time - origin, color="0.5", linewidth=0.8, linestyle="--")
    point = drawing.decisive
    if point is not None and point.channel in channels:
        axis.plot([point.time - origin], [point.value], "o", color="crimson", markersize=5, label=point.label)
    axis.ticklabel_format(axis="y", useOffset=False)
    _widen(axis)
    if channels:
        axis.legend(fontsize=6, loc="best")


def _widen(axis: Axes) -> None:
    low, high = axis.get_ylim()
    least = NARROWEST * max(abs(low), abs(high))
    if high - low < least:
        axis.set_ylim(0.5 * (low + high - least), 0.5 * (low + high + least))


def _findings(sentences: list[str]) -> str:
    """Return what failed as lines, the first few sentences of it."""
    lines = [line for sentence in sentences[:FINDINGS] for line in textwrap.wrap(sentence, WIDTH)]
    more = len(sentences) - FINDINGS
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


def _draw_limit(axis: Axes, limit: LimitLine, origin: float) -> None:
    low, high = axis.get_xlim()
    start = low if limit.start is None else limit.start - origin
    end = high if limit.end is None else limit.end - origin
    for level, word in ((limit.lower, "lower limit"), (limit.upper, "upper limit")):
        if level is not None:
            axis.hlines(level, start, end, color="crimson", linewidth=1, label=f"{word} {level:g}")
