"""A voltmeter or ammeter behind any dialect."""

from __future__ import annotations

from instruments.dialect import Acquisition, Dialect, MeterRows
from instruments.errors import BadAnswer, InstrumentRefused, NoAnswer, NotProvided, TransportLost
from instruments.grammar import read_number, write_number
from instruments.reading import Reading
from instruments.recording import Recording
from instruments.scpi_instrument import Link, ScpiInstrument
from instruments.timing import Timekeeper

ANSWER_MARGIN = 2.0
"""Seconds beyond its aperture that a meter may take to answer."""

LONGEST_RECORDING = 3600.0
"""Seconds for which a meter samples by itself at most, should nobody end it."""

NEVER = -1
"""Count of a link's openings for which a meter has been configured: none."""

LINE_FREQUENCY = 50.0
"""Hz; turns an aperture into power line cycles. Where the mains has 60 Hz the aperture is a sixth shorter."""


class DialectMeter(ScpiInstrument):
    """A meter: see `instruments.kinds.Meter`.

    unit: "V" or "A": what readings are in. scale: readings are multiplied by it; an ammeter with a `shunt`
    measures volts and divides by its ohms. measuring_range: in the unit at the meter's input, None = the
    dialect's default. aperture: integration time of one sample in seconds. buffered: it may sample by itself.
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
        buffered: bool = False,
    ) -> None:
        super().__init__(name, dialect, link, clock, allow_unverified=allow_unverified)
        if unit not in ("V", "A"):
            raise ValueError(f"{name}: a meter measures V or A, not {unit!r}.")
        if shunt is not None and (unit != "A" or shunt <= 0.0):
            raise ValueError(f"{name}: a shunt of {shunt} ohm needs unit A and a resistance above zero.")
        rows = dialect.rows.volts if unit == "V" or shunt is not None else dialect.rows.amperes
        if rows is None:
            raise ValueError(f"{name}: {dialect.title} does not measure {unit}.")
        if buffered and rows.acquisition is None:
            raise ValueError(f"{name}: {dialect.title} has no buffered acquisition; take 'buffered' away.")
        self._unit = unit
        self._factor = scale / (1.0 if shunt is None else shunt)
        self._rows: MeterRows = rows
        self._range = rows.default_range if measuring_range is None else write_number(measuring_range)
        self._aperture = rows.default_aperture if aperture is None else aperture
        self._integration = self._aperture
        self._configured_for = NEVER
        self._last_end = float("-inf")
        self._buffered = buffered
        self._recording: Recording | None = None
        self._unfetched: list[Reading] = []

    @property
    def unit(self) -> str:
        """Return what it measures: "V" or "A"."""
        return self._unit

    def configure(self) -> None:
        """Set function, range and aperture; done by itself before the first reading and after a lost link.

        A meter that may sample by itself is stopped first, for a run that has died may have left it sampling.
        """
        row = self._use(self._rows.configure, "configuration")
        stop = self._acquisition().stop if self._buffered else ()
        self._send([*stop, *(self._with_words(command) for command in row.send)])
        if self._buffered:
            self._integration = self._number(self._acquisition().line_cycles, "") / LINE_FREQUENCY
        self._configured_for = self._link.reopened

    def measure(self) -> Reading:
        """Take one sample, in `unit`. While it samples by itself: its next sample."""
        with self._link.exclusive():
            if self._recording is not None:
                return self._next(self._recording)
            self._make_ready()
            row = self._use(self._rows.read, "reading")
            for command in row.send[:-1]:
                self._send((self._with_words(command),))
            answer = self._link.query(row.send[-1], timeout=self._aperture + ANSWER_MARGIN)
        value = read_number(answer.text, "", f"{self.name}, {row.send[-1]}")
        fresh = answer.start - self._last_end >= self.dialect.freshness
        if fresh:
            self._last_end = answer.start
        reading = Reading(value * self._factor, self._unit, answer.start, answer.end, fresh)
        self._tell(reading)
        return reading

    # ------------------------------------------------------------------ sampling by itself

    def can_record(self, interval: float) -> bool:
        """Tell whether it may sample by itself every `interval` seconds, and does not do so yet."""
        if not self._buffered or self._recording is not None:
            return False
        with self._link.exclusive():
            self._make_ready()
        return self._integration < interval

    def record(self, interval: float) -> None:
        """Begin to sample by itself every `interval` seconds. `measure` goes on to answer, out of these samples.

        Raises ValueError when its integration time does not fit, InstrumentRefused when it is recording already.
        """
        row = self._acquisition()
        count = min(row.most, int(LONGEST_RECORDING / interval))
        with self._link.exclusive():
            if self._recording is not None:
                raise InstrumentRefused(f"{self.name}: it is recording already.")
            self._make_ready()
            if self._integration >= interval:
                raise ValueError(
                    f"{self.name}: {self._integration:g} s of integration do not fit every {interval:g} s."
                )
            words = {"{interval}": write_number(interval), "{count}": str(count)}
            self._send([self._with_words(command, words) for command in row.set])
            taken = self._number(row.interval, "s")
            start = self._clock.now()
            self._send(row.start)
            self._recording = Recording(self.name, start, self._clock.now(), taken, self._integration, row.timebase)

    def fetch(self) -> list[Reading]:
        """Return the samples since `record` or the previous `fetch`, oldest first."""
        with self._link.exclusive():
            if self._recording is None:
                raise InstrumentRefused(f"{self.name}: nothing is being recorded; call record() first.")
            self._take_over(self._recording)
            return self._hand_over()

    def end_recording(self) -> list[Reading]:
        """Sample no longer; return the samples that have not been fetched."""
        with self._link.exclusive():
            recording = self._recording
            if recording is None:
                raise InstrumentRefused(f"{self.name}: nothing is being recorded.")
            try:
                self._take_over(recording)
            finally:
                self._recording = None
                self._configured_for = NEVER
                self._send(self._acquisition().stop)
            return self._hand_over()

    def _acquisition(self) -> Acquisition:
        if self._rows.acquisition is None:
            raise NotProvided(f"{self.name}: {self.dialect.title} has no buffered acquisition.")
        if not self._buffered:
            raise NotProvided(f"{self.name}: it may not sample by itself; the bench file does not say buffered = true.")
        return self._use(self._rows.acquisition, "buffered acquisition")

    def _take_over(self, recording: Recording) -> None:
        """Take over what the meter has sampled since the last time, and tell whoever watches."""
        if self._configured_for != self._link.reopened:
            raise TransportLost(f"{self.name}: the link was lost while it was recording; its samples are lost.")
        query = self._acquisition().fetch
        answer = self._link.query(query, consuming=True)
        text = strip_block(answer.text, self.name)
        given = [read_number(piece, "", f"{self.name}, {query}") for piece in text.split(",")] if text else []
        values = [value * self._factor for value in given]
        readings = recording.take(values, self._unit, answer.start, answer.end)
        self._unfetched += readings
        self._tell(*readings)

    def _next(self, recording: Recording) -> Reading:
        """Wait for the first sample that cannot have begun before now."""
        wanted = max(recording.taken, recording.after(self._clock.now()))
        end = recording.latest(wanted) + ANSWER_MARGIN
        while recording.taken <= wanted:
            self._clock.sleep(recording.latest(wanted) - self._clock.now())
            self._take_over(recording)
            if recording.taken <= wanted and self._clock.now() > end:
                raise NoAnswer(f"{self.name}: it has stopped to sample by itself after {recording.taken} samples.")
        return self._unfetched[wanted - recording.taken]

    def _hand_over(self) -> list[Reading]:
        readings, self._unfetched = self._unfetched, []
        return readings

    # ------------------------------------------------------------------ what it is told

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
