"""The command, called in the process of the tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
Hil = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def hil_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hil:
    """Call the command in this process; starting one of its own takes a second."""
    monkeypatch.setenv("APIS_HIL_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(ROOT)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["hil", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return subprocess.CompletedProcess(words, int(ended.value.code or 0), *capsys.readouterr())

    return call
