from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.converter.numbers import droop_text, java_float, single


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (350, "350.0"),
        (2.3, "2.3"),
        (single(single(2.3) - 1), "1.3"),
        (single(single(single(2.3) - 1) - 1), "0.29999995"),
        (0, "0.0"),
        (-0.0, "-0.0"),
        (0.039, "0.039"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (0.00012345, "1.2345E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-380, "-380.0"),
        (16777216, "1.6777216E7"),
        (3.4028235e38, "3.4028235E38"),
    ],
)
def test_prints_as_java(value: float, text: str) -> None:
    assert java_float(value) == text


def test_droop_off_is_the_integer_zero() -> None:
    assert [droop_text(drg) for drg in (0, 0.0, 0.039)] == ["0", "0", "0.039"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e39])
def test_no_set_point_is_infinite(value: float) -> None:
    with pytest.raises(ValueError, match="not a finite"):
        java_float(value)


@settings(deadline=None)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_text_gives_the_same_number_back(value: float) -> None:
    text = java_float(value)
    assert single(float(text)) == value
    assert "." in text
    assert ("E" in text) == (value != 0 and not 1e-3 <= abs(value) < 1e7)
