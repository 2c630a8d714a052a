"""What an interrupted run keeps when it goes on, and when it does not go on."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from hil.errors import BadInput
from hil.evidence import resume, schema
from hil.evidence.files import csv_line
from hil.evidence.folder import RunFolder
from hil.evidence.manifest import Manifest
from hil.evidence.rows import measurement_line, measurement_of
from hil.running import resuming
from hil.verdict import Measurement, Rule, Verdict
from hil.waveform import bound

ONE = Measurement(
    *("COM-01", "a.py::one", "time", 0.123456789, "s", 0.01, None, 1.0, 0.876543211, Verdict.PASS),
    *('5 of 5, "quoted"', 3.0, "policy", Rule.GUARDED, False),
)
TESTS = ("a.py::one", "a.py::two", "a.py::three", "a.py::four")


@pytest.fixture(name="left")
def _left(folder: RunFolder, manifest: Manifest) -> Path:
    """A run that died in its fourth test, whose third found the bench in trouble."""
    number, hours = count(1), count(1)
    for test, outcome in zip(TESTS, ("passed", "failed", "bench trouble", None), strict=True):
        folder.journal_started(test, ["COM-01"], 1.0)
        folder.add_measurement(replace(ONE, test=test, budget=(bound(2.0 * next(number), "s", "clock"),)))
        if outcome is not None:
            used = {"battery": 10.0 * next(hours)}
            folder.journal_finished(test, ["COM-01"], outcome, "why", 1.0, 2.0, used)
    failed = replace(ONE, test=TESTS[3], value=2.0, verdict=Verdict.FAIL)
    folder.add_measurement(replace(failed, budget=(bound(2.0 * next(number), "s", "clock"),)))
    folder.close()
    return folder.path


def test_a_measurement_comes_back_as_it_was_written() -> None:
    one = replace(ONE, instruments=("dmm", "shunt"), traces=("COM-01-001",))
    cells = measurement_line(one)
    row = dict(zip(schema.MEASUREMENT_COLUMNS, next(csv.reader([cells])), strict=True))
    assert measurement_of(row, {(one.requirement, one.quantity): one.what}) == one
    assert csv_line(list(row.values())) == cells


def test_what_was_decided_is_kept_and_so_is_every_fail(left: Path) -> None:
    earlier = resume.read(left)
    assert [entry.nodeid for entry in earlier.decided] == list(TESTS[:2])
    assert [(each.test, each.verdict) for each in earlier.measurements] == [
        (TESTS[0], Verdict.PASS),
        (TESTS[1], Verdict.PASS),
        (TESTS[3], Verdict.FAIL),
    ]
    resume.take_up(earlier)
    assert not (left / schema.MANIFEST).exists()
    again = RunFolder(left)
    again.close()
    assert len((left / schema.MEASUREMENTS).read_text().splitlines()) == 4
    lines = list(csv.DictReader((left / schema.BUDGETS).read_text().splitlines()))
    assert [(line["measurement"], line["standard_uncertainty"]) for line in lines] == [
        ("1", "1"),
        ("2", "2"),
        ("3", "5"),
    ]
    again = RunFolder(left)
    again.add_measurement(replace(ONE, budget=(bound(12.0, "s", "clock"),)))
    again.close()
    assert (left / schema.BUDGETS).read_text().splitlines()[-1].startswith("4,clock,B,bound,6,s")


def test_a_driver_error_that_decided_a_test_decides_still(left: Path) -> None:
    outcomes = resuming.outcomes_of(resume.read(left))
    assert [(each.requirement, each.verdict, each.reason) for each in outcomes] == [("COM-01", Verdict.FAIL, "why")]


def test_the_interruption_stands_in_the_manifest_and_ends_nothing(left: Path, manifest: Manifest) -> None:
    now = resuming.continued(resume.read(left), manifest)
    assert now.interruptions == []
    assert now.exit_status is None
    assert 'died during the test "Four"' in now.deviations[0]
    assert "2 tests decided before are kept" in now.deviations[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda now: setattr(now.dut, "serial", "other"), "serial of the unit was 'SN 42/A' and is 'other'"),
        (lambda now: setattr(now, "profile", "smoke"), "profile was nightly and is to be smoke"),
        (lambda now: setattr(now.bench, "identity", "x"), "the bench file has been changed"),
        (lambda now: now.deviations.append("defect switched on: x"), "is to have ['defect switched on: x']"),
    ],
)
def test_another_run_is_not_its_continuation(
    left: Path, manifest: Manifest, change: Callable[[Manifest], object], said: str
) -> None:
    now = manifest.model_copy(deep=True)
    change(now)
    with pytest.raises(BadInput, match="cannot be continued") as caught:
        resuming.continued(resume.read(left), now)
    assert said in str(caught.value)


def test_only_an_interrupted_run_goes_on(folder: RunFolder, manifest: Manifest, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="still being written"):
        resume.read(folder.path)
    manifest.exit_status = 0
    folder.finish(manifest)
    with pytest.raises(BadInput, match="was not interrupted"):
        resume.read(folder.path)
    with pytest.raises(BadInput, match="no run folder"):
        resume.read(tmp_path / "none")


def test_energy_goes_on_from_where_the_last_test_that_ended_left_it(left: Path) -> None:
    earlier = resume.read(left)
    assert earlier.energy == {"battery": 30.0}
    resuming.require_energy_left(earlier, 30.1)
    with pytest.raises(BadInput, match="30 W h have left 'battery' so far, and energy_wh"):
        resuming.require_energy_left(earlier, 30.0)


def test_a_signed_run_stays_as_it_is(left: Path) -> None:
    (left / schema.SIGNATURE).write_text("")
    with pytest.raises(BadInput, match="is signed"):
        resume.read(left)
