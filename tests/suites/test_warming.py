"""The steady temperature of a warming unit, against the exponential it follows."""

from __future__ import annotations

import math

import pytest

from suites.battery.warming import steady_temperature


def warming(ambient: float, rise: float, time_constant: float, seconds: float, period: float = 5.0) -> list[float]:
    """Return readings of a body with one time constant, from its start on."""
    return [
        ambient + rise * (1.0 - math.exp(-number * period / time_constant)) for number in range(int(seconds / period))
    ]


@pytest.mark.parametrize("time_constant", [100.0, 450.0, 700.0])
def test_a_soak_tells_the_steady_temperature(time_constant: float) -> None:
    seen = steady_temperature(warming(25.0, 16.0, time_constant, 1800.0))
    assert seen is not None
    assert seen.value == pytest.approx(41.0, abs=0.05)
    assert abs(seen.value - 41.0) <= seen.uncertainty


def test_a_temperature_at_rest_is_the_steady_one() -> None:
    seen = steady_temperature([40.1, 40.0, 40.1, 39.9] * 30)
    assert seen is not None
    assert seen.value == 40.1


@pytest.mark.parametrize("seconds", [5.0, 100.0, 300.0])
def test_what_was_not_waited_for_is_not_told(seconds: float) -> None:
    assert steady_temperature(warming(25.0, 30.0, 450.0, seconds)) is None


def test_a_rise_along_a_line_has_no_end() -> None:
    assert steady_temperature([25.0 + 0.05 * number for number in range(120)]) is None
