"""Altered, incomplete, newer and dying run folders."""

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.errors import BadInput
from hil.evidence.folder import RunFolder, seal_reports
from hil.evidence.journal import read_journal
from hil.evidence.manifest import Instrument, Manifest, digest
from hil.evidence.recover import recover
from hil.evidence.signature import check, make_keys, sign
from hil.evidence.verify import verify
from hil.verdict import Measurement, Rule, Verdict

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def sealed(folder: RunFolder, manifest: Manifest) -> Path:
    folder.journal_started("suites/a/test_a.py::test_one", ["COM-01"], 0.0)
    folder.journal_finished("suites/a/test_a.py::test_one", ["COM-01"], "passed", "", 0.0, 1.0)
    folder.finish(manifest)
    return folder.path


def edit_manifest(run: Path, change: Callable[[dict[str, object]], None]) -> None:
    content = json.loads((run / "manifest.json").read_text())
    change(content)
    (run / "manifest.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: (run / "measurements.csv").open("a").write("x\n"), "measurements.csv (evidence) was altered"),
        (lambda run: (run / "verdicts.csv").unlink(), "verdicts.csv (evidence) is missing"),
        (lambda run: (run / "traces" / "new.parquet").write_text(""), "traces/new.parquet is not in the manifest"),
        (lambda run: edit_manifest(run, lambda content: content.update(operator="me")), "manifest.json was altered"),
        (
            lambda run: edit_manifest(run, lambda content: content.update(files={"../../secret": "00"})),
            "lies outside the run folder",
        ),
    ],
)
def test_each_alteration_is_named(sealed: Path, change: Callable[[Path], object], said: str) -> None:
    assert verify(sealed) == []
    change(sealed)
    assert any(said in problem for problem in verify(sealed)), verify(sealed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "no schema_version"),
        ('{"schema_version": 99}', "schema version 99; this program reads up to 1"),
        ('{"schema_version": 1}', "key harness"),
        ('{"schema_version": "1"}', "no schema_version"),
    ],
)
def test_an_unusable_manifest_is_bad_input(sealed: Path, text: str, said: str) -> None:
    (sealed / "manifest.json").write_text(text)
    with pytest.raises(BadInput, match=said):
        verify(sealed)


def test_a_field_that_a_later_version_added_does_not_look_like_an_alteration(sealed: Path) -> None:
    def as_an_older_version_wrote_it(content: dict[str, object]) -> None:
        del content["emulator"]
        content["digest"] = digest(content)

    edit_manifest(sealed, as_an_older_version_wrote_it)
    assert verify(sealed) == []
    seal_reports(sealed)
    assert verify(sealed) == []
    assert "emulator" not in json.loads((sealed / "manifest.json").read_text())


def test_a_folder_that_is_no_run_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a finished run"):
        verify(tmp_path)
    with pytest.raises(BadInput, match="not a folder"):
        verify(tmp_path / "absent")


def test_an_unsealed_folder_says_what_to_do(folder: RunFolder) -> None:
    folder.close()
    with pytest.raises(BadInput, match=r"never sealed.*hil report"):
        verify(folder.path)


def test_a_folder_being_written_is_not_closed_by_somebody_else(folder: RunFolder) -> None:
    with pytest.raises(BadInput, match="still being written"):
        recover(folder.path)


def test_a_folder_being_written_is_not_said_to_have_died(folder: RunFolder) -> None:
    (folder.path / "manifest.partial.json").write_text("{}")
    with pytest.raises(BadInput, match="still being written"):
        verify(folder.path)


def test_a_file_that_was_added_does_not_become_a_report(sealed: Path) -> None:
    (sealed / "notes.txt").write_text("by hand")
    seal_reports(sealed)
    assert verify(sealed) == ["notes.txt is not in the manifest: it was added later."]


def test_a_killed_process_loses_no_finished_test(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from hil.evidence.folder import RunFolder
        from hil.evidence.manifest import Bench, Dut, Harness, Manifest
        from hil.verdict import Catalogue, Measurement, Rule, Verdict
        start = datetime(2026, 1, 1, tzinfo=UTC)
        manifest = Manifest(harness=Harness(version="0"), bench=Bench(name="b", mode="hardware", virtual=False),
                            dut=Dut(model="m", serial="1"), profile="nightly", decision_rule="simple", start=start)
        folder = RunFolder.create(Path(sys.argv[1]), "1", start)
        folder.begin(manifest, Catalogue.load())
        for name, verdict in (("ZVS-01", Verdict.PASS), ("ZVS-02", Verdict.FAIL)):
            folder.journal_started(f"suites/zvs/test_zvs.py::test_{name}", [name], 0.0)
            one = Measurement(name, "t", "q", 1.0, "s", 0.1, None, 5.0, 4.0, verdict, "", 0.5, "", Rule.SIMPLE)
            folder.add_measurement(one)
            folder.journal_finished(f"suites/zvs/test_zvs.py::test_{name}", [name], "passed", "", 0.0, 1.0)
        folder.journal_started("suites/zvs/test_zvs.py::TestRamp::test_dies[48-350]", ["ZVS-03"], 2.0)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=REPOSITORY, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    (run,) = tmp_path.iterdir()
    with (run / "measurements.csv").open("a") as file:
        file.write("ZVS-03,half a li")

    manifest = recover(run)

    assert verify(run) == []
    assert 'the test "Dies [48-350]"' in manifest.interruptions[0]
    assert manifest.exit_status is None
    verdicts = dict(line.split(",")[0:3:2] for line in (run / "verdicts.csv").read_text().splitlines())
    assert verdicts["ZVS-02"] == "fail"
    assert verdicts["ZVS-01"] == "not assessed"
    results = [json.loads(path.read_text()) for path in (run / "allure-results").glob("*-result.json")]
    assert {result["status"] for result in results} == {"broken"}
    assert {result["fullName"] for result in results} == {
        "suites.zvs.test_zvs#test_ZVS-01", "suites.zvs.test_zvs#test_ZVS-02", "suites.zvs.test_zvs.TestRamp#test_dies",
    }  # fmt: skip


def test_a_failed_target_fails_no_requirement_of_a_run_that_died(folder: RunFolder) -> None:
    one = Measurement("ZVS-02", "t", "q", 6.0, "s", 0.1, None, 5.0, -1.0, Verdict.FAIL, "", 0.5, "", Rule.SIMPLE)
    folder.add_measurement(dataclasses.replace(one, target=True))
    folder.add_measurement(dataclasses.replace(one, requirement="ZVS-03", margin=-2.0))
    folder.close()
    recover(folder.path)
    with (folder.path / "verdicts.csv").open(encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert (rows["ZVS-02"]["verdict"], rows["ZVS-02"]["worst_margin"]) == ("not assessed", "")
    assert (rows["ZVS-03"]["verdict"], rows["ZVS-03"]["worst_margin"]) == ("fail", "-2")
    assert "margin -2.00 s" in rows["ZVS-03"]["reason"]


def test_recovering_twice_changes_nothing(folder: RunFolder) -> None:
    folder.close()
    recover(folder.path)
    before = (folder.path / "manifest.json").read_bytes()
    recover(folder.path)
    assert (folder.path / "manifest.json").read_bytes() == before


def test_a_capture_that_died_with_its_test_is_not_named_by_its_measurements(folder: RunFolder) -> None:
    (folder.path / "traces" / "ZVS-01-001.parquet").write_bytes(b"")
    one = Measurement("ZVS-01", "t", "q", 1.0, "s", 0.1, None, 5.0, 4.0, Verdict.PASS, "", 0.5, "", Rule.SIMPLE)
    folder.add_measurement(dataclasses.replace(one, traces=("ZVS-01-001", "ZVS-01-002")))
    folder.close()
    recover(folder.path)
    (row,) = csv.DictReader((folder.path / "measurements.csv").open(encoding="utf-8"))
    assert row["trace"] == "traces/ZVS-01-001.parquet"
    assert verify(folder.path) == []


def test_a_run_that_died_knows_what_was_noted_after_its_begin(folder: RunFolder, manifest: Manifest) -> None:
    manifest.instruments.append(Instrument(name="dmm", serial="77"))
    folder.note(manifest)
    folder.close()
    closed = recover(folder.path)
    assert [item.serial for item in closed.instruments if item.name == "dmm"] == ["77"]
    (reason,) = {row["reason"] for row in csv.DictReader((folder.path / "verdicts.csv").open(encoding="utf-8"))}
    assert reason == "the run died before this was measured"


def test_what_the_guard_did_enters_the_manifest(folder: RunFolder) -> None:
    folder.close()
    report = {"proven": False, "summary": "NOT PROVEN SAFE", "reason": "the test process is gone", "took_s": 0.8}
    folder.guard_report.write_text(json.dumps(report))
    state = recover(folder.path).safe_state
    assert state is not None
    assert (state.proven, state.reason) == (False, "the test process is gone")
    assert verify(folder.path) == []


def test_a_result_that_exists_is_not_reported_broken_again(folder: RunFolder, manifest: Manifest) -> None:
    for name in ("test_a[1]", "test_a[2]"):
        folder.journal_started(f"suites/test_x.py::{name}", [], 0.0)
    folder.journal_finished("suites/test_x.py::test_a[1]", [], "passed", "", 0.0, 1.0)
    result = {"uuid": "1", "fullName": "suites.test_x#test_a", "status": "passed"}
    (folder.allure_results / "1-result.json").write_text(json.dumps(result))
    folder.finish(manifest)
    broken = [path for path in folder.allure_results.glob("*-result.json") if path.name != "1-result.json"]
    assert [json.loads(path.read_text())["name"] for path in broken] == ["A [2]"]


def test_what_a_crash_cut_short_in_the_allure_results_counts_as_lost(folder: RunFolder, manifest: Manifest) -> None:
    folder.journal_started("suites/test_x.py::test_a", [], 0.0)
    (folder.allure_results / "1-result.json").write_text('{"uuid": "1", "fullName": "suites.test_x#te')
    (folder.allure_results / "2-container.json").write_text('{"uuid": "2", "befo')
    (folder.allure_results / "3-container.json").write_text('{"uuid": "3", "children": ["1"]}')
    (folder.allure_results / "4-container.json").write_text('{"uuid": "4", "befores": [{"name": "Come to rest"}]}')
    folder.finish(manifest)
    assert [path.name for path in folder.allure_results.glob("*-container.json")] == ["4-container.json"]
    (lost,) = folder.allure_results.glob("*-result.json")
    assert json.loads(lost.read_text())["status"] == "broken"


def test_a_damaged_journal_is_bad_input_but_a_cut_last_line_is_not(folder: RunFolder) -> None:
    folder.journal_started("suites/a.py::b", [], 0.0)
    folder.close()
    journal = folder.path / "journal.jsonl"
    with journal.open("a") as file:
        file.write('{"event": "fin')
    assert [entry.outcome for entry in read_journal(folder.path)] == [None]
    journal.write_text('nonsense\n{"event":"started","nodeid":"a","requirements":[],"time":0}\n')
    with pytest.raises(BadInput, match="line 1"):
        read_journal(folder.path)


def test_a_signature_shows_who_signed_and_what_was_altered(sealed: Path, tmp_path: Path) -> None:
    private, public, other = tmp_path / "lab.pem", tmp_path / "lab.pub", tmp_path / "other.pub"
    make_keys(private, public)
    make_keys(tmp_path / "other.pem", other)
    assert check(sealed) == ("not signed", [])
    sign(sealed, private)
    assert verify(sealed) == []
    assert check(sealed, public)[1] == []
    assert "not with" in check(sealed, other)[1][0]
    edit_manifest(sealed, lambda content: content.update(digest="0" * 64))
    assert check(sealed, public)[0] == "invalid"


def test_a_private_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    private = tmp_path / "lab.pem"
    make_keys(private, tmp_path / "lab.pub")
    if os.name == "posix":
        assert private.stat().st_mode & 0o077 == 0
    with pytest.raises(BadInput, match="never overwritten"):
        make_keys(private, tmp_path / "second.pub")


def test_altered_evidence_is_not_signed(sealed: Path, tmp_path: Path) -> None:
    make_keys(tmp_path / "lab.pem", tmp_path / "lab.pub")
    (sealed / "verdicts.csv").write_text("")
    with pytest.raises(BadInput, match="not signed"):
        sign(sealed, tmp_path / "lab.pem")
