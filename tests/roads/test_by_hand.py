"""A supply and a meter that a person operates, on a virtual bench in real time: a check, and a run that is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.roads.person import PersonAtTerminal, hand_bench, resources
from tests.roads.trial import ROOT, TOUCH_SAFE, ServedBench, served_bench_file

DRIVER = "[virtual.driver]\n"


@pytest.fixture(name="served")
def _served(tmp_path: Path) -> Iterator[ServedBench]:
    file = served_bench_file(tmp_path)
    text = file.read_text()
    assert DRIVER in text
    file.write_text(text.replace(DRIVER, f"{DRIVER}dcdc_pause = 0.0\n"))  # a check asks the driver again and again
    served = ServedBench(file)
    yield served
    served.end()


def at_rest(served: ServedBench) -> bool:
    truth = served.truth()
    off = not any(value for key, value in truth.items() if key.endswith(".on"))
    return off and abs(truth["grid_voltage"]) < TOUCH_SAFE


def test_a_check_with_a_meter_that_a_person_reads(served: ServedBench, tmp_path: Path) -> None:
    bench = hand_bench(tmp_path, served, ("grid_voltmeter",), {"grid_voltmeter": "meter"})
    state = {"APIS_HIL_STATE": str(tmp_path / "state")}
    person = PersonAtTerminal(["check", f"--bench={bench}"], state, resources(served))
    assert person.status() == 0, person.shown
    assert "Ready." in person.shown
    assert any("read 'Voltage in V'" in question for question in person.questions)
    assert "the meter shows" in person.shown
    assert at_rest(served)


def test_a_run_with_a_supply_that_a_person_switches_ends_safe_on_a_signal(served: ServedBench, tmp_path: Path) -> None:
    bench = hand_bench(tmp_path, served, ("grid_source",), {"grid_source": "supply"})
    state = {"APIS_HIL_STATE": str(tmp_path / "state")}
    arguments = ["run", f"--bench={bench}", "-m", "COM-04", "--no-reports", f"--runs={tmp_path / 'runs'}"]
    person = PersonAtTerminal(arguments, state, resources(served))

    def stop_once_it_is_live(question: str) -> None:
        if question.endswith("'Output ON'"):
            assert served.truth()["grid_voltage"] > 0.0
            os.kill(person.pid, signal.SIGTERM)

    person.then = stop_once_it_is_live
    assert person.status() == 2, person.shown
    assert person.questions[-1] == "SWITCH grid_source OFF NOW"
    assert "Safe state measured: every output off" in person.shown
    assert at_rest(served)


@pytest.mark.parametrize("command", ["check", "run"])
def test_without_a_terminal_nothing_is_energised(served: ServedBench, tmp_path: Path, command: str) -> None:
    bench = hand_bench(tmp_path, served, ("grid_source",), {"grid_source": "supply"})
    arguments = [sys.executable, "-m", "hil.cli.main", command, f"--bench={bench}"]
    arguments += [] if command == "check" else ["-m", "COM-04", "--no-reports", f"--runs={tmp_path / 'runs'}"]
    environment = {**os.environ, "APIS_HIL_STATE": str(tmp_path / "state"), "COLUMNS": "400"}
    done = subprocess.run(
        arguments, cwd=ROOT, env=environment, capture_output=True, text=True, start_new_session=True, check=False
    )
    assert done.returncode == 2
    assert "no terminal" in done.stdout + done.stderr
    assert at_rest(served)
