"""Looking whether a change has arrived."""

from __future__ import annotations

from hil.client.report import Poll, Quantity
from hil.client.steps import Steps
from hil.converter import single


def checkpoint(unit: Steps, quantity: Quantity, target: float) -> bool:
    """Wait and look, up to the policy's limit, until vg (V) or the magnitude of ig (A) is at `target`.

    The sign of ig is not judged here: apis-main gives the target the sign of the measured current. The value
    judged is the cached one after the answer was merged, so a driver that leaves it out is judged by an old
    value. Three misses are a warning and end the sequence; a driver that fails ends it too.
    """
    rules = unit.policy.controller.dcdc.checkpoint
    # A negative limit is apis-main's test switch: that many looks, and then failure whatever they show.
    for number in range(1, max(1, abs(rules.retry_limit)) + 1):
        unit.sleep(rules.retry_wait)
        call = unit.read_status()
        if call.answer is None:
            return False
        value = unit.data.number(f"meter.{quantity}")
        if value is None:
            unit.note("HARDWARE", "LOCAL", "ERROR", f"no meter.{quantity} in the status of the converter")
        passed = value is not None and rules.retry_limit >= 0 and _arrived(unit, quantity, target, value)
        unit.log.polls.append(Poll(unit.name, quantity, target, value, number, call.start, call.end, passed))
        if passed:
            return True
    unit.note("HARDWARE", "LOCAL", "WARN", f"checkpoint failed: {quantity} did not reach {target:g}")
    return False


def _arrived(unit: Steps, quantity: Quantity, target: float, value: float) -> bool:
    if quantity == "vg":
        allowance = single(unit.policy.grid_voltage_allowance)
    else:
        allowance = single(unit.hwconfig.grid_current_allowance)
        target = -target if value < 0 else target
    target = single(target)
    return single(target - allowance) <= value <= single(target + allowance)
