from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hil.client import HwConfig, Policy, inconsistencies, load_hwconfig, load_policy
from hil.client.jsonfile import read_json_file
from hil.errors import BadInput

DUTS = Path(__file__).parents[2] / "duts"


def changed(tmp_path: Path, name: str, path: str, value: Any) -> Path:
    """Write a copy of a sample file with one key changed, or taken away with "absent"."""
    tree = read_json_file(DUTS / name)
    node, *keys = tree, *path.split(".")
    for key in keys[:-1]:
        node = node[key]
    if value == "absent":
        del node[keys[-1]]
    else:
        node[keys[-1]] = value
    file = tmp_path / name
    file.write_text(json.dumps(tree))
    return file


def test_sample_files_hold_the_usual_figures(policy: Policy, hwconfig: HwConfig) -> None:
    assert policy.operation_grid_voltage == 350.0
    assert (policy.operation_grid_voltage_range.min, policy.operation_grid_voltage_range.max) == (300.0, 380.0)
    assert policy.grid_voltage_step == 350.0
    assert policy.controller.request_timeout == 5.0
    assert policy.controller.dcdc.checkpoint.retry_wait == 0.1
    assert policy.controller.dcdc.voltage_reference.ramp_up.first.timeout == 180.0
    assert policy.grid_master.current_compensation.drift_allowance == 0.03
    assert hwconfig.grid_current_capacity == 2.3
    assert hwconfig.droop_ratio == 0.039
    assert hwconfig.meter_ranges.vb.max == 58.4
    assert -2.35 in hwconfig.meter_ranges.ig
    assert policy.unknown_keys() == hwconfig.unknown_keys() == []


def test_sample_files_use_repeated_comments() -> None:
    for name in ("policy.json", "hwConfig.json"):
        assert (DUTS / name).read_text().count('"#":') > 1


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("gridCurrentStepA", "absent", "gridCurrentStepA is missing"),
        ("gridCurrentStepA", "1", 'gridCurrentStepA is "1", expected a valid number'),
        ("gridCurrentStepA", True, "gridCurrentStepA is true, expected a valid number"),
        ("gridCurrentStepA", 0, "gridCurrentStepA is 0, expected greater than 0"),
        ("controller.dcdc.checkpoint.retryWaitMsec", "absent", "controller.dcdc.checkpoint.retryWaitMsec is missing"),
        (
            "controller.dcdc.checkpoint.retryLimit",
            2.5,
            "checkpoint.retryLimit is 2.5, expected a valid",
        ),
        ("operationGridVoltageVRange", [300, 380], "operationGridVoltageVRange is [300, 380], expected"),
        ("gridMaster.voltageReferenceSide", "chargUnit", "expected 'chargeUnit' or 'dischargeUnit'"),
    ],
)
def test_bad_value_names_file_key_and_expectation(tmp_path: Path, path: str, value: Any, expected: str) -> None:
    file = changed(tmp_path, "policy.json", path, value)
    with pytest.raises(BadInput) as caught:
        load_policy(file)
    assert str(file) in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("path", "attribute", "default"),
    [
        ("controller.requestTimeoutMsec", "controller.request_timeout", 5.0),
        ("controller.retryLimit", "controller.retry_limit", 3),
        ("controller.stopMeTimeoutMsec", "controller.stop_me_timeout", 60.0),
        ("user.houseKeepingPeriodMsec", "user.house_keeping_period", 60.0),
        ("user", "user.error_handling_period", 1.0),
        ("gridMaster.mainLoopPeriodMsec", "grid_master.main_loop_period", 5.0),
        ("gridMaster.voltageReferenceTakeOverDvg", "grid_master.voltage_reference_take_over_dvg", "theoretical"),
    ],
)
def test_defaults_are_those_of_the_client(tmp_path: Path, path: str, attribute: str, default: object) -> None:
    value: Any = load_policy(changed(tmp_path, "policy.json", path, "absent"))
    for name in attribute.split("."):
        value = getattr(value, name)
    assert value == default


def test_whole_numbers_may_be_written_as_floats(tmp_path: Path) -> None:
    policy = load_policy(changed(tmp_path, "policy.json", "controller.retryLimit", 3.0))
    assert policy.controller.retry_limit == 3


def test_unknown_keys_are_tolerated_and_listed(tmp_path: Path) -> None:
    policy = load_policy(changed(tmp_path, "policy.json", "controller.dcdc.chekpoint", {}))
    assert policy.unknown_keys() == ["controller.dcdc.chekpoint"]
    hwconfig = load_hwconfig(changed(tmp_path, "hwConfig.json", "colour", "blue"))
    assert hwconfig.unknown_keys() == ["colour"]


def test_missing_range_of_a_meter(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"safety\.range\.dcdc\.meter\.ib is missing"):
        load_hwconfig(changed(tmp_path, "hwConfig.json", "safety.range.dcdc.meter.ib", "absent"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"#": 1, "a": {"#": 2, "#": 3, "b": 1, "b": 2}}', 'the key "b" stands twice'),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": 1,}', "is not JSON"),
        ("", "is not JSON"),
        ("[1]", "holds list, expected one JSON object"),
        ("<html>", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_files_that_are_not_json(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "policy.json"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        load_policy(file)
    assert expected in str(caught.value)
    assert str(file) in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        load_policy(tmp_path / "nowhere.json")


def test_models_cannot_be_changed(policy: Policy) -> None:
    with pytest.raises(ValueError, match="frozen"):
        policy.grid_current_step = 2.0  # type: ignore[misc]


def test_the_usual_figures_contradict_each_other_in_three_places(policy: Policy, hwconfig: HwConfig) -> None:
    current, voltage, battery = inconsistencies(policy, hwconfig)
    assert "2.425 A" in current
    assert "only 0.05 A" in current
    assert "no margin above policy operationGridVoltageVRange.max (380 V)" in voltage
    assert "874 W" in battery
    assert "only above 46 V" in battery


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("gridVoltageAllowanceV", 5, "cannot be told apart"),
        ("operationGridVoltageV", 390, "lies outside operationGridVoltageVRange"),
        ("gridVoltageSeparationV", 20, "too few voltages"),
        ("mediator.deal.gridCurrentA", 2.4, "no deal can be made"),
        ("mediator.deal.gridCurrentA", 1.15, "current compensation may reach the limit"),
        ("controller.stopMeTimeoutMsec", 95_000, "leave nothing of the 100 s"),
    ],
)
def test_contradictions(tmp_path: Path, hwconfig: HwConfig, path: str, value: Any, expected: str) -> None:
    policy = load_policy(changed(tmp_path, "policy.json", path, value))
    assert any(expected in sentence for sentence in inconsistencies(policy, hwconfig))


def test_consistent_figures_are_left_alone(tmp_path: Path, policy: Policy) -> None:
    tree = read_json_file(DUTS / "hwConfig.json")
    tree["safety"]["range"]["dcdc"]["meter"] |= {
        "ig": {"min": -2.5, "max": 2.5},
        "vg": {"min": -4, "max": 390},
        "ib": {"min": -30, "max": 30},
    }
    file = tmp_path / "hwConfig.json"
    file.write_text(json.dumps(tree))
    assert inconsistencies(policy, load_hwconfig(file)) == []
