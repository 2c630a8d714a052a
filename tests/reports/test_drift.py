"""Drift over made-up nights: what is announced, and what is not."""

import csv
import hashlib
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from hil.evidence import schema
from reports.drift import find_drifts, forecast
from reports.history import History
from reports.summary import Summary
from reports.terminal import show

START = datetime(2026, 11, 1, tzinfo=UTC)
LIMIT = 20.0
Nights = Callable[..., list[Summary]]


def printed(document: dict[str, object]) -> str:
    buffer = io.StringIO()
    show(document, Console(file=buffer, width=250))
    return buffer.getvalue()


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """Return a maker of runs, one a night, whose ZVS-02.ramp_time leaves these margins to the upper limit."""
    made = 0

    def make(
        margins: Sequence[float], *, unit: str = "s", limit: float = LIMIT, first: int = 0, **about: str
    ) -> list[Summary]:
        nonlocal made
        runs = []
        for day, margin in enumerate(margins, first):
            made += 1
            row = {"requirement": "ZVS-02", "quantity": "ramp_time", "unit": unit, "value": limit - margin,
                   "uncertainty": 0.5, "upper": limit, "verdict": "pass", "target": "false"}  # fmt: skip
            path = tmp_path / f"r{made}"
            path.mkdir()
            with (path / schema.MEASUREMENTS).open("w", newline="") as file:
                writer = csv.DictWriter(file, schema.MEASUREMENT_COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerow(row)
            digest = hashlib.sha256((path / schema.MEASUREMENTS).read_bytes()).hexdigest()
            known = {"model": "EP", "serial": "1", "bench": "b", "profile": "nightly"} | about
            runs.append(Summary(path, start=START + timedelta(days=day), measurements=digest, **known))  # type: ignore[arg-type]
        return runs

    return make


def test_a_shrinking_margin_is_announced_with_its_date(nights: Nights) -> None:
    runs = nights([11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0])
    (drift,), _ = find_drifts(runs)
    assert (drift.slope, drift.margin, drift.fall) == pytest.approx((-1.0, 5.0, 6.0))
    assert drift.crossing == START + timedelta(days=11)
    said = printed(History(runs, [drift]).document())
    assert "1 margin is drifting towards its limit" in said
    (row,) = (line.split() for line in said.splitlines() if line.startswith("ZVS-02.ramp_time"))
    assert row[1:] == ["EP", "1", "b", "nightly", "7", "5", "s", "0.50", "s", "6.0", "s", "1.0", "s", "2026-11-12", "–"]


def test_six_runs_are_too_few_to_say_anything(nights: Nights) -> None:
    six = nights([5.0] * 6)
    assert "Too few runs to see a drift" in printed(History(six, []).document())
    assert "No margin is seen to drift" in printed(History(six + nights([5.0], first=6), []).document())


def test_a_fall_smaller_than_the_uncertainty_may_be_the_instruments(nights: Nights) -> None:
    (drift,), _ = find_drifts(nights([0.4 - 0.04 * day for day in range(8)]))
    assert drift.latest.row.uncertainty == 0.5
    assert "may be the instrument's" in printed(History([], [drift]).document())


@pytest.mark.parametrize(
    "margins",
    [
        [11.0, 10.0, 9.0, 8.0, 7.0, 6.0],  # too few
        [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],  # grows
        [5.0] * 12,  # steady
        [5.0, 4.0, 6.0, 4.5, 5.5, 4.8, 5.1],  # noise
        [100.0 - 0.1 * day for day in range(10)],  # far away
        [5.0 - day for day in range(10)],  # crossed already: the verdict says it
        [9.0, 9.1, 8.9, 9.05, 8.95, 4.0, 4.1, 3.9, 4.05, 3.95, 3.9, 3.92],  # a step: hil compare says it
    ],
)
def test_no_drift_is_claimed_without_one(nights: Nights, margins: list[float]) -> None:
    assert find_drifts(nights(margins)) == ([], [])


FALLING = [11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0]


def test_what_cannot_be_compared_is_not_put_together(nights: Nights) -> None:
    two_units = nights(FALLING[:4]) + nights(FALLING[4:], unit="V", first=4)
    two_duts = nights(FALLING[:4], serial="1") + nights(FALLING[4:], serial="2", first=4)
    two_profiles = nights(FALLING[:4], profile="smoke") + nights(FALLING[4:], first=4)
    assert [find_drifts(each)[0] for each in (two_units, two_duts, two_profiles)] == [[], [], []]


def test_every_run_is_judged_by_the_latest_limits(nights: Nights) -> None:
    """A tighter limit makes no drift of steady values, and does not hide one."""
    assert find_drifts(nights([10.0] * 5) + nights([5.0] * 5, limit=LIMIT - 5.0, first=5))[0] == []
    drifting = nights([11.0, 10.0, 9.0, 8.0]) + nights([4.0, 3.0, 2.0], limit=LIMIT - 3.0, first=4)
    (drift,), _ = find_drifts(drifting)
    assert (drift.slope, drift.margin) == pytest.approx((-1.0, 2.0))


def test_an_interrupted_run_and_one_that_is_altered_do_not_count(nights: Nights) -> None:
    runs = nights(FALLING)
    (runs[3].path / schema.MEASUREMENTS).write_text("nothing")
    drifts, left_out = find_drifts(runs)
    assert drifts == []
    assert [run.path for run in left_out] == [runs[3].path]
    assert "measurements.csv was altered" in left_out[0].trouble
    stopped = [replace(run, interrupted=True) for run in nights([5.0], first=6)]
    assert find_drifts(nights(FALLING[:6]) + stopped) == ([], [])


def test_a_copy_of_a_run_is_no_second_run(nights: Nights) -> None:
    assert len(find_drifts(nights(FALLING) + nights(FALLING))[0]) == 1


def test_a_drift_is_seen_after_years_of_rest(nights: Nights) -> None:
    (drift,), _ = find_drifts(nights([12.0] * 60 + [12.0 - 0.8 * day for day in range(1, 11)]))
    assert len(drift.points) == 15


def test_a_unit_that_is_no_longer_tested_does_not_drift(nights: Nights) -> None:
    assert find_drifts(nights(FALLING, serial="old") + nights([9.0] * 30, first=10))[0] == []


@pytest.mark.parametrize("room", [3.0, 10.0])
def test_chance_is_hardly_ever_announced(room: float) -> None:
    """docs/nightly.md promises at most 3 of 1,000 series with three standard deviations of room or more."""
    chance = random.Random(11)
    days = [float(day) for day in range(-29, 1)]
    series = ([room + chance.gauss(0.0, 1.0) for _ in days] for _ in range(1000))
    assert sum(forecast(days, margins) is not None for margins in series) <= 3


@pytest.mark.parametrize(("per_night", "nights_before"), [(0.1, 15), (0.2, 20), (0.5, 7)])
def test_a_drift_is_announced_in_time(per_night: float, nights_before: int) -> None:
    """docs/nightly.md promises so many nights for a margin that begins at ten standard deviations of the noise."""
    chance = random.Random(5)
    in_time = 0
    for _ in range(40):
        margins = [10.0 + chance.gauss(0.0, 1.0) for _ in range(30)]
        left = round(10.0 / per_night)
        margins += [per_night * night + chance.gauss(0.0, 1.0) for night in range(left, nights_before - 1, -1)]
        seen = (margins[:end][-30:] for end in range(30, len(margins) + 1))
        in_time += any(forecast([float(day) for day in range(1 - len(each), 1)], each) for each in seen)
    assert in_time >= 36
