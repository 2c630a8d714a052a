"""A small part of the proof of what is measured; all of it is `python -m benchmarks.truth`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.plant_truth import Truth
from benchmarks.transitions import Comparison
from benchmarks.truth import reached
from hil.waveform import Quantity

ROOT = Path(__file__).resolve().parents[2]


def test_random_transitions_are_measured_as_well_as_stated(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.truth", "--transitions", "20", "--seed", "7", "--misses"]
    environment = {**os.environ, "APIS_HIL_STATE": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def ramp() -> Truth:
    """Up from 0 to 10 between 1 s and 2 s, then at rest."""
    time = np.array([0.0, 1.0, 2.0, 3.0])
    return Truth(time, {"grid_voltage": np.array([0.0, 0.0, 10.0, 10.0])})


def test_true_times_lie_between_the_steps_of_the_plant() -> None:
    assert ramp().crossed("grid_voltage", 2.5, rising=True, after=0.0) == pytest.approx(1.25)
    assert ramp().settled("grid_voltage", 8.0, 12.0, start=0.5) == pytest.approx(1.8)
    assert ramp().settled("grid_voltage", 8.0, 12.0, start=1.9) == 1.9
    assert ramp().settled("grid_voltage", 0.0, 5.0, start=0.0) == float("inf")


def test_true_values_count_the_ends_of_the_time_asked_for() -> None:
    assert ramp().largest("grid_voltage", 0.5, 1.5) == pytest.approx(5.0)
    assert ramp().smallest("grid_voltage", 1.5, 3.0) == pytest.approx(5.0)
    assert float(np.mean(ramp().during("grid_voltage", 1.0, 2.0))) == pytest.approx(5.0)


def comparison(error: float, interval: float | None = None) -> Comparison:
    return Comparison("any", Quantity(1.0 + error, 0.1, "s"), 1.0, interval)


def test_the_goals_hold_for_times_and_for_values_alone() -> None:
    times, values = [comparison(0.0, 0.1)] * 20, [comparison(0.0)] * 20
    assert reached([*times, *values])
    assert reached([*times, *values[1:], comparison(0.2)])
    assert not reached([*times, *values[2:], comparison(0.2), comparison(0.2)])
    assert not reached([*times[2:], comparison(0.2, 0.1), comparison(0.2, 0.1), *values * 10])


def test_one_time_that_is_less_certain_than_two_intervals_is_one_too_many() -> None:
    assert not reached([*[comparison(0.0, 0.1)] * 20, comparison(0.0), comparison(0.0, 0.04)])
