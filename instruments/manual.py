"""An instrument without an interface: a person turns its knobs and reads its display."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from instruments.audit import Audit, AuditEvent, Direction
from instruments.errors import NoAnswer, OutsideLimits
from instruments.timing import Timekeeper
from instruments.transport import Answer


class PersonLink:
    """A link whose wire is a person. Messages are words; the envelope reads them like any others."""

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

    def exclusive(self) -> AbstractContextManager[object]:
        """Return the lock, to ask several things together."""
        return self._lock

    def write(self, message: str, *, urgent: bool = False) -> None:
        """Ask the person to set something and to confirm."""
        if self._envelope is not None:
            try:
                self._envelope(message)
            except OutsideLimits:
                self._note("refused", message)
                raise
        with self._lock:
            self._note("out", message)
            self._note("in", self._ask(f"{self._name}: please set {message!r}, then confirm."))

    def query(self, message: str, *, timeout: float | None = None, consuming: bool = False) -> Answer:
        """Ask the person to read something off the instrument."""
        with self._lock:
            start = self._clock.now()
            self._note("out", message)
            question = "maker, model, serial number" if message == "*IDN?" else message.rstrip("?")
            text = self._ask(f"{self._name}: please read {question!r} off the instrument.").strip()
            self._note("in", text)
        if not text:
            raise NoAnswer(f"{self._name}: nobody answered {message!r}.")
        return Answer(text, start, self._clock.now())

    def close(self) -> None:
        """Nothing to close."""

    def _note(self, direction: Direction, text: str) -> None:
        if self._audit is not None:
            self._audit(AuditEvent(self._clock.now(), self._name, direction, text))
