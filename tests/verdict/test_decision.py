from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hil.verdict import Rule, Verdict, capable, decide, margin, worst

VALUES = st.floats(-1e6, 1e6)
UNCERTAINTIES = st.floats(0.0, 1e3)
LIMITS = st.none() | st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (11.984, Verdict.PASS),
        (12.234, Verdict.PASS),
        (12.237, Verdict.CONDITIONAL_PASS),
        (12.243, Verdict.CONDITIONAL_FAIL),
        (12.25, Verdict.FAIL),
        (11.763, Verdict.CONDITIONAL_PASS),
        (11.755, Verdict.CONDITIONAL_FAIL),
        (11.75, Verdict.FAIL),
    ],
)
def test_the_four_verdicts_of_the_guarded_rule(value: float, expected: Verdict) -> None:
    assert decide(value, 0.006, 11.76, 12.24, Rule.GUARDED) is expected


def test_simple_ignores_the_uncertainty() -> None:
    assert decide(12.237, 5.0, 11.76, 12.24, Rule.SIMPLE) is Verdict.PASS
    assert decide(12.243, None, 11.76, 12.24, Rule.SIMPLE) is Verdict.FAIL


def test_without_uncertainty_nothing_is_decided_under_guard() -> None:
    assert decide(1.0, None, 0.0, 2.0, Rule.GUARDED) is Verdict.NOT_CAPABLE
    assert decide(1.0, math.nan, 0.0, 2.0, Rule.GUARDED) is Verdict.NOT_CAPABLE


def test_capability() -> None:
    assert capable(0.5, 0.0, 1.0)
    assert not capable(0.51, 0.0, 1.0)
    assert capable(0.3, None, 0.3)
    assert not capable(0.31, None, 0.3)
    assert not capable(101.0, 100.0, None)
    assert capable(5.0, None, 0.0)
    assert capable(0.0, 1.0, 1.0)
    assert not capable(None, None, 1.0)


def test_counts_are_exact() -> None:
    assert decide(0, 0.0, None, 0, Rule.GUARDED) is Verdict.PASS
    assert decide(1, 0.0, None, 0, Rule.GUARDED) is Verdict.FAIL


def test_a_value_without_limits_is_reported() -> None:
    assert decide(5.0, None, None, None, Rule.GUARDED) is Verdict.PASS
    assert margin(5.0, None, None) is None


def test_nonsense_is_no_verdict() -> None:
    with pytest.raises(ValueError, match="not a number"):
        decide(math.nan, 0.0, None, 1.0, Rule.SIMPLE)
    with pytest.raises(ValueError, match="above the upper"):
        decide(1.0, 0.0, 2.0, 1.0, Rule.SIMPLE)


@given(VALUES, UNCERTAINTIES, LIMITS, LIMITS)
def test_guarded_only_refines_simple(
    value: float, uncertainty: float, lower: float | None, upper: float | None
) -> None:
    assume(lower is None or upper is None or lower <= upper)
    simple = decide(value, uncertainty, lower, upper, Rule.SIMPLE)
    guarded = decide(value, uncertainty, lower, upper, Rule.GUARDED)
    if guarded is not Verdict.NOT_CAPABLE:
        assert guarded.failed == simple.failed


@given(VALUES, st.floats(0.0, 10.0), st.floats(-1e3, 1e3), st.floats(30.0, 1e3))
def test_a_pass_stays_a_pass_anywhere_within_the_uncertainty(
    value: float, uncertainty: float, lower: float, width: float
) -> None:
    upper = lower + width
    verdict = decide(value, uncertainty, lower, upper, Rule.GUARDED)
    if verdict is Verdict.PASS:
        assert decide(value + 0.999 * uncertainty, 0.0, lower, upper, Rule.GUARDED) is Verdict.PASS
        assert decide(value - 0.999 * uncertainty, 0.0, lower, upper, Rule.GUARDED) is Verdict.PASS
    if verdict is Verdict.FAIL:
        assert decide(value + 0.999 * uncertainty, 0.0, lower, upper, Rule.SIMPLE) is Verdict.FAIL
        assert decide(value - 0.999 * uncertainty, 0.0, lower, upper, Rule.SIMPLE) is Verdict.FAIL


@given(st.floats(-100.0, 100.0), st.floats(-100.0, 100.0), st.floats(0.0, 20.0))
def test_farther_beyond_a_limit_is_never_better(first: float, second: float, uncertainty: float) -> None:
    nearer, farther = sorted((first, second))
    before = decide(nearer, uncertainty, None, 50.0, Rule.GUARDED)
    after = decide(farther, uncertainty, None, 50.0, Rule.GUARDED)
    assert before.severity <= after.severity


def test_order_of_severity() -> None:
    assert worst([Verdict.PASS, Verdict.CONDITIONAL_PASS]) is Verdict.CONDITIONAL_PASS
    assert worst([Verdict.PASS, Verdict.NOT_ASSESSED]) is Verdict.NOT_ASSESSED
    assert worst([Verdict.NOT_ASSESSED, Verdict.BENCH_TROUBLE, Verdict.NOT_CAPABLE]) is Verdict.BENCH_TROUBLE
    assert worst([Verdict.BENCH_TROUBLE, Verdict.CONDITIONAL_FAIL]) is Verdict.CONDITIONAL_FAIL
    assert worst([Verdict.CONDITIONAL_FAIL, Verdict.FAIL]) is Verdict.FAIL
    assert worst([]) is Verdict.NOT_ASSESSED
    assert not Verdict.NOT_CAPABLE.on_device
    assert Verdict.CONDITIONAL_PASS.on_device
