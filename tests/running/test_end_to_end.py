"""Whole runs as their user starts them: a command in a process of its own, on the virtual bench."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hil.evidence.journal import read_journal
from hil.evidence.verify import verify

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "benches" / "virtual.toml"


def hil(runs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `hil run` with its run folder under `runs`."""
    words = [sys.executable, "-m", "hil.cli.main", "run", f"--bench={BENCH}", f"--runs={runs}", *arguments]
    environment = {**os.environ, "APIS_HIL_STATE": str(runs / "state")}
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, env=environment)


def only_run(runs: Path) -> Path:
    """Return the one run folder there is."""
    (found,) = (path for path in runs.iterdir() if (path / "manifest.json").exists())
    return found


def verdicts(run: Path) -> dict[str, str]:
    """Return the verdict of every requirement."""
    with (run / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["verdict"] for row in csv.DictReader(file)}


def allure_results(runs: Path) -> dict[str, Any]:
    """Return the Allure results of the one run there is, by what they are recognised by."""
    found = [json.loads(path.read_text()) for path in (only_run(runs) / "allure-results").glob("*-result.json")]
    return {result["historyId"]: result for result in found}


def test_a_run_leaves_its_evidence_and_passes(tmp_path: Path) -> None:
    done = hil(tmp_path, "-m", "COM-01 or MOD-06", "--profile=smoke", "--no-reports")
    assert done.returncode == 0, done.stdout + done.stderr
    run = only_run(tmp_path)
    (summary,) = (line for line in done.stdout.splitlines() if line.startswith("Exit status"))
    assert summary.startswith("Exit status 0: every assessed requirement passes. 2 pass, 58 not assessed; ")
    assert summary.endswith(f" VIRTUAL-0001, Virtual bench, 48 V / 350 V, profile smoke, {run}")
    assert "\x1b" not in done.stdout
    found = verdicts(run)
    assert found["COM-01"] == found["MOD-06"] == "pass"
    assert found["COM-02"] == "not assessed"
    assert len(found) == 60
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["safe_state"]["proven"]
    assert manifest["exit_status"] == 0
    assert {"measurements.csv", "verdicts.csv", "audit.jsonl", "journal.jsonl"} <= set(manifest["files"])
    assert any((run / "allure-results").glob("*-result.json"))


def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    chosen = ("-m", "COM-01 or MOD-06", "--profile=smoke", "--no-reports")
    words = [sys.executable, "-m", "hil.cli.main", "run", f"--bench={BENCH}", f"--runs={tmp_path}", *chosen]
    killed = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "APIS_HIL_STATE": str(tmp_path / "state")}
    )
    end = time.monotonic() + 90.0
    while not (journals := list(tmp_path.glob("*/journal.jsonl"))) or b"finished" not in journals[0].read_bytes():
        assert killed.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    run = journals[0].parent
    first = next(entry for entry in read_journal(run) if entry.outcome is not None)
    _say_in_the_journal(journals[0], energy_wh={"battery": 100.0})
    other = hil(tmp_path, *chosen, f"--resume={run}", "--seed=2")
    assert other.returncode == 2
    assert other.stderr.startswith(f"{run} cannot be continued, because its seed was 1 and is to be 2.")
    done = hil(tmp_path, *chosen, f"--resume={run}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert only_run(tmp_path) == run
    assert sum(entry.nodeid == first.nodeid for entry in read_journal(run)) == 1
    assert read_journal(run)[-1].energy["battery"] == pytest.approx(100.0, abs=1.0), "it goes on counting"
    assert {verdicts(run)[name] for name in ("COM-01", "MOD-06")} == {"pass"}
    deviations = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["deviations"]
    assert [words.split(":")[0].split(" at ")[0] for words in deviations] == [
        "only a part of the tests was chosen",
        "interrupted",
        "continued",
        "before the run was continued",
    ]
    assert verify(run) == []


def _say_in_the_journal(journal: Path, **said: object) -> None:
    """Change what the tests that have ended say in the journal of a run that has died."""
    text = journal.read_text(encoding="utf-8")
    events = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
    lines = [json.dumps({**event, **said} if event["event"] == "finished" else event) for event in events]
    journal.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_a_run_that_is_told_to_end_says_what_it_was_at(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "hil.cli.main", "run", f"--bench={BENCH}", f"--runs={tmp_path}", "--no-reports"]
    told = subprocess.Popen(
        [*words, "-m", "COM-01 or COM-02", "--profile=nightly"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "APIS_HIL_STATE": str(tmp_path / "state")},
    )  # fmt: skip
    end = time.monotonic() + 90.0
    while not (journals := list(tmp_path.glob("*/journal.jsonl"))) or journals[0].read_bytes().count(b"started") < 2:
        assert told.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    told.send_signal(signal.SIGTERM)
    said, _ = told.communicate(timeout=60)
    run = only_run(tmp_path)
    assert told.returncode == 2, said
    assert f"'--resume {run}' beside the same options" in said
    assert "INTERNALERROR" not in said
    assert [entry.outcome for entry in read_journal(run)] == ["passed", "interrupted"]
    assert (verdicts(run)["COM-01"], verdicts(run)["COM-02"]) == ("pass", "not assessed")
    results = allure_results(tmp_path).values()
    (broken,) = (result for result in results if result["status"] == "broken")
    assert broken["statusDetails"]["message"] == "Interrupted: SIGTERM received"


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    chosen = ("-m", "CCA-04 or BAT-02", "--profile=smoke", "--no-reports", "--seed=7")
    for name in ("first", "second"):
        assert hil(tmp_path / name, *chosen).returncode == 0
    first, second = (only_run(tmp_path / name) / "measurements.csv" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_text(encoding="utf-8").splitlines()) > 5
    results = [allure_results(tmp_path / name) for name in ("first", "second")]
    assert results[0].keys() == results[1].keys(), "a test is recognised in the next run"
    for result in results[0].values():
        assert not {"<", "_"} & set(result["name"])
        assert {"epic", "feature", "story", "severity"} <= {label["name"] for label in result["labels"]}
        told = [step["name"] for step in result["steps"][-1]["steps"]]
        assert any(" s  command STOP: " in step for step in told)
        assert any(": pass" in step for step in told)


def test_a_broken_converter_fails_what_it_concerns(tmp_path: Path) -> None:
    chosen = ("-m", "COM-01 or BAT-02", "--profile=smoke", "--no-reports", "--defect=version-major-one")
    done = hil(tmp_path, *chosen)
    assert done.returncode == 1, done.stdout + done.stderr
    found = verdicts(only_run(tmp_path))
    assert (found["COM-01"], found["BAT-02"]) == ("fail", "pass")


def test_plain_pytest_does_the_same(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pytest", "suites", f"--bench={BENCH}", f"--runs={tmp_path}", "--no-reports"]
    words += ["--profile=smoke", "-m", "COM-01", "-p", "no:cacheprovider"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert verdicts(only_run(tmp_path))["COM-01"] == "pass"


def test_collecting_opens_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pytest", "suites", f"--bench={BENCH}", f"--runs={tmp_path}", "--collect-only", "-q"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("marker", ["COM", "MOD-01", "not COM"])
def test_every_requirement_and_group_is_a_marker(marker: str) -> None:
    words = [sys.executable, "-m", "pytest", "suites", "--collect-only", "-q", "-m", marker]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert ("test_version" in done.stdout) == (marker == "COM")
