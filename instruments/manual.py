"""An instrument without an interface: a person turns its knobs and reads its display."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from instruments.audit import Audit, AuditEvent, Direction
from instruments.errors import InstrumentRefused, NoAnswer, NotProvided, OutsideLimits
from instruments.timing import Timekeeper
from instruments.transport import Answer

DIALECT = "manual"
CANNOT = ("no", "n")
"""Answers to a request that mean: it was not possible."""
HAS_NONE = "none"
"""Answer to a request that means: this instrument has no such setting."""
IDENTITY, OUTPUT, ONCE = "*IDN?", "Output", "Clear"
"""The question of who it is, the word that begins a switching, and the one that begins what is done each time."""


class PersonLink:
    """A link whose wire is a person. Messages are words; the envelope reads them like any others.

    ask: shows a person a sentence and returns the answer. What a person has confirmed is not asked for again until it
    is to change, nor who the instrument is.
    """

    reopened = 0

    def __init__(
        self,
        name: str,
        ask: Callable[[str], str],
        clock: Timekeeper,
        *,
        audit: Audit | None = None,
        envelope: Callable[[str], None] | None = None,
    ) -> None:
        self._name = name
        self._ask = ask
        self._clock = clock
        self._audit = audit
        self._envelope = envelope
        self._lock = clock.lock()
        self._confirmed: dict[str, str] = {}
        self._identity: Answer | None = None

    def overdue_at(self, least: float) -> float | None:
        """Return None: a person takes the time it takes."""
        return None

    def exclusive(self) -> AbstractContextManager[object]:
        """Return the lock, to ask several things together."""
        return self._lock

    def write(self, message: str, *, urgent: bool = False) -> None:
        """Ask the person to set something and to confirm. Raises InstrumentRefused or NotProvided by the answer."""
        if self._envelope is not None:
            try:
                self._envelope(message)
            except OutsideLimits:
                self._note("refused", message)
                raise
        if urgent:
            self._set(message)
        else:
            with self._lock:
                self._set(message)

    def query(self, message: str, *, timeout: float | None = None, consuming: bool = False) -> Answer:
        """Ask the person to read something off the instrument. What was confirmed before is not asked."""
        with self._lock:
            if message == IDENTITY and self._identity is not None:
                return self._identity
            known = self._confirmed.get(OUTPUT) if message.startswith(OUTPUT) else None
            if known is not None:
                return Answer(known.removeprefix(OUTPUT).strip(), self._clock.now(), self._clock.now())
            answer = self._read(message)
            if message == IDENTITY:
                self._identity = answer
            return answer

    def close(self) -> None:
        """Nothing to close."""

    def _set(self, message: str) -> None:
        header = message.partition(" ")[0]
        if header != ONCE and self._confirmed.get(header) == message:
            return
        self._confirmed.pop(header, None)
        self._note("out", message)
        text = self._ask(f"{self._name}: please set {message!r}, then press Enter (no: it cannot be done).").strip()
        self._note("in", text)
        if text.lower() == HAS_NONE:
            raise NotProvided(f"{self._name}: the person at it says that it has no such setting ({message!r}).")
        if text.lower() in CANNOT:
            raise InstrumentRefused(f"{self._name}: the person at it could not set {message!r}.")
        self._confirmed[header] = message

    def _read(self, message: str) -> Answer:
        start = self._clock.now()
        self._note("out", message)
        question = "maker, model, serial number" if message == IDENTITY else message.rstrip("?")
        text = self._ask(f"{self._name}: please read {question!r} off the instrument.").strip()
        self._note("in", text)
        if not text:
            raise NoAnswer(f"{self._name}: nobody answered {message!r}.")
        return Answer(text, start, self._clock.now())

    def _note(self, direction: Direction, text: str) -> None:
        if self._audit is not None:
            self._audit(AuditEvent(self._clock.now(), self._name, direction, text))
