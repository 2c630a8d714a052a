"""BAT-01 and BAT-02: state of charge and permission travel from the BMS to the client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hil.converter import Answer, DriverBadAnswer, DriverError
from hil.converter.values import AllData
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity

LEVELS = (0.0, 20.0, 50.0, 95.0, 100.0)
"""State of charge in %."""
PERMITTED = 3
PATIENCE = 2.0
"""How many times the allowed delay is waited for."""


@dataclass(frozen=True)
class Sighting:
    """The first answer that shows a change, and the delay from the change to it."""

    answer: Answer[AllData] | None
    delay: Quantity


def _await(scene: Scene, shows: Callable[[AllData], bool]) -> Sighting:
    changed = scene.clock.now()
    allowed = PATIENCE * scene.policy.controller.data_acquisition_period
    while scene.clock.now() - changed < allowed:
        answer = scene.converter.all()
        if shows(answer.value):
            delay = answer.end - changed
            return Sighting(answer, Quantity(delay, answer.end - answer.start, "s"))
    return Sighting(None, Quantity(scene.clock.now() - changed, 0.0, "s"))


@requirement("BAT-01", each=6.0, fixed=2.0)
def test_the_state_of_charge_follows_the_battery(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Let the BMS report five levels; compare rsoc, and the time until it is seen."""
    not_a_number = 0
    try:
        for level in LEVELS * repetitions:
            scene.battery.report_soc(level / 100.0)
            conditions = f"BMS reports {level:g} %"
            try:
                seen = _await(scene, lambda data, level=level: abs(data.rsoc - level) <= 1.0)  # type: ignore[misc]
            except DriverBadAnswer:
                not_a_number += 1
                continue
            value = seen.answer.value.rsoc if seen.answer is not None else scene.converter.all().value.rsoc
            judge.measure("BAT-01", "rsoc_error", value - level, 0.0, conditions)
            judge.measure("BAT-01", "delay", seen.delay, conditions=conditions)
    finally:
        scene.battery.report_soc(None)
    judge.count("BAT-01", "not_a_number", not_a_number, len(LEVELS) * repetitions)


@requirement("BAT-02", each=1.3, fixed=2.0)
def test_the_permission_follows_the_battery(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Deny and permit in turn; the flag must be the integer 3 while permitted, anything else while denied."""
    wrong = 0
    for number in range(repetitions):
        permitted = number % 2 == 1
        (scene.battery.permit if permitted else scene.battery.deny)()
        conditions = "permitted" if permitted else "denied"
        try:
            seen = _await(
                scene, lambda data, permitted=permitted: (data.battery_operation_status == PERMITTED) is permitted
            )  # type: ignore[misc]
        except DriverError:
            wrong += 1
            continue
        wrong += seen.answer is None
        judge.measure("BAT-02", "latency", seen.delay, conditions=conditions)
    scene.battery.permit()
    judge.count("BAT-02", "wrong", wrong, repetitions)
