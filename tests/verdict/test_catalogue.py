from __future__ import annotations

from pathlib import Path

import pytest

from hil.bench import dut
from hil.client import load_hwconfig, load_policy
from hil.errors import BadInput
from hil.verdict import Catalogue, Need, Rule, profile, profiles
from hil.verdict.catalogue import GROUPS, PROFILES, Requirement

DUTS = Path(__file__).parents[2] / "duts"

CLASSES = {
    "COM": "H H H H H H H H H T",
    "BAT": "S H H S",
    "MOD": "S H S S/H H H",
    "SPD": "H H H H H T",
    "STW": "S S S S S S/T",
    "ZVS": "H H H T H T",
    "CVD": "H H T S H H H",
    "CCA": "H H H H T",
    "PRT": "H/S S S H",
    "CFG": "T T T T",
    "ENV": "S S",
}
"""The class of each requirement of a group, in order from 01: what the owner's documents and apis-main's code ask."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


def test_all_sixty_requirements_with_their_class(catalogue: Catalogue) -> None:
    expected = {
        f"{group}-{number:02}": kind
        for group, kinds in CLASSES.items()
        for number, kind in enumerate(kinds.split(), start=1)
    }
    assert {each.id: each.kind for each in catalogue} == expected
    assert len(catalogue) == 60
    assert list(CLASSES) == list(GROUPS)


def test_every_limit_is_a_number_with_the_shipped_files(catalogue: Catalogue) -> None:
    context = {
        "policy": load_policy(DUTS / "policy.json"),
        "hwconfig": load_hwconfig(DUTS / "hwConfig.json"),
        "dut": dut.load(DUTS / "virtual_eza2500.toml"),
    }
    for requirement in catalogue:
        for name, row in requirement.limits.items():
            limit = catalogue.limit(requirement.id, name, context)
            assert limit.source
            assert limit.unit == row.unit
            if limit.lower is not None and limit.upper is not None:
                assert limit.lower < limit.upper, (requirement.id, name)


@pytest.mark.parametrize(
    ("id", "name", "lower", "upper"),
    [
        ("SPD-01", "latency", None, 5.0),
        ("SPD-02", "stop_duration", None, 5.0),
        ("SPD-02", "call_latency", None, 4.7 / 7.0),
        ("ZVS-02", "ramp_time", None, 180.0),
        ("ZVS-03", "peak", None, 380.0),
        ("CVD-01", "voltage_error", -4.0, 4.0),
        ("CCA-01", "current_error", -0.125, 0.125),
        ("CCA-01", "full_current", -2.35, 2.35),
        ("MOD-04", "peak", None, 363.65),
        ("STW-01", "sharing_time", 100.0, None),
        ("STW-06", "peak", None, 384.0),
        ("ZVS-05", "band_bottom", 290.0, None),
        ("CFG-02", "grid_current_range", 2.425, None),
        ("CFG-03", "settling", None, 0.3),
    ],
)
def test_limits_of_the_shipped_files(
    catalogue: Catalogue, id: str, name: str, lower: float | None, upper: float | None
) -> None:
    context = {"policy": load_policy(DUTS / "policy.json"), "hwconfig": load_hwconfig(DUTS / "hwConfig.json")}
    limit = catalogue.limit(id, name, context)
    assert limit.lower == (None if lower is None else pytest.approx(lower))
    assert limit.upper == (None if upper is None else pytest.approx(upper))


def test_every_requirement_can_be_decided(catalogue: Catalogue) -> None:
    for requirement in catalogue:
        limits = requirement.limits.values()
        assert any(each.decides for each in limits), requirement.id
        assert requirement.repetitions["qualification"] > 0, requirement.id


def test_a_larger_profile_never_repeats_less(catalogue: Catalogue) -> None:
    for requirement in catalogue:
        counts = [requirement.repetitions[name] for name in PROFILES]
        assert counts == sorted(counts), requirement.id


def test_only_pure_targets_do_not_decide_a_run(catalogue: Catalogue) -> None:
    reported = {each.id for each in catalogue if not each.decides}
    assert reported == {each.id for each in catalogue if each.kind == "T"}
    assert catalogue.requirement("STW-06").decides


def test_what_a_requirement_needs(catalogue: Catalogue) -> None:
    assert catalogue.requirement("COM-01").needs == (Need.CONVERTER,)
    assert Need.GRID_SINK in catalogue.requirement("CVD-05").needs
    assert catalogue.requirement("ENV-02").needs == (Need.OPERATOR,)


def test_profiles(catalogue: Catalogue) -> None:
    assert tuple(profiles()) == PROFILES
    assert profile("smoke").budget == 120.0
    assert profile("nightly").rule is Rule.SIMPLE
    assert profile("qualification").rule is Rule.GUARDED
    stop_window: Requirement = catalogue.requirement("STW-01")
    assert profile("smoke").repetitions(stop_window) == 0
    assert profile("qualification").dwell(stop_window) >= 100.0
    with pytest.raises(BadInput, match="choose one of smoke"):
        profile("everything")


GOOD = """
[COM-01]
class = "H"
title = "t"
statement = "s"
source = ["d"]
method = "m"
needs = ["converter"]
repetitions = { smoke = 1, nightly = 1, acceptance = 1, qualification = 1 }
[COM-01.limits.faults]
quantity = "q"
unit = "1"
upper = 0
source = "d"
"""


def write(folder: Path, text: str) -> Path:
    for group in GROUPS:
        (folder / f"{group}.toml").write_text("")
    (folder / "COM.toml").write_text(text)
    return folder


def test_a_catalogue_of_ones_own(tmp_path: Path) -> None:
    assert [each.id for each in Catalogue.load(write(tmp_path, GOOD))] == ["COM-01"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('class = "H"', 'class = "X"', r"COM\.toml.*COM-01.*class"),
        ('title = "t"', 'titel = "t"', "COM-01"),
        ("smoke = 1, ", "", "one count of 0 or more"),
        ("smoke = 1", "smoke = -1", "one count of 0 or more"),
        ('"converter"', '"oscilloscope"', "needs"),
        ("COM-01", "BAT-01", "another file"),
        ("[COM-01]", "[COM-01", "cannot read"),
        ("[COM-01]", "stray = 1\n[COM-01]", "'stray' stands outside"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=f"(?s){sentence}"):
        Catalogue.load(write(tmp_path, GOOD.replace(old, new)))


def test_a_missing_group_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"COM\.toml"):
        Catalogue.load(tmp_path)
