"""How a setting reaches the power stage. Names of settings are the same for every personality."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from hil.virtual.devices.scpi.stage import PowerStage

Values = Mapping[str, float | bool | str]

LEVEL_OF_MODE = {"CC": "load_current", "CV": "load_voltage", "CP": "load_power", "CR": "load_resistance"}

_LEAST_CONDUCTANCE = 1e-9
"""Siemens that stand for an open input."""
_SHORT = 0.01
"""Ohm that stand for a short circuit."""


def _number(values: Values, name: str, otherwise: float) -> float:
    return float(values.get(name, otherwise))


def _regulation(stage: PowerStage, values: Values) -> None:
    """Voltage priority regulates the voltage between two current limits; current priority, the current.

    In current priority the stage aims for a voltage out of reach in the direction of the current.
    """
    voltage, source = _number(values, "voltage", 0.0), _number(values, "source_current", 0.0)
    sink = _number(values, "sink_current", 0.0)
    if values.get("priority") == "CURR":
        current = _number(values, "current", 0.0)
        voltage = _number(values, "voltage_limit", 0.0) if current >= 0 else 0.0
        source, sink = max(current, 0.0), max(-current, 0.0)
    stage.set_source_limit(source)
    stage.set_sink_limit(sink)
    stage.set_voltage(voltage)


def _power(stage: PowerStage, values: Values) -> None:
    stage.set_power_limits(_number(values, "source_power", 0.0), _number(values, "sink_power", 0.0))


def _resistance(stage: PowerStage, values: Values) -> None:
    active = bool(values.get("resistance_on", True))
    stage.set_series_resistance(_number(values, "resistance", 0.0) if active else 0.0)


def _slew(stage: PowerStage, values: Values) -> None:
    """The stage has one rate for both edges: the slower one counts."""
    slew = min(_number(values, f"voltage_slew{edge}", math.inf) for edge in ("", "_up", "_down"))
    stage.set_slew(None if math.isinf(slew) else slew)


def _load(stage: PowerStage, values: Values) -> None:
    if values.get("short"):
        stage.set_load("CR", _SHORT)
        return
    mode = str(values.get("mode", "CC"))
    level = _number(values, LEVEL_OF_MODE[mode], 0.0)
    if mode == "CR" and "load_conductance" in values:
        conductance = _number(values, "load_conductance", 0.0)
        level = 1.0 / max(conductance, _LEAST_CONDUCTANCE)
    stage.set_load(mode, level)


def _armed(values: Values, name: str, supervised: str) -> list[float]:
    """Return the thresholds in force: of a protection, and of a supervision whose action is an alarm."""
    levels = [_number(values, name, math.inf)] if values.get(f"{name}_on", True) else []
    if values.get(f"{supervised}_action") == "ALAR":
        levels.append(_number(values, supervised, math.inf))
    return levels


def _overvoltage(stage: PowerStage, values: Values) -> None:
    stage.set_overvoltage(min(_armed(values, "overvoltage", "ovd"), default=math.inf))


def _overcurrent(stage: PowerStage, values: Values) -> None:
    """The stage has one threshold for both directions: the lower one counts."""
    levels = [*_armed(values, "overcurrent", "ocd"), _number(values, "sink_overcurrent", math.inf)]
    stage.set_overcurrent(min(levels))


def _undervoltage(stage: PowerStage, values: Values) -> None:
    levels = [_number(values, "undervoltage", 0.0)] if values.get("undervoltage_on", True) else []
    if values.get("uvd_action") == "ALAR":
        levels.append(_number(values, "uvd", 0.0))
    volts = max(levels, default=0.0)
    stage.set_undervoltage(volts if volts > 0 else None)


_BY_PUSH: tuple[tuple[Callable[[PowerStage, Values], None], tuple[str, ...]], ...] = (
    (_regulation, ("voltage", "source_current", "sink_current", "priority", "current", "voltage_limit")),
    (_power, ("source_power", "sink_power")),
    (_resistance, ("resistance", "resistance_on")),
    (_slew, ("voltage_slew", "voltage_slew_up", "voltage_slew_down")),
    (_load, ("mode", "short", *LEVEL_OF_MODE.values(), "load_conductance")),
    (_overvoltage, ("overvoltage", "overvoltage_on", "ovd", "ovd_action")),
    (_overcurrent, ("overcurrent", "overcurrent_on", "sink_overcurrent", "ocd", "ocd_action")),
    (_undervoltage, ("undervoltage", "undervoltage_on", "uvd", "uvd_action")),
)

PUSHES: Mapping[str, Callable[[PowerStage, Values], None]] = {name: push for push, names in _BY_PUSH for name in names}
