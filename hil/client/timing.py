"""How long apis-main's sequences take, as closed forms of the latency of one call.

latency: seconds per call. polls: looks that a checkpoint needs, 1 to the policy's limit. steps: set-points of
a current change, the last one included. All results in seconds.
"""

from __future__ import annotations

from hil.client.policy import Policy
from hil.converter import single
from hil.errors import BadInput


def next_set_point(dig: float, target: float, step: float) -> float:
    """Return the next set-point (A) on the way from `dig` to `target`, in apis-main's single precision.

    One step of `step` while the distance is strictly larger than that, then the target itself.
    """
    dig, target, step = single(dig), single(target), single(step)
    if abs(single(target - dig)) <= step:
        return target
    return single(dig + step) if dig < target else single(dig - step)


def current_steps(start: float, target: float, step: float) -> list[float]:
    """Return all set-points (A) from `start` to `target` if every echo is exact; the last one is always sent.

    Raises BadInput for a step too small to count in single precision.
    """
    values = [next_set_point(start, target, step)]
    while values[-1] != single(target):
        following = next_set_point(values[-1], target, step)
        if following == values[-1]:
            raise BadInput(f"a current step of {step:g} A never gets from {start:g} A to {target:g} A")
        values.append(following)
    return values


def checkpoint_time(policy: Policy, latency: float, polls: int) -> float:
    """Return the duration of a checkpoint: a pause before every look."""
    return polls * (policy.controller.dcdc.checkpoint.retry_wait + latency)


def stop_from_current(policy: Policy, latency: float, steps: int, polls: int) -> float:
    """Return the duration of WAIT from charging or discharging: (steps + polls + 1) calls and the pauses."""
    return steps * latency + checkpoint_time(policy, latency, polls) + latency


def stop_from_voltage(policy: Policy, latency: float, polls: int) -> float:
    """Return the duration of WAIT from CV: lower the voltage, checkpoint, stop."""
    return 2 * latency + checkpoint_time(policy, latency, polls)


def authorization_time(policy: Policy, latency: float, polls: int) -> float:
    """Return the duration of an authorization: the trials and the way back, each a step and a checkpoint."""
    steps = policy.controller.dcdc.voltage_reference.authorization.number_of_trials + 1
    return steps * (latency + checkpoint_time(policy, latency, polls))


def denial_to_stop(policy: Policy, latency: float, steps: int, polls: int) -> float:
    """Return the longest time from "the driver reports denied" to "stopped", if the grid master never reacts.

    One acquisition period and its call, the call that sees the flag, the error loop, asking for stop until it
    gives up one tick late, and WAIT. With the usual policy and three polls from 2.3 A: 67.3 s + 9 latencies.
    """
    controller = policy.controller
    detect = controller.data_acquisition_period + 2 * latency
    ask = controller.stop_me_timeout + controller.stop_me_check_period
    stop = stop_from_current(policy, latency, steps, polls)
    return detect + policy.user.error_handling_period + ask + stop


def minimum_sharing_time(policy: Policy) -> float:
    """Return how long the smallest deal takes at nominal voltage and deal current: energy over power."""
    deal = policy.mediator.deal
    return 3600.0 * deal.amount_min / (policy.operation_grid_voltage * deal.grid_current)
