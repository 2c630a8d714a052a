"""Becoming the voltage reference of a dead grid."""

from __future__ import annotations

from enum import Enum
from random import Random

from hil.client.policy import Policy
from hil.client.sequences.stepping import step_voltage
from hil.client.steps import Steps
from hil.client.unitdata import UnitData
from hil.converter import Mode, single
from hil.errors import BadInput

PATIENCE = 600.0
"""Seconds for which a start waits for a grid voltage outside the mask."""


class GridBefore(Enum):
    """What the grid voltage says about starting a voltage reference."""

    FREE = "start"
    MASKED = "wait: too near the under-voltage lockout"
    FOREIGN = "another source is on the grid"


def grid_before_start(policy: Policy, vg: float) -> GridBefore:
    """Judge the grid voltage (V) before a first voltage reference is started.

    Above min + 2 separations somebody else feeds the grid; within the mask around min, both ends included,
    apis-main waits for as long as it takes.
    """
    lowest, mask = single(policy.operation_grid_voltage_range.min), single(policy.grid_uvlo_mask)
    if vg > single(lowest + single(2 * single(policy.grid_voltage_separation))):
        return GridBefore.FOREIGN
    masked = single(lowest - mask) <= vg <= single(lowest + mask)
    return GridBefore.MASKED if masked else GridBefore.FREE


def start_reference(unit: Steps) -> bool:
    """Command CV at the operating voltage with the whole current capacity.

    The answer must name "Grid Autonomy" and cannot wait for the ramp. The dynamic safety check is suspended
    from here until an authorization has succeeded.
    """
    unit.suspend_dynamic_check()
    return unit.set_mode(Mode.CV, unit.policy.operation_grid_voltage, unit.hwconfig.grid_current_capacity)


def is_ramped_up(policy: Policy, data: UnitData) -> bool | None:
    """Tell whether vg has reached dvg less the allowance; None when one of them is missing."""
    vg, dvg = data.vg, data.dvg
    if vg is None or dvg is None:
        return None
    return vg >= single(dvg - single(policy.grid_voltage_allowance))


def ramp_up(unit: Steps) -> bool:
    """Wait until the grid voltage is up: judge the cache, then a new acquisition every main loop.

    Follows `start_reference` at once; the time runs from the acquisition before it.
    """
    activated, timeout = unit.acquired_at, unit.policy.controller.dcdc.voltage_reference.ramp_up.first.timeout
    while True:
        if unit.data.mode is not Mode.CV:
            unit.note("LOGIC", "GLOBAL", "WARN", f"the voltage reference is in mode {unit.data.mode}")
            return False
        ramped_up = is_ramped_up(unit.policy, unit.data)
        if ramped_up is None:
            unit.note("LOGIC", "GLOBAL", "WARN", "no meter.vg or vdis.dvg in the data of the unit")
            return False
        if ramped_up:
            return True
        if unit.acquired_at - activated >= timeout:
            unit.note("HARDWARE", "GLOBAL", "ERROR", f"the grid voltage is not up after {timeout:g} s")
            return False
        unit.sleep(unit.policy.grid_master.main_loop_period)
        if not unit.acquire():
            return False


def start_grid(unit: Steps, patience: float = PATIENCE) -> bool:
    """Raise a dead grid with this unit alone: acquire, judge the grid, start, wait for the voltage.

    patience: seconds after which a grid voltage within the mask is given up; apis-main never does.
    """
    begun = unit.now()
    while unit.acquire():
        vg = unit.data.vg
        if vg is None:
            unit.note("LOGIC", "GLOBAL", "WARN", "no meter.vg in the data of the unit")
            return False
        before = grid_before_start(unit.policy, vg)
        if before is GridBefore.FREE:
            return start_reference(unit) and ramp_up(unit)
        if before is GridBefore.FOREIGN:
            unit.note("HARDWARE", "GLOBAL", "ERROR", f"the grid is at {vg:g} V before the start")
            return False
        if unit.now() - begun >= patience:
            unit.note("LOGIC", "GLOBAL", "WARN", f"the grid stays at {vg:g} V, too near the under-voltage lockout")
            return False
        unit.sleep(unit.policy.grid_master.main_loop_period)
    return False


def authorization_voltages(policy: Policy, dvg: float) -> list[float]:
    """Return the voltages (V) an authorization picks from: min + 3 to max - 1 separations, without `dvg`.

    `dvg` is the echo, compared exactly: 349.988 does not take 350 out of the list.
    """
    separation = single(policy.grid_voltage_separation)
    target = single(single(policy.operation_grid_voltage_range.min) + single(3 * separation))
    highest = single(single(policy.operation_grid_voltage_range.max) - separation)
    voltages: list[float] = []
    while separation > 0 and target <= highest:
        voltages.append(target)
        target = single(target + separation)
    return [voltage for voltage in voltages if voltage != single(dvg)]


def authorize(unit: Steps, chance: Random) -> bool:
    """Prove that this unit alone holds the voltage: move it to random values and back, looking each time.

    Raises BadInput when the policy leaves no voltage to go to.
    """
    unit.suspend_dynamic_check()
    base = unit.present_dvg()
    if base is None:
        return False
    voltages = authorization_voltages(unit.policy, base)
    if not voltages:
        raise BadInput(
            "policy: operationGridVoltageVRange and gridVoltageSeparationV leave no voltage for the authorization; "
            "expected max - min of at least 5 separations"
        )
    for _ in range(max(1, unit.policy.controller.dcdc.voltage_reference.authorization.number_of_trials)):
        if not step_voltage(unit, voltages[int(len(voltages) * chance.random())]):
            return False
    return unit.resume_dynamic_check(step_voltage(unit, base))
