"""What the suites hold, found by collecting them without running anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.running.marking import Decides, decides


class Collector:
    """Remembers every test that decides something."""

    def __init__(self) -> None:
        self.tests: dict[str, Decides] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Take note of every collected test."""
        for item in items:
            marked = decides(item)
            if marked is not None:
                self.tests[item.nodeid] = marked


def all_tests(folder: Path) -> dict[str, Decides]:
    """Return what each test in a folder of suites decides, by node id."""
    collector = Collector()
    quiet = ["--collect-only", "-p", "no:terminal", "-o", "addopts=--strict-markers --import-mode=importlib"]
    pytest.main([*quiet, f"--rootdir={folder.parent}", str(folder)], plugins=[collector])
    return collector.tests


def deciding_tests(folder: Path) -> dict[str, list[str]]:
    """Return the node ids of the tests in a folder of suites that decide each requirement."""
    found: dict[str, list[str]] = {}
    for test, marked in all_tests(folder).items():
        for name in marked.requirements:
            found.setdefault(name, []).append(test)
    return found
