"""The guard process on a virtual bench in real time: it alone stands between a dead test process and a live bench."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hil.safety.lock import IN_USE, SAFE, BenchLock
from tests.roads.trial import ROOT, ServedBench, served_bench_file

READY = b"ready\n"
OFF_BOUND = 1.5
"""Seconds; 1 s is promised where nothing else runs on the machine, and a question has 2 s to be answered."""


class Energised:
    """A grid source that somebody has left on at 350 V, and a guard that was started by a process of ours.

    killed: kill that process. stdin, stdout: of the guard.
    """

    def __init__(self, folder: Path, served: ServedBench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("APIS_HIL_STATE", str(folder / "state"))
        self.folder, self.served = folder, served
        self.addresses = self.served.ask({"addresses": True})
        self.lock = BenchLock("virtual-test")
        self.owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self.lock.say(IN_USE, "a test")
        self._energise()
        self.guard = subprocess.Popen(
            [sys.executable, "-m", "hil.guard"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        self._order()

    def switch_on(self, name: str, volts: float) -> None:
        _, host, port, _ = self.addresses["instruments"][name].split("::")
        with socket.create_connection((host, int(port))) as wire:
            wire.sendall(f"VOLT {volts}\nCURR 3\nOUTP ON\nOUTP?\n".encode())
            assert wire.recv(10).strip() == b"1"

    def _energise(self) -> None:
        self.switch_on("grid_source", 350.0)
        end = time.monotonic() + 10.0
        while self.served.truth()["grid_voltage"] < 349.0:
            assert time.monotonic() < end
            time.sleep(0.01)

    def _order(self) -> None:
        order = {
            "bench": str(self.served.file),
            "policy": str(ROOT / "duts/policy.json"),
            "hwconfig": str(ROOT / "duts/hwConfig.json"),
            "addresses": self.addresses,
            "identity": "virtual-test",
            "passing": False,
            "freeze_s": 0.5,
            "time_wire": None,
            "report": str(self.folder / "guard.json"),
            "pid": self.owner.pid,
        }
        self.say(json.dumps(order))
        assert self.guard.stdout is not None
        assert self.guard.stdout.readline() == READY

    def say(self, word: str) -> None:
        assert self.guard.stdin is not None
        self.guard.stdin.write(word.encode() + b"\n")
        self.guard.stdin.flush()

    def hang_up(self) -> None:
        assert self.guard.stdin is not None
        self.guard.stdin.close()

    def report(self) -> dict[str, Any]:
        self.guard.wait(60.0)
        words: dict[str, Any] = json.loads((self.folder / "guard.json").read_text())
        return words

    def on_for(self, names: tuple[str, ...]) -> dict[str, float]:
        """Hang up; return for how many seconds each of these was still on, as the plant has it."""
        began, off = time.monotonic(), dict.fromkeys(names, float("inf"))
        self.hang_up()
        while float("inf") in off.values() and time.monotonic() - began < 10.0:
            truth = self.served.truth()
            for name in names:
                if not truth[f"{name}.on"]:
                    off[name] = min(off[name], time.monotonic() - began)
            time.sleep(0.005)
        return off

    def is_on(self) -> bool:
        return bool(self.served.truth()["grid_source.on"])

    def end(self) -> None:
        for process in (self.owner, self.guard):
            process.kill()
            process.wait()


@pytest.fixture(name="served", scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBench]:
    served = ServedBench(served_bench_file(tmp_path_factory.mktemp("served")))
    yield served
    served.end()


@pytest.fixture(name="energised")
def _energised(tmp_path: Path, served: ServedBench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Energised]:
    made = Energised(tmp_path, served, monkeypatch)
    yield made
    made.end()


def test_the_end_of_the_pipe_switches_off(energised: Energised) -> None:
    energised.hang_up()
    report = energised.report()
    assert report["proven"]
    assert report["reason"] == "the test process is gone"
    assert not energised.is_on()
    assert abs(energised.served.truth()["grid_voltage"]) < 60.0
    assert energised.owner.wait(1.0) == -9
    assert energised.lock.read().state == SAFE


@pytest.mark.parametrize("mute", [("battery",), ("battery", "grid_source", "grid_load")])
def test_instruments_that_answer_nothing_are_off_as_soon_as_the_others(
    energised: Energised, mute: tuple[str, ...]
) -> None:
    """Nothing is known of them then, so the guard goes on until they answer again."""
    energised.switch_on("battery", 52.0)
    for name in mute:
        energised.served.lay(name, "silent", True)
    try:
        off = energised.on_for(("battery", "grid_source"))
    finally:
        for name in mute:
            energised.served.lay(name, "silent", False)
    assert max(off.values()) < OFF_BOUND, off
    assert energised.report()["proven"]


def test_silence_switches_off_and_kills_what_is_silent(energised: Energised) -> None:
    report = energised.report()
    assert "silent for 0.5 s" in report["reason"]
    assert energised.owner.wait(1.0) == -9
    assert not energised.is_on()


def test_a_heartbeat_keeps_the_guard_still_and_disarming_ends_it(energised: Energised) -> None:
    for _ in range(20):
        energised.say(".")
        time.sleep(0.05)
    energised.say("disarm")
    assert energised.guard.wait(10.0) == 0
    assert energised.is_on()
    assert energised.owner.poll() is None
    assert not (energised.folder / "guard.json").exists()


def test_asked_for_help_it_reports_and_spares_the_one_who_asks(energised: Energised) -> None:
    energised.say("act")
    assert energised.guard.stdout is not None
    report = json.loads(energised.guard.stdout.readline())
    assert report["proven"]
    assert not energised.is_on()
    assert energised.owner.poll() is None


def test_a_request_to_stop_is_passed_on_and_then_enforced(energised: Energised) -> None:
    """The owner of this test dies of SIGTERM without making anything safe."""
    energised.lock.request_stop("a test")
    end = time.monotonic() + 10.0
    while energised.owner.poll() is None and time.monotonic() < end:
        energised.say(".")
        time.sleep(0.02)
    energised.hang_up()
    assert energised.owner.returncode == -15
    assert energised.report()["proven"]


def test_a_bench_that_is_in_other_hands_is_left_alone(energised: Energised) -> None:
    """A run that came in the meantime has proven the bench safe itself; the guard of the dead must not touch it."""
    with BenchLock("virtual-test"):
        energised.hang_up()
        assert energised.guard.wait(20.0) == 0
        assert energised.is_on()


def test_files_that_cannot_be_written_keep_the_guard_from_nothing(energised: Energised) -> None:
    state = energised.folder / "state"
    state.rename(energised.folder / "gone")
    state.write_text("no folder", encoding="utf-8")
    energised.hang_up()
    report = energised.report()
    assert report["proven"]
    assert not energised.is_on()


def test_the_guard_ignores_the_signals_that_end_a_run(energised: Energised) -> None:
    for number in (1, 2, 15):
        os.kill(energised.guard.pid, number)
    energised.hang_up()
    assert energised.report()["proven"]
