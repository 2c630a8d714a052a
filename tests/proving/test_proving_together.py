"""Oddities share runs; outcomes are kept and taken over."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.bench import files
from hil.cli.selftest import selftest
from hil.client.inconsistencies import inconsistencies
from hil.errors import BadInput
from hil.proving.cases import Case, Kind, all_cases, arguments
from hil.proving.kept import keep, take_over
from hil.proving.outcome import Outcome
from hil.proving.together import batches

BENCH = Path(__file__).resolve().parents[2] / "benches" / "virtual.toml"


def oddity(name: str, *sets: str) -> Case:
    return Case(name, Kind.ODDITY, "", "nightly", sets=frozenset(sets))


def test_oddities_share_runs_and_all_else_runs_alone() -> None:
    cases = [Case("d", Kind.DEFECT, "", "nightly"), *(oddity(name, name) for name in "abcd")]
    assert [[case.name for case in batch] for batch in batches(cases, 2)] == [["d"], ["a", "c"], ["b", "d"]]
    assert [len(batch) for batch in batches(cases, 1)] == [1] * 5


def test_no_two_oddities_of_a_run_set_the_same_parameter() -> None:
    cases = [oddity("a", "x"), oddity("b", "x", "y"), oddity("c", "y")]
    assert [[case.name for case in batch] for batch in batches(cases, 3)] == [["a", "c"], ["b"]]


def test_every_case_of_the_catalogue_runs_exactly_once() -> None:
    cases = all_cases(2)
    made = batches(cases)
    assert sorted(case.name for batch in made for case in batch) == sorted(case.name for case in cases)
    for batch in made:
        assert len({path for case in batch for path in case.sets}) == sum(len(case.sets) for case in batch)


def test_a_shared_run_switches_all_of_its_oddities_on(tmp_path: Path) -> None:
    words = arguments([oddity("a", "x"), oddity("b", "y")], BENCH, tmp_path)
    assert words[-4:] == ["--oddity", "a", "--oddity", "b"]


def test_a_legal_unit_meets_files_without_contradictions(tmp_path: Path) -> None:
    assert inconsistencies(files.read(BENCH).policy, files.read(BENCH).hwconfig)
    words = arguments([oddity("a", "x")], BENCH, tmp_path)
    read = files.read(BENCH, hwconfig=Path(words[words.index("--hwconfig") + 1]))
    assert inconsistencies(read.policy, read.hwconfig, efficiency=0.9) == []
    assert read.hwconfig.grid_current_allowance == files.read(BENCH).hwconfig.grid_current_allowance


def test_kept_outcomes_are_taken_over(tmp_path: Path) -> None:
    case, commit = oddity("a", "x"), "abc"
    outcome = Outcome(case, 0, {"COM-01": "pass"}, {"COM-01": ""}, 1.5, "said", ("b",))
    keep(outcome, commit, tmp_path)
    assert take_over([case], commit, tmp_path) == [outcome]
    assert take_over([case], "another", tmp_path) == []
    assert take_over([Case("a", Kind.ODDITY, "", "acceptance")], commit, tmp_path) == []


def test_what_failed_or_belongs_to_no_commit_is_run_again(tmp_path: Path) -> None:
    case = oddity("a", "x")
    keep(Outcome(case, 1, {"COM-01": "fail"}, {"COM-01": "why"}, 1.5, "said"), "abc", tmp_path)
    assert take_over([case], "abc", tmp_path) == []
    keep(Outcome(case, 0, {"COM-01": "pass"}, {"COM-01": ""}, 1.5, "said"), "", tmp_path)
    assert take_over([case], "", tmp_path) == []


def test_resuming_needs_a_folder() -> None:
    with pytest.raises(BadInput, match="--keep"):
        selftest(resume=True)
