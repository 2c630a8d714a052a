"""What a check has found: one sentence that a technician can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Grade(Enum):
    """OK, worth knowing, or in the way of a run."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. part: instrument, role, driver or file; topic: what about it; sentence: what was found."""

    part: str
    topic: str
    grade: Grade
    sentence: str


def ok(part: str, topic: str, sentence: str) -> Finding:
    """Return that it is as it should be."""
    return Finding(part, topic, Grade.OK, sentence)


def note(part: str, topic: str, sentence: str) -> Finding:
    """Return something worth knowing that is in nobody's way."""
    return Finding(part, topic, Grade.NOTE, sentence)


def problem(part: str, topic: str, sentence: str) -> Finding:
    """Return something that must be put right before a run."""
    return Finding(part, topic, Grade.PROBLEM, sentence)
