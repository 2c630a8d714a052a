"""A message that raises leaves nothing on, whichever it is; `python -m benchmarks.faults` tries every one."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.bench.files import Files
from tests.safety.faults import AFTER, BEFORE, Trial, drive, read_bench


@pytest.fixture(name="read", scope="module")
def _read() -> Files:
    return read_bench()


@pytest.fixture(name="healthy", scope="module")
def _healthy(read: Files, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APIS_HIL_STATE", str(tmp_path_factory.mktemp("state")))
        return drive(read, 0, BEFORE)


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize(
    ("message", "last"),
    [
        ("grid_source: *IDN?", False),
        ("battery: VOLT:PROT", False),
        ("battery: OUTP ON", False),
        ("grid_source: OUTP ON", False),
        ("battery: OUTP OFF", True),
        ("grid_source: OUTP OFF", True),
        ("grid_load: INP OFF", True),
    ],
)
def test_a_message_that_raises_leaves_nothing_on(
    read: Files, healthy: Trial, message: str, last: bool, when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APIS_HIL_STATE", str(tmp_path))
    numbers = [number for number, sent in enumerate(healthy.messages, 1) if sent.startswith(message)]
    assert numbers, healthy.messages
    trial = drive(read, numbers[-1 if last else 0], when)
    assert trial.messages[trial.number - 1].startswith(message)
    assert trial.faults == "", trial
