"""The client's files as they follow from measurements: what is kept, what is raised, and where it comes from."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil.client.hwconfig import load_hwconfig
from hil.client.jsonfile import read_json_file
from hil.client.policy import load_policy
from hil.derived import Evidence
from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.manifest import Bench, ClientFile, Dut, Harness, Manifest
from hil.evidence.rows import catalogue_text
from hil.verdict import Catalogue
from reports.proposed import propose
from reports.proposed.derive import NOT_MEASURED, at_least, at_most, derive
from tests.derived.measured import Measured

DUTS = Path(__file__).parents[2] / "duts"
POLICY, HWCONFIG = load_policy(DUTS / "policy.json"), load_hwconfig(DUTS / "hwConfig.json")
MEASURED = [
    Measured("CCA-01", "current_error", 0.2, 0.01),
    Measured("CCA-01", "full_current", 2.31, 0.01),
    Measured("CVD-01", "voltage_error", -0.4, 0.1, "V"),
    Measured("CCA-05", "full_efficiency", 0.92, 0.0, "1"),
    Measured("ZVS-02", "ramp_time", 100.0, 0.0, "s"),
    Measured("SPD-03", "settling_time", 0.35, 0.0, "s"),
    Measured("STW-02", "worst_chain", 104.2, 0.0, "s"),
    Measured("CFG-04", "best_ratio", 7.0, 0.1, "1"),
    Measured("CFG-04", "droop_ratio", 0.03, 0.001, "1"),
]
EXPECTED = {
    "gridCurrentAllowanceA": 0.21,
    "safety.range.dcdc.meter.ig.max": 2.55,
    "safety.range.dcdc.meter.ig.min": -2.55,
    "safety.range.dcdc.meter.vg.max": 381.0,
    "safety.range.dcdc.meter.ib.max": 30.0,
    "droopRatio": 0.051,
    "efficientBatteryGridVoltageRatio": 7.0,
    "controller.dcdc.voltageReference.rampUp.first.timeoutMsec": 200000.0,
    "controller.dcdc.checkpoint.retryLimit": 4.0,
    "controller.stopMeTimeoutMsec": 55000.0,
}


@pytest.mark.parametrize(
    ("owner", "bound", "step", "expected"), [(4.0, 3.9, 0.5, 4.0), (4.0, 4.1, 0.5, 4.5), (0.1, 0.3, 0.1, 0.3)]
)
def test_a_value_is_raised_only_when_it_must(owner: float, bound: float, step: float, expected: float) -> None:
    assert at_least(owner, bound, step) == expected


def test_a_value_is_lowered_only_when_it_must() -> None:
    assert at_most(60000.0, 55800.0, 1000.0) == 55000.0
    assert at_most(60000.0, 61000.0, 1000.0) == 60000.0


def test_each_change_follows_from_its_measurement() -> None:
    values = derive(Evidence(MEASURED), POLICY, HWCONFIG)
    by_key = {value.key: value for value in values}
    assert {key: by_key[key].proposed for key in EXPECTED} == EXPECTED
    assert all(value.source != NOT_MEASURED for value in values if value.changed)


def test_without_measurements_everything_is_kept() -> None:
    values = derive(Evidence([]), POLICY, HWCONFIG)
    assert not [value for value in values if value.changed]
    assert {value.source for value in values} == {NOT_MEASURED}


def test_the_files_are_written_and_can_be_read_by_the_client(running: Path) -> None:
    proposal = propose(running)
    folder = running / schema.PROPOSED
    assert load_hwconfig(folder / "hwConfig.json").meter_ranges.ig.max == 2.55
    assert load_policy(folder / "policy.json").controller.stop_me_timeout == 55.0
    assert len(proposal.inconsistencies) == 3
    assert proposal.left == ()
    derivation = json.loads((folder / "derivation.json").read_text(encoding="utf-8"))
    assert derivation["changed"]["hwConfig.json gridCurrentAllowanceA"] == "0.125 -> 0.21"
    source = derivation["values"]["hwConfig.json gridCurrentAllowanceA"]["measurement"]
    assert source.startswith("CCA-01 magnitude of the grid current minus dig, in the direction commanded: 0.2 A")


def test_a_run_without_the_owners_files_is_refused(running: Path) -> None:
    path = running / schema.PARTIAL_MANIFEST
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["policy"]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadInput, match=r"policy\.json"):
        propose(running)


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """A run folder before it is sealed, with the measurements of this file."""
    with (tmp_path / schema.MEASUREMENTS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, schema.MEASUREMENT_COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        for row in MEASURED:
            writer.writerow(vars(row) | {"verdict": schema.PASS, "target": "false"})
    manifest = Manifest(
        harness=Harness(version="0.1.0"),
        bench=Bench(name="virtual", mode="stepped", virtual=True, identity="ab"),
        dut=Dut(manufacturer="Example", model="EP", serial="1"),
        policy=_client_file("policy.json"),
        hwconfig=_client_file("hwConfig.json"),
        profile="acceptance",
        decision_rule="simple",
        start=datetime(2026, 11, 2, tzinfo=UTC),
    )
    (tmp_path / schema.PARTIAL_MANIFEST).write_text(manifest.text(), encoding="utf-8")
    (tmp_path / schema.REQUIREMENTS).write_text(catalogue_text(Catalogue.load()), encoding="utf-8")
    return tmp_path


def _client_file(name: str) -> ClientFile:
    return ClientFile(name=name, sha256="", content=read_json_file(DUTS / name))
