"""apis-main's local safety rules, judged on every acquisition.

Alarm, permission, mode text and static ranges are errors at once. The rules about the mode and the deals, and
the dynamic rules, warn at first and are errors when they are broken again before they were kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from hil.client.hwconfig import HwConfig
from hil.client.policy import Policy
from hil.client.report import Category, Level
from hil.client.unitdata import UnitData
from hil.converter import Mode, single
from hil.converter.strictjson import as_number, find
from hil.converter.values import PERMITTED

HEAVY_ALARM = "Heavy alarm"
METERS = ("tmp", "vg", "vb", "ig", "ib")


class Rule(Enum):
    """Which rule was broken."""

    ALARM = "alarm"
    PERMISSION = "permission"
    MODE_TEXT = "mode text"
    STATIC_RANGE = "static range"
    DEAL_FORBIDDEN = "deal while sharing is off"
    ACTIVE_WITHOUT_DEAL = "active without deal"
    DEAL_DIRECTION = "deal direction"
    DEAL_MODE = "mode of the deal"
    SET_POINT_ECHO = "set-point echo"
    STOP_CURRENT = "stopped: ig"
    CV_VOLTAGE = "CV: vg"
    CHARGE_CURRENT = "charging: ig"
    CHARGE_VOLTAGE = "charging: vg"
    DISCHARGE_CURRENT = "discharging: ig"
    DISCHARGE_VOLTAGE = "discharging: vg"


_RULES_OF_MODE = {
    Mode.STOP: {Rule.STOP_CURRENT},
    Mode.CV: {Rule.CV_VOLTAGE},
    Mode.CHARGE: {Rule.CHARGE_CURRENT, Rule.CHARGE_VOLTAGE},
    Mode.DISCHARGE: {Rule.DISCHARGE_CURRENT, Rule.DISCHARGE_VOLTAGE},
}
_MODE_RULES = frozenset[Rule]().union(*_RULES_OF_MODE.values())


@dataclass(frozen=True)
class DealRole:
    """What the rules need to know of one deal of this unit.

    discharging: the unit is the deal's discharge side. reference_active: the side that holds the voltage has
    been started; both_active: the other one as well.
    """

    discharging: bool
    reference_active: bool
    both_active: bool


@dataclass(frozen=True)
class SafetyFinding:
    """One broken rule. quantity: the value concerned, for example "meter.vg"."""

    rule: Rule
    category: Category
    level: Level
    quantity: str
    text: str


@dataclass(frozen=True)
class SafetyEvaluation:
    """The findings of one acquisition and the rules that stand broken for the next one."""

    findings: tuple[SafetyFinding, ...] = ()
    standing: frozenset[Rule] = frozenset()


def local_safety(
    data: UnitData,
    policy: Policy,
    hwconfig: HwConfig,
    previous: SafetyEvaluation | None = None,
    *,
    operation_mode: str = "heteronomous",
    deals: Sequence[DealRole] | None = None,
    suspended: bool = False,
) -> SafetyEvaluation:
    """Judge one acquisition.

    previous: the evaluation of the acquisition before. deals: the unit's deals, None to leave out the rules
    about them. suspended: leave out the dynamic rules, as apis-main does while a voltage reference starts, is
    authorized or is handed over.
    """
    judge = _Judge(data, policy, hwconfig, set((previous or SafetyEvaluation()).standing))
    judge.alarm()
    judge.permission()
    judge.mode_text()
    if data.mode is not None and deals is not None:
        judge.deals(data.mode, operation_mode, deals)
    for meter in METERS:
        judge.static_range(meter)
    if operation_mode != "manual" and not suspended and data.mode is not None:
        judge.dynamic(data.mode)
    return SafetyEvaluation(tuple(judge.findings), frozenset(judge.standing))


class _Judge:
    def __init__(self, data: UnitData, policy: Policy, hwconfig: HwConfig, standing: set[Rule]) -> None:
        self._data = data
        self._policy = policy
        self._hwconfig = hwconfig
        self.standing = standing
        self.findings: list[SafetyFinding] = []

    def alarm(self) -> None:
        state = self._data.text("status.alarmState")
        if state == HEAVY_ALARM:
            self._error(Rule.ALARM, "status.alarmState", f'status.alarmState is "{state}"')

    def permission(self) -> None:
        value = find(self._data.tree, "battery_operation_status")
        number = as_number(value)
        if value is not None and (number is None or int(number) != PERMITTED):
            text = f"battery_operation_status is {value!r}, not {PERMITTED}"
            self._error(Rule.PERMISSION, "battery_operation_status", text)

    def mode_text(self) -> None:
        mode, name = self._data.mode, self._data.operation_mode
        if mode is None:
            code = self._data.text("status.status")
            self._error(Rule.MODE_TEXT, "status.status", f"status.status {code!r} is no known mode")
        elif mode.operation_mode != name:
            text = f'status.operationMode is {name!r}, "{mode.operation_mode}" belongs to {mode.value}'
            self._error(Rule.MODE_TEXT, "status.operationMode", text)

    def static_range(self, meter: str) -> None:
        quantity, value = f"meter.{meter}", self._data.number(f"meter.{meter}")
        limits = getattr(self._hwconfig.meter_ranges, meter)
        if value is None:
            self._error(Rule.STATIC_RANGE, quantity, f"{quantity} is missing")
        elif not single(limits.min) <= value <= single(limits.max):
            text = f"{quantity} is {value:g}, outside {limits.min:g} to {limits.max:g}"
            self._error(Rule.STATIC_RANGE, quantity, text)

    def deals(self, mode: Mode, operation_mode: str, deals: Sequence[DealRole]) -> None:
        if not deals:
            stray = mode is not Mode.STOP and operation_mode != "manual"
            self._second_time(Rule.ACTIVE_WITHOUT_DEAL, stray, "status.status", f"{mode.name} without a deal")
            self.standing -= {Rule.DEAL_DIRECTION, Rule.DEAL_MODE}
            return
        self.standing.discard(Rule.ACTIVE_WITHOUT_DEAL)
        if operation_mode in ("stop", "manual"):
            text = f'operation mode is "{operation_mode}", but there are deals'
            self.findings.append(SafetyFinding(Rule.DEAL_FORBIDDEN, "USER", "ERROR", "deals", text))
            return
        directions = {deal.discharging for deal in deals if deal.reference_active}
        text = "the unit's deals go both ways"
        self._second_time(Rule.DEAL_DIRECTION, len(directions) > 1, "deals", text, category="LOGIC")
        wrong = not all(_mode_fits(mode, deal) for deal in deals) or (not directions and mode is not Mode.STOP)
        self._second_time(Rule.DEAL_MODE, wrong, "status.status", f"{mode.name} does not fit the deals")

    def dynamic(self, mode: Mode) -> None:
        vg, ig, dvg, dig = self._data.vg, self._data.ig, self._data.dvg, self._data.dig
        if vg is None or ig is None:
            return
        missing = dvg is None or dig is None
        self._second_time(Rule.SET_POINT_ECHO, missing, "vdis.dvg", "vdis.dvg or param.dig is missing")
        if dvg is None or dig is None:
            return
        self.standing -= _MODE_RULES - _RULES_OF_MODE[mode]
        match mode:
            case Mode.STOP:
                self._current(Rule.STOP_CURRENT, ig, 0.0)
            case Mode.CV:
                allowance = single(self._policy.grid_voltage_allowance)
                self._within(Rule.CV_VOLTAGE, "meter.vg", vg, single(dvg - allowance), single(dvg + allowance))
            case Mode.CHARGE:
                if self._current(Rule.CHARGE_CURRENT, ig, dig):
                    self._grid_voltage(Rule.CHARGE_VOLTAGE, vg)
            case Mode.DISCHARGE:
                if self._current(Rule.DISCHARGE_CURRENT, ig, -dig):
                    self._grid_voltage(Rule.DISCHARGE_VOLTAGE, vg)

    def _current(self, rule: Rule, ig: float, target: float) -> bool:
        allowance = single(self._hwconfig.grid_current_allowance)
        return self._within(rule, "meter.ig", ig, single(target - allowance), single(target + allowance))

    def _grid_voltage(self, rule: Rule, vg: float) -> None:
        limits = self._policy.operation_grid_voltage_range
        self._within(rule, "meter.vg", vg, single(limits.min), single(limits.max))

    def _within(self, rule: Rule, quantity: str, value: float, low: float, high: float) -> bool:
        inside = low <= value <= high
        text = f"{rule.value}: {quantity} is {value:g}, outside {low:g} to {high:g}"
        self._second_time(rule, not inside, quantity, text)
        return inside

    def _second_time(self, rule: Rule, broken: bool, quantity: str, text: str, category: Category = "HARDWARE") -> None:
        if not broken:
            self.standing.discard(rule)
            return
        level: Level = "ERROR" if rule in self.standing else "WARN"
        self.standing.add(rule)
        self.findings.append(SafetyFinding(rule, category, level, quantity, text))

    def _error(self, rule: Rule, quantity: str, text: str) -> None:
        self.findings.append(SafetyFinding(rule, "HARDWARE", "ERROR", quantity, text))


def _mode_fits(mode: Mode, deal: DealRole) -> bool:
    if not deal.reference_active:
        return True
    sharing = Mode.DISCHARGE if deal.discharging else Mode.CHARGE
    return mode in (Mode.CV, sharing) or (mode is Mode.STOP and not deal.both_active)
