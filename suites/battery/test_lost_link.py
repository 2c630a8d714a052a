"""BAT-03: when the link to the BMS is lost, the driver never goes on saying that sharing is permitted."""

from __future__ import annotations

from dataclasses import dataclass

from hil.battery import BmsFaults
from hil.converter import DriverError
from hil.converter.strictjson import NotJson, as_number, find, parse_object
from hil.grid import RoleMissing
from hil.running.marking import OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity
from suites.battery.reading import ALL, FLAG, PERMITTED, await_permission


@dataclass(frozen=True)
class Loss:
    """A way to lose the link, whether sharing was permitted before, and whether the unit was running."""

    name: str
    faults: BmsFaults
    permitted: bool = True
    running: bool = False


LOSSES = (
    Loss("no answers while running", BmsFaults(cut=True), running=True),
    Loss("answers with a wrong checksum", BmsFaults(garble=True)),
    Loss("device failure (exception 4) while running", BmsFaults(failed=True), running=True),
    Loss("no answers, denied before", BmsFaults(cut=True), permitted=False),
)
WATCHED = 2.4
"""For how many periods of data acquisition an answer that says permitted is looked for."""
QUIET = 3.0
"""Seconds without permission after which nobody looks on."""
POLL = 0.2
"""Seconds between two looks."""


@dataclass
class Watch:
    """What was seen since the loss: the last permission (s after it), answers that lack the flag, all answers."""

    permission: Quantity
    missing: int = 0
    calls: int = 0


@requirement("BAT-03", each=5.0, fixed=0.5, volts=OPERATING)
def test_a_lost_link_is_never_permission(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Lose the link in one way after the other; look for answers that still permit, or leave the flag out."""
    bms = scene.battery.bms
    if bms is None:
        raise RoleMissing("BMS port", "cut the link to the BMS")
    missing = calls = 0
    try:
        for number in range(repetitions):
            loss = LOSSES[number % len(LOSSES)]
            bms.repair()
            scene.battery.permit()
            await_permission(scene)
            if loss.running:
                scene.command_reference()
            else:
                scene.stop()
            if not loss.permitted:
                scene.battery.deny()
            bms.faults = loss.faults
            watch = _watch(scene)
            judge.measure("BAT-03", "stale_permission", watch.permission, conditions=loss.name)
            missing += watch.missing
            calls += watch.calls
    finally:
        bms.repair()
        scene.battery.permit()
    judge.count("BAT-03", "flag_missing", missing, calls)


def _watch(scene: Scene) -> Watch:
    lost = scene.clock.now()
    watch = Watch(Quantity.exact(0.0, "s"))
    end = lost + WATCHED * scene.policy.controller.data_acquisition_period
    while scene.clock.now() < min(end, lost + watch.permission.value + QUIET):
        watch.calls += 1
        try:
            answer = scene.converter.call(ALL)
            tree = parse_object(answer.text)
        except (DriverError, NotJson):
            continue
        finally:
            scene.clock.sleep(POLL)
        if answer.status == 200:
            flag = find(tree, FLAG)
            watch.missing += flag is None
            if as_number(flag) == PERMITTED:
                watch.permission = Quantity.within(answer.end - lost, answer.duration, "s", "duration of the call")
    return watch
