"""The manifest at the start of a run on the embedded bench."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil.bench.files import read
from hil.evidence.describe import describe
from hil.evidence.manifest import Manifest
from hil.verdict import Rule
from instruments.kinds import Identity


@pytest.fixture
def manifest() -> Manifest:
    files = read(Path(__file__).parents[2] / "benches" / "virtual.toml")
    identity = Identity("ACME", "PS", "77", "1.0", "ACME,PS,77,1.0")
    return describe(
        files, {"battery": identity}, profile="smoke", rule=Rule.SIMPLE, start=datetime(2026, 1, 1, tzinfo=UTC)
    )


def test_a_virtual_bench_is_said_to_be_one(manifest: Manifest) -> None:
    assert manifest.bench.virtual
    assert manifest.bench.mode == "stepped"
    assert all(item.simulated for item in manifest.instruments)


def test_instruments_carry_roles_identity_and_accuracy(manifest: Manifest) -> None:
    battery = next(item for item in manifest.instruments if item.name == "battery")
    assert battery.roles == ["battery source", "battery sink"]
    assert (battery.maker, battery.serial) == ("ACME", "77")
    assert battery.accuracy["voltage"] == "0.05 % of reading + 0.01 V"


def test_client_files_are_kept_whole(manifest: Manifest) -> None:
    assert manifest.policy is not None
    assert len(manifest.policy.sha256) == 64
    assert manifest.policy.content


def test_the_manifest_survives_its_own_text(manifest: Manifest) -> None:
    assert Manifest.model_validate_json(manifest.text()) == manifest


def test_versions_name_what_took_part(manifest: Manifest) -> None:
    assert {"pytest", "pyvisa"} <= set(manifest.versions.packages)
