"""What both clocks share: calls that run beside their caller, and actions repeated at a period."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

from hil.clock.protocol import Call, Event, Ticker, TickerReport
from instruments.timing import Wire

Result = TypeVar("Result")


class ClockCore(Protocol):
    """The few things in which clocks differ."""

    def now(self) -> float:
        """Return bench time in seconds."""

    def event(self) -> Event:
        """Return a new lowered flag."""

    def spawn(self, work: Callable[[], None], name: str) -> None:
        """Run `work` in a worker of its own."""


class WorkerCall(Generic[Result]):
    """A function that runs beside its caller."""

    def __init__(self, clock: ClockCore, function: Callable[[], Result], name: str) -> None:
        self._function = function
        self._name = name
        self._finished = clock.event()
        self._value: list[Result] = []
        self._error: BaseException | None = None
        clock.spawn(self._run, name)

    def _run(self) -> None:
        try:
            self._value.append(self._function())
        except BaseException as error:  # noqa: BLE001 - kept for whoever asks for the result
            self._error = error
        finally:
            self._finished.set()

    @property
    def done(self) -> bool:
        """Tell whether the function has returned or raised."""
        return self._finished.is_set()

    @property
    def error(self) -> BaseException | None:
        """Return what the function raised, if it has."""
        return self._error

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the function; return its value or raise its exception. Raises TimeoutError."""
        if not self._finished.wait(float("inf") if timeout is None else timeout):
            raise TimeoutError(f"{self._name} has not finished within {timeout} s")
        if self._error is not None:
            raise self._error
        return self._value[0]


class PeriodTicker:
    """An action repeated at a fixed period, with its timing measured."""

    def __init__(self, clock: ClockCore, period: float, action: Callable[[], None], name: str) -> None:
        if period <= 0:
            raise ValueError(f"The period of {name} must be positive, not {period} s.")
        self._clock = clock
        self._period = period
        self._action = action
        self._stopped = clock.event()
        self._count = self._late = self._within = 0
        self._worst = 0.0
        self._call = WorkerCall(clock, self._repeat, name)

    def _repeat(self) -> None:
        due = self._clock.now() + self._period
        while not self._stopped.wait(max(0.0, due - self._clock.now())):
            self._note(self._clock.now() - due)
            self._action()
            due += self._period
            behind = self._clock.now() - due
            if behind > self._period:
                due += self._period * int(behind / self._period)

    def _note(self, distance: float) -> None:
        self._count += 1
        self._worst = max(self._worst, distance)
        self._within += distance <= 0.005
        self._late += distance > 0.5 * self._period

    def stop(self) -> None:
        """Stop repeating and wait for the action in progress."""
        self._stopped.set()
        if self._call.error is None:
            self._call.result()

    def check(self) -> None:
        """Raise what the action raised, if it did; it stopped the repetition."""
        if self._call.error is not None:
            raise self._call.error

    def report(self) -> TickerReport:
        """Return the measured period figures so far."""
        share = self._within / self._count if self._count else 1.0
        return TickerReport(self._period, self._count, self._late, self._worst, share)


class WorkerClock:
    """The methods of a clock that follow from its core."""

    def now(self) -> float:
        """Return bench time in seconds."""
        raise NotImplementedError

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of bench time pass."""
        raise NotImplementedError

    def wire(self, key: str) -> Wire:
        """Return the wire for the connection `key`."""
        raise NotImplementedError

    def lock(self) -> AbstractContextManager[object]:
        """Return a new re-entrant lock."""
        raise NotImplementedError

    def event(self) -> Event:
        """Return a new lowered flag."""
        raise NotImplementedError

    def spawn(self, work: Callable[[], None], name: str) -> None:
        """Run `work` in a worker of its own."""
        raise NotImplementedError

    def start(self, function: Callable[[], Result], name: str) -> Call[Result]:
        """Run `function` beside the caller, in a worker called `name`."""
        return WorkerCall(self, function, name)

    def every(self, period: float, action: Callable[[], None], name: str) -> Ticker:
        """Repeat `action` every `period` seconds from now on, never two at once."""
        return PeriodTicker(self, period, action, name)

    def wait_until(self, condition: Callable[[], bool], timeout: float, period: float = 0.05) -> bool:
        """Look at `condition` every `period` seconds until it holds or `timeout` has passed; tell which."""
        end = self.now() + timeout
        while not condition():
            left = end - self.now()
            if left <= 0:
                return False
            self.sleep(min(period, left))
        return True
