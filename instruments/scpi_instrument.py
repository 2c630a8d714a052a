"""What all kinds of instrument share: identity, remote lock, error queue, watchdog, settings with read-back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from instruments.dialect import Choice, Dialect, Errors, Row, Setting
from instruments.errors import (
    BadAnswer,
    InstrumentRefused,
    NotProvided,
    ProtectionTripped,
    TransportLost,
    Unverified,
)
from instruments.grammar import read_integer, read_number, split_error, write_number
from instruments.kinds import Identity
from instruments.limits import Limits
from instruments.reading import Reading
from instruments.timing import Timekeeper
from instruments.transport import Answer

RowType = TypeVar("RowType", bound=Row)

READ_BACK_SHARE = 0.005
"""A set-point read back may differ by this share of its value (rounding to the instrument's steps)."""


class Link(Protocol):
    """What an instrument is talked to through: a Transport, or a person."""

    reopened: int

    def write(self, message: str, *, urgent: bool = False) -> None:
        """Send a message without an answer; `urgent`: past whatever is not answered, to switch off."""

    def query(self, message: str, *, timeout: float | None = None, consuming: bool = False) -> Answer:
        """Send a message and return its answer."""

    def overdue_at(self, least: float) -> float | None:
        """Return the bench time at which the open question counts as not answered; None: none does."""

    def exclusive(self) -> AbstractContextManager[object]:
        """Keep several transactions together."""

    def close(self) -> None:
        """Close the link."""


class ScpiInstrument:
    """One instrument behind a dialect. Nothing is sent when it is made.

    limits: fill {sink_current_max} and {power_max} in the dialect's commands. allow_unverified: use rows that no
    maker's manual confirms.
    """

    def __init__(
        self,
        name: str,
        dialect: Dialect,
        link: Link,
        clock: Timekeeper,
        *,
        limits: Limits | None = None,
        allow_unverified: bool = False,
    ) -> None:
        self._name = name
        self.dialect = dialect
        self._link = link
        self._clock = clock
        self._limits = limits
        self._allow_unverified = allow_unverified
        self._remote_taken = False
        self._batching = False
        self._unchecked: deque[str] = deque(maxlen=20)
        self._watchers: list[Callable[[Reading], None]] = []

    @property
    def name(self) -> str:
        """Return the instrument's name in the bench file."""
        return self._name

    @property
    def reopened(self) -> int:
        """Return how often the link was opened again: the instrument may have restarted each time."""
        return self._link.reopened

    def overdue_at(self, least: float) -> float | None:
        """Return the bench time at which the open question counts as not answered, see Transport."""
        return self._link.overdue_at(least)

    def watch(self, watcher: Callable[[Reading], None]) -> None:
        """Call `watcher` with every reading that is taken, from the worker that took it."""
        self._watchers.append(watcher)

    def _tell(self, *readings: Reading) -> None:
        for watcher in self._watchers:
            for reading in readings:
                watcher(reading)

    # ------------------------------------------------------------------ who it is, who commands it

    def identify(self) -> Identity:
        """Ask *IDN?. Missing fields are empty."""
        return self._ask_identity(None)

    def _ask_identity(self, timeout: float | None) -> Identity:
        text = self._link.query("*IDN?", timeout=timeout).text.strip()
        maker, model, serial, firmware = ([part.strip() for part in text.split(",", 3)] + [""] * 4)[:4]
        return Identity(maker, model, serial, firmware, text)

    def take_remote(self) -> None:
        """Take the remote lock and empty the error queue of what was there before. Changes no output."""
        if self._remote_taken:
            return
        remote = self.dialect.remote
        if remote is not None:
            self._use(remote, "remote lock")
            for command in remote.take:
                self._link.write(command)
            self._remote_taken = True
            if remote.owner is not None:
                owner = self._link.query(remote.owner).text.strip().strip('"')
                if owner.upper() != remote.owner_is:
                    self._remote_taken = False
                    raise InstrumentRefused(
                        f"{self._name}: after {'; '.join(remote.take)!r} the answer to {remote.owner!r} is {owner!r} "
                        f"instead of {remote.owner_is!r}. Is it locked at its front panel?"
                    )
        if self.dialect.errors is not None:
            errors = self._use(self.dialect.errors, "error queue")
            for command in errors.enable:
                self._link.write(command)
            self._raise_trip(errors)
            if not errors.acknowledges:
                self._drain(errors)
        self._remote_taken = True

    def give_back(self) -> None:
        """Return the instrument to its front panel, if it was taken."""
        if self._remote_taken and self.dialect.remote is not None:
            for command in self.dialect.remote.give_back:
                self._link.write(command)
        self._remote_taken = False

    def close(self) -> None:
        """Close the link. The output stays as it is."""
        self._link.close()

    # ------------------------------------------------------------------ errors

    def raise_errors(self) -> None:
        """Raise what the instrument has noted since the last check, naming the commands since then."""
        if self.dialect.errors is None:
            return
        errors = self._use(self.dialect.errors, "error queue")
        self._raise_trip(errors)
        noted = self._drain(errors)
        sent = "; ".join(self._unchecked)
        self._unchecked.clear()
        if noted:
            raise InstrumentRefused(
                f"{self._name}: after {repr(sent) if sent else 'no command of ours'} it reports {', '.join(noted)}."
            )

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Put several settings under one error check at the end."""
        self._batching = True
        try:
            yield
        finally:
            self._batching = False
        self.raise_errors()

    def _raise_trip(self, errors: Errors) -> None:
        """Look at the status before the queue: reading the queue may acknowledge the alarm."""
        if errors.status is None:
            return
        word = read_integer(self._link.query(errors.status).text, f"{self._name}, {errors.status}")
        tripped = [meaning for bit, meaning in errors.trips.items() if word >> bit & 1]
        if tripped:
            raise ProtectionTripped(
                f"{self._name} has switched itself off: {', '.join(tripped)} ({errors.status!r} answers {word}). "
                "Find the cause before clearing it."
            )

    def _drain(self, errors: Errors) -> list[str]:
        """Take every entry off the error queue."""
        noted: list[str] = []
        for _ in range(errors.depth + 1):
            text = self._link.query(errors.query, consuming=True).text
            code, words = split_error(text, f"{self._name}, {errors.query}")
            if code == 0:
                return noted
            noted.append(f"{code} {words}")
        raise InstrumentRefused(f"{self._name}: its error queue does not end: {', '.join(noted[:5])} ...")

    # ------------------------------------------------------------------ watchdog

    def arm_watchdog(self, seconds: float) -> bool:
        """Arm the communication watchdog with at least `seconds`; return False when the dialect has none."""
        if self.dialect.watchdog is None:
            return False
        watchdog = self._use(self.dialect.watchdog, "watchdog")
        if seconds > watchdog.max_seconds:
            raise InstrumentRefused(
                f"{self._name}: its watchdog takes at most {watchdog.max_seconds:g} s, not {seconds:g} s."
            )
        time = max(seconds, watchdog.min_seconds)
        text = str(-int(-time // 1)) if watchdog.whole_seconds else write_number(time)
        self._send([command.replace("{seconds}", text) for command in watchdog.arm])
        return True

    def disarm_watchdog(self) -> None:
        """Disarm the communication watchdog where there is one."""
        if self.dialect.watchdog is not None:
            self._send(self._use(self.dialect.watchdog, "watchdog").disarm)

    # ------------------------------------------------------------------ using rows

    def _use(self, row: RowType | None, what: str) -> RowType:
        """Return a row that exists and may be used."""
        if row is None:
            raise NotProvided(f"{self._name}: {self.dialect.title} has no {what}.")
        if not row.verified and not self._allow_unverified:
            raise Unverified(
                f"{self._name}: how {self.dialect.title} does its {what} is not confirmed by its maker's manual "
                f"({row.source}). Set allow_unverified for this instrument in the bench file once you have tried it."
            )
        return row

    def _send(self, commands: list[str] | tuple[str, ...], check: bool = True, urgent: bool = False) -> None:
        """Send commands that set something; then look for errors, unless a batch or a read-back does that."""
        for command in commands:
            self._link.write(command, urgent=urgent)
            self._unchecked.append(command)
        if check and not self._batching:
            self.raise_errors()

    def _program(self, row: Setting, what: str, value: float, unit: str, confirm: bool = False) -> None:
        """Set a number. Reads it back where an error may be silent or the link was lost on the way."""
        commands = [self._fill(command, row.to_wire(value)) for command in row.set]
        silent = self.dialect.errors is None or self.dialect.errors.silent
        confirm = row.query is not None and (confirm or silent)
        try:
            self._send(commands, check=not confirm)
        except TransportLost:
            if row.query is None:
                raise
            confirm = True
        if confirm:
            self._confirm(row, what, value, unit, commands)

    def _fill(self, command: str, number: float) -> str:
        """Put the number, and the instrument's limits where the command names them, into a command."""
        command = command.replace("{value}", write_number(number))
        if self._limits is not None:
            for field in ("sink_current_max", "power_max"):
                command = command.replace(f"{{{field}}}", write_number(getattr(self._limits, field)))
        return command

    def _confirm(self, row: Setting, what: str, value: float, unit: str, commands: list[str]) -> None:
        """Read a setting back; raise what the instrument has to say if it was not taken."""
        found = self._read_setting(row)
        if abs(found - value) > max(READ_BACK_SHARE * abs(value), row.resolution):
            self.raise_errors()
            raise InstrumentRefused(
                f"{self._name}: {'; '.join(commands)!r} was not taken: {what} reads back as {found:g} {unit} "
                f"instead of {value:g} {unit}. Is it outside the instrument's own range or adjustment limits?"
            )
        self._checked(commands)

    def _checked(self, commands: Sequence[str]) -> None:
        """Note that what these commands set has been read back: no later error is about them."""
        for command in commands:
            while command in self._unchecked:
                self._unchecked.remove(command)

    def _choose(self, row: Choice, ours: str, what: str) -> bool:
        """Select a word, unless it is selected already; check that it was taken. Returns whether it changed."""
        self._use(row, what)
        if row.query is not None and row.means(ours, self._link.query(row.query).text):
            return False
        commands = [command.replace("{word}", row.words[ours]) for command in row.set]
        self._send(commands)
        if row.query is not None and not row.means(ours, found := self._link.query(row.query).text):
            raise InstrumentRefused(
                f"{self._name}: {'; '.join(commands)!r} was not taken: {row.query!r} answers {found!r}."
            )
        return True

    def _read_setting(self, row: Setting) -> float:
        """Return what a number is set to, in SI units."""
        if row.query is None:
            raise BadAnswer(f"{self._name}: {self.dialect.title} cannot read this setting back.")
        return row.from_wire(self._number(row.query, row.unit))

    def _number(self, query: str, unit: str) -> float:
        return read_number(self._link.query(query).text, unit, f"{self._name}, {query}")
