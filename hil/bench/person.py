"""The person who operates the instruments that no program can: asked at the terminal, one question at a time.

A person lives in real time, and so do these questions. What must be switched off goes before every other question,
and those that are open then are withdrawn.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hil.clock import Clock, RealClock
from hil.clock.protocol import Event
from hil.errors import BadInput
from instruments.errors import NoAnswer

ANSWER_BOUND = 300.0
"""Seconds in which a person must answer; an energised bench does not wait for ever for somebody who has left."""
LOOK = 0.1
"""Seconds between two looks whether a question is still open."""
TERMINAL = ("CONIN$", "CONOUT$") if os.name == "nt" else ("/dev/tty", "/dev/tty")
OFF = "off"


class Person(Protocol):
    """Somebody who can be asked, or nobody."""

    def ask(self, question: str) -> str:
        """Return the answer. Raises NoAnswer."""

    def have_switched_off(self, name: str) -> None:
        """Have the instrument `name` switched off; return when the person says that it is. Raises NoAnswer."""

    def close(self) -> None:
        """Withdraw every question."""


class Nobody:
    """Where nobody can be asked: whoever asks learns why."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def ask(self, question: str) -> str:
        """Raise NoAnswer."""
        raise NoAnswer(f"Nobody can be asked ({self._reason}): {question}")

    def have_switched_off(self, name: str) -> None:
        """Raise NoAnswer."""
        raise NoAnswer(f"{name} must be switched off by hand, and nobody can be asked ({self._reason}).")

    def close(self) -> None:
        """Do nothing."""


@dataclass
class _Question:
    text: str
    urgent: bool
    over: Event
    answer: str | None = None
    trouble: str = "it was withdrawn, because something else must be switched off first"
    shown: bool = False


class Terminal:
    """A person at the terminal that this process was started from.

    asking: told True before a question is shown and False when none is open any more, for whoever writes there too.
    Raises BadInput when there is no such terminal, or the process runs in its background.
    """

    def __init__(self, asking: Callable[[bool], None] = lambda _: None) -> None:
        try:
            self._reads = os.open(TERMINAL[0], os.O_RDWR | getattr(os, "O_NOCTTY", 0))
            self._writes = os.open(TERMINAL[1], os.O_WRONLY | getattr(os, "O_NOCTTY", 0))
        except OSError as error:
            raise BadInput(f"There is no terminal at which anybody could be asked ({error.strerror}).") from error
        if hasattr(os, "tcgetpgrp") and os.tcgetpgrp(self._reads) != os.getpgrp():
            raise BadInput("This process runs in the background of its terminal, where nobody can be asked.")
        self._asking = asking
        self._clock: Clock = RealClock()
        self._lock = self._clock.lock()
        self._open: list[_Question] = []
        self._reading = False

    def ask(self, question: str) -> str:
        """Show a question and return the line that is typed."""
        return self._put(question, False, ANSWER_BOUND)

    def have_switched_off(self, name: str) -> None:
        """Say that `name` must be switched off, before every other question, until "off" is typed."""
        while self._put(f"SWITCH {name} OFF NOW, then type {OFF}.", True, float("inf")).strip().lower() != OFF:
            pass

    def close(self) -> None:
        """Withdraw every question."""
        with self._lock:
            self._withdraw(self._open, "the bench has been closed")

    def _put(self, text: str, urgent: bool, bound: float) -> str:
        question = _Question(text, urgent, self._clock.event())
        with self._lock:
            if urgent:
                self._withdraw([each for each in self._open if not each.urgent], question.trouble)
            self._open.append(question)
            if not self._reading:
                self._reading = True
                self._clock.start(self._read, "person")
        if not question.over.wait(bound):
            with self._lock:
                self._withdraw([question], f"nobody answered within {bound:g} s")
        if question.answer is None:
            raise NoAnswer(f"{text} No answer: {question.trouble}.")
        return question.answer

    def _withdraw(self, questions: list[_Question], why: str) -> None:
        for question in list(questions):
            if question in self._open:
                self._open.remove(question)
            question.trouble = why
            question.over.set()

    def _read(self) -> None:
        """Show the questions in their order and hand each the next line, until none is open."""
        if hasattr(signal, "pthread_sigmask"):  # a background process that reads gets an error instead of a halt
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
        self._asking(True)
        try:
            while (question := self._next()) is not None:
                line = self._line()
                if line is not None:
                    self._answered(question, line)
        except OSError as error:
            with self._lock:
                self._reading = False
                self._withdraw(self._open, f"the terminal cannot be read any more ({error.strerror or error})")
        self._asking(False)

    def _next(self) -> _Question | None:
        with self._lock:
            question = next((each for each in self._open if each.urgent), next(iter(self._open), None))
            if question is None:
                self._reading = False
            elif not question.shown:
                question.shown = True
                _forget_what_was_typed(self._reads)
                os.write(self._writes, f"\r\n{question.text}\r\n> ".encode())
        return question

    def _answered(self, question: _Question, line: str) -> None:
        with self._lock:
            if question in self._open:
                self._open.remove(question)
                question.answer = line
                question.over.set()

    def _line(self) -> str | None:
        """Return the next line, None when there is none yet. Raises OSError at the end of the terminal."""
        if os.name != "nt":
            import select

            if not select.select([self._reads], [], [], LOOK)[0]:
                return None
        data = os.read(self._reads, 4096)
        if not data:
            raise OSError("it has been closed")
        return data.decode(errors="replace").splitlines()[0].strip()


def _forget_what_was_typed(terminal: int) -> None:
    """Drop what was typed before a question was shown: it answers another one."""
    if sys.platform != "win32":
        import termios

        termios.tcflush(terminal, termios.TCIFLUSH)


def at_terminal(asking: Callable[[bool], None] = lambda _: None) -> Person:
    """Return the person at the terminal, or Nobody with the reason."""
    try:
        return Terminal(asking)
    except BadInput as error:
        return Nobody(str(error).rstrip("."))
