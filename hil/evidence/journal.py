"""Reading the journal: what started, what ended, how."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from hil.errors import BadInput
from hil.evidence import schema


@dataclass(frozen=True)
class JournalEntry:
    """One attempt at a test. `outcome` is None when the process died before it ended. Bench times in seconds.

    energy: net W h out of each instrument from the beginning of the run to the end of this attempt, by name.
    """

    nodeid: str
    requirements: tuple[str, ...]
    start: float
    end: float | None
    outcome: str | None
    message: str
    energy: dict[str, float] = field(default_factory=dict)


def read_journal(run: Path) -> list[JournalEntry]:
    """Return the attempts in the order they started. A last line cut short by a crash is left out.

    Raises BadInput when any other line cannot be read.
    """
    path = run / schema.JOURNAL
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    entries: list[JournalEntry] = []
    for number, line in enumerate(lines, 1):
        try:
            _add(entries, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines):
                break
            raise BadInput(f"{path}, line {number} cannot be read ({error}). Restore the file from a copy.") from error
    return entries


def _add(entries: list[JournalEntry], event: dict[str, object]) -> None:
    nodeid = str(event["nodeid"])
    requirements = event["requirements"]
    if not isinstance(requirements, list):
        raise TypeError("requirements is not a list")
    names = tuple(str(name) for name in requirements)
    if event["event"] == "started":
        entries.append(JournalEntry(nodeid, names, _number(event["time"]), None, None, ""))
        return
    start, end = _number(event["start"]), _number(event["end"])
    ended = JournalEntry(nodeid, names, start, end, str(event["outcome"]), str(event["message"]), _energy(event))
    for index in range(len(entries) - 1, -1, -1):
        if entries[index].nodeid == nodeid and entries[index].outcome is None:
            entries[index] = ended
            return
    entries.append(ended)


def _energy(event: dict[str, object]) -> dict[str, float]:
    """Return what an attempt says of energy; runs of earlier versions say nothing."""
    said = event.get("energy_wh", {})
    if not isinstance(said, dict):
        raise TypeError("energy_wh is not a table")
    return {str(name): _number(value) for name, value in said.items()}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)
