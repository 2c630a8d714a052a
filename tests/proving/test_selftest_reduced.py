"""The self-test on a few of its cases; the whole of it takes half an hour."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = ("version-major-one", "rsoc-as-fraction", "content-type-html", "battery-wrong-identity")


def test_a_few_cases(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "hil.cli.main", "selftest", f"--matrix={tmp_path / 'matrix.md'}"]
    words += [f"--only={name}" for name in CASES] + ["--profile=smoke"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 defects caught, 1 of 1 oddities passed, 1 of 1 troubles recognised." in done.stdout
    matrix = (tmp_path / "matrix.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in matrix for name in CASES)
