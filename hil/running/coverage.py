"""Which tests decide which requirement, found by collecting the suites without running anything."""

from __future__ import annotations

from pathlib import Path

import pytest

import suites
from hil.running.marking import decides


class Collector:
    """Remembers the tests per requirement."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Take note of every collected test."""
        for item in items:
            marked = decides(item)
            for name in marked.requirements if marked is not None else ():
                self.tests.setdefault(name, []).append(item.nodeid)


def deciding_tests() -> dict[str, list[str]]:
    """Return the node ids of the tests that decide each requirement."""
    collector = Collector()
    folder = Path(suites.__file__).parent
    quiet = ["--collect-only", "-p", "no:terminal", "-o", "addopts=--strict-markers --import-mode=importlib"]
    pytest.main([*quiet, f"--rootdir={folder.parent}", str(folder)], plugins=[collector])
    return collector.tests
