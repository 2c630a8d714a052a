"""Changing current and voltage in steps."""

from __future__ import annotations

from hil.client.sequences.checkpoint import checkpoint
from hil.client.steps import Steps
from hil.client.timing import next_set_point
from hil.converter import single


def step_current(unit: Steps, target: float) -> bool:
    """Bring dig to `target` (A) in steps of gridCurrentStepA, then look whether ig has arrived.

    The last set-point is always sent, even when it changes nothing. Every step starts at the echoed dig, so a
    driver with a stale echo would be stepped for ever; here the reply time-out ends it.
    """
    target = single(target)
    while unit.in_time():
        dig = unit.data.dig
        if dig is None:
            unit.note("HARDWARE", "LOCAL", "ERROR", "no param.dig in the data of the unit")
            return False
        following = next_set_point(dig, target, unit.policy.grid_current_step)
        if not unit.set_current(following):
            return False
        if _is_last(dig, target, unit.policy.grid_current_step):
            return checkpoint(unit, "ig", target)
    return False


def step_voltage(unit: Steps, target: float) -> bool:
    """Bring dvg to `target` (V), with the usual policy in one step, then look whether vg has arrived.

    Every step switches droop off.
    """
    target, step = single(target), unit.policy.grid_voltage_step
    while unit.in_time():
        dvg = unit.data.dvg
        if dvg is None:
            unit.note("HARDWARE", "LOCAL", "ERROR", "no vdis.dvg in the data of the unit")
            return False
        if not unit.set_voltage(next_set_point(dvg, target, step)):
            return False
        if _is_last(dvg, target, step):
            return checkpoint(unit, "vg", target)
    return False


def _is_last(present: float, target: float, step: float) -> bool:
    return abs(single(target - present)) <= single(step)
