"""How `make test` spreads the tests over the processors of this computer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REAL_TIME = ("battery", "bench", "converter", "instruments", "outside", "roads", "safety")
"""Folders whose tests wait, and hold bounds, in real time. One worker runs them, one after the other."""
YIELDING = 5
"""Nice value of the workers that run the others, so that what is held in real time finds a processor at once."""


def pytest_itemcollected(item: pytest.Item) -> None:
    if _in_real_time(item):
        item.add_marker(pytest.mark.xdist_group("real time"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    spread = hasattr(item.config, "workerinput")
    if spread and not _in_real_time(item) and os.nice(0) < YIELDING:
        os.nice(YIELDING - os.nice(0))


def _in_real_time(item: pytest.Item) -> bool:
    return item.path.relative_to(HERE).parts[0] in REAL_TIME
