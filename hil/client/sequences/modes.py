"""Starting, sharing and stopping one unit."""

from __future__ import annotations

from hil.client.sequences.checkpoint import checkpoint
from hil.client.sequences.stepping import step_current, step_voltage
from hil.client.steps import Steps
from hil.converter import Mode, single

INTERFACE_MAJOR = "2"
"""The one major interface version that apis-main 3 talks to."""


def start_up(unit: Steps) -> bool:
    """Shake hands on the interface version, then make the first acquisition."""
    answer = unit.version()
    version = None if answer is None else answer.get("comm_interface_version")
    major = version.partition(".")[0] if isinstance(version, str) and version.find(".") > 0 else None
    if major != INTERFACE_MAJOR:
        text = f"comm_interface_version is {version!r}, expected {INTERFACE_MAJOR}.x: apis-main would end here"
        unit.note("HARDWARE", "LOCAL", "ERROR", text)
        return False
    return unit.acquire()


def acquire(unit: Steps) -> bool:
    """Read everything and judge it by the local safety rules."""
    return unit.acquire()


def charge(unit: Steps, amperes: float) -> bool:
    """Start charging with `amperes` from the grid, from one current step upwards."""
    return _share(unit, Mode.CHARGE, unit.policy.operation_grid_voltage, amperes)


def discharge(unit: Steps, amperes: float) -> bool:
    """Start discharging with `amperes` into the grid; dvg is the ceiling when nobody takes the current."""
    return _share(unit, Mode.DISCHARGE, unit.policy.operation_grid_voltage_range.max, amperes)


def _share(unit: Steps, mode: Mode, dvg: float, amperes: float) -> bool:
    amperes, step = single(amperes), single(unit.policy.grid_current_step)
    if amperes < step:
        started = unit.set_mode(mode, dvg, amperes) and checkpoint(unit, "ig", amperes)
    else:
        started = unit.set_mode(mode, dvg, step) and step_current(unit, amperes)
    return unit.resume_dynamic_check(started)


def stop(unit: Steps) -> bool:
    """Stop the unit (WAIT), gently if its cached mode is known.

    A charging or discharging unit is brought to 0 A first, a voltage reference to the lowest voltage plus one
    separation; whatever comes of that, the mode is set to stop at the end.
    """
    mode = unit.data.mode
    if mode is None:
        unit.note("HARDWARE", "LOCAL", "WARN", "the mode of the unit is unknown; taken as stopped")
    elif mode is Mode.CV:
        lowest = single(unit.policy.operation_grid_voltage_range.min)
        step_voltage(unit, single(lowest + single(unit.policy.grid_voltage_separation)))
    elif mode.is_current_controlled:
        step_current(unit, 0.0)
    return unit.resume_dynamic_check(unit.set_mode(Mode.STOP, unit.policy.operation_grid_voltage, 0.0))
