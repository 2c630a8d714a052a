"""How promptly an instrument answers: learned from its own answers, question by question.

An instrument that hangs is told from a slow one by what it did before: the same question, after the same kind of
command, has been answered many times, and never took nearly as long.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

ANSWERS = 5
"""Answers to a question after which it is known how long it takes."""
NEWEST = 50
"""Answers that count; a moment in which the computer was busy is forgotten after so many."""
SLOWER = 5.0
"""Times the longest of these answers for which a question may stay open."""


class Question(NamedTuple):
    """What was asked, and the header of the command sent since the answer before it, "" for none."""

    text: str
    after: str


class Promptness:
    """The newest times to an answer, in seconds, of every question that one instrument is asked."""

    def __init__(self) -> None:
        self._took: dict[Question, deque[float]] = {}

    def note(self, question: Question, took: float) -> None:
        """Keep how long one answer took."""
        self._took.setdefault(question, deque(maxlen=NEWEST)).append(took)

    def bound(self, question: Question, least: float) -> float | None:
        """Return the seconds after which `question` counts as not answered, never below `least`.

        None as long as too few answers are known to say so.
        """
        took = self._took.get(question)
        if took is None or len(took) < ANSWERS:
            return None
        return max(least, SLOWER * max(took))
