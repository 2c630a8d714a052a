"""How a setting reaches the power stage. Names of settings are the same for every personality."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from hil.virtual.devices.scpi.stage import PowerStage

Values = Mapping[str, float | bool | str]

LEVEL_OF_MODE = {"CC": "load_current", "CV": "load_voltage", "CP": "load_power", "CR": "load_resistance"}


def _number(values: Values, name: str, otherwise: float) -> float:
    return float(values.get(name, otherwise))


def _voltage(stage: PowerStage, values: Values) -> None:
    stage.set_voltage(_number(values, "voltage", 0.0))


def _source_current(stage: PowerStage, values: Values) -> None:
    stage.set_source_limit(_number(values, "source_current", 0.0))


def _sink_current(stage: PowerStage, values: Values) -> None:
    stage.set_sink_limit(_number(values, "sink_current", 0.0))


def _power(stage: PowerStage, values: Values) -> None:
    stage.set_power_limits(_number(values, "source_power", 0.0), _number(values, "sink_power", 0.0))


def _resistance(stage: PowerStage, values: Values) -> None:
    active = bool(values.get("resistance_on", True))
    stage.set_series_resistance(_number(values, "resistance", 0.0) if active else 0.0)


def _slew(stage: PowerStage, values: Values) -> None:
    slew = _number(values, "voltage_slew", math.inf)
    stage.set_slew(None if math.isinf(slew) else slew)


def _load(stage: PowerStage, values: Values) -> None:
    mode = str(values.get("mode", "CC"))
    level = _number(values, LEVEL_OF_MODE[mode], 0.0)
    if mode == "CR" and "load_conductance" in values:
        conductance = _number(values, "load_conductance", 0.0)
        level = 1.0 / conductance if conductance > 0 else math.inf
    stage.set_load(mode, level)


def _overvoltage(stage: PowerStage, values: Values) -> None:
    active = bool(values.get("overvoltage_on", True))
    stage.set_overvoltage(_number(values, "overvoltage", math.inf) if active else math.inf)


def _overcurrent(stage: PowerStage, values: Values) -> None:
    active = bool(values.get("overcurrent_on", True))
    stage.set_overcurrent(_number(values, "overcurrent", math.inf) if active else math.inf)


def _undervoltage(stage: PowerStage, values: Values) -> None:
    active = bool(values.get("undervoltage_on", True))
    volts = _number(values, "undervoltage", 0.0)
    stage.set_undervoltage(volts if active and volts > 0 else None)


PUSHES: Mapping[str, Callable[[PowerStage, Values], None]] = {
    "voltage": _voltage,
    "source_current": _source_current,
    "sink_current": _sink_current,
    "source_power": _power,
    "sink_power": _power,
    "resistance": _resistance,
    "resistance_on": _resistance,
    "voltage_slew": _slew,
    "mode": _load,
    "load_current": _load,
    "load_voltage": _load,
    "load_power": _load,
    "load_resistance": _load,
    "load_conductance": _load,
    "overvoltage": _overvoltage,
    "overvoltage_on": _overvoltage,
    "overcurrent": _overcurrent,
    "overcurrent_on": _overcurrent,
    "undervoltage": _undervoltage,
    "undervoltage_on": _undervoltage,
}
