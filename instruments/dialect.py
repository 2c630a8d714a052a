"""A dialect is data: what one family of instruments calls things, and how it behaves on the wire.

A dialect is one TOML file, in `instruments/dialects/` or anywhere a lab keeps its own. Every row says where it
comes from, and whether that was the maker's own text (`verified`). docs/add-an-instrument.md shows how to
write one.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from instruments.envelope import LimitedHeader, Quantity, SlewCommand
from instruments.kinds import LoadMode
from instruments.transport import Pacing

Kind = Literal["supply", "bidirectional", "load", "meter"]
KINDS: tuple[Kind, ...] = ("supply", "bidirectional", "load", "meter")


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


SAID_AS_WELL = {"CC": ("CURR",), "CV": ("VOLT",), "CP": ("POW",), "CR": ("RES", "COND")}
"""What loads of one family answer for a mode, whichever of its names it was selected by."""

COMMAND_FIELDS = ("set", "on", "off", "send", "take", "give_back", "enable", "arm", "disarm", "start", "stop")
"""Fields of rows that hold commands which set something."""

Commands = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
"""One command, or several that are sent one after the other."""


class Table(BaseModel):
    """Part of a dialect. A key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(Table):
    """Something that an instrument can do, and where that is written.

    verified: the maker's manual or programming guide says so. source: which one, and where.
    """

    verified: bool
    source: str = Field(min_length=3)


class Setting(Row):
    """A number that can be programmed: `set` with {value}, `query` to read it back.

    sign: -1 where the instrument wants a negative number for our positive one (sink limits).
    factor: what one SI unit is in the instrument's unit (A/us for a slew: 1e-6).
    inverse: the instrument takes 1/x (a conductance for our resistance).
    unit: unit that an answer may carry. resolution: largest rounding by the instrument, in SI units.
    """

    set: Commands
    query: str | None = None
    sign: Literal[1, -1] = 1
    factor: float = 1.0
    inverse: bool = False
    unit: str = ""
    resolution: float = Field(default=0.05, ge=0.0)

    def to_wire(self, value: float) -> float:
        """Return the number that the instrument is to be sent for an SI value."""
        return self.sign * self.factor * (1.0 / value if self.inverse else value)

    def from_wire(self, number: float) -> float:
        """Return the SI value of a number that the instrument has answered."""
        value = number / (self.sign * self.factor)
        return (1.0 / value if value else float("inf")) if self.inverse else value


class Switch(Row):
    """Something that is on or off. bit: where the query answers a status word, the bit that means on."""

    on: Commands
    off: Commands
    query: str | None = None
    bit: int | None = None


class Action(Row):
    """Something that is simply done."""

    send: Commands


class Choice(Row):
    """A word that can be selected: `set` with {word}. words: ours to the instrument's.

    answers: what the query answers for each of ours, where that differs from the word sent and from `SAID_AS_WELL`.
    selects_range: the word also chooses a range, and a level is only taken within the range of the word selected.
    """

    set: Commands
    query: str | None = None
    words: dict[str, str]
    answers: dict[str, str] = {}
    selects_range: bool = False

    def means(self, ours: str, answer: str) -> bool:
        """Tell whether an answer stands for our word: its short or long form, or another name for it."""
        found = answer.strip().strip('"').upper()
        word = self.answers.get(ours, self.words[ours]).upper()
        return found == ours.upper() or found.startswith((word, *SAID_AS_WELL.get(ours, ())))


class Measurement(Row):
    """Readings taken together: one query with several values, or one query for each.

    fields: what the values are, in order: "voltage", "current", "power" or "-" for one that is not used.
    """

    query: Commands
    fields: tuple[Literal["voltage", "current", "power", "-"], ...] = ("voltage", "current")
    separator: str = ";"

    @model_validator(mode="after")
    def _has_both(self) -> Measurement:
        if not {"voltage", "current"} <= set(self.fields):
            raise ValueError("a measurement needs voltage and current")
        if len(self.query) not in (1, len(self.fields)):
            raise ValueError("give one query for all fields or one query for each")
        return self


class Remote(Row):
    """Taking and returning the remote lock. owner: query; owner_is: its answer when the lock is ours."""

    take: Commands = ()
    give_back: Commands = ()
    owner: str | None = None
    owner_is: str | None = None


class Errors(Row):
    """How the instrument reports trouble.

    query: takes one entry off the queue. depth: how many it holds. enable: sent once before errors are queued.
    silent: a set-point that is not taken may leave no error: read back. trips: status bits that mean "switched
    off by a protection", by bit number, of the answer to `status`, which is read first, since reading the
    queue may acknowledge them. acknowledges: it does, so the queue is not emptied just for tidiness.
    """

    query: str = "SYST:ERR?"
    depth: int = Field(default=20, ge=1)
    enable: Commands = ()
    silent: bool = False
    acknowledges: bool = False
    status: str | None = None
    trips: dict[int, str] = {}


class Watchdog(Row):
    """The instrument's own communication watchdog; {seconds} in `arm`. Any message feeds it."""

    arm: Commands
    disarm: Commands
    min_seconds: float
    max_seconds: float
    whole_seconds: bool = True


class Wire(Table):
    """Framing and pacing, see `instruments.transport.Pacing`. port: default TCP port. baud: default serial speed."""

    port: int | None = None
    baud: int = 9600
    min_gap: float = 0.0
    commands_per_message: int | None = None
    bytes_per_message: int | None = None
    commands_before_query: int | None = None
    idle_close: float | None = None
    source: str = ""

    def pacing(self) -> Pacing:
        """Return what the transport has to keep to."""
        return Pacing(
            self.min_gap,
            self.commands_per_message,
            self.bytes_per_message,
            self.commands_before_query,
            self.idle_close,
        )


class Limited(Table):
    """A set-point header of this dialect for the envelope, in SCPI notation, and what its parameters set."""

    header: str
    sets: Annotated[tuple[Quantity, ...], BeforeValidator(_as_tuple)]


class Acquisition(Row):
    """How a meter samples by itself and keeps the samples.

    set: prepares {count} samples every {interval} s, the first one at once after `start`. line_cycles, interval: ask
    for the integration time and the interval that were really taken. fetch: takes the samples so far, comma
    separated. stop: ends it early.
    most: largest count. timebase: share by which its clock may run wrong.
    """

    set: Commands
    line_cycles: str
    interval: str
    start: Commands
    fetch: str
    stop: Commands
    most: int
    timebase: float


class MeterRows(Table):
    """What a meter needs. {range}, {aperture} (seconds) or {line_cycles} come from the bench file.

    configure: sent before the first reading. read: one sample. acquisition: many, for meters with a memory.
    """

    configure: Action
    read: Action
    acquisition: Acquisition | None = None
    default_range: str = "AUTO"
    default_aperture: float = 0.02


class Rows(Table):
    """Everything an instrument of one kind can do."""

    output: Switch | None = None
    voltage: Setting | None = None
    current: Setting | None = None
    power: Setting | None = None
    sink_current: Setting | None = None
    sink_power: Setting | None = None
    series_resistance: Setting | None = None
    overvoltage: Setting | None = None
    overcurrent: Setting | None = None
    sink_overcurrent: Setting | None = None
    current_slew: Setting | None = None
    voltage_slew: Setting | None = None
    priority: Choice | None = None
    mode: Choice | None = None
    levels: dict[LoadMode, Setting] = {}
    short_circuit: Switch | None = None
    clear_protection: Action | None = None
    measure: Measurement | None = None
    volts: MeterRows | None = None
    amperes: MeterRows | None = None


class Dialect(Table):
    """One kind of instrument of one family: what `load_dialect` returns."""

    name: str
    title: str
    kind: Kind
    idn: str
    sources: dict[str, str]
    wire: Wire = Wire()
    freshness: float = Field(default=0.0, ge=0.0)
    sink_reads: Literal["negative", "positive"] = "negative"
    remote: Remote | None = None
    errors: Errors | None = None
    watchdog: Watchdog | None = None
    limited: tuple[Limited, ...] = ()
    rows: Rows

    @model_validator(mode="after")
    def _sources_are_named(self) -> Dialect:
        re.compile(self.idn)
        for row in _rows_in(self):
            if re.split(r"\W", row.source, maxsplit=1)[0] not in self.sources:
                raise ValueError(f"source {row.source!r} does not begin with one of {sorted(self.sources)}")
        return self

    def limited_headers(self) -> tuple[LimitedHeader, ...]:
        """Return the dialect's own set-point headers for the envelope."""
        return tuple(LimitedHeader(entry.header, entry.sets) for entry in self.limited)

    def slew_commands(self) -> tuple[SlewCommand, ...]:
        """Return the commands that set a slew rate, for the envelope."""
        found: list[SlewCommand] = []
        if self.rows.voltage_slew is not None:
            row = self.rows.voltage_slew
            found += [SlewCommand(command, "voltage", row.factor) for command in row.set]
        if self.rows.current_slew is not None:
            row = self.rows.current_slew
            found += [SlewCommand(command, "current", row.factor) for command in row.set]
        return tuple(found)

    def commands(self) -> tuple[str, ...]:
        """Return every command that sets something, words filled in, numbers as names in braces."""
        found: list[str] = []
        for row in _rows_in(self):
            given = [command for field in COMMAND_FIELDS for command in getattr(row, field, ())]
            words = row.words.values() if isinstance(row, Choice) else ("",)
            found += [command.replace("{word}", word) for command in given for word in words]
        return tuple(found)


def _rows_in(table: Table) -> list[Row]:
    found: list[Row] = []
    for value in dict(table).values():
        for entry in value.values() if isinstance(value, dict) else (value,):
            if isinstance(entry, Row):
                found.append(entry)
            elif isinstance(entry, Table):
                found += _rows_in(entry)
    return found


def dialect_names() -> list[str]:
    """Return the names of the dialects that come with the package."""
    return sorted(entry.name[:-5] for entry in files("instruments.dialects").iterdir() if entry.name.endswith(".toml"))


def load_dialect(name: str, kind: Kind, channel: int = 1) -> Dialect:
    """Read a dialect by name, or from a lab's own file when `name` is a path ending in .toml.

    channel: put in place of {channel}, up to the `channels` of the file. Raises ValueError with a sentence about the
    file.
    """
    tables = _read(name, channel)
    kinds = [known for known in KINDS if known in tables]
    if kind not in kinds:
        raise ValueError(
            f"The dialect {name!r} does not describe a {kind}; it describes: {', '.join(kinds) or 'nothing'}."
        )
    highest = tables.pop("channels", None)
    if channel > 1 and (highest is None or channel > highest):
        raise ValueError(f"The dialect {name!r} tells of channel 1 to {highest or 1}, and not of channel {channel}.")
    own = tables[kind]
    shared = {key: value for key, value in tables.items() if key not in (*KINDS, "rows")}
    rows = {**tables.get("rows", {}), **own.pop("rows", {})}
    try:
        return Dialect.model_validate({"name": Path(name).stem, "kind": kind, **shared, **own, "rows": rows})
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(
            f"The dialect {name!r}, kind {kind}, is wrong at {place or 'top'}: {first['msg']}."
        ) from problem
    except re.error as problem:
        raise ValueError(f"The dialect {name!r} has an idn that is not a regular expression: {problem}.") from problem


def _read(name: str, channel: int) -> dict[str, Any]:
    """Return a dialect's tables; one that is `like` another takes over its rows, none of them verified."""
    try:
        tables = tomllib.loads(_text_of(name).replace("{channel}", str(channel)))
    except FileNotFoundError as problem:
        known = ", ".join(dialect_names())
        raise ValueError(f"There is no dialect {name!r}. Known are: {known}, or the path of a .toml file.") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ValueError(f"The file of dialect {name!r} is not TOML: {problem}.") from problem
    other = tables.pop("like", None)
    if other is None:
        return tables
    return _overlay(_doubted(_read(other, channel)), tables)


def _doubted(table: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a table in which nothing is verified."""
    return {
        key: _doubted(value) if isinstance(value, dict) else False if key == "verified" else value
        for key, value in table.items()
    }


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay one table over another: rows replace rows, tables of rows are merged."""
    merged = dict(below)
    for key, value in above.items():
        is_table = isinstance(value, dict) and isinstance(merged.get(key), dict) and "source" not in value
        merged[key] = _overlay(merged[key], value) if is_table else value
    return merged


def _text_of(name: str) -> str:
    if name.endswith(".toml"):
        return Path(name).read_text(encoding="utf-8")
    return (files("instruments.dialects") / f"{name}.toml").read_text(encoding="utf-8")
