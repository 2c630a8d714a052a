"""A run in stepped time and its virtual bench share a processor; what works beside them does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil import processors
from hil.bench import files
from hil.bench.opening import Opening, open_bench
from hil.bench.virtual_process import VirtualBenchProcess, VirtualOptions

BENCH_FILE = Path(__file__).parents[2] / "benches" / "virtual.toml"

pytestmark = pytest.mark.skipif(
    not processors.CAN_CHOOSE or len(processors.EVERY) < 2, reason="this computer offers no choice of processors"
)


@pytest.fixture
def partner() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()


def test_both_are_on_one_processor_and_the_caller_gets_the_others_back(partner: int) -> None:
    before = os.sched_getaffinity(0)
    with processors.on_one(partner):
        assert len(os.sched_getaffinity(0)) == 1
        assert os.sched_getaffinity(partner) == os.sched_getaffinity(0)
        with processors.on_any():
            assert os.sched_getaffinity(0) == processors.EVERY
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(("speed", "shared"), [("stepped", True), ("realtime", False)])
def test_only_a_run_in_stepped_time_takes_turns(speed: str, shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[VirtualBenchProcess] = []
    begin = VirtualBenchProcess.__init__

    def note(process: VirtualBenchProcess, path: Path, options: VirtualOptions) -> None:
        begin(process, path, options)
        started.append(process)

    monkeypatch.setattr(VirtualBenchProcess, "__init__", note)
    with open_bench(files.read(BENCH_FILE), Opening(VirtualOptions(speed=speed))):
        mine, its = os.sched_getaffinity(0), os.sched_getaffinity(started[0].pid)
    assert (len(mine) == 1 and its == mine) is shared
