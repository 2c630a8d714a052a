"""The objects of the driver's answers, in its own order and words."""

from __future__ import annotations

from typing import Any

from hil.virtual.devices.driver.problems import CallError
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.devices.driver.view import State

JsonObject = dict[str, Any]

OPERATION_MODES = {
    0x0000: "Waiting",
    0x0001: "Hateronomy CV Charging",
    0x0002: "Heteronomy CV",
    0x0004: "Battery Autonomy",
    0x0014: "Grid Autonomy",
    0x0022: "Heteronomy CV",
    0x0034: "Grid Autonomy CC Battery",
    0x0041: "Heteronomy CV",
}
ALARM_STATES = {0: "No alarm", 1: "Light alarm", 2: "Heavy alarm"}
RUNNING_STATES = {0: "off", 1: "charge", 2: "discharge"}


def status(state: State, settings: DriverSettings) -> JsonObject:
    """Return the status object. Raises CallError when the converter reports what the driver does not know."""
    code = mode_text(state.mode)
    short = short_status(state, settings)
    return {
        "status": settings.faults.status_text.get(code, code),
        "alarmState": short["alarmState"],
        "statusName": "Ignore",
        "alarm": f"{state.alarm_word:04x} {state.alarm:04x} {state.running:04x}",
        "runningState": short["runningState"],
        "operationMode": short["operationMode"],
    }


def short_status(state: State, settings: DriverSettings) -> JsonObject:
    """Return the status object of /dcdc/get/status. Raises CallError like `status`."""
    faults = settings.faults
    alarm = _known("alarmState", ALARM_STATES, state.alarm)
    running = _known("runningState", RUNNING_STATES, state.running)
    name = _known("operationMode", OPERATION_MODES, state.named_mode)
    return {
        "alarmState": faults.alarm_state_text.get(alarm, alarm),
        "runningState": running,
        "operationMode": faults.operation_mode_text.get(mode_text(state.named_mode), name),
    }


def mode_text(code: int) -> str:
    """Return a mode as the Web API writes it."""
    return f"0x{code:04x}"


def vdis(dvg: float, drg: float) -> JsonObject:
    """Return the grid voltage set-points."""
    return {"dvg": dvg, "drg": drg}


def param(dig: float, settings: DriverSettings) -> JsonObject:
    """Return the current set-point among the constants of the driver's configuration."""
    return {
        "cib": settings.cib,
        "ubv": settings.ubv,
        "dig": dig,
        "ogv": settings.ogv,
        "obv": settings.obv,
        "ugv": settings.ugv,
    }


def powermeter() -> JsonObject:
    """Return the power meter that this driver does not have."""
    return dict.fromkeys(("p2", "p1", "v1", "kwh2", "kwh1", "i1"), 0)


def setup(settings: DriverSettings) -> JsonObject:
    """Return the answer of /remote/ioctl/set: the configuration, not what the converter took."""
    names = ("ubv", "ugv", "obv", "ogv", "bcf", "cvb", "dlb", "cdb", "ddb", "drb", "cib")
    values = {name: getattr(settings, name) for name in names} | {"bcf": mode_text(settings.bcf)}
    return {"dcdc_converter_name": settings.converter_name, "dcdc_setup_parameter": values}


def log_data(battery: JsonObject, settings: DriverSettings) -> JsonObject:
    """Return the answer of /1/log/data. Only RSoC and permission are measured, the rest is configuration or zero."""
    body = {
        "system_time": dict.fromkeys(("year", "month", "day", "hour", "minute"), 0),
        "rsoc": battery.get("rsoc"),
        "dischargeable_time": {"hour": 0, "minute": 0},
        "battery_voltage": settings.battery_voltage,
        "battery_current": settings.battery_current,
        "battery_rsoc": battery.get("rsoc"),
        "battery_status": 0,
        "battery_warning": 0,
        "battery_operation_status": battery.get("battery_operation_status"),
        "battery_comm_err": 0,
        "charge_discharge_power": settings.battery_voltage * settings.battery_current,
        "ups_operation_schedule": 0,
        "ups_operation_mode": {"mode": 0, "parameter": 0, "stop_mode": 0},
    }
    if "battery_operation_status" not in battery:
        del body["battery_operation_status"]
    return body


def _known(what: str, names: dict[int, str], code: int) -> str:
    if code not in names:
        raise CallError(f"bad value: {what}: {code}")
    return names[code]
