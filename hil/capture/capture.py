"""Acquisition of several channels around an event, each polled by a worker of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

import pandas as pd

from hil.capture.trace import READING_COLUMNS, Event, Gap, Trace
from hil.clock.protocol import Clock, Ticker
from instruments.kinds import Powered
from instruments.reading import Reading, Subscription

Sample = Reading | Iterable[Reading] | Mapping[str, Reading]
"""One reading; the readings an instrument has buffered; or several quantities taken together, by name."""

Channel = Callable[[], Sample]
"""Asks an instrument or the converter once. Named quantities become channels of their own: "driver.vg"."""


class Capture:
    """Records channels while it runs.

    A channel that raises one of `tolerate` leaves a gap and is polled again: so the converter's own errors are
    evidence. Any other exception ends that channel and is raised where the capture ends, because a measurement
    on a broken bench is worth nothing.
    """

    def __init__(
        self,
        clock: Clock,
        channels: Mapping[str, Channel],
        period: float | Mapping[str, float],
        subscriptions: Mapping[str, Subscription] | None = None,
        tolerate: tuple[type[Exception], ...] = (),
        name: str = "",
        instruments: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a capture; nothing is asked before it runs.

        period: seconds between two polls, for all channels or for each by name. name, instruments: see `Trace`.
        """
        self.name = name
        self._instruments = dict(instruments or {})
        self._clock = clock
        self._channels = dict(channels)
        self._periods = dict(period) if isinstance(period, Mapping) else dict.fromkeys(self._channels, period)
        self._subscriptions = dict(subscriptions or {})
        self._tolerate = tolerate
        self._lock = clock.lock()
        self._rows: list[tuple[str, Reading]] = []
        self._events: list[Event] = []
        self._gaps: list[Gap] = []
        self._tickers: list[Ticker] = []
        self._unsubscribe: list[Callable[[], None]] = []
        missing = self._channels.keys() - self._periods.keys()
        if missing:
            raise ValueError(f"no period is given for the channels {sorted(missing)}")

    def start(self) -> None:
        """Begin to record."""
        self.mark("capture starts")
        for name, subscription in self._subscriptions.items():
            self._unsubscribe.append(subscription(self._sink(name)))
        for name, channel in self._channels.items():
            poll = self._poller(name, channel)
            self._tickers.append(self._clock.every(self._periods[name], poll, f"capture {name}"))

    def stop(self) -> None:
        """Stop every channel, then raise what any of them raised."""
        tickers, self._tickers = self._tickers, []
        for ticker in tickers:
            ticker.stop()
        self.mark("capture ends")
        with ExitStack() as ends:
            for unsubscribe in self._unsubscribe:
                ends.callback(unsubscribe)
            self._unsubscribe = []
        for ticker in tickers:
            ticker.check()

    @contextmanager
    def running(self, lead: float = 0.0, tail: float = 0.0) -> Iterator[Capture]:
        """Record while the block runs, from `lead` seconds before it to `tail` seconds after it.

        The first poll comes one period after the start. An error in the block goes first; trouble of a channel is
        noted on it.
        """
        try:
            self.start()
            self._clock.sleep(lead)
            yield self
            self._clock.sleep(tail)
        except BaseException as error:
            try:
                self.stop()
            except Exception as trouble:  # noqa: BLE001 - the block's own error must reach the caller
                error.add_note(f"While this happened a channel of the capture failed: {trouble!r}")
            raise
        self.stop()

    def mark(self, label: str, time: float | None = None) -> Event:
        """Note that something happened at `time` (bench seconds; now, if not given)."""
        event = Event(self._clock.now() if time is None else time, label)
        with self._lock:
            self._events.append(event)
        return event

    def add(self, channel: str, sample: Sample) -> None:
        """Record what a channel has given."""
        if isinstance(sample, Reading):
            rows = [(channel, sample)]
        elif isinstance(sample, Mapping):
            rows = [(f"{channel}.{name}", reading) for name, reading in sample.items()]
        else:
            rows = [(channel, reading) for reading in sample]
        with self._lock:
            self._rows.extend(rows)

    def trace(self) -> Trace:
        """Return what has been recorded so far."""
        with self._lock:
            rows, events, gaps = list(self._rows), list(self._events), list(self._gaps)
        rows.sort(key=lambda row: (row[1].start, row[1].end, row[0]))
        ordered = tuple(sorted(events, key=lambda event: event.time))
        return Trace(_table(rows), ordered, tuple(gaps), self.name, self._instruments)

    def _sink(self, name: str) -> Callable[[Reading], None]:
        return lambda reading: self.add(name, reading)

    def _poller(self, name: str, channel: Channel) -> Callable[[], None]:
        def poll() -> None:
            start = self._clock.now()
            try:
                sample = channel()
            except self._tolerate as error:
                gap = Gap(name, start, self._clock.now(), f"{type(error).__name__}: {error}")
                with self._lock:
                    self._gaps.append(gap)
                return
            self.add(name, sample)

        return poll


def _table(rows: list[tuple[str, Reading]]) -> pd.DataFrame:
    """Return readings as the table of a trace, column by column: half the time of row by row."""
    readings = [reading for _, reading in rows]
    columns = {
        "channel": [channel for channel, _ in rows],
        "start": [reading.start for reading in readings],
        "end": [reading.end for reading in readings],
        "time": [reading.time for reading in readings],
        "value": [reading.value for reading in readings],
        "unit": [reading.unit for reading in readings],
        "fresh": [reading.fresh for reading in readings],
    }
    return pd.DataFrame({name: pd.Series(columns[name], dtype=kind) for name, kind in READING_COLUMNS.items()})


def terminals(instrument: Powered) -> Channel:
    """Return the channel of an instrument's own terminals: "voltage" and "current", taken together."""

    def read() -> dict[str, Reading]:
        outputs = instrument.measure()
        return {"voltage": outputs.voltage, "current": outputs.current}

    return read
