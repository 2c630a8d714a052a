"""Times of samples that carry none."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.errors import BadAnswer
from instruments.recording import Recording

APERTURE, TIMEBASE = 0.002, 1e-4
INTERVALS = st.floats(min_value=0.003, max_value=0.1)


def recording(interval: float, start: float = 10.0, armed: float = 10.004) -> Recording:
    return Recording("meter", start, armed, interval, APERTURE, TIMEBASE)


@given(INTERVALS, st.floats(0.0, 1.0), st.floats(-1.0, 1.0), st.lists(st.floats(0.0, 0.4), min_size=1, max_size=20))
def test_the_true_time_of_every_sample_lies_within_its_reading(
    interval: float, begun: float, drift: float, pauses: list[float]
) -> None:
    """A meter that began within the command and runs wrong by less than its time base, asked at any times."""
    its = recording(interval)
    first, period = its.start + begun * (its.armed - its.start), interval * (1.0 + drift * TIMEBASE)
    now, taken = its.armed, 0
    for pause in pauses:
        now += pause
        there = max(taken, math.floor((now - first - APERTURE) / period + 1e-9) + 1)
        readings = its.take([1.0] * (there - taken), "V", now, now)
        for index, reading in enumerate(readings, taken):
            true = first + index * period
            assert reading.start <= true + 1e-9
            assert true + APERTURE <= reading.end + 1e-9
        taken = there


@given(INTERVALS, st.floats(0.0, 100.0))
def test_the_sample_after_a_moment_has_not_begun_before_it(interval: float, wait: float) -> None:
    its = recording(interval)
    index = its.after(its.start + wait)
    assert its.earliest(index) >= its.start + wait - 1e-9
    assert index == 0 or its.earliest(index - 1) < its.start + wait + 1e-9


def test_a_meter_that_does_not_keep_its_interval_is_not_believed() -> None:
    with pytest.raises(BadAnswer, match=r"1\.000 s after its start it had given 50 samples, fewer"):
        recording(0.01).take([1.0] * 50, "V", 11.0, 11.001)
    with pytest.raises(BadAnswer, match="more than that"):
        recording(0.01).take([1.0] * 110, "V", 11.0, 11.001)
