"""The bench files of this repository are what they should be; reading them opens nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hil.bench import files, limits
from hil.bench.file import Role
from instruments.dialect import load_dialect

BENCHES = sorted((Path(__file__).resolve().parents[2] / "benches").glob("*.toml"))


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.stem)
def test_a_bench_file_is_complete(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("reading a file must open nothing"))
    read = files.read(path)
    assert set(read.bench.roles) == set(Role)
    for name, entry in read.bench.instruments.items():
        assert load_dialect(entry.dialect, entry.kind, 1).title
        assert entry.calibration.due is not None
        assert entry.idn
        allowed = limits.of_instrument(read.bench, read.dut, name)
        assert allowed.power_max <= read.bench.limits.power_w


def test_the_example_of_a_laboratory_is_real() -> None:
    read = files.read(next(path for path in BENCHES if path.stem == "example-lab"))
    assert read.bench.virtual is None
    assert not any(entry.address.startswith("virtual:") for entry in read.bench.instruments.values())
    assert not any(entry.allow_unverified for entry in read.bench.instruments.values())
