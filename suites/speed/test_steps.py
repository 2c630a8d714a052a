"""SPD-03 and SPD-04: a step of current or voltage has settled before the polls of its checkpoint are used up."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hil.client.sequences import acquire, authorization_voltages, step_current, step_voltage
from hil.client.timing import current_steps
from hil.converter import Mode
from hil.running.marking import HELD, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.flow import flow
from suites.speed.stepping import Step, take


def tour(levels: list[float]) -> list[float]:
    """Return a walk that goes once from each of `levels` to each other one, and ends where it began."""
    first, *others = levels
    if not others:
        return [first]
    there_and_back = [level for other in others[1:] for level in (other, first)]
    return [first, *there_and_back, *tour(others), first]


@requirement("SPD-03", each=3.6, fixed=2.5, volts=HIGHEST, amperes=HELD)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_a_current_step_settles_for_the_checkpoint(scene: Scene, judge: Judge, repetitions: int, mode: Mode) -> None:
    """Step dig to the full current and back to 0 as apis-main does; meter and ammeter must both be there in time."""
    scene.share(mode, 0.0)
    scene.client.run(acquire)
    step, allowance = scene.policy.grid_current_step, scene.hwconfig.grid_current_allowance
    targets = [*current_steps(0.0, scene.rated_current, step), *current_steps(scene.rated_current, 0.0, step)]
    sign = mode.sign
    steps: list[Step] = []
    for _ in range(repetitions):
        for target in targets:
            band = (sign * target - allowance, sign * target + allowance)
            steps.append(take(scene, step_current, target, "grid_current", band))
            conditions = f"{mode.name} to {target:.3g} A"
            judge.measure("SPD-03", "settling_time", steps[-1].settled, conditions=conditions)
    judge.count("SPD-03", "unsettled", sum(not each.arrived for each in steps), len(steps), mode.name)
    first = sum(each.arrived and each.polls == 1 for each in steps)
    judge.measure("SPD-03", "first_poll_share", 100.0 * first / len(steps), 0.0, mode.name)
    slowest = max(steps, key=lambda each: each.settled.value)
    slowest.keep(scene, f"The slowest current step, {mode.name}")


LOADS = (0.0, 1.0, -1.0)
"""Deal currents during the steps of voltage, positive into the unit."""


@requirement("SPD-04", each=41.0, fixed=5.0, volts=HIGHEST, amperes=1.0)
def test_a_voltage_step_settles_for_the_checkpoint(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Walk through all voltages of an authorization, then to where a stop parks the grid; loaded either way and not."""
    scene.reference()
    scene.client.run(acquire)
    policy = scene.policy
    parking = policy.operation_grid_voltage_range.min + policy.grid_voltage_separation
    levels = sorted({scene.operating_voltage, *authorization_voltages(policy, scene.operating_voltage)})
    walk = [*tour(levels), scene.operating_voltage, parking, levels[0]]
    slowest: Step | None = None
    for load in (share * scene.deal_current for share in LOADS * repetitions):
        flow(scene, load)
        steps: list[Step] = []
        scene.client.run(step_voltage, walk[0])
        for before, after in pairwise(walk):
            band = (after - policy.grid_voltage_allowance, after + policy.grid_voltage_allowance)
            steps.append(take(scene, step_voltage, after, "grid_voltage", band))
            conditions = f"{before:g} V to {after:g} V, {load:+g} A into the unit"
            judge.measure("SPD-04", "settling_time", steps[-1].settled, conditions=conditions)
        conditions = f"{load:+g} A into the unit"
        judge.count("SPD-04", "unsettled", sum(not each.arrived for each in steps), len(steps), conditions)
        slowest = max([*steps, *([slowest] if slowest else [])], key=lambda each: each.settled.value)
    assert slowest is not None, "a walk has steps"
    slowest.keep(scene, "The slowest voltage step")
