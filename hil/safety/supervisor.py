"""The supervisor: watches the bench while it is energised, and orders it to be stopped.

It listens to every reading that anybody takes and judges it against the limits of the bench at once. What nobody has
read for a period it reads itself, which also keeps the instruments' communication watchdogs fed. Every period it asks
everything that must be running whether it is, and whether an instrument owes somebody an answer for longer than it ever
took.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from hil.clock import Call, Clock, Ticker
from hil.errors import BENCH_TROUBLE
from hil.safety.watching import Bounds, Terminal
from instruments.kinds import Instrument, Meter, Powered, Watched
from instruments.reading import Reading

TURN = 0.02
"""Seconds for which an answer may have been there before whoever waits for it on a busy computer has taken it."""


@dataclass(frozen=True)
class Violation:
    """Why the bench must be stopped, when it was noticed, and when what gave it away was measured (bench time, s)."""

    reason: str
    noticed: float
    measured: float


@dataclass(frozen=True)
class Supervision:
    """What is supervised.

    period: seconds between two looks; a reading older than half of it is taken anew by the supervisor itself.
    stale: seconds without a new sample from an instrument with power at its terminals that end the run.
    unanswered: seconds that a question to one of them may stay open, at least, when it used to be answered promptly.
    bounds: per instrument. checks: raise an exception of BENCH_TROUBLE when what they ask has stopped.
    """

    period: float
    stale: float
    unanswered: float
    bounds: Mapping[str, Bounds]
    checks: Sequence[Callable[[], None]]


class Supervisor:
    """Supervises until stopped.

    read: what it reads by itself when nobody else does. `stop_bench` is called once, by whoever notices, and must
    return at once.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        read: Mapping[str, Powered | Meter],
        what: Supervision,
        clock: Clock,
        stop_bench: Callable[[Violation], None],
    ) -> None:
        self._instruments = instruments
        self._read = read
        self._what = what
        self._clock = clock
        self._stop_bench = stop_bench
        self._terminals = {name: Terminal(name, bounds) for name, bounds in what.bounds.items()}
        self._polls: dict[str, Call[object]] = {}
        self._patience: dict[str, Call[None]] = {}
        self._reopened: dict[str, int] = {}
        self._ticker: Ticker | None = None
        self._running = False
        for name, instrument in instruments.items():
            if isinstance(instrument, Watched) and name in self._terminals:
                instrument.watch(self._noting(self._terminals[name]))

    def start(self) -> None:
        """Begin to supervise."""
        now = self._clock.now()
        for terminal in self._terminals.values():
            terminal.seen = max(terminal.seen, now)
        self._reopened = {name: _reopened(instrument) for name, instrument in self._instruments.items()}
        self._running = True
        self._ticker = self._clock.every(self._what.period, self._look, "supervisor")

    def stop(self) -> None:
        """Supervise no longer: the bench is being made safe."""
        self._running = False
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.stop()

    @property
    def terminals(self) -> Collection[Terminal]:
        """Return what is known of each instrument's terminals."""
        return self._terminals.values()

    def _noting(self, terminal: Terminal) -> Callable[[Reading], None]:
        def note(reading: Reading) -> None:
            if self._running:
                sentence = terminal.note(reading)
                if sentence is not None:
                    self._violated(sentence, reading.time)

        return note

    def _look(self) -> None:
        try:
            self._look_at_all()
        except Exception as error:
            self._violated(f"the supervisor itself has failed ({type(error).__name__}: {error})", self._clock.now())
            raise

    def _look_at_all(self) -> None:
        now = self._clock.now()
        for check in self._what.checks:
            try:
                check()
            except BENCH_TROUBLE as error:
                self._violated(str(error), now)
        for name, instrument in self._read.items():
            if self._running:
                self._look_at(name, instrument, now)

    def _look_at(self, name: str, instrument: Powered | Meter, now: float) -> None:
        if _reopened(instrument) > self._reopened[name]:
            self._violated(
                f"{name}: the link was lost and has been opened again; its settings and protections are unknown", now
            )
        self._look_for_silence(name, instrument)
        age = now - self._terminals[name].seen
        if age > self._what.stale:
            self._violated(f"{name}: no new reading for {age:.2f} s", self._terminals[name].seen)
        poll = self._polls.get(name)
        if age > 0.5 * self._what.period and (poll is None or poll.done):
            self._polls[name] = self._clock.start(self._polling(name, instrument), f"supervise {name}")

    def _look_for_silence(self, name: str, instrument: Powered | Meter) -> None:
        waiting = self._patience.get(name)
        if isinstance(instrument, Watched) and (waiting is None or waiting.done):
            due = instrument.overdue_at(self._what.unanswered)
            if due is not None:
                self._patience[name] = self._clock.start(self._awaiting(name, instrument, due), f"await {name}")

    def _awaiting(self, name: str, instrument: Watched, due: float) -> Callable[[], None]:
        """Return what waits until the open question of an instrument is overdue, and judges it then."""

        def wait() -> None:
            self._clock.sleep(due - self._clock.now())
            self._clock.sleep(TURN)
            if instrument.overdue_at(self._what.unanswered) == due:
                seen = self._terminals[name].seen
                silent = self._clock.now() - seen
                self._violated(f"{name}: it has stopped answering; its last reading is {silent:.2f} s old", seen)

        return wait

    def _polling(self, name: str, instrument: Powered | Meter) -> Callable[[], None]:
        def poll() -> None:
            try:
                instrument.measure()
            except Exception as error:
                self._violated(str(error), self._clock.now())
                if not isinstance(error, BENCH_TROUBLE):
                    raise

        return poll

    def _violated(self, reason: str, measured: float) -> None:
        if self._running:
            self._running = False
            self._stop_bench(Violation(reason, self._clock.now(), measured))


def _reopened(instrument: Instrument) -> int:
    return instrument.reopened if isinstance(instrument, Watched) else 0
