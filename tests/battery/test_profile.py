"""Profiles from CSV files."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.battery.profile import Profile, ProfileKind
from hil.errors import BadInput


def profile(tmp_path: Path, text: str) -> Profile:
    file = tmp_path / "profile.csv"
    file.write_text(text, encoding="utf-8")
    return Profile.from_csv(file)


def test_power_holds_from_row_to_row(tmp_path: Path) -> None:
    sun = profile(tmp_path, "time,power\n0,100\n10,-200\n20,0\n")
    assert sun.kind is ProfileKind.POWER
    assert [sun.at(t) for t in (-5, 0, 9.9, 10, 19, 20, 99)] == [100, 100, 100, -200, -200, 0, 0]


def test_soc_goes_in_straight_lines(tmp_path: Path) -> None:
    day = profile(tmp_path, "soc,time\n0.2,0\n0.8,60\n")
    assert day.kind is ProfileKind.SOC
    assert day.at(30) == pytest.approx(0.5)
    assert day.at(90) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("time,power,soc\n0,1,0.5\n1,1,0.5\n", "only one"),
        ("time,volts\n0,1\n1,1\n", "only one"),
        ("time,soc\n0,50\n1,60\n", "not a percentage"),
        ("time,power\n0,1\n0,2\n", "rising time"),
        ("time,power\n0,1\n", "two rows"),
        ("time,power\n0,inf\n1,2\n", "finite"),
        ("time,power\n0,nan\n1,2\n", "finite"),
        ("power\n1\n", "time"),
        ("time,power\n0,lots\n", "lots"),
    ],
)
def test_bad_profiles_are_refused_in_words(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        profile(tmp_path, text)
    assert "profile.csv" in str(caught.value)
