"""Wires that are exchanged or off: `hil check` names each at touch-safe voltage, and a run ends as bench trouble."""

from __future__ import annotations

import datetime
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hil.bench import files, opening
from hil.bench.bench import Bench
from hil.bench.files import Files
from hil.bench.opening import Opening, open_bench
from hil.bench.virtual_process import VirtualBenchProcess, VirtualOptions
from hil.checking import Grade, check, check_bench
from hil.converter import Answer, Converter
from hil.errors import BenchTrouble
from hil.running.planning import Plan

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime.date(2026, 1, 1)
PLAN = Plan({}, {}, 5.0, 58.0, 20.0, 1000.0, 100.0)
VOLTAGES = ["battery_voltage", "grid_voltage", "battery.voltage", "grid_source.voltage", "grid_load.voltage"]
CAUSES = {
    "battery-leads-reversed": ("battery", "shows 0.8 V and 2.0", "Reversed"),
    "battery-sense-open": ("battery", "switched itself off", "sense leads"),
    "battery-sense-reversed": ("battery", "switched itself off", "sense leads"),
    "grid-source-leads-reversed": ("grid_source", "V and 0.5 A it shows 0.", "Reversed"),
    "grid-load-leads-reversed": ("grid_source", "V and 0.5 A it shows 0.", "a load with reversed leads"),
    "grid-source-on-battery": ("grid_source", "shows 52.0 V", "wired to the other side"),
    "grid-voltmeter-leads-reversed": ("grid_voltmeter", "the meter shows -24.0", "reversed"),
    "grid-voltmeter-lead-off": ("grid_voltmeter", "the meter shows 0.0", "not connected"),
    "grid-voltmeter-on-battery": ("grid_voltmeter", "the meter shows 52.0", "another terminal"),
}


@pytest.fixture(name="read", scope="module")
def _read() -> Files:
    return files.read(ROOT / "benches/virtual.toml")


class Truth:
    """The highest voltage anywhere on the virtual bench while a bench was open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
        monkeypatch.setenv("APIS_HIL_STATE", str(state))
        monkeypatch.setattr(opening, "reach", self._reach)
        monkeypatch.setattr(check, "open_bench", self.open)
        self.highest = 0.0
        self._port = 0

    def _reach(self, *arguments: Any) -> Any:
        process = VirtualBenchProcess(*arguments)
        self._port = int(process.addresses["time"])
        return process

    @contextmanager
    def open(self, read: Files, how: Opening) -> Iterator[Bench]:
        with open_bench(read, how) as bench, socket.create_connection(("127.0.0.1", self._port)) as wire:
            lines = wire.makefile("rb")

            def ask(request: dict[str, Any]) -> dict[str, Any]:
                wire.sendall(json.dumps(request).encode() + b"\n")
                answer: dict[str, Any] = json.loads(lines.readline())
                return answer

            ask({"record": VOLTAGES})
            yield bench
            recorded = ask({"recorded": True})["recorded"]
            self.highest = max(abs(volts) for name in VOLTAGES for volts in recorded[name])


@pytest.mark.parametrize("wire", CAUSES)
def test_a_check_names_the_wire_and_touches_nothing_dangerous(
    wire: str, read: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    truth = Truth(monkeypatch, tmp_path)
    found = [each for each in check_bench(read, PLAN, VirtualOptions((wire,)), TODAY) if each.grade is Grade.PROBLEM]
    part, shown, cause = CAUSES[wire]
    assert [each.part for each in found] == [part]
    assert shown in found[0].sentence
    assert cause in found[0].sentence
    assert 20.0 < truth.highest < read.bench.limits.touch_safe_v or wire == "battery-leads-reversed"


def test_a_check_asks_the_unit_what_apis_main_asks_and_nothing_else(
    read: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APIS_HIL_STATE", str(tmp_path))
    asked: set[str] = set()

    def call(self: Converter, path: str, timeout: float | None = None) -> Answer[str]:
        asked.add(path.partition("?")[0])
        return answer(self, path, timeout)

    answer = Converter.call
    monkeypatch.setattr(Converter, "call", call)
    found = list(check_bench(read, PLAN, VirtualOptions(), TODAY))
    assert [each for each in found if each.grade is Grade.PROBLEM] == []
    assert asked == {"/version/get", "/all/get", "/dcdc/get/status", "/dcdc/set"}
    found = list(check_bench(read, PLAN, VirtualOptions(("all-data-trailing-comma",)), TODAY))
    (problem,) = [each for each in found if each.grade is Grade.PROBLEM]
    assert problem.part == "driver"
    assert "No usable answer to /all/get" in problem.sentence
    assert "The BMS was asked" in problem.sentence


@pytest.mark.parametrize("wire", ["battery-sense-open", "battery-sense-reversed"])
def test_a_run_lifts_a_battery_without_sense_no_higher_than_may_be_touched(
    wire: str, read: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    truth = Truth(monkeypatch, tmp_path)
    with truth.open(read, Opening(VirtualOptions((wire,)))) as bench:
        with pytest.raises(BenchTrouble, match="Look at its sense leads"):
            bench.arm()
        report = bench.make_safe()
        assert report is not None
        assert report.proven, report.summary
    assert 50.0 < truth.highest < read.bench.limits.touch_safe_v


def test_a_battery_load_on_other_terminals_is_named_by_check_and_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (ROOT / "benches/virtual-pair.toml").read_text(encoding="utf-8").replace('"../duts/', f'"{ROOT}/duts/')
    text = text.replace('"plants/', f'"{ROOT}/benches/plants/')
    head, table, rest = text.partition('[virtual.stages.load]\nside = "battery"')
    assert table
    (tmp_path / "bench.toml").write_text(f'{head}[virtual.stages.load]\nside = "grid"{rest}', encoding="utf-8")
    read = files.read(tmp_path / "bench.toml")
    monkeypatch.setenv("APIS_HIL_STATE", str(tmp_path))
    found = [each for each in check_bench(read, PLAN, VirtualOptions(), TODAY) if each.grade is Grade.PROBLEM]
    assert [each.part for each in found] == ["load"]
    assert "the load shows 0.0" in found[0].sentence
    assert "not connected" in found[0].sentence
    with open_bench(read, Opening()) as bench, pytest.raises(BenchTrouble, match="lead of 'load' is off, or a fuse"):
        bench.arm()


def test_a_run_lifts_a_grid_without_sense_no_higher_than_may_be_touched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (ROOT / "benches/virtual.toml").read_text(encoding="utf-8").replace('"../duts/', f'"{ROOT}/duts/')
    plant = (ROOT / "benches/plants/eza2500_48v_350v.toml").read_text(encoding="utf-8")
    head, table, rest = plant.partition("[stages.grid_source]\n")
    assert table
    (tmp_path / "plants").mkdir()
    changed = f'{head}{table}wiring = "sense open"\n{rest}'
    (tmp_path / "plants/eza2500_48v_350v.toml").write_text(changed, encoding="utf-8")
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    truth = Truth(monkeypatch, tmp_path)
    read = files.read(tmp_path / "bench.toml")
    with truth.open(read, Opening()) as bench:
        bench.arm()
        with pytest.raises(BenchTrouble, match="sense leads"):
            bench.grid.stiff(350.0)
        report = bench.make_safe()
        assert report is not None
        assert report.proven, report.summary
    assert 30.0 < truth.highest < read.bench.limits.touch_safe_v


@pytest.mark.parametrize(
    ("wire", "requirement", "sentence"),
    [
        ("battery-leads-reversed", "COM-04", "'battery' shows 0.81 V and 2.00 A. It is on. Look at its power leads"),
        ("grid-voltmeter-leads-reversed", "COM-04", "to be held at 30 V, but -29."),
        ("grid-ammeter-leads-reversed", "COM-08", "'grid_ammeter' measures -1.0"),
    ],
)
def test_a_run_ends_as_bench_trouble(wire: str, requirement: str, sentence: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hil.cli.main", "run", f"--defect={wire}", "-m", requirement, "--profile=smoke"]
    command += ["--no-reports", f"--runs={tmp_path}"]
    environment = {**os.environ, "APIS_HIL_STATE": str(tmp_path / "state"), "COLUMNS": "400"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stdout
    assert f"{requirement} bench trouble:" in done.stdout
    assert sentence in done.stdout
