"""Answers in every form that instruments give, and none that would be taken for what it is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.errors import BadAnswer
from instruments.grammar import read_integer, read_number, read_numbers, read_on_off, split_error


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('0,"No error"', 0, "No error"),
        ('+0,"No error"', 0, "No error"),
        ("0, No Error", 0, "No Error"),
        ("0  No Error", 0, "No Error"),
        ("0,'No Error'", 0, "No Error"),
        ('0,"No Error;nothing"', 0, "No Error;nothing"),
        ("0", 0, "0"),
        ('"No Error"', 0, "No Error"),
        ('-222,"Data out of range;VOLT 99"', -222, "Data out of range;VOLT 99"),
        ('+301, "PV above OVP" ', 301, "PV above OVP"),
    ],
)
def test_error_entries(text: str, code: int, words: str) -> None:
    assert split_error(text, "unit") == (code, words)


@pytest.mark.parametrize(
    ("text", "state"),
    [("ON", True), ("off ", False), ("1", True), ("+0", False), ('"ON"', True), ("1.0", True), ("+0.0E+00", False)],
)
def test_on_and_off(text: str, state: bool) -> None:
    assert read_on_off(text, "unit") is state


@pytest.mark.parametrize(
    ("text", "word"),
    [("16", 16), ("+16", 16), ("0x10", 16), ("#H1F", 31), ("#B101", 5), ("1.6E1", 16), ("1,OFF,CV", 1), (" 4 ", 4)],
)
def test_status_words(text: str, word: int) -> None:
    assert read_integer(text, "unit") == word


@pytest.mark.parametrize("text", ["48", "+4.80000E+01", "48.00 V", "48v", " 48.0\t", "48000 mV", "0.048kV", "48."])
def test_numbers(text: str) -> None:
    assert read_number(text, "V", "unit") == pytest.approx(48.0)


def test_overload_is_told_from_a_short_answer() -> None:
    with pytest.raises(BadAnswer, match="overload"):
        read_numbers("9.91E37", ("V", "A"), ",", "unit")
    with pytest.raises(BadAnswer, match="holds 1 values instead of 2"):
        read_numbers("48", ("V", "A"), ",", "unit")
    for text in ("9.9E+37", "-9.9E37", "nan", "inf", "-", ""):
        with pytest.raises(BadAnswer):
            read_number(text, "V", "unit")


@pytest.mark.parametrize(
    "read", [read_on_off, read_integer, split_error, lambda text, source: read_number(text, "V", source)]
)
@given(text=st.one_of(st.text(), st.sampled_from(["9.91E37", "inf", "nan", "1e400", "0x", "#H", "--1", "٣"])))
def test_garbage_is_a_bad_answer_and_nothing_else(read: Callable[[str, str], object], text: str) -> None:
    with suppress(BadAnswer):
        read(text, "unit")
