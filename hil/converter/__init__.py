"""The driver's Web API as typed calls, each timed on the bench clock."""

from hil.converter.converter import Converter, set_current_path, set_mode_path, set_voltage_path
from hil.converter.errors import DriverBadAnswer, DriverBadStatus, DriverError, DriverRefused, DriverSilent
from hil.converter.limits import ConverterLimits
from hil.converter.modes import Mode
from hil.converter.numbers import java_float, single
from hil.converter.reading import interpret, reader_for
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

__all__ = [
    "AllData",
    "Answer",
    "Battery",
    "Converter",
    "ConverterData",
    "ConverterLimits",
    "DriverBadAnswer",
    "DriverBadStatus",
    "DriverError",
    "DriverRefused",
    "DriverSilent",
    "GridMeters",
    "GridStatus",
    "Meters",
    "Mode",
    "SetCurrentAnswer",
    "SetModeAnswer",
    "SetVoltageAnswer",
    "Status",
    "Version",
    "interpret",
    "java_float",
    "reader_for",
    "set_current_path",
    "set_mode_path",
    "set_voltage_path",
    "single",
]
