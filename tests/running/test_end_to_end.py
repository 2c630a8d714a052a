"""Whole runs as their user starts them: a command in a process of its own, on the virtual bench."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_a_run_leaves_its_evidence_and_passes(tmp_path: Path) -> None:
    done = hil(tmp_path, "-m", "COM-01 or MOD-06", "--profile=smoke", "--no-reports")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every assessed requirement passes" in done.stdout
    run = only_run(tmp_path)
    found = verdicts(run)
    assert found["COM-01"] == found["MOD-06"] == "pass"
    assert found["COM-02"] == "not assessed"
    assert len(found) == 60
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["safe_state"]["proven"]
    assert manifest["exit_status"] == 0
    assert {"measurements.csv", "verdicts.csv", "audit.jsonl", "journal.jsonl"} <= set(manifest["files"])
    assert any((run / "allure-results").glob("*-result.json"))


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    chosen = ("-m", "CCA-04 or BAT-02", "--profile=smoke", "--no-reports", "--seed=7")
    for name in ("first", "second"):
        assert hil(tmp_path / name, *chosen).returncode == 0
    first, second = (only_run(tmp_path / name) / "measurements.csv" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_text(encoding="utf-8").splitlines()) > 5


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
