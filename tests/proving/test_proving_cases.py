"""Which runs the self-test makes, and what it says of their outcomes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from hil.bench import files
from hil.errors import BadInput
from hil.proving.cases import EXERCISE, WITH_PEER, Case, Kind, all_cases, chosen, profile_for
from hil.proving.matrix import markdown, summary
from hil.proving.outcome import Outcome
from hil.proving.together import batches
from hil.proving.units import RANGES, draw, toml, write_bench
from hil.verdict import Catalogue

BENCH = Path(__file__).resolve().parents[2] / "benches" / "virtual.toml"


def outcome(kind: Kind, status: int, verdicts: dict[str, str], caught_by: tuple[str, ...] = ()) -> Outcome:
    case = Case("name", kind, "summary", "nightly", (), caught_by)
    return Outcome(case, status, verdicts, dict.fromkeys(verdicts, "because"), 1.0, "said")


@pytest.mark.parametrize(
    ("judged", "good"),
    [
        (outcome(Kind.DEFECT, 1, {"COM-01": "fail", "CCA-01": "pass"}, ("COM-01", "COM-02")), True),
        (outcome(Kind.DEFECT, 1, {"COM-01": "conditional fail"}, ("COM-01",)), True),
        (outcome(Kind.DEFECT, 1, {"COM-01": "pass", "CCA-01": "fail"}, ("COM-01",)), False),
        (outcome(Kind.DEFECT, 2, {"COM-01": "bench trouble"}, ("COM-01",)), False),
        (outcome(Kind.DEFECT, 2, {}, ("COM-01",)), False),
        (outcome(Kind.ODDITY, 0, {"COM-01": "pass"}), True),
        (outcome(Kind.ODDITY, 1, {"COM-01": "fail"}), False),
        (outcome(Kind.ODDITY, 0, {"SPD-05": "fail"}), False),
        (outcome(Kind.UNIT, 2, {"COM-01": "bench trouble"}), False),
        (outcome(Kind.TROUBLE, 2, {"COM-01": "bench trouble", "CCA-01": "pass"}), True),
        (outcome(Kind.TROUBLE, 3, {"COM-01": "bench trouble"}), True),
        (outcome(Kind.TROUBLE, 2, {}), True),
        (outcome(Kind.TROUBLE, 2, {"COM-01": "bench trouble", "CCA-01": "fail"}), False),
        (outcome(Kind.TROUBLE, 0, {"COM-01": "pass"}), False),
        (outcome(Kind.TROUBLE, 2, {"COM-01": "harness bug"}), False),
        (outcome(Kind.DEFECT, 1, {"COM-01": "fail", "CCA-01": "harness bug"}, ("COM-01",)), False),
    ],
)
def test_what_counts_as_right(judged: Outcome, good: bool) -> None:
    assert (judged.complaint == "") is good, judged.complaint


def test_matrix_shows_what_caught_what() -> None:
    caught = outcome(Kind.DEFECT, 1, {"COM-01": "fail", "CCA-01": "fail"}, ("COM-01",))
    missed = outcome(Kind.ODDITY, 1, {"COM-01": "fail"})
    text = markdown([caught, missed], "hil selftest", "0123456789abcdef")
    assert "| name | summary | COM-01 | COM-01 | CCA-01 | ok |" in text
    assert "COM-01 failed: because" in text
    assert "`hil selftest` from commit 0123456789ab;" in text
    assert "in no commit" in markdown([caught], "hil selftest", "")
    assert summary([caught, missed]) == "1 of 1 defects caught, 0 of 1 oddities passed."


def test_every_entry_of_the_catalogue_is_a_case() -> None:
    cases = all_cases(2)
    kinds = {kind: [case for case in cases if case.kind is kind] for kind in Kind}
    assert len(kinds[Kind.UNIT]) == 2
    assert len(kinds[Kind.ODDITY]) >= 12
    assert all(kinds.values())
    for case in kinds[Kind.DEFECT]:
        assert case.caught_by, f"{case.name} names no requirement"
        assert set(case.caught_by) <= set(case.requirements)
    assert {case.kind for case in cases if case.peer} == {Kind.ODDITY, Kind.TROUBLE}
    assert all(case.requirements == WITH_PEER for case in cases if case.peer)
    assert all(case.requirements == EXERCISE for case in kinds[Kind.TROUBLE] if not case.peer)
    assert all(not case.requirements for case in kinds[Kind.ODDITY] + kinds[Kind.UNIT] if not case.peer)
    assert all(len({case.peer for case in batch}) == 1 for batch in batches(cases))
    assert all(case.sets for case in cases if case.kind is not Kind.UNIT)
    assert len({case.name for case in cases}) == len(cases)


def test_choosing_cases() -> None:
    cases = [Case(name, Kind.DEFECT, "", "nightly") for name in "abc"]
    assert chosen(cases, ()) == cases
    assert [case.name for case in chosen(cases, ["c", "a"])] == ["a", "c"]
    with pytest.raises(BadInput, match="no case z"):
        chosen(cases, ["z"])


def test_the_quickest_profile_that_takes_all() -> None:
    catalogue = Catalogue.load()
    assert profile_for(["COM-01"], catalogue) == "nightly"
    for each in catalogue:
        name = profile_for([each.id], catalogue)
        assert each.repetitions[name] > 0


def test_a_drawn_unit_lies_in_its_ranges_and_is_the_same_every_time() -> None:
    ranges = {path: ends for table in tomllib.loads(RANGES.read_text()).values() for path, ends in table.items()}
    first, second = draw(1), draw(2)
    assert draw(1) == first != second
    for unit in (first, second):
        assert set(unit) == set(ranges)
        assert all(ranges[path][0] <= value <= ranges[path][1] for path, value in unit.items())


def test_a_drawn_unit_becomes_a_bench_file(tmp_path: Path) -> None:
    values = draw(3)
    bench = write_bench(BENCH, values, 3, tmp_path)
    written = tomllib.loads(bench.read_text(encoding="utf-8"))
    plant = tomllib.loads((tmp_path / "plant.toml").read_text(encoding="utf-8"))
    wanted = values["plant.converter.regulation.voltage_offset"]
    assert plant["converter"]["regulation"]["voltage_offset"] == wanted
    assert plant["converter"]["ratings"]["power"] == 2500.0
    assert written["virtual"]["driver"]["dcdc_pause"] == values["driver.dcdc_pause"]
    assert written["virtual"]["driver"]["board_fed_by_battery"] is False
    assert written["virtual"]["seed"] == 3
    assert files.read(bench).policy == files.read(BENCH).policy
    assert files.read(bench).bench.instruments == files.read(BENCH).bench.instruments


def test_every_range_is_a_parameter_of_the_reference() -> None:
    content = tomllib.loads(BENCH.read_text(encoding="utf-8"))["virtual"]
    plant = tomllib.loads((BENCH.parent / content["plant"]).read_text(encoding="utf-8"))
    for path in draw(1):
        root, *keys = path.split(".")
        if root == "plant":
            table: Any = plant
            for key in keys:
                table = table[key]
            assert isinstance(table, float), path
        elif root == "instruments":
            assert keys[0] in content["instruments"], path


def test_toml_is_read_back_as_it_was() -> None:
    tables = {"a": {"b c": 1e-05, "d": [[1.0, 2.0], []], "e": {"f": 'say "ü"', "g": True}}, "h": -3}
    assert tomllib.loads(toml(tables)) == tables
