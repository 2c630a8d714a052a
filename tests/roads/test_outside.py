"""Roads out on a bench of other people's instruments, watched at their outputs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.safety.lock import SAFE, BenchLock
from tests.roads.outside import ROOT, Habits, Instrument, OutsideBench

START_BOUND, OFF_BOUND, END_BOUND = 90.0, 3.0, 60.0
"""Seconds. OFF_BOUND is 1 s where nothing else runs on the machine."""


def silent_once_off(instrument: Instrument) -> bool:
    """It answers nothing for some seconds after it has been switched off."""
    return bool(instrument.switched) and not instrument.on and time.monotonic() - instrument.switched[-1][0] < 4.0


def silent_while_on(instrument: Instrument) -> bool:
    """It answers nothing once both sides have been on for a while, and again as soon as it is off."""
    return instrument.name == "grid_source" and instrument.on and time.monotonic() - instrument.switched[-1][0] > 2.0


CASES: dict[str, tuple[Habits, float, Callable[[int], None] | None]] = {
    "one session at a time, SIGKILL of the group": (
        Habits(single=True),
        0.0,
        lambda pid: os.killpg(pid, signal.SIGKILL),
    ),
    "silent sockets are closed, SIGTERM": (Habits(idle=0.6), 0.0, lambda pid: os.kill(pid, signal.SIGTERM)),
    "silent once off, Ctrl-C": (Habits(mute=silent_once_off), 0.0, lambda pid: os.kill(pid, signal.SIGINT)),
    "takes its time to come down, SIGKILL": (Habits(), 2.0, lambda pid: os.kill(pid, signal.SIGKILL)),
    "hangs by itself": (Habits(mute=silent_while_on), 0.0, None),
}


@pytest.mark.parametrize("case", CASES)
def test_an_outside_bench_is_switched_off(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    habits, ramp, event = CASES[case]
    monkeypatch.setenv("APIS_HIL_STATE", str(tmp_path / "state"))
    outside = OutsideBench(habits, ramp)
    command = [
        *(sys.executable, "-m", "pytest", str(ROOT / "tests/roads/outside_scenario.py"), f"--rootdir={ROOT}", "-q"),
        *("-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
        "--no-reports",
        *(f"--bench={outside.write_file(tmp_path)}", f"--runs={tmp_path / 'runs'}"),
    ]
    environment = {**os.environ, "MARK": str(tmp_path / "mark")}
    output = (tmp_path / "output").open("w")
    run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        _await(lambda: (tmp_path / "mark").exists() or run.poll() is not None, START_BOUND)
        assert outside.battery.on, (tmp_path / "output").read_text()
        assert outside.source.on
        began = time.monotonic()
        if event is not None:
            event(run.pid)
        bound = OFF_BOUND if event is not None else 2.0 + 2 * OFF_BOUND
        assert _await(lambda: not any(each.on for each in outside.instruments), bound), outside.source.lines[-20:]
        off = max(each.switched[-1][0] for each in outside.instruments if each.sources) - began
        assert off < bound
        run.wait(END_BOUND)
        assert _await(lambda: BenchLock("outside").read().state == SAFE, END_BOUND), BenchLock("outside").read()
        assert not any(each.on for each in outside.instruments)
        assert outside.source.node.now() < 60.0
        print(f"{case}: sources off after {off:.2f} s")
    finally:
        run.kill()
        outside.close()


def _await(condition: Callable[[], bool], bound: float) -> bool:
    end = time.monotonic() + bound
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
