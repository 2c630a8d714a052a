"""What a command sequence did and saw, call by call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from hil.converter.strictjson import JsonObject

Category = Literal["HARDWARE", "FRAMEWORK", "LOGIC", "USER"]
Extent = Literal["LOCAL", "GLOBAL"]
Level = Literal["WARN", "ERROR"]
Quantity = Literal["vg", "ig"]


@dataclass(frozen=True)
class ApisError:
    """An error as apis-main would raise it; the three words decide what it does about it.

    A local hardware error stops the unit's deals and the unit, a global one leads to SCRAM; a warning is
    only logged. time: bench time in seconds. unit: name of the unit that raised it.
    """

    category: Category
    extent: Extent
    level: Level
    text: str
    unit: str
    time: float

    @property
    def triplet(self) -> str:
        """Return the three words, for example "HARDWARE:LOCAL:ERROR"."""
        return f"{self.category}:{self.extent}:{self.level}"


@dataclass(frozen=True)
class Attempt:
    """One try of a call. problem: why it did not count, "" if it did. Times in seconds of bench time."""

    start: float
    end: float
    status: int | None
    problem: str


@dataclass(frozen=True)
class CallRecord:
    """One call with its repetitions. answer: the JSON object, or None when every attempt failed."""

    unit: str
    path: str
    attempts: tuple[Attempt, ...]
    answer: JsonObject | None

    @property
    def start(self) -> float:
        """Return the bench time at which the first attempt began."""
        return self.attempts[0].start

    @property
    def end(self) -> float:
        """Return the bench time at which the last attempt ended."""
        return self.attempts[-1].end


@dataclass(frozen=True)
class Poll:
    """One look of a checkpoint. value: vg in V or ig in A, None when the driver did not say.

    number: 1 for the first look. start, end: bench time of the call in seconds.
    """

    unit: str
    quantity: Quantity
    target: float
    value: float | None
    number: int
    start: float
    end: float
    passed: bool


@dataclass(frozen=True)
class Report:
    """What a sequence did. succeeded is apis-main's own opinion of it.

    start, end: bench time in seconds. calls, polls, errors: in the order in which they were finished.
    """

    name: str
    succeeded: bool
    start: float
    end: float
    calls: tuple[CallRecord, ...]
    polls: tuple[Poll, ...]
    errors: tuple[ApisError, ...]

    @property
    def duration(self) -> float:
        """Return the duration in seconds."""
        return self.end - self.start

    @property
    def paths(self) -> list[str]:
        """Return what was requested, one entry per call; repetitions are not counted."""
        return [call.path for call in self.calls]

    def has_error(self, triplet: str) -> bool:
        """Tell whether an error with this triplet was raised."""
        return any(error.triplet == triplet for error in self.errors)


@dataclass
class Log:
    """Collects what a running sequence does; several units may write into one."""

    calls: list[CallRecord] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    errors: list[ApisError] = field(default_factory=list)

    def note(self, error: ApisError) -> None:
        """Note an error."""
        self.errors.append(error)

    def report(self, name: str, succeeded: bool, start: float, end: float) -> Report:
        """Return the finished report."""
        return Report(name, succeeded, start, end, tuple(self.calls), tuple(self.polls), tuple(self.errors))


def joined(name: str, reports: Sequence[Report], succeeded: bool, start: float, end: float) -> Report:
    """Return one report of several sequences that ran beside each other, in order of time."""
    return Report(
        name,
        succeeded,
        start,
        end,
        tuple(sorted((call for report in reports for call in report.calls), key=lambda call: call.end)),
        tuple(sorted((poll for report in reports for poll in report.polls), key=lambda poll: poll.end)),
        tuple(sorted((error for report in reports for error in report.errors), key=lambda error: error.time)),
    )
