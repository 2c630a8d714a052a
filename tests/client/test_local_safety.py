from __future__ import annotations

import json
from typing import Any

import pytest

from hil.client import DealRole, HwConfig, Policy, Rule, SafetyEvaluation, UnitData, local_safety
from hil.converter import Answer, interpret
from hil.converter.reading import read_all


def unit_data(code: str = "0x0000", name: str = "Waiting", **changes: Any) -> UnitData:
    tree: dict[str, Any] = {
        "status": {"status": code, "operationMode": name, "alarmState": "No alarm"},
        "meter": {"vg": 350.0, "ig": 0.0, "vb": 52.0, "ib": 0.0, "wb": 0.0, "tmp": 25.0},
        "vdis": {"dvg": 350.0, "drg": 0.0},
        "param": {"dig": 1.0},
        "rsoc": 50.0,
        "battery_operation_status": 3,
    }
    for path, value in changes.items():
        node, *keys = tree, *path.split("__")
        for key in keys[:-1]:
            node = node[key]
        node[keys[-1]] = value
        if value == "absent":
            del node[keys[-1]]
    return UnitData(tree)


CV = ("0x0014", "Grid Autonomy")
CHARGE = ("0x0041", "Heteronomy CV")
DISCHARGE = ("0x0002", "Heteronomy CV")
STOP = ("0x0000", "Waiting")


def judge(data: UnitData, policy: Policy, hwconfig: HwConfig, **options: Any) -> list[tuple[Rule, str]]:
    evaluation = local_safety(data, policy, hwconfig, **options)
    return [(finding.rule, f"{finding.category}:{finding.level}") for finding in evaluation.findings]


@pytest.mark.parametrize(
    ("mode", "changes"),
    [
        (STOP, {}),
        (STOP, {"meter__ig": 0.125}),
        (CV, {"meter__vg": 354.0}),
        (CV, {"meter__vg": 346.0}),
        (CHARGE, {"meter__ig": 1.125, "meter__vg": 300.0}),
        (CHARGE, {"meter__ig": 0.875, "meter__vg": 380.0}),
        (DISCHARGE, {"meter__ig": -1.125}),
        (STOP, {"status__alarmState": "Light alarm"}),
        (STOP, {"status__alarmState": "heavy alarm"}),
        (STOP, {"status__alarmState": "absent"}),
        (STOP, {"battery_operation_status": "absent"}),
    ],
)
def test_nothing_wrong(policy: Policy, hwconfig: HwConfig, mode: tuple[str, str], changes: dict[str, Any]) -> None:
    assert judge(unit_data(*mode, **changes), policy, hwconfig) == []


@pytest.mark.parametrize(
    ("mode", "changes", "rule"),
    [
        (STOP, {"status__alarmState": "Heavy alarm"}, Rule.ALARM),
        (STOP, {"battery_operation_status": 0}, Rule.PERMISSION),
        (STOP, {"battery_operation_status": 1}, Rule.PERMISSION),
        (STOP, {"battery_operation_status": "3"}, Rule.PERMISSION),
        (("0x0034", "Grid Autonomy CC Battery"), {}, Rule.MODE_TEXT),
        (("0x0014", "Grid autonomy"), {}, Rule.MODE_TEXT),
        (STOP, {"meter__tmp": 45.01}, Rule.STATIC_RANGE),
        (STOP, {"meter__tmp": -0.01}, Rule.STATIC_RANGE),
        (STOP, {"meter__vg": 380.1}, Rule.STATIC_RANGE),
        (STOP, {"meter__vb": 31.9}, Rule.STATIC_RANGE),
        (STOP, {"meter__ib": -20.1}, Rule.STATIC_RANGE),
        (STOP, {"meter__ib": "absent"}, Rule.STATIC_RANGE),
        (STOP, {"meter__vb": "52.0"}, Rule.STATIC_RANGE),
    ],
)
def test_error_at_once(
    policy: Policy, hwconfig: HwConfig, mode: tuple[str, str], changes: dict[str, Any], rule: Rule
) -> None:
    assert judge(unit_data(*mode, **changes), policy, hwconfig) == [(rule, "HARDWARE:ERROR")]


@pytest.mark.parametrize(
    ("mode", "changes", "rule"),
    [
        (STOP, {"meter__ig": -0.126}, Rule.STOP_CURRENT),
        (CV, {"meter__vg": 345.9}, Rule.CV_VOLTAGE),
        (CHARGE, {"meter__ig": -1.0}, Rule.CHARGE_CURRENT),
        (CHARGE, {"meter__ig": 1.0, "meter__vg": 299.9}, Rule.CHARGE_VOLTAGE),
        (DISCHARGE, {"meter__ig": 1.0}, Rule.DISCHARGE_CURRENT),
        (DISCHARGE, {"meter__ig": -1.0, "meter__vg": 299.0}, Rule.DISCHARGE_VOLTAGE),
        (STOP, {"param__dig": "absent"}, Rule.SET_POINT_ECHO),
        (CV, {"vdis__dvg": "absent"}, Rule.SET_POINT_ECHO),
    ],
)
def test_warning_first_and_error_when_it_stays(
    policy: Policy, hwconfig: HwConfig, mode: tuple[str, str], changes: dict[str, Any], rule: Rule
) -> None:
    data = unit_data(*mode, **changes)
    first = local_safety(data, policy, hwconfig)
    second = local_safety(data, policy, hwconfig, first)
    good = local_safety(
        unit_data(*mode, meter__ig={CHARGE: 1.0, DISCHARGE: -1.0}.get(mode, 0.0)), policy, hwconfig, second
    )
    again = local_safety(data, policy, hwconfig, good)
    levels = [[finding.level for finding in evaluation.findings] for evaluation in (first, second, good, again)]
    assert levels == [["WARN"], ["ERROR"], [], ["WARN"]]
    assert [finding.rule for finding in first.findings] == [rule]


def test_suspended_check_neither_warns_nor_forgets(policy: Policy, hwconfig: HwConfig) -> None:
    bad = unit_data(*CV, meter__vg=340.0)
    first = local_safety(bad, policy, hwconfig)
    skipped = local_safety(bad, policy, hwconfig, first, suspended=True)
    assert skipped.findings == ()
    assert [finding.level for finding in local_safety(bad, policy, hwconfig, skipped).findings] == ["ERROR"]


def test_another_mode_forgets(policy: Policy, hwconfig: HwConfig) -> None:
    bad = unit_data(*CV, meter__vg=340.0)
    first = local_safety(bad, policy, hwconfig)
    stopped = local_safety(unit_data(*STOP), policy, hwconfig, first)
    assert stopped == SafetyEvaluation()


def test_manual_mode_leaves_out_only_the_dynamic_rules(policy: Policy, hwconfig: HwConfig) -> None:
    data = unit_data(*CV, meter__vg=381.0)
    assert judge(data, policy, hwconfig, operation_mode="manual", deals=()) == [(Rule.STATIC_RANGE, "HARDWARE:ERROR")]


SENDING = DealRole(discharging=True, reference_active=True, both_active=True)
WAITING = DealRole(discharging=True, reference_active=True, both_active=False)
IDLE = DealRole(discharging=True, reference_active=False, both_active=False)
TAKING = DealRole(discharging=False, reference_active=True, both_active=True)


@pytest.mark.parametrize(
    ("mode", "deals", "expected"),
    [
        (STOP, (), []),
        (CV, (), [(Rule.ACTIVE_WITHOUT_DEAL, "HARDWARE:WARN")]),
        (CV, (SENDING,), []),
        (DISCHARGE, (SENDING,), []),
        (STOP, (WAITING,), []),
        (STOP, (IDLE,), []),
        (CV, (IDLE,), [(Rule.DEAL_MODE, "HARDWARE:WARN")]),
        (STOP, (SENDING,), [(Rule.DEAL_MODE, "HARDWARE:WARN")]),
        (CV, (SENDING, TAKING), [(Rule.DEAL_DIRECTION, "LOGIC:WARN")]),
    ],
)
def test_mode_against_deals(
    policy: Policy, hwconfig: HwConfig, mode: tuple[str, str], deals: tuple[DealRole, ...], expected: object
) -> None:
    data = unit_data(*mode, meter__ig=-1.0 if mode is DISCHARGE else 0.0)
    assert judge(data, policy, hwconfig, deals=deals) == expected


def test_deals_while_sharing_is_off(policy: Policy, hwconfig: HwConfig) -> None:
    found = judge(unit_data(*STOP), policy, hwconfig, operation_mode="stop", deals=(IDLE,))
    assert found == [(Rule.DEAL_FORBIDDEN, "USER:ERROR")]


def test_active_without_deal_is_an_error_the_second_time(policy: Policy, hwconfig: HwConfig) -> None:
    first = local_safety(unit_data(*CV), policy, hwconfig, deals=())
    second = local_safety(unit_data(*CV), policy, hwconfig, first, deals=())
    assert [finding.level for finding in second.findings] == ["ERROR"]


def test_data_of_one_answer(policy: Policy, hwconfig: HwConfig) -> None:
    text = json.dumps(unit_data(*CV, meter__vg=381.0).tree)
    answer = interpret(Answer(text, 0.0, 1.0, 200, text, "/all/get"), read_all)
    assert judge(UnitData.of(answer), policy, hwconfig) == [
        (Rule.STATIC_RANGE, "HARDWARE:ERROR"),
        (Rule.CV_VOLTAGE, "HARDWARE:WARN"),
    ]


def test_answers_are_merged_object_by_object() -> None:
    data = unit_data()
    data.merge({"meter": {"vg": 1.5, "ig": "2"}, "vdis": None})
    assert (data.vg, data.ig, data.number("meter.vb"), data.dvg, data.dig) == (1.5, None, 52.0, None, 1.0)
    data.merge({"meter": {"vg": 1e300}})
    assert data.vg is None
    data.replace({})
    assert (data.vg, data.mode) == (None, None)
