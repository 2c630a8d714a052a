"""History, drift, comparison, verification."""

import io
import json
import re
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from hil.errors import BadInput
from hil.evidence.manifest import Manifest
from reports.compare import Comparison, MarginChange, compare
from reports.compare_view import comparison_document
from reports.drift import find_drifts
from reports.history import History, history
from reports.page import html
from reports.summary import Margin, Summary, find_runs
from reports.terminal import show
from reports.verify import verify_run

SampleRun = Callable[..., Path]
START = datetime(2026, 11, 1, tzinfo=UTC)


def nights(margins: list[float], unit: str = "s") -> list[Summary]:
    """Return one run per night in which ZVS-02 has these margins."""
    return [
        Summary(Path(f"r{day}"), start=START + timedelta(days=day), model="EP", serial="1", bench="b",
                requirements={"ZVS-02": Margin("pass", margin, unit, True)})
        for day, margin in enumerate(margins)
    ]  # fmt: skip


def printed(document: dict[str, object]) -> str:
    buffer = io.StringIO()
    show(document, Console(file=buffer, width=250))
    return buffer.getvalue()


def test_a_shrinking_margin_is_announced_with_its_date() -> None:
    runs = nights([10.0, 9.0, 8.0, 7.0, 6.0, 5.0])
    (drift,) = find_drifts(runs)
    assert drift.slope == pytest.approx(-1.0)
    assert drift.crossing == START + timedelta(days=10)
    lines = printed(History(runs, [drift]).document()).splitlines()
    assert "1 margin is drifting towards its limit" in lines
    assert any(re.fullmatch(r"ZVS-02\s+EP 1\s+b\s+6\s+5 s\s+1\.0 s\s+2026-11-11\s*", line) for line in lines)


@pytest.mark.parametrize(
    "margins",
    [
        [10.0, 9.0, 8.0, 7.0],  # too few
        [5.0, 6.0, 7.0, 8.0, 9.0],  # grows
        [5.0] * 6,  # steady
        [5.0, 4.0, 6.0, 4.5, 5.5, 4.8],  # noise
        [100.0, 99.9, 99.8, 99.7, 99.6],  # far away
        [2.0, 1.0, 0.0, -1.0, -2.0],  # crossed already: the verdict says it
    ],
)
def test_no_drift_is_claimed_without_one(margins: list[float]) -> None:
    assert find_drifts(nights(margins)) == []


def test_margins_in_different_units_are_different_series() -> None:
    assert find_drifts(nights([10.0, 9.0, 8.0]) + nights([7.0, 6.0, 5.0], "V")) == []


def test_the_history_shows_runs_drift_and_trend(sample_run: SampleRun) -> None:
    for day in range(6):
        root = sample_run(day=day, scale=1 + 0.2 * day).parent
    killed = sample_run(day=7, killed=True)
    found = history([root], "ZVS-03.peak")
    assert len(found.runs) == 7
    assert {drift.requirement for drift in found.drifts} >= {"ZVS-03"}
    assert [round(point.row.value or 0, 2) for point in found.trend] == [1.6, 1.92, 2.24, 2.56, 2.88, 3.2]
    text = printed(found.document())
    assert killed.name in text
    assert "not closed" in text
    page = html(found.document())
    assert "Trend of ZVS-03.peak" in page
    assert "data:image/svg+xml;base64," in page


def test_an_unreadable_run_is_listed_with_its_reason(sample_run: SampleRun) -> None:
    path = sample_run()
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 2}))
    assert "newer" in history([path.parent]).runs[0].trouble
    (path / "manifest.json").write_text("{")
    assert "hil verify" in history([path.parent]).runs[0].trouble


def test_history_of_nothing_and_of_an_unknown_measurement(tmp_path: Path, sample_run: SampleRun) -> None:
    with pytest.raises(BadInput, match="not a folder"):
        history([tmp_path / "absent"])
    with pytest.raises(BadInput, match="No run has a measurement 'XYZ-01'"):
        history([sample_run().parent], "XYZ-01")


def test_a_thousand_runs_are_read_quickly(sample_run: SampleRun, tmp_path: Path) -> None:
    """2 s are promised; processor time is counted, because the machine may be busy with something else."""
    original = sample_run()
    for number in range(1000):
        copy = tmp_path / "many" / f"20270101T{number:06d}Z-1"
        copy.mkdir(parents=True)
        for name in ("manifest.json", "verdicts.csv"):
            shutil.copy(original / name, copy / name)
    began = time.process_time()
    found = history([tmp_path / "many"])
    lines = printed(found.document()).splitlines()
    assert len(found.runs) == 1000
    assert sum(" EP-2500 " in line for line in lines) == 1000
    assert time.process_time() - began < 2.0


def test_a_root_may_be_a_run_and_hidden_folders_are_none(sample_run: SampleRun) -> None:
    path = sample_run()
    (path.parent / ".history").mkdir(exist_ok=True)
    shutil.copy(path / "manifest.json", path.parent / ".history" / "manifest.json")
    assert find_runs([path]) == find_runs([path.parent]) == [path]


def test_equal_runs_compare_equal(sample_run: SampleRun) -> None:
    found = compare(sample_run(), sample_run(day=1))
    assert (found.verdicts, found.margins, found.timing, found.setup) == ([], [], [], [])
    assert found.exit_status == 0
    assert "Nothing got worse" in printed(comparison_document(found))


def test_a_defect_that_was_switched_on_is_a_difference_of_the_set_up(sample_run: SampleRun) -> None:
    def switched_on(manifest: Manifest) -> None:
        manifest.deviations.append("defect switched on: meters-slow")

    found = compare(sample_run(), sample_run(day=1, change=switched_on))
    assert [change.what for change in found.setup] == ["deviations"]
    assert found.setup[0].after.endswith("meters-slow")


def test_an_exact_change_claims_no_uncertainty() -> None:
    row = MarginChange("SPD-03", "missed steps", "1", True, 0.0, -8.0, 0.0, None)
    page = html(comparison_document(Comparison(Path("a"), Path("b"), [], [row], [], [], [])))
    assert ">−8<" in page
    assert "U =" not in page


def test_a_worse_verdict_sets_the_exit_status(sample_run: SampleRun) -> None:
    found = compare(sample_run(), sample_run({"CCA-01": "fail"}, day=1))
    assert [(change.requirement, change.before, change.after) for change in found.verdicts] == [
        ("CCA-01", "pass", "fail")
    ]
    assert found.exit_status == 1
    back = compare(found.after, found.before)
    assert back.exit_status == 0
    assert not back.verdicts[0].worse


def test_a_worse_target_is_shown_but_does_not_decide(sample_run: SampleRun) -> None:
    found = compare(sample_run(), sample_run({"COM-10": "not assessed"}, day=1))
    assert [change.requirement for change in found.verdicts] == ["COM-10"]
    assert found.exit_status == 0


def test_a_margin_within_its_uncertainty_has_not_changed(sample_run: SampleRun) -> None:
    assert compare(sample_run(), sample_run(day=1, scale=1.08)).margins == []
    changed = compare(sample_run(), sample_run(day=2, scale=1.3))
    assert changed.margins
    assert all(change.after - change.before == pytest.approx(-0.48) for change in changed.margins)
    assert changed.exit_status == 1


def test_firmware_instruments_and_packages_are_compared(sample_run: SampleRun) -> None:
    def change(manifest: Manifest) -> None:
        manifest.dut.firmware_version = "2.2.0"
        manifest.instruments[0].serial = "other"
        manifest.versions.packages["pyvisa"] = "1.16.0"
        manifest.instruments.pop()

    found = compare(sample_run(), sample_run(day=1, change=change))
    assert {item.what for item in found.setup} == {
        "firmware version", "instrument psu", "instrument dmm", "package pyvisa",
    }  # fmt: skip
    assert "2.1.0" in html(comparison_document(found))


def test_verification_in_words(sample_run: SampleRun) -> None:
    path = sample_run()
    good = verify_run(path)
    assert (good.exit_status, good.problems) == (0, [])
    assert "is as it was written" in good.lines[0]
    (path / "audit.jsonl").write_text("")
    bad = verify_run(path)
    assert bad.exit_status == 1
    assert "NOT as it was written" in bad.lines[0]
