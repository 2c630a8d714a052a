"""STW-02 and STW-03: the client's stop after a denial ends within 100 s, and only then may the battery open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hil.client import Report, Steps, timing
from hil.client.sequences import acquire, charge, discharge, stop
from hil.converter import Mode
from hil.converter.values import PERMITTED
from hil.running.marking import HELD, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity

BLIND = 60.0
"""Seconds after which a denial that the driver never shows is taken as unseen."""
RECOVERY = 60.0
"""Seconds that a controller has to answer again when its battery returns."""
PERMITTED_FOR = 2.0
"""Seconds after sharing is permitted again in which a unit that starts by itself is seen."""
SETTLE = 1.0
"""Seconds of steady sharing before the denial."""
FLOWING = 0.5
"""Share of the current that must flow for its stop to tell anything."""

Start = Callable[[Steps, float], bool]
STARTS: tuple[Start, ...] = (charge, discharge)
"""The usual stop is replayed from each in turn, the longest one from the last."""


@dataclass
class Chain:
    """One replay. denied, seen: bench time in s of the denial and of the answer that showed it. reports: all calls.

    shared: the current was flowing when sharing was denied.
    """

    denied: float
    seen: float
    reports: list[Report]
    shared: bool

    @property
    def longest_call(self) -> float:
        """Return the longest answer time in s."""
        return max(call.end - call.start for report in self.reports for call in report.calls)


def _deny_and_detect(scene: Scene, start: Start) -> Chain:
    """Share with full current, deny at the worst moment, right after an acquisition; acquire until it is seen."""
    scene.grid.stiff(scene.operating_voltage)
    scene.client.run(acquire)
    started = scene.client.run(start, scene.rated_current)
    scene.clock.sleep(SETTLE)
    flows = abs(scene.grid_current().value) >= FLOWING * scene.rated_current
    scene.client.run(acquire)
    scene.battery.deny()
    chain = Chain(scene.clock.now(), scene.clock.now(), [started], started.succeeded and flows)
    while scene.clock.now() - chain.denied < BLIND:
        _acquire_after_a_period(scene, chain)
        if scene.client.data.number("battery_operation_status") != PERMITTED:
            break
    chain.seen = scene.clock.now()
    scene.clock.sleep(scene.policy.user.error_handling_period)
    return chain


def _acquire_after_a_period(scene: Scene, chain: Chain) -> None:
    scene.clock.sleep(scene.policy.controller.data_acquisition_period)
    chain.reports.append(scene.client.run(acquire))


def _ask_in_vain(scene: Scene, chain: Chain) -> None:
    """Ask for the stop until the client gives up, one tick late; the acquisition goes on meanwhile."""
    controller = scene.policy.controller
    until = scene.clock.now() + controller.stop_me_timeout + controller.stop_me_check_period
    while scene.clock.now() + controller.data_acquisition_period < until:
        _acquire_after_a_period(scene, chain)
    scene.clock.sleep(max(0.0, until - scene.clock.now()))


def _ask_the_grid_master(scene: Scene, chain: Chain) -> None:
    """Wait one loop of the grid master, which looks at the unit and stops it; then the check that nothing is left."""
    scene.clock.sleep(scene.policy.grid_master.main_loop_period)
    chain.reports.append(scene.client.run(acquire))
    chain.reports.append(scene.client.run(stop))
    scene.clock.sleep(scene.policy.controller.stop_me_check_period)


def _finish(scene: Scene, judge: Judge, chain: Chain, conditions: str) -> Quantity:
    """Stop without waiting for anybody; return the time from the denial to that answer."""
    last = scene.client.run_at_once(stop)
    chain.reports.append(last)
    stopped = last.succeeded and scene.holds(Mode.STOP)
    judge.count("STW-02", "not_started", int(not chain.shared), 1, conditions)
    judge.count("STW-02", "not_stopped", int(not stopped), 1, conditions)
    doubt = last.calls[-1].end - last.calls[-1].start
    return Quantity.within(last.end - chain.denied, doubt, "s", "duration of the call")


@requirement("STW-02", each=19.0, fixed=1.0, volts=HIGHEST, amperes=HELD)
def test_the_usual_stop_ends_in_time(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Deny while sharing; the other side answers the request to stop."""
    for number in range(repetitions):
        start = STARTS[number % len(STARTS)]
        conditions = f"replay {number + 1}, {start.__name__}: the request to stop is answered"
        chain = _deny_and_detect(scene, start)
        _ask_the_grid_master(scene, chain)
        took = _finish(scene, judge, chain, conditions)
        judge.measure("STW-02", "nominal_chain", took, conditions=conditions)
        scene.battery.permit()


@requirement("STW-03", "STW-02", each=9.0, fixed=1.0, dwells=1.0, volts=HIGHEST, amperes=HELD)
def test_the_longest_stop_ends_before_the_battery_opens(
    scene: Scene, judge: Judge, repetitions: int, dwell: float
) -> None:
    """Deny while sharing; nobody answers; the unit is stopped by force, and after 100 s the battery opens."""
    for number in range(repetitions):
        conditions = f"replay {number + 1}: nobody answers the request to stop"
        chain = _deny_and_detect(scene, STARTS[-1])
        _ask_in_vain(scene, chain)
        took = _finish(scene, judge, chain, conditions)
        judge.measure("STW-02", "worst_chain", took, conditions=conditions)
        _judge_by_answer_times(scene, judge, chain)
        scene.clock.sleep(max(0.0, chain.denied + dwell - scene.clock.now()))
        stopped = took.value <= dwell and scene.holds(Mode.STOP)
        judge.count("STW-03", "running_at_opening", int(not stopped), 1, conditions)
        judge.count("STW-03", "self_starts", int(not _waits_when_permitted(scene)), 1, conditions)
        _open_and_close(scene)


def _waits_when_permitted(scene: Scene) -> bool:
    """Permit sharing again; tell whether the unit stays in Stop, without current on a live grid."""
    scene.battery.permit()
    scene.client.run(acquire)
    scene.clock.sleep(PERMITTED_FOR)
    return scene.holds(Mode.STOP) and abs(scene.grid_current().value) <= scene.hwconfig.grid_current_allowance


def _judge_by_answer_times(scene: Scene, judge: Judge, chain: Chain) -> None:
    """Add up the chain with the longest answer time of the replay and every poll of the checkpoint used."""
    policy = scene.policy
    steps = len(timing.current_steps(scene.rated_current, 0.0, policy.grid_current_step))
    polls, latency = policy.controller.dcdc.checkpoint.retry_limit, chain.longest_call
    late = chain.seen - chain.denied - policy.controller.data_acquisition_period - latency
    worst = timing.denial_to_stop(policy, latency, steps, polls) + max(0.0, late)
    queued = worst + timing.authorization_time(policy, latency, polls)
    conditions = f"computed: longest call {latency:.3f} s, {polls} polls, denial seen {max(0.0, late):.3f} s late"
    for limit, chain_time in (("worst_chain", worst), ("queued_chain", queued)):
        computed = Quantity.within(chain_time, 0.01, "s", "clock of the computer")
        judge.measure("STW-02", limit, computed, conditions=conditions)


def _open_and_close(scene: Scene) -> None:
    """Open the battery under a stopped converter, and give it back for whatever comes next."""
    scene.grid.release()
    scene.battery.emulator.open_contactor()
    scene.battery.emulator.close_contactor()
    scene.await_answer(RECOVERY)
    scene.battery.permit()
