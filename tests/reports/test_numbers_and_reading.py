"""Numbers in reports, and folders that cannot be read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.errors import BadInput
from reports.numbers import decimals, limits, number, quantity, tolerance_share, true_minus
from reports.qualification.details import accepted
from reports.qualification.pdf import soft
from reports.run_data import Measurement, read_run

SampleRun = Callable[..., Path]


@pytest.mark.parametrize(
    ("uncertainty", "places"),
    [(0.006, 4), (0.0994, 3), (0.0999, 2), (0.12, 2), (1.5, 1), (12.0, 0), (1500.0, 0), (0.0, None), (None, None)],
)
def test_two_significant_digits_of_the_uncertainty(uncertainty: float | None, places: int | None) -> None:
    assert decimals(uncertainty) == places


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_what_is_printed_is_within_a_hundredth_of_the_uncertainty_class(uncertainty: float) -> None:
    places = decimals(uncertainty)
    assert places is not None
    assert abs(round(uncertainty, places) - uncertainty) <= 0.06 * uncertainty


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (None, None, "–"),
        (11.984, 3, "11.984"),
        (-3.04, 2, "−3.04"),
        (-1e-5, 3, "0.000"),
        (1e-7, None, "1·10^−7"),
        (0.125, None, "0.125"),
    ],
)
def test_numbers(value: float | None, places: int | None, text: str) -> None:
    assert number(value, places) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("dvg 350 V, -2.18 A", "dvg 350 V, −2.18 A"),
        ("limits -4 ... 4 V, margin -0.1", "limits −4 ... 4 V, margin −0.1"),
        ("EP-2500 SN-0042 on 2026-11-24, apis-main 3-1", "EP-2500 SN-0042 on 2026-11-24, apis-main 3-1"),
    ],
)
def test_a_negative_number_has_a_minus_and_a_name_its_hyphen(text: str, shown: str) -> None:
    assert true_minus(text) == shown


def test_acceptance_limits_are_rounded_inwards() -> None:
    row = Measurement("CCA-01", "t", "q", 0.01, "A", 0.1166, -0.125, 0.125, 0.115, "conditional pass", 0.0, "", "",
                      "guarded", False, "", "")  # fmt: skip
    assert accepted(row) == "−0.008 … 0.008 A"


def test_a_digest_can_be_copied_and_a_long_path_can_be_broken() -> None:
    digest = "ab12" * 16
    assert soft(f"short-name, SHA-256 {digest}") == f"short-name, SHA-256 {digest}"
    assert "\N{ZERO WIDTH SPACE}" in soft("traces/CVD-01-001.parquet")


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "text"),
    [
        (None, 380.0, "V", "≤ 380 V"),
        (330.0, 370.0, "V", "330 … 370 V"),
        (0.99, None, "1", "≥ 0.99"),
        (0.0, 0.0, "1", "= 0"),
        (None, None, "V", "–"),
    ],
)
def test_limits_in_words(lower: float | None, upper: float | None, unit: str, text: str) -> None:
    assert limits(lower, upper, unit) == text
    assert quantity(None, unit) == "–"


@pytest.mark.parametrize(
    ("margin", "lower", "upper", "share"),
    [
        (1.0, None, 4.0, 25.0),
        (1.0, -4.0, 4.0, 12.5),
        (1.0, None, 0.0, None),
        (None, None, 4.0, None),
        (1, None, None, None),
    ],
)
def test_margin_as_share_of_the_tolerance(
    margin: float | None, lower: float | None, upper: float | None, share: float | None
) -> None:
    assert tolerance_share(margin, lower, upper) == share


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("measurements.csv", "requirement,test", "requirement,pest", "lacks the column test"),
        ("measurements.csv", ",pass,", ",splendid,", "'splendid' is not a verdict"),
        ("measurements.csv", ",1.6,", ",1.6V,", "column value: '1.6V' is not a number"),
        ("measurements.csv", "BAT-01,", '"BAT-01,', "measurements.csv"),
        ("verdicts.csv", "id,class", "id,klass", "lacks the column class"),
        ("verdicts.csv", "ZVS-03,H,pass,", "ZVS-03\n", "ends before column class"),
        ("journal.jsonl", '"event"', '"evnt"', "line 1 cannot be read"),
        ("requirements.json", "{", "(", "cannot be read as JSON"),
    ],
)
def test_a_damaged_file_is_named_with_line_and_column(
    sample_run: SampleRun, file: str, old: str, new: str, said: str
) -> None:
    path = sample_run()
    text = (path / file).read_text(encoding="utf-8")
    assert old in text
    (path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_run(path)


@pytest.mark.parametrize("file", ["measurements.csv", "verdicts.csv", "requirements.json", "manifest.json"])
def test_a_missing_file_is_named(sample_run: SampleRun, file: str) -> None:
    path = sample_run()
    (path / file).unlink()
    with pytest.raises(BadInput, match=file):
        read_run(path)
