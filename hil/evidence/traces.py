"""Captures as Parquet files that explain themselves: units, identity, limits and the decisive point are inside."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hil.errors import BadInput
from hil.evidence import schema

_KEY = b"hil.trace"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Limit(_Part):
    """A limit on one channel, between two times in seconds or throughout."""

    channel: str
    lower: float | None = None
    upper: float | None = None
    start: float | None = None
    end: float | None = None
    label: str = ""


class Mark(_Part):
    """An event ("set-point sent", "answer"), or, with channel and value, a point of a curve. Time in seconds."""

    time: float
    label: str
    channel: str = ""
    value: float | None = None


class TraceAbout(_Part):
    """What a trace is. `units`: unit per column. `decisive`: the point that decided the verdict."""

    schema_version: int = schema.SCHEMA_VERSION
    title: str
    requirement: str = ""
    test: str = ""
    dut: str = ""
    bench: str = ""
    units: dict[str, str] = Field(default_factory=dict)
    targets: dict[str, float] = Field(default_factory=dict)
    limits: list[Limit] = Field(default_factory=list)
    events: list[Mark] = Field(default_factory=list)
    decisive: Mark | None = None


def encode(frame: pd.DataFrame, about: TraceAbout) -> bytes:
    """Return a trace as Parquet. `frame` has its time base in seconds, as index or column "time"."""
    if "time" not in frame.columns:
        frame = frame.rename_axis("time").reset_index()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), _KEY: about.model_dump_json().encode()}
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), buffer, compression="zstd")
    return buffer.getvalue()


def decode(path: Path) -> tuple[pd.DataFrame, TraceAbout]:
    """Return a trace and what it is. Raises BadInput when the file is not a trace of this harness."""
    try:
        table = pq.read_table(path)
        about = TraceAbout.model_validate_json((table.schema.metadata or {})[_KEY])
    except KeyError as error:
        raise BadInput(f"{path} does not say what it is: its Parquet metadata has no {_KEY.decode()}.") from error
    except (OSError, pa.ArrowInvalid, ValidationError) as error:
        raise BadInput(f"{path} cannot be read as a trace ({error}). Restore it from a copy.") from error
    return table.to_pandas(), about
