"""What a capture leaves behind: a tidy table in one time base, and its file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from hil.errors import BadInput
from hil.waveform import Signal

SCHEMA_VERSION = 1
_KEY = b"apis_hil"
READING_COLUMNS = {
    "channel": "str",
    "start": "float64",
    "end": "float64",
    "time": "float64",
    "value": "float64",
    "unit": "str",
    "fresh": "bool",
}
_STORED = {"str": pa.string(), "float64": pa.float64(), "bool": pa.bool_()}
_SCHEMA = pa.schema([(name, _STORED[kind]) for name, kind in READING_COLUMNS.items()])


@dataclass(frozen=True)
class Event:
    """Something that happened at a bench time, in seconds."""

    time: float
    label: str


@dataclass(frozen=True)
class Gap:
    """A reading that a channel could not give, from request to failure in bench seconds, and why."""

    channel: str
    start: float
    end: float
    reason: str


def trace_identity(path: Path) -> dict[str, str]:
    """Return the identity that a trace was written with, without reading it. Raises BadInput as reading does."""
    try:
        metadata = pq.read_schema(path).metadata
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInput(f"cannot read the trace {path}: {error}") from error
    identity: dict[str, str] = _document(path, metadata)["identity"]
    return identity


def _document(path: Path, metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """Return what stands beside the readings in a trace file."""
    raw = (metadata or {}).get(_KEY)
    if raw is None:
        raise BadInput(f"{path} is a Parquet file, but not a trace of this harness: its metadata is missing")
    document: dict[str, Any] = json.loads(raw)
    if document["schema_version"] > SCHEMA_VERSION:
        raise BadInput(
            f"{path} was written with trace format {document['schema_version']}; this version of the harness"
            f" reads up to {SCHEMA_VERSION}. Read it with the version that wrote it, or a newer one."
        )
    return document


@dataclass(frozen=True, eq=False)
class Trace:
    """Readings of several channels around an event.

    readings: one row per reading, in order of `start`: channel, start, end, time (their middle, bench seconds),
    value, unit, fresh. events: what was marked. gaps: what could not be read. name: of its file in the run folder.
    instruments: what measured each channel, as the bench file names it; a channel of the unit's own meters has none.
    """

    readings: pd.DataFrame
    events: tuple[Event, ...] = field(default=())
    gaps: tuple[Gap, ...] = field(default=())
    name: str = ""
    instruments: Mapping[str, str] = field(default_factory=dict)

    @property
    def channels(self) -> list[str]:
        """Return the names of the channels that have readings, in alphabetical order."""
        return sorted(self.readings["channel"].unique())

    def with_events(self, events: Iterable[Event]) -> Trace:
        """Return this trace with those of `events` that happened while it was recorded."""
        known = [event.time for event in self.events]
        begin = min([*known, *self.readings["start"]], default=math.inf)
        end = max([*known, *self.readings["end"]], default=-math.inf)
        more = [event for event in events if begin <= event.time < end]
        return replace(self, events=tuple(sorted([*self.events, *more], key=lambda event: event.time)))

    def event(self, label: str) -> Event:
        """Return the first event with this label. Raises KeyError, naming the labels there are."""
        for event in self.events:
            if event.label == label:
                return event
        raise KeyError(f"no event '{label}' in this trace, only: {[event.label for event in self.events]}")

    def signal(self, channel: str, uncertainty: float | Callable[[float], float] = math.nan) -> Signal:
        """Return one channel without its stale readings.

        uncertainty: expanded uncertainty (k = 2) of every value in the channel's unit, or a function of the value
        that gives it (`Accuracy.expanded`); NaN when nobody has stated it. Raises KeyError, naming the channels.
        """
        table = self.readings
        rows = np.flatnonzero((table["channel"].to_numpy() == channel) & table["fresh"].to_numpy())
        if not rows.size:
            raise KeyError(f"no fresh reading of channel '{channel}' in this trace, only of: {self.channels}")
        rows = rows[np.argsort(table["time"].to_numpy()[rows], kind="stable")]
        units = sorted(set(table["unit"].to_numpy()[rows]))
        if len(units) != 1:
            raise ValueError(f"channel '{channel}' has readings in several units: {units}")
        time, values = table["time"].to_numpy()[rows], table["value"].to_numpy()[rows]
        doubts = [uncertainty(value) for value in values.tolist()] if callable(uncertainty) else uncertainty
        half_widths = 0.5 * (table["end"].to_numpy()[rows] - table["start"].to_numpy()[rows])
        return Signal.of(time, values, units[0], half_widths, doubts, self.name, self.instruments.get(channel, ""))

    def wide(self) -> pd.DataFrame:
        """Return one column per channel over bench time (s), fresh readings only, NaN where a channel has none.

        Of two readings of a channel at the same time the later row counts.
        """
        fresh = self.readings["fresh"].to_numpy()
        times, row = np.unique(self.readings["time"].to_numpy()[fresh], return_inverse=True)
        channels, column = np.unique(self.readings["channel"].to_numpy(object)[fresh], return_inverse=True)
        values = np.full((times.size, channels.size), math.nan)
        values[row, column] = self.readings["value"].to_numpy()[fresh]
        return pd.DataFrame(values, pd.Index(times, name="time"), pd.Index(channels, name="channel"))

    def to_parquet(self, path: Path, metadata: Mapping[str, str]) -> None:
        """Write the trace to one file, complete or not at all.

        metadata: identity of bench, DUT, run and test, kept with the units of the channels in the file's schema.
        """
        columns = {
            name: self.readings[name].to_numpy(object if kind == "str" else kind)
            for name, kind in READING_COLUMNS.items()
        }
        document = {
            "schema_version": SCHEMA_VERSION,
            "identity": dict(metadata),
            "units": dict(zip(columns["channel"], columns["unit"], strict=True)),
            "instruments": dict(self.instruments),
            "time": "bench time in seconds",
            "events": [[event.time, event.label] for event in self.events],
            "gaps": [[gap.channel, gap.start, gap.end, gap.reason] for gap in self.gaps],
        }
        table = pa.table(columns, schema=_SCHEMA.with_metadata({_KEY: json.dumps(document)}))
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".part")
        pq.write_table(table, unfinished)
        unfinished.replace(path)

    @classmethod
    def from_parquet(cls, path: Path) -> tuple[Trace, dict[str, str]]:
        """Read a trace and the identity it was written with. Raises BadInput for a file that is not a trace."""
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise BadInput(f"cannot read the trace {path}: {error}") from error
        document = _document(path, table.schema.metadata)
        events = tuple(Event(*entry) for entry in document["events"])
        gaps = tuple(Gap(*entry) for entry in document["gaps"])
        readings = table.to_pandas().astype(READING_COLUMNS)
        return cls(readings, events, gaps, path.stem, document.get("instruments", {})), document["identity"]
