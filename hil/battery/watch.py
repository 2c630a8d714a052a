"""Whether the emulator loop keeps its time: periods, freshness, and when it becomes bench trouble."""

from __future__ import annotations

from dataclasses import dataclass

from hil.battery.settings import EmulatorSettings
from hil.battery.terminals import TerminalReadings
from hil.clock import TickerReport
from hil.errors import BenchTrouble


@dataclass(frozen=True)
class EmulatorReport:
    """How the loop has kept its time. Times in s.

    period: nominal. count: completed periods. late: begun more than half a period after they were due.
    within_5ms: share begun within 5 ms of their due time. mean_period, longest_period: between two beginnings.
    jitter: standard deviation of the periods. longest_turn: from reading to the last set-point.
    stale: readings that the instrument cannot have sampled anew. oldest: longest time without a new sample.
    writes: set-points sent.
    """

    period: float
    count: int
    late: int
    within_5ms: float
    mean_period: float
    longest_period: float
    jitter: float
    longest_turn: float
    stale: int
    oldest: float
    writes: int


class LoopWatch:
    """Measures the loop and raises BenchTrouble when it falls behind."""

    def __init__(self, settings: EmulatorSettings) -> None:
        self._settings = settings
        self._begun: float | None = None
        self._fresh_at: float | None = None
        self._count = self._stale = 0
        self._sum = self._squares = 0.0
        self._longest_period = self._longest_turn = self._oldest = 0.0
        self._ticker = TickerReport(settings.period, 0, 0, 0.0, 1.0)

    def excuse(self) -> None:
        """Do not judge the period now running: switching takes its time."""
        self._begun = self._fresh_at = None

    def begin(self, now: float) -> None:
        """Note that a turn begins. Raises BenchTrouble when it comes far too late."""
        begun, self._begun = self._begun, now
        if begun is None:
            return
        period = now - begun
        self._count += 1
        self._sum += period
        self._squares += period * period
        self._longest_period = max(self._longest_period, period)
        self._judge(period)

    def end(self, now: float) -> None:
        """Note that the turn has ended."""
        if self._begun is not None:
            self._longest_turn = max(self._longest_turn, now - self._begun)

    def judge_silence(self, now: float) -> None:
        """Raise BenchTrouble when no turn has begun for far too long."""
        if self._begun is not None:
            self._judge(now - self._begun)

    def judge_freshness(self, seen: TerminalReadings, now: float) -> None:
        """Raise BenchTrouble when the instruments have had no new sample for too long."""
        if seen.fresh or self._fresh_at is None:
            self._fresh_at = seen.current.end
        self._stale += not seen.fresh
        age = now - self._fresh_at
        self._oldest = max(self._oldest, age)
        if age > self._settings.stale_after:
            raise BenchTrouble(
                f"its readings have not changed for {age:.2f} s (allowed: {self._settings.stale_after:g} s). Is the "
                "instrument's display frozen, or its measuring rate set too low?"
            )

    def keep(self, report: TickerReport) -> None:
        """Keep the ticker's own figures."""
        self._ticker = report

    def report(self, writes: int) -> EmulatorReport:
        """Return the figures so far."""
        mean = self._sum / self._count if self._count else self._settings.period
        variance = self._squares / self._count - mean * mean if self._count else 0.0
        return EmulatorReport(
            period=self._settings.period,
            count=self._ticker.count,
            late=self._ticker.late,
            within_5ms=self._ticker.within_5ms,
            mean_period=mean,
            longest_period=self._longest_period,
            jitter=max(0.0, variance) ** 0.5,
            longest_turn=self._longest_turn,
            stale=self._stale,
            oldest=self._oldest,
            writes=writes,
        )

    def _judge(self, period: float) -> None:
        allowed = self._settings.behind_factor * self._settings.period
        if period > allowed:
            raise BenchTrouble(
                f"The battery loop has fallen behind: {1e3 * period:.0f} ms between two turns instead of "
                f"{1e3 * self._settings.period:.0f} ms (allowed: {1e3 * allowed:.0f} ms). Does an instrument answer "
                "late, or is the computer overloaded?"
            )
