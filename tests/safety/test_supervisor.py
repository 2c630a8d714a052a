"""The supervisor on simulated time: what it notices, how fast, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hil.errors import BenchTrouble
from hil.safety.supervisor import Supervision, Supervisor, Violation
from hil.safety.watching import Bounds
from instruments.errors import ProtectionTripped
from instruments.kinds import OutputReadings
from instruments.reading import Reading
from instruments.scpi_instrument import ScpiInstrument
from tests.battery.simulated_clock import SimulatedClock
from tests.safety.conftest import Node, PretendedSupply

PERIOD, STALE, UNANSWERED = 0.25, 1.5, 0.3


class Watched(PretendedSupply, ScpiInstrument):
    """A supply whose readings the supervisor hears."""

    def __init__(self, name: str, node: Node) -> None:
        PretendedSupply.__init__(self, name, node)
        self._name, self._watchers = name, []
        self.fresh, self.links = True, 0
        self.asked: float | None = None
        self.failure: Exception | None = None

    name = ""

    @property
    def reopened(self) -> int:
        return self.links

    def overdue_at(self, least: float) -> float | None:
        return None if self.asked is None else self.asked + least

    def measure(self) -> OutputReadings:
        self._act("measure")
        if self.failure is not None:
            raise self.failure
        now = self.node.clock.now()
        seen = OutputReadings(Reading(self.node.volts, "V", now, now, self.fresh), Reading(0.0, "A", now, now))
        self._tell(seen.voltage)
        return seen


class Stage:
    """A supervised supply. violations: what the supervisor has ordered."""

    def __init__(self, clock: SimulatedClock, node: Node, checks: tuple[Callable[[], None], ...] = ()) -> None:
        self.clock = clock
        self.supply = Watched("source", node)
        self.violations: list[Violation] = []
        what = Supervision(PERIOD, STALE, UNANSWERED, {"source": Bounds(volts=400.0)}, checks)
        self.supervisor = Supervisor(
            {"source": self.supply}, {"source": self.supply}, what, clock, self.violations.append
        )
        self.supervisor.start()

    def after(self, seconds: float) -> list[Violation]:
        self.clock.sleep(seconds)
        return self.violations


@pytest.fixture(name="stage")
def _stage(clock: SimulatedClock, grid: Node) -> Stage:
    return Stage(clock, grid)


def test_all_is_well(stage: Stage) -> None:
    assert stage.after(60.0) == []


def test_it_reads_what_nobody_reads_once_a_period(stage: Stage) -> None:
    stage.after(10.0)
    assert len(stage.supply.log) == pytest.approx(10.0 / PERIOD, abs=1)


def test_it_leaves_alone_what_is_read_anyway(stage: Stage) -> None:
    for _ in range(200):
        stage.supply.measure()
        stage.clock.sleep(0.05)
    assert len(stage.supply.log) == 200


def test_a_limit_is_noticed_within_a_period(stage: Stage, grid: Node) -> None:
    stage.after(3.1)
    grid.volts = 401.0
    [violation] = stage.after(PERIOD + 0.01)
    assert "401 V was measured, the limit is 400 V" in violation.reason
    assert violation.noticed - violation.measured < 0.01


def test_a_limit_is_noticed_at_once_when_somebody_else_reads(stage: Stage, grid: Node) -> None:
    stage.after(3.01)
    grid.volts = 401.0
    stage.supply.measure()
    assert [violation.noticed for violation in stage.violations] == [stage.clock.now()]


def test_a_reading_that_stays_old_is_noticed(stage: Stage) -> None:
    stage.after(2.0)
    stage.supply.fresh = False
    assert stage.after(STALE - 0.1) == []
    [violation] = stage.after(2 * PERIOD)
    assert "no new reading" in violation.reason


def test_an_instrument_that_hangs_is_noticed(stage: Stage) -> None:
    stage.after(2.0)
    stage.supply.trouble = "hangs"
    [violation] = stage.after(STALE + 2 * PERIOD)
    assert "no new reading" in violation.reason


def test_an_open_question_is_noticed_when_it_is_overdue_and_not_at_a_look(stage: Stage) -> None:
    stage.after(2.1)
    stage.supply.asked = stage.clock.now()
    assert stage.after(UNANSWERED) == []
    [violation] = stage.after(0.03)
    assert "stopped answering" in violation.reason


def test_a_question_that_is_answered_in_time_is_left_alone(stage: Stage) -> None:
    for _ in range(100):
        stage.supply.asked = stage.clock.now()
        stage.after(0.9 * UNANSWERED)
    assert stage.violations == []


def test_a_supervisor_that_fails_itself_stops_the_bench(clock: SimulatedClock, grid: Node) -> None:
    def check() -> None:
        raise ZeroDivisionError("a bug")

    [violation] = Stage(clock, grid, (check,)).after(2.0)
    assert violation.reason == "the supervisor itself has failed (ZeroDivisionError: a bug)"


def test_a_driver_of_an_instrument_that_raises_anything_stops_the_bench(stage: Stage) -> None:
    stage.after(2.0)
    stage.supply.failure = ValueError("no number")
    assert [violation.reason for violation in stage.after(PERIOD + 0.01)] == ["no number"]


def test_a_trip_is_noticed(stage: Stage) -> None:
    stage.after(2.0)
    stage.supply.failure = ProtectionTripped("source has switched itself off: over-voltage")
    [violation] = stage.after(PERIOD + 0.01)
    assert "over-voltage" in violation.reason


def test_a_link_that_was_opened_again_is_noticed(stage: Stage) -> None:
    stage.after(2.0)
    stage.supply.links += 1
    [violation] = stage.after(PERIOD + 0.01)
    assert "opened again" in violation.reason


def test_a_part_that_has_stopped_is_noticed(clock: SimulatedClock, grid: Node) -> None:
    troubles: list[str] = []

    def check() -> None:
        if troubles:
            raise BenchTrouble(troubles[0])

    stage = Stage(clock, grid, (check,))
    assert stage.after(2.0) == []
    troubles.append("the guard is gone")
    assert [violation.reason for violation in stage.after(PERIOD + 0.01)] == ["the guard is gone"]


def test_it_orders_once_and_not_after_it_was_stopped(stage: Stage, grid: Node) -> None:
    grid.volts = 500.0
    assert len(stage.after(5.0)) == 1
    stage.supervisor.stop()
    stage.supply.measure()
    assert len(stage.violations) == 1
