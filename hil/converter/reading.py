"""From an answered call to typed values: which fields each call must have, and which it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from hil.converter.errors import DriverBadAnswer, DriverBadStatus, DriverRefused
from hil.converter.strictjson import Fields, NotJson, parse_object
from hil.converter.values import (
    AllData,
    Answer,
    Battery,
    ConverterData,
    GridMeters,
    GridStatus,
    Meters,
    SetCurrentAnswer,
    SetModeAnswer,
    SetVoltageAnswer,
    Status,
    Version,
)

Value = TypeVar("Value")
Reader = Callable[[Fields], Value]


def interpret(answer: Answer[str], reader: Reader[Value]) -> Answer[Value]:
    """Give `answer` the meaning that `reader` finds in it.

    Raises DriverRefused or DriverBadStatus for any status but 200, and DriverBadAnswer, with every problem
    listed, when the body is not a strict JSON object with the fields that apis-main needs of this call.
    """
    where = (answer.status, answer.text, answer.start, answer.end, answer.path)
    if answer.status != 200:
        reason = _refusal(answer.text)
        if reason is not None:
            raise DriverRefused(reason, *where)
        raise DriverBadStatus(f"status {answer.status} instead of 200", *where)
    try:
        fields = Fields(parse_object(answer.text))
    except NotJson as error:
        raise DriverBadAnswer((str(error),), *where) from error
    value = reader(fields)
    if fields.problems:
        raise DriverBadAnswer(tuple(fields.problems), *where)
    return Answer(value, answer.start, answer.end, answer.status, answer.text, answer.path, tuple(fields.absent))


def _refusal(text: str) -> str | None:
    try:
        reason = parse_object(text).get("err")
    except NotJson:
        return None
    return reason if isinstance(reason, str) else None


def read_version(fields: Fields) -> Version:
    """Read /version/get. apis-main wants a point in the text, not in front."""
    interface = fields.text("comm_interface_version")
    if not fields.problems and interface.find(".") < 1:
        fields.complain(f'comm_interface_version is "{interface}", expected "major.minor"')
    return Version(interface, fields.optional_text("dcdc_batt_comm_version"))


def read_all(fields: Fields) -> AllData:
    """Read /all/get: one flat object with the converter's and the battery's fields."""
    data, battery = read_converter(fields), read_battery(fields)
    return AllData(
        data.status, data.meter, data.dvg, data.drg, data.dig, battery.rsoc, battery.battery_operation_status
    )


def read_converter(fields: Fields) -> ConverterData:
    """Read /dcdc/get."""
    meter = Meters(
        vg=fields.number("meter.vg"),
        ig=fields.number("meter.ig"),
        vb=fields.number("meter.vb"),
        ib=fields.number("meter.ib"),
        wb=fields.number("meter.wb"),
        tmp=fields.number("meter.tmp"),
        wg=fields.optional_number("meter.wg"),
    )
    status = _status(fields, fields.text("status.alarmState"))
    dvg, drg, dig = fields.number("vdis.dvg"), fields.optional_number("vdis.drg"), fields.number("param.dig")
    return ConverterData(status, meter, dvg, drg, dig)


def read_battery(fields: Fields) -> Battery:
    """Read /battery/get."""
    return Battery(fields.number("rsoc"), fields.integer("battery_operation_status"))


def read_status(fields: Fields) -> GridStatus:
    """Read /dcdc/get/status. Only vg and ig are required."""
    return GridStatus(
        meter=_grid_meters(fields),
        operation_mode=fields.optional_text("status.operationMode"),
        alarm_state=fields.optional_text("status.alarmState"),
        running_state=fields.optional_text("status.runningState"),
    )


def read_set_mode(fields: Fields) -> SetModeAnswer:
    """Read the answer to /dcdc/set?mode=&dvg=&dig=&drg=."""
    status = _status(fields, fields.optional_text("status.alarmState"))
    dvg, drg, dig = fields.number("vdis.dvg"), fields.optional_number("vdis.drg"), fields.number("param.dig")
    return SetModeAnswer(status, _grid_meters(fields), dvg, drg, dig)


def read_set_current(fields: Fields) -> SetCurrentAnswer:
    """Read the answer to /dcdc/set?dig=."""
    return SetCurrentAnswer(fields.number("param.dig"), _optional_grid_meters(fields))


def read_set_voltage(fields: Fields) -> SetVoltageAnswer:
    """Read the answer to /dcdc/set?dvg=&drg=."""
    dvg, drg = fields.number("vdis.dvg"), fields.optional_number("vdis.drg")
    return SetVoltageAnswer(dvg, drg, _optional_grid_meters(fields))


def _status(fields: Fields, alarm_state: str | None) -> Status:
    return Status(
        code=fields.text("status.status"),
        operation_mode=fields.text("status.operationMode"),
        alarm_state=alarm_state,
        alarm=fields.optional_text("status.alarm"),
        running_state=fields.optional_text("status.runningState"),
    )


def _grid_meters(fields: Fields) -> GridMeters:
    return GridMeters(fields.number("meter.vg"), fields.number("meter.ig"))


def _optional_grid_meters(fields: Fields) -> GridMeters | None:
    vg, ig = fields.optional_number("meter.vg"), fields.optional_number("meter.ig")
    return None if vg is None or ig is None else GridMeters(vg, ig)


def read_nothing(_: Fields) -> None:
    """Read an answer of which only matters that it came."""


_READERS: dict[str, Reader[object]] = {
    "/version/get": read_version,
    "/all/get": read_all,
    "/dcdc/get": read_converter,
    "/dcdc/get/status": read_status,
    "/battery/get": read_battery,
}


def reader_for(path: str) -> Reader[object] | None:
    """Return the reader for a path with its query, as a driver dispatches it; None for a path without one.

    A set with `dig` alone changes the current, one with `dvg` but neither `mode` nor `dig` the voltage, and
    any other is a complete set.
    """
    parts = urlsplit(path)
    if parts.path != "/dcdc/set":
        return _READERS.get(parts.path)
    names = set(parse_qs(parts.query, keep_blank_values=True))
    if names == {"dig"}:
        return read_set_current
    if "dvg" in names and not names & {"mode", "dig"}:
        return read_set_voltage
    return read_set_mode
