"""A voltmeter or ammeter behind any dialect."""

from __future__ import annotations

from dataclasses import dataclass

from instruments.dialect import Dialect, MeterRows
from instruments.errors import BadAnswer, InstrumentRefused
from instruments.grammar import read_number, write_number
from instruments.reading import Reading
from instruments.scpi_instrument import Link, ScpiInstrument
from instruments.timing import Timekeeper

LINE_FREQUENCY = 50.0
"""Hz; turns an aperture into power line cycles. Where the mains has 60 Hz the aperture is a sixth shorter."""


@dataclass
class Recording:
    """A buffered acquisition: commanded and begun between `start` and `armed`, bench time in seconds."""

    start: float
    armed: float
    interval: float
    count: int
    fetched: int = 0


class DialectMeter(ScpiInstrument):
    """A meter: see `instruments.kinds.Meter`.

    unit: "V" or "A": what readings are in. scale: readings are multiplied by it; an ammeter with a `shunt`
    measures volts and divides by its ohms. measuring_range: in the unit at the meter's input, None = the
    dialect's default. aperture: integration time of one sample in seconds.
    """

    def __init__(
        self,
        name: str,
        dialect: Dialect,
        link: Link,
        clock: Timekeeper,
        *,
        allow_unverified: bool = False,
        unit: str = "V",
        scale: float = 1.0,
        shunt: float | None = None,
        measuring_range: float | None = None,
        aperture: float | None = None,
    ) -> None:
        super().__init__(name, dialect, link, clock, allow_unverified=allow_unverified)
        if unit not in ("V", "A"):
            raise ValueError(f"{name}: a meter measures V or A, not {unit!r}.")
        if shunt is not None and (unit != "A" or shunt <= 0.0):
            raise ValueError(f"{name}: a shunt of {shunt} ohm needs unit A and a resistance above zero.")
        rows = dialect.rows.volts if unit == "V" or shunt is not None else dialect.rows.amperes
        if rows is None:
            raise ValueError(f"{name}: {dialect.title} does not measure {unit}.")
        self._unit = unit
        self._factor = scale / (1.0 if shunt is None else shunt)
        self._rows: MeterRows = rows
        self._range = rows.default_range if measuring_range is None else write_number(measuring_range)
        self._aperture = rows.default_aperture if aperture is None else aperture
        self._configured_for = -1
        self._last_end = float("-inf")
        self._record: Recording | None = None

    @property
    def unit(self) -> str:
        """Return what it measures: "V" or "A"."""
        return self._unit

    def configure(self) -> None:
        """Set function, range and aperture; done by itself before the first reading and after a lost link."""
        row = self._use(self._rows.configure, "configuration")
        self._send([self._with_words(command) for command in row.send])
        self._configured_for = self._link.reopened
        self._record = None

    def measure(self) -> Reading:
        """Take one sample, in `unit`."""
        with self._link.exclusive():
            if self._record is not None:
                self._end_recording(self._record)
            self._make_ready()
            row = self._use(self._rows.read, "reading")
            for command in row.send[:-1]:
                self._send((self._with_words(command),))
            answer = self._link.query(row.send[-1], timeout=self._aperture + 2.0)
        value = read_number(answer.text, "", f"{self.name}, {row.send[-1]}")
        fresh = answer.start - self._last_end >= self.dialect.freshness
        if fresh:
            self._last_end = answer.start
        reading = Reading(value * self._factor, self._unit, answer.start, answer.end, fresh)
        self._tell(reading)
        return reading

    def record(self, interval: float, count: int) -> None:
        """Start buffered acquisition of `count` samples, one every `interval` seconds."""
        row = self._use(self._rows.record, "buffered acquisition")
        if interval < self._aperture:
            raise ValueError(
                f"{self.name}: samples every {interval:g} s do not fit an aperture of {self._aperture:g} s."
            )
        with self._link.exclusive():
            self._make_ready()
            start = self._clock.now()
            words = {"{interval}": write_number(interval), "{count}": str(count)}
            self._send([self._with_words(command, words) for command in row.send])
            self._record = Recording(start, self._clock.now(), interval, count)

    def fetch(self) -> list[Reading]:
        """Return the samples recorded since `record` or the previous `fetch`, oldest first."""
        recording = self._record
        if recording is None:
            raise InstrumentRefused(f"{self.name}: nothing is being recorded; call record() first.")
        row = self._use(self._rows.fetch, "buffered acquisition")
        text = strip_block(self._link.query(row.send[0], consuming=True).text, self.name)
        readings = []
        for piece in text.split(",") if text else []:
            value = read_number(piece, "", f"{self.name}, {row.send[0]}") * self._factor
            begin = recording.fetched * recording.interval
            end = recording.armed + begin + self._aperture
            readings.append(Reading(value, self._unit, recording.start + begin, end))
            recording.fetched += 1
        return readings

    def _end_recording(self, recording: Recording) -> None:
        """Go back to single samples, unless samples would be lost."""
        if recording.fetched < recording.count:
            raise InstrumentRefused(
                f"{self.name}: it is recording, {recording.fetched} of {recording.count} samples have been fetched."
            )
        self.configure()

    def _make_ready(self) -> None:
        if self._configured_for != self._link.reopened:
            self.configure()

    def _with_words(self, command: str, words: dict[str, str] | None = None) -> str:
        known = {
            "{range}": self._range,
            "{aperture}": write_number(self._aperture),
            "{line_cycles}": write_number(self._aperture * LINE_FREQUENCY),
        }
        for key, text in {**known, **(words or {})}.items():
            command = command.replace(key, text)
        return command


def strip_block(text: str, name: str) -> str:
    """Return the content of an IEEE 488.2 definite length block (#215+1.0E+00,...) or the text itself."""
    text = text.strip()
    if not text.startswith("#"):
        return text
    digits = text[1:2]
    if not digits.isdigit() or not text[2 : 2 + int(digits)].isdigit():
        raise BadAnswer(f"{name}: {text[:20]!r} is not a block of readings.")
    begin = 2 + int(digits)
    length = int(text[2:begin])
    if len(text) - begin < length:
        raise BadAnswer(f"{name}: a block of {length} bytes has only {len(text) - begin}.")
    return text[begin : begin + length]
