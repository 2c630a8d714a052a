"""A run folder being written, with what it needs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil.evidence.folder import RunFolder
from hil.evidence.manifest import Bench, Dut, Harness, Manifest
from hil.verdict import Catalogue

START = datetime(2026, 11, 2, 20, 15, tzinfo=UTC)


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        harness=Harness(version="0.1.0"),
        bench=Bench(name="hall-3", mode="hardware", virtual=False),
        dut=Dut(model="EP-2500", serial="SN 42/A"),
        profile="nightly",
        decision_rule="simple",
        start=START,
    )


@pytest.fixture
def folder(tmp_path: Path, manifest: Manifest) -> RunFolder:
    made = RunFolder.create(tmp_path / "runs", manifest.dut.serial, START)
    made.begin(manifest, Catalogue.load())
    return made
