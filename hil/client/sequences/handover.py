"""Moving the voltage reference from one unit to another while the grid is in use."""

from __future__ import annotations

from hil.client.client import Client
from hil.client.report import ApisError, Log, Report
from hil.client.sequences.stepping import step_current
from hil.client.steps import Steps
from hil.converter import Mode


def will_hand_over(unit: Steps) -> bool:
    """Old reference: keep the voltage and switch droop on."""
    unit.suspend_dynamic_check()
    dvg = unit.present_dvg()
    return dvg is not None and unit.set_voltage(dvg, unit.hwconfig.droop_ratio)


def will_take_over(unit: Steps, volts: float | None) -> bool:
    """New reference: go to CV on the live grid, with droop; at the unit's own vg when `volts` is None."""
    unit.suspend_dynamic_check()
    dvg = unit.data.vg if volts is None else volts
    if dvg is None:
        unit.note("LOGIC", "LOCAL", "ERROR", "no voltage to take over at")
        return False
    return unit.set_mode(Mode.CV, dvg, unit.hwconfig.grid_current_capacity, unit.hwconfig.droop_ratio)


def did_hand_over(unit: Steps, following: Mode = Mode.STOP, amperes: float = 0.0) -> bool:
    """Old reference: let go.

    STOP: lower dig to 0 while still in CV, then stop whatever comes of that. CHARGE or DISCHARGE: go on with
    the deal at `amperes`, in one command, without a checkpoint.
    """
    policy = unit.policy
    match following:
        case Mode.CHARGE:
            done = unit.set_mode(Mode.CHARGE, policy.operation_grid_voltage, amperes)
        case Mode.DISCHARGE:
            done = unit.set_mode(Mode.DISCHARGE, policy.operation_grid_voltage_range.max, amperes)
        case Mode.STOP:
            step_current(unit, 0.0)
            done = unit.set_mode(Mode.STOP, policy.operation_grid_voltage, 0.0)
        case _:
            raise ValueError(f"a unit that hands over does not go on in mode {following.name}")
    return unit.resume_dynamic_check(done)


def did_take_over(unit: Steps) -> bool:
    """New reference: keep the voltage and switch droop off."""
    dvg = unit.present_dvg()
    return unit.resume_dynamic_check(dvg is not None and unit.set_voltage(dvg))


def hand_over(old: Client, new: Client, following: Mode = Mode.STOP) -> Report:
    """Move the voltage reference from `old` to `new`, which is in current mode or stopped.

    following: what `old` does afterwards; STOP when its deal has ended, CHARGE or DISCHARGE when it goes on,
    with the current that it measured before. The voltage is the old set-point or the voltage measured by
    `new`, as the policy says. The first step that fails ends it.
    """
    log, start = Log(), old.clock.now()
    succeeded = _hand_over(old, new, following, log)
    return log.report("hand_over", succeeded, start, old.clock.now())


def _hand_over(old: Client, new: Client, following: Mode, log: Log) -> bool:
    amperes, volts = old.data.ig, old.data.dvg
    theoretical = old.policy.grid_master.voltage_reference_take_over_dvg == "theoretical"
    missing = "meter.ig" if amperes is None and following is not Mode.STOP else "vdis.dvg" if volts is None else None
    if missing is not None:
        text = f"no {missing} in the data of the voltage reference"
        log.note(ApisError("LOGIC", "GLOBAL", "WARN", text, old.name, old.clock.now()))
        return False
    return (
        old.command(log, will_hand_over)
        and new.command(log, will_take_over, volts if theoretical else None)
        and old.command(log, did_hand_over, following, abs(amperes or 0.0))
        and new.command(log, did_take_over)
    )
