"""The commands that need no bench, and the check of one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Hil

ROOT = Path(__file__).resolve().parents[2]


def hil(tmp_path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "APIS_HIL_STATE": str(tmp_path / "state"), "COLUMNS": "200", **environment}
    return subprocess.run(
        [sys.executable, "-m", "hil.cli.main", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )


def test_version(tmp_path: Path) -> None:
    done = hil(tmp_path, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("hil 0.")


def test_virtual_has_its_own_help_and_its_own_status(tmp_path: Path) -> None:
    assert "--list-defects" in hil(tmp_path, "virtual", "--help").stdout
    assert hil(tmp_path, "virtual", "nonsense.toml").returncode == 2


def test_virtual_lists_what_can_be_wrong(tmp_path: Path) -> None:
    done = hil(tmp_path, "virtual", "--list-defects")
    assert done.returncode == 0
    assert "battery-link-lost" in done.stdout
    entries = json.loads(hil(tmp_path, "virtual", "--list-defects", "--json").stdout)
    assert {"name", "kind", "summary", "caught_by"} <= set(entries[0])


def test_plan_says_how_long_and_how_high_and_opens_nothing(tmp_path: Path) -> None:
    done = hil(tmp_path, "run", "--plan", "--profile=qualification", f"--runs={tmp_path / 'runs'}", "-m", "ZVS or CCA")
    assert done.returncode == 0, done.stderr
    assert "ZVS-01" in done.stdout
    assert "COM-01" not in done.stdout
    assert "on the bench; repetitions" in " ".join(done.stdout.split())
    assert "Wh" in done.stdout
    assert not (tmp_path / "runs").exists()


def test_plan_of_plain_pytest(tmp_path: Path) -> None:
    words = [
        "-m",
        "pytest",
        "suites",
        "--bench=benches/virtual.toml",
        "--plan",
        "-m",
        "CCA-01",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    assert "Nothing has been opened or energised." in done.stdout


@pytest.mark.parametrize("bench", ["virtual.toml", "virtual-pair.toml", "virtual-peer.toml"])
def test_a_good_bench_is_ready(tmp_path: Path, bench: str) -> None:
    done = hil(tmp_path, "check", "--bench", f"benches/{bench}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ready." in done.stdout
    assert "Safe state measured" in done.stdout


def test_a_check_says_which_instrument_is_the_wrong_one(tmp_path: Path) -> None:
    done = hil(tmp_path, "check", "--defect=battery-wrong-identity")
    assert done.returncode == 2
    assert "ACME,TOASTER" in done.stdout
    assert "One problem to put right." in done.stdout


def test_reports_of_one_run(tmp_path: Path, hil_here: Hil) -> None:
    runs = tmp_path / "runs"
    for seed in (1, 2):
        done = hil(
            tmp_path, "run", f"--runs={runs}", "-m", "COM-01", "--no-reports", f"--seed={seed}", "--profile=smoke"
        )
        assert done.returncode == 0, done.stdout + done.stderr
    first, second = (str(path) for path in sorted(runs.iterdir()))
    assert hil_here("verify", first).returncode == 0
    assert hil_here("compare", first, second).returncode == 0
    told = hil_here("history", str(runs), "--measurement=COM-01")
    assert told.returncode == 0
    assert Path(first).name in told.stdout
    verdicts = Path(first, "verdicts.csv")
    verdicts.write_text(verdicts.read_text(encoding="utf-8").replace("pass", "fail", 1), encoding="utf-8")
    altered = hil_here("verify", first)
    assert altered.returncode == 1
    assert "verdicts.csv" in altered.stdout


def test_a_served_bench_ends_with_the_command_that_serves_it() -> None:
    command = [sys.executable, "-m", "hil.cli.main", "virtual", "benches/virtual.toml"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        shown = next(line for line in served.stdout if "time wire" in line)
        port = int(shown.partition("127.0.0.1:")[2].split()[0])
        socket.create_connection(("127.0.0.1", port)).close()
        served.terminate()
        assert served.wait(10.0) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def hear_interruptions() -> None:
    """Hear SIGINT even where the tests were started in the background of a shell, which lets it be ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


INTERRUPTING = """
import importlib.abc, os, sys
class Interrupting(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), {number})
sys.meta_path.insert(0, Interrupting())
sys.argv = ["hil", "run"]
from hil.cli.main import main
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["hil.errors", "hil.safety.requests", "typer", "hil.cli.run", "hil.running.plugin"])
def test_an_interruption_while_modules_load_is_one_sentence(tmp_path: Path, module: str, number: int) -> None:
    script = INTERRUPTING.format(module=module, number=int(number))
    ended = subprocess.run(
        [sys.executable, "-c", script],
        preexec_fn=hear_interruptions,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (2, "Interrupted before anything was opened.\n")
