from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.client import Policy
from hil.client.timing import (
    authorization_time,
    current_steps,
    denial_to_stop,
    minimum_sharing_time,
    next_set_point,
    stop_from_current,
)
from hil.converter import java_float
from hil.errors import BadInput


def test_current_steps_in_single_precision() -> None:
    assert [java_float(value) for value in current_steps(2.3, 0.0, 1.0)] == ["1.3", "0.29999995", "0.0"]
    assert current_steps(1.0, 1.0, 1.0) == [1.0]
    assert current_steps(0.0, 1.0, 1.0) == [1.0]
    assert [java_float(value) for value in current_steps(1.0, 2.3, 1.0)] == ["2.0", "2.3"]


def test_step_too_small_to_count() -> None:
    with pytest.raises(BadInput, match="never gets"):
        current_steps(2.3, 0.0, 1e-9)


@settings(deadline=None)
@given(st.floats(0, 10), st.floats(0, 10), st.floats(0.01, 5))
def test_steps_arrive_and_are_never_longer_than_allowed(start: float, target: float, step: float) -> None:
    values = current_steps(start, target, step)
    assert values[-1] == pytest.approx(target, rel=1e-6)
    for before, after in pairwise(values):
        assert abs(after - before) <= step * (1 + 1e-5) + 1e-5


def test_last_step_is_strict() -> None:
    assert next_set_point(0.0, 1.0, 1.0) == 1.0
    assert next_set_point(0.0, 1.0000001, 1.0) == 1.0
    assert next_set_point(3.0, 1.0, 1.0) == 2.0


@pytest.mark.parametrize("latency", [0.0, 0.5, 1.0, 3.6, 5.0])
def test_stop_chain_is_67_3_seconds_and_nine_calls(policy: Policy, latency: float) -> None:
    assert denial_to_stop(policy, latency, steps=3, polls=3) == pytest.approx(67.3 + 9 * latency)
    assert denial_to_stop(policy, latency, steps=1, polls=3) == pytest.approx(67.3 + 7 * latency)


def test_scram_delay_holds_up_to_two_thirds_of_a_second(policy: Policy) -> None:
    delay = policy.controller.scram_voltage_reference_delay
    assert stop_from_current(policy, 0.67, steps=3, polls=3) < delay < stop_from_current(policy, 0.68, 3, 3)


def test_authorization_with_the_slowest_allowed_calls(policy: Policy) -> None:
    assert authorization_time(policy, 1.8, polls=3) == pytest.approx(16 * 1.8 + 1.2)
    assert authorization_time(policy, 3.7, polls=1) == pytest.approx(8 * 3.7 + 0.4)


def test_minimum_sharing_time(policy: Policy) -> None:
    assert minimum_sharing_time(policy) == pytest.approx(514.3, abs=0.05)
