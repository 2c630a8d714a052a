"""How long a test may go on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hil.errors import BenchTrouble
from hil.running.overtime import FACTOR, GRACE, Overtime

ROOT = Path(__file__).resolve().parents[2]


def test_a_test_that_goes_on_and_on_is_trouble_and_only_while_it_runs() -> None:
    overtime = Overtime()
    overtime.check(1e9)
    overtime.begins("a.py::one", 100.0, 10.0)
    longest = FACTOR * 10.0 + GRACE
    overtime.check(100.0 + longest)
    with pytest.raises(BenchTrouble, match=r"a.py::one has been running for 501 s and was planned for 10 s"):
        overtime.check(101.0 + longest)
    overtime.ends()
    overtime.check(1e9)


SCENARIO = """
from hil.running import overtime
from hil.running.marking import requirement

overtime.FACTOR, overtime.GRACE = 1.0, 20.0

@requirement("COM-01", fixed=1.0)
def test_that_hangs(bench):
    bench.clock.sleep(3600.0)
"""


def test_a_run_that_hangs_ends_as_bench_trouble_with_everything_off(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(SCENARIO, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", str(tmp_path / "test_hanging.py"), f"--rootdir={ROOT}", "--no-reports"]
    command += [f"--confcutdir={tmp_path}", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    command += [f"--bench={ROOT / 'benches/virtual.toml'}", f"--runs={tmp_path / 'runs'}", "-p", "hil.running.plugin"]
    environment = {**os.environ, "APIS_HIL_STATE": str(tmp_path / "state"), "COLUMNS": "400"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "and was planned for 1 s: it waits for something that does not come" in done.stdout
    assert "Safe state measured: every output off" in done.stdout
