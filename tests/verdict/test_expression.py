from __future__ import annotations

import contextlib
import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.errors import BadInput
from hil.verdict.expression import evaluate

CONTEXT = {
    "policy": SimpleNamespace(allowance=4.0, range=SimpleNamespace(min=300, max=380), name="x", optional=None),
    "hwconfig": {"safety": {"vg": {"max": 380.0}}},
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (5, 5.0),
        ("5.5", 5.5),
        ("-policy.allowance", -4.0),
        ("policy.allowance / 2 + 1", 3.0),
        ("policy.range.max - policy.range.min", 80.0),
        ("hwconfig.safety.vg.max * 2", 760.0),
        ("max(1, min(policy.allowance, 2.5))", 2.5),
        ("ceil(2.3 / 1)", 3.0),
        ("abs(-3)", 3.0),
    ],
)
def test_formulas(expression: float | str, expected: float) -> None:
    assert evaluate(expression, CONTEXT) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("policy.missing", "policy has no key 'missing'"),
        ("policy.range.middle + 1", r"policy\.range has no key 'middle'"),
        ("dut.grid", "no key 'dut'"),
        ("policy.name", "needs the number policy.name"),
        ("policy.optional", "has no key 'optional'"),
        ("policy.range", "needs the number"),
        ("1 +", "not a formula"),
        ("2 ** 8", "not allowed"),
        ("__import__('os')", "not allowed"),
        ("policy.__class__", "has no key '__class__'"),
        ("abs()", "not allowed"),
        ("True", "not allowed"),
        ("'text'", "not allowed"),
        ("[1][0]", "not allowed"),
        ("1 / 0", "cannot be computed"),
        ("max(1)", "cannot be computed"),
        ("ceil(1e999)", "cannot be computed"),
        ("1e999", "not a finite number"),
        ("1\0", "not a formula"),
    ],
)
def test_everything_else_is_refused_with_a_sentence(expression: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        evaluate(expression, CONTEXT)


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_bad_input(text: str) -> None:
    with contextlib.suppress(BadInput):
        assert math.isfinite(evaluate(text, CONTEXT))


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_arithmetic_is_pythons(left: float, right: float) -> None:
    assert evaluate("a.x + a.y * 2 - a.x", {"a": {"x": left, "y": right}}) == left + right * 2 - left
