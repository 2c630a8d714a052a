"""The main roads out, once each; `make roads` drives all of them five times."""

from __future__ import annotations

import pytest

from tests.roads.roads import ROADS
from tests.roads.trial import drive

MAIN = ("exception in a teardown", "Ctrl-C twice", "SIGTERM", "SIGKILL of the process group", "SIGSTOP (frozen)")
SLACK = 3.0
"""The bound is multiplied by this here, where other tests may keep the machine busy; the matrix holds it as it is."""


@pytest.mark.parametrize("name", MAIN)
def test_the_bench_is_safe_whichever_way_a_run_is_left(name: str) -> None:
    road = next(road for road in ROADS if road.name == name)
    seen = drive(road)
    assert seen.safe is not None, seen.output
    assert seen.safe < SLACK * road.bound, seen.output
    assert [fault for fault in seen.faults(road) if "promised within" not in fault] == [], seen.output
