"""Cell tables: interpolation and files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.battery.cell import CellTable, Interpolation, chemistry
from hil.errors import BadInput

HEADER = "soc,ocv,resistance_charge,resistance_discharge\n"


def test_interpolation_meets_its_points_and_goes_straight_beyond() -> None:
    curve = Interpolation((0.0, 1.0, 3.0), (10.0, 20.0, 0.0))
    assert [curve(x) for x in (-1, 0, 0.5, 1, 2, 3, 4)] == [0, 10, 15, 20, 10, 0, -10]


@given(st.floats(0, 1), st.floats(0, 1))
def test_voltage_never_falls_while_charge_rises(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert chemistry("nmc").table.ocv(low) <= chemistry("nmc").table.ocv(high) + 1e-12


@given(st.floats(-0.5, 1.5))
def test_resistance_stays_within_its_table(soc: float) -> None:
    assert 0.1 <= chemistry("lfp").table.resistance(soc, charging=True) <= 0.15


def test_a_table_from_csv_with_columns_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "cell.csv"
    file.write_text("ocv,soc,resistance_discharge,resistance_charge\n3,0,0.2,0.1\n4,1,0.2,0.1\n", encoding="utf-8")
    table = CellTable.from_csv(file)
    assert table.ocv(0.5) == 3.5
    assert table.resistance(0.5, charging=True) == 0.1
    assert table.resistance(0.5, charging=False) == 0.2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEADER + "0,3,0,0\n", "at least two rows"),
        (HEADER + "0,3,0,0\n0,4,0,0\n", "soc must rise"),
        (HEADER + "0,3,0,0\n100,4,0,0\n", "fraction"),
        (HEADER + "0,4,0,0\n1,3,0,0\n", "ocv must be positive and must not fall"),
        (HEADER + "0,3,-1,0\n1,4,0,0\n", "negative"),
        (HEADER + "0,three,0,0\n1,4,0,0\n", "header line"),
        (HEADER + "0,nan,0,0\n1,4,0,0\n", "numbers"),
        ("soc,ocv\n0,3\n1,4\n", "resistance_charge"),
        ("", "at least two rows"),
    ],
)
def test_a_bad_table_is_refused_in_words(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "cell.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=complaint) as caught:
        CellTable.from_csv(file)
    assert "cell.csv" in str(caught.value)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nowhere"):
        CellTable.from_csv(tmp_path / "nowhere.csv")
