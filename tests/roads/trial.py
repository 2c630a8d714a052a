"""One trial: a virtual bench in real time, a run on it that is led down a road, and a look at the plant meanwhile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
TOUCH_SAFE = 60.0
LOOK = 0.01
START_BOUND, SAFE_BOUND, END_BOUND = 90.0, 10.0, 60.0
UNSAID_BOUND = 3.0
"""Seconds in which somebody would have said how the bench was left, where nobody may be left to say it."""
ATTEMPTS = 3


class NeverEnergised(Exception):
    """The run ended before the road began, so nothing was tried."""


class ServedBench:
    """A virtual bench in real time, and the plant behind it, read through the time wire."""

    def __init__(self, bench: Path) -> None:
        self.file = bench
        command = [sys.executable, "-m", "hil.virtual", str(bench), "--announce", "--speed=realtime"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, start_new_session=True)
        assert self._process.stdout is not None
        self.port = int(json.loads(self._process.stdout.readline())["time"])
        self._wire = socket.create_connection(("127.0.0.1", self.port))
        self._lines = self._wire.makefile("rb")

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self._wire.sendall(json.dumps(request).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._lines.readline())
        assert "error" not in answer, answer
        return answer

    def truth(self) -> dict[str, float]:
        truth: dict[str, float] = self.ask({"truth": True})["truth"]
        return truth

    def lay(self, target: str, field: str, value: object) -> None:
        self.ask({"set": {"target": target, "field": field, "value": value}})

    def now(self) -> float:
        return float(self.ask({"truth": True})["now"])

    def end(self) -> None:
        self._wire.close()
        self._process.terminate()
        self._process.communicate()


@dataclass
class Trial:
    """A run that has both sides energised.

    pid: the test process; guard: its guard; bench: what it runs on; command: one that was given.
    """

    pid: int
    guard: int
    bench: ServedBench
    bench_file: Path
    environment: dict[str, str]
    command: subprocess.Popen[bytes] | None = None

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def signal_group(self, number: int) -> None:
        os.killpg(self.pid, number)

    def kill_guard(self) -> None:
        os.kill(self.guard, signal.SIGKILL)

    def kill_guards(self) -> None:
        """Kill the guard and its deputy; wait until neither is left."""
        while guards := _guards_in(self.environment):
            for guard in guards:
                guard.kill()


@dataclass(frozen=True)
class Road:
    """A way out. event: what happens to the run once both sides are energised; the scenario itself does the rest.

    afterwards: what is done once the plant has been watched. bound: seconds from the event in which all must be off
    and below touch-safe. statuses: exit statuses that are right. left: what may be known of the bench afterwards.
    stays: what may stay on at 0 V, because nobody is left to switch it off and it has no watchdog.
    """

    name: str
    event: Callable[[Trial], None] | None = None
    afterwards: Callable[[Trial], None] | None = None
    bound: float = 1.0
    statuses: tuple[int, ...] = (2,)
    arguments: tuple[str, ...] = ()
    watchdogs: bool = False
    left: tuple[str, ...] = ("safe",)
    stays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What was read on the plant, in seconds from the event: None means never within the bound of the trial.

    on_at_end: stages still on when everything of ours had ended. highest: highest terminal voltage then, V.
    left: what is then known of the bench. output: what the run has printed.
    """

    sources_off: float | None
    safe: float | None
    on_at_end: tuple[str, ...]
    highest: float
    status: int
    left: str
    output: str

    def faults(self, road: Road) -> list[str]:
        """Return what is not as `road` promises, as sentences."""
        said = []
        if self.safe is None or self.safe > road.bound:
            took = "never" if self.safe is None else f"after {self.safe:.2f} s"
            said.append(f"safe {took}, promised within {road.bound:g} s")
        if set(self.on_at_end) - set(road.stays) or self.highest >= TOUCH_SAFE:
            said.append(f"at the end {', '.join(self.on_at_end) or 'nothing'} on, {self.highest:.0f} V")
        if self.status not in road.statuses:
            said.append(f"exit status {self.status}")
        if self.left not in road.left:
            said.append(f"the bench is left {self.left!r}")
        return said


def drive(road: Road) -> Seen:
    """Lead one run down `road`; again when it never got as far as being energised, on a machine that is too busy."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _attempt(road)
        except NeverEnergised:
            continue
    return _attempt(road)


def _attempt(road: Road) -> Seen:
    with tempfile.TemporaryDirectory(prefix="road") as name:
        folder = Path(name)
        bench_file = served_bench_file(folder, road.watchdogs)
        bench = ServedBench(bench_file)
        try:
            return _drive(road, folder, bench_file, bench)
        finally:
            bench.end()


def _drive(road: Road, folder: Path, bench_file: Path, bench: ServedBench) -> Seen:
    mark = folder / "mark"
    environment = {**os.environ, "ROAD": road.name, "MARK": str(mark), "APIS_HIL_STATE": str(folder / "state")}
    command = [
        *(sys.executable, "-m", "pytest", str(ROOT / "tests/roads/scenario.py"), f"--rootdir={ROOT}", "-q"),
        *("-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
        "--no-reports",
        *(f"--bench={bench_file}", f"--attach=127.0.0.1:{bench.port}", f"--runs={folder / 'runs'}"),
        *road.arguments,
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        began = _await_mark(mark, process)
        trial = Trial(process.pid, _guard_of(process.pid), bench, bench_file, environment)
        if road.event is not None:
            _require_energised(bench)
            began = time.monotonic()
            road.event(trial)
        sources_off, safe = _watch(bench, began)
        if road.afterwards is not None:
            road.afterwards(trial)
        status = process.wait(END_BOUND)
        left = _await_guard(folder, UNSAID_BOUND if "in use" in road.left else END_BOUND)
    except BaseException as error:
        error.add_note(_ended(process))
        raise
    text = _ended(process)
    truth = bench.truth()
    on = tuple(sorted(key.removesuffix(".on") for key, value in truth.items() if key.endswith(".on") and value))
    highest = max(abs(truth["battery_voltage"]), abs(truth["grid_voltage"]))
    return Seen(sources_off, safe, on, highest, status, left, text)


def _ended(process: subprocess.Popen[bytes]) -> str:
    """End the run if it has not, with its whole group; return what it has printed."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.communicate()[0].decode(errors="replace")


def _watch(bench: ServedBench, began: float) -> tuple[float | None, float | None]:
    """Look at the plant until everything is off and below touch-safe; return when the sources were, when all was."""
    sources_off: float | None = None
    while (passed := time.monotonic() - began) < SAFE_BOUND:
        truth = bench.truth()
        if truth["battery.on"] or truth["grid_source.on"]:
            sources_off = None
        elif sources_off is None:
            sources_off = passed
        if sources_off is not None and abs(truth["grid_voltage"]) < TOUCH_SAFE > abs(truth["battery_voltage"]):
            return sources_off, passed
        time.sleep(LOOK)
    return sources_off, None


def _require_energised(bench: ServedBench) -> None:
    truth = bench.truth()
    if truth["battery_voltage"] < 40.0 or truth["grid_voltage"] < 300.0:
        raise NeverEnergised(f"the road was to begin with both sides energised, but the plant shows {truth}")


def _await_mark(mark: Path, process: subprocess.Popen[bytes]) -> float:
    end = time.monotonic() + START_BOUND
    while not mark.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise NeverEnergised("the run was never energised")
        time.sleep(LOOK)
    return float(mark.read_text())


def _guard_of(pid: int) -> int:
    """Return the process id of the guard of the test process `pid`; 0 when that is gone already."""
    try:
        return next(child.pid for child in psutil.Process(pid).children() if "hil.guard" in child.cmdline())
    except (psutil.Error, StopIteration):
        return 0


def _guards_in(environment: dict[str, str]) -> list[psutil.Process]:
    """Return the guard and the deputy of the run that has this environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if "hil.guard" in process.cmdline() and process.environ().get("MARK") == environment["MARK"]:
                found.append(process)
        except psutil.Error:
            continue
    return found


def _await_guard(folder: Path, bound: float) -> str:
    """Wait until the bench says of itself that it is in use no longer; return what it says."""
    end = time.monotonic() + bound
    while time.monotonic() < end:
        states = [json.loads(path.read_text())["state"] for path in (folder / "state").glob("*.json")]
        if states and "in use" not in states:
            return str(states[0])
        time.sleep(LOOK)
    return "in use"


def served_bench_file(folder: Path, watchdogs: bool = False) -> Path:
    """Write the virtual bench as a file of its own, as fast as hardware; with supplies that have a watchdog."""
    text = (ROOT / "benches/virtual.toml").read_text()
    plant = (ROOT / "benches/plants/eza2500_48v_350v.toml").read_text()
    text = text.replace('"../duts/', f'"{ROOT}/duts/').replace('"plants/eza2500_48v_350v.toml"', '"plant.toml"')
    for slow, fast in (
        ("freeze_s = 5.0", "freeze_s = 0.5"),
        ("period_s = 1.0", "period_s = 0.2"),
        ("stale_s = 5.0", ""),
        ("unanswered_s = 2.0", ""),
    ):
        assert slow in text
        text = text.replace(slow, fast)
    text = text.replace("[emulator]\n", "[emulator]\nbehind_factor = 20.0\n")  # other programs share the machine
    if watchdogs:
        text = text.replace('kind = "supply"', 'kind = "bidirectional"', 1)
        text = text.replace('"virtual:grid_source"\n', '"virtual:grid_source"\nallow_unverified = true\n')
        text = text.replace('dialect = "scpi1999"', 'dialect = "keysight-rp7900"', 2)
        for personality in ("scpi1999-bidirectional", "scpi1999-supply"):
            text = text.replace(f'"{personality}"', '"keysight-rp7900"')
        plant = plant.replace('kind = "supply"', 'kind = "bidirectional"', 1)
    (folder / "plant.toml").write_text(booting_soon(plant))
    path = folder / "bench.toml"
    path.write_text(text)
    return path


def booting_soon(plant: str) -> str:
    """Return the plant with a converter that does not keep a test waiting."""
    boots_in = "boot_time = 6.0"
    assert boots_in in plant
    return plant.replace(boots_in, "boot_time = 1.0")
