"""What a clock offers to everything that waits or repeats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from instruments.timing import Timekeeper

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Event(Protocol):
    """A flag that one worker sets and others wait for."""

    def set(self) -> None:
        """Raise the flag; waiters go on."""

    def clear(self) -> None:
        """Lower the flag."""

    def is_set(self) -> bool:
        """Tell whether the flag is up."""

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds of bench time; return whether the flag is up."""


class Call(Protocol[Result_co]):
    """A function that runs beside its caller."""

    @property
    def done(self) -> bool:
        """Tell whether the function has returned or raised."""

    def result(self, timeout: float | None = None) -> Result_co:
        """Wait for the function; return its value or raise its exception. Raises TimeoutError."""


@dataclass(frozen=True)
class TickerReport:
    """How a repeated action kept its time. All times in seconds.

    count: completed periods. late: periods that began more than half a period after they were due.
    worst: largest distance of a start from its due time. within_5ms: share of starts within 5 ms.
    """

    period: float
    count: int
    late: int
    worst: float
    within_5ms: float


class Ticker(Protocol):
    """An action repeated at a fixed period by a worker of its own."""

    def stop(self) -> None:
        """Stop repeating and wait for the action in progress."""

    def check(self) -> None:
        """Raise what the action raised, if it did; it stopped the repetition."""

    def report(self) -> TickerReport:
        """Return the measured period figures so far."""


class Clock(Timekeeper, Protocol):
    """Bench time: now, sleep, wait, every."""

    def event(self) -> Event:
        """Return a new lowered flag."""

    def start(self, function: Callable[[], Result], name: str) -> Call[Result]:
        """Run `function` beside the caller, in a worker called `name`."""

    def every(self, period: float, action: Callable[[], None], name: str) -> Ticker:
        """Repeat `action` every `period` seconds from now on, never two at once.

        An action that raises ends the repetition; `Ticker.check` hands the exception to whoever asks.
        """

    def wait_until(self, condition: Callable[[], bool], timeout: float, period: float = 0.05) -> bool:
        """Look at `condition` every `period` seconds until it holds or `timeout` has passed; tell which."""

    def close(self) -> None:
        """Stop every ticker and let go of the source of time."""
