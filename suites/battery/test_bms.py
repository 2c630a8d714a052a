"""BAT-01 and BAT-02: state of charge and permission travel from the BMS to the client."""

from __future__ import annotations

from hil.running.marking import OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.battery.reading import Battery, await_change, await_permission, look

LEVELS = (0.0, 20.0, 50.0, 95.0, 100.0)
"""State of charge in %."""
AGAIN, AGAIN_AT_LEVEL = 2, 1
"""Looks after the one that showed a change of the permission, and of the state of charge: what is shown must stay."""
IDLE_SHARE = 0.5
"""Part of the changes that is made in Stop; the others while the unit holds the grid, which is when they matter."""


def _is_nearest(battery: Battery, level: float) -> bool:
    """Tell whether the state of charge shown stands for `level` and for no other."""
    rsoc = battery.rsoc
    return rsoc is not None and min(LEVELS, key=lambda each: abs(each - rsoc)) == level


def _run_from_half_on(scene: Scene, number: int, changes: int) -> None:
    if number == round(IDLE_SHARE * changes):
        scene.command_reference()


@requirement("BAT-01", each=5.7, fixed=1.5, volts=OPERATING)
def test_the_state_of_charge_follows_the_battery(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Let the BMS report five levels, idle and running; compare each rsoc, and the time until it is seen."""
    not_a_number, levels = 0, LEVELS * repetitions
    try:
        for number, level in enumerate(levels):
            _run_from_half_on(scene, number, len(levels))
            scene.battery.report_soc(level / 100.0)
            conditions = f"BMS reports {level:g} %"
            seen = await_change(scene, lambda battery, level=level: _is_nearest(battery, level))  # type: ignore[misc]
            judge.measure("BAT-01", "delay", seen.delay, conditions=conditions)
            for battery in (seen.last.value, *(look(scene).value for _ in range(AGAIN_AT_LEVEL))):
                if battery.rsoc is None:
                    not_a_number += 1
                    continue
                judge.measure("BAT-01", "rsoc_error", battery.rsoc - level, 0.0, conditions)
    finally:
        scene.battery.report_soc(None)
    judge.count("BAT-01", "not_a_number", not_a_number, (1 + AGAIN_AT_LEVEL) * len(levels))


@requirement("BAT-02", each=1.7, fixed=1.0, volts=OPERATING)
def test_the_permission_follows_the_battery(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Deny and permit in turn, idle and running; the flag must be the integer 3 while permitted, else another."""
    await_permission(scene)
    wrong: list[str] = []
    for number in range(repetitions):
        _run_from_half_on(scene, number, repetitions)
        permitted = number % 2 == 1
        (scene.battery.permit if permitted else scene.battery.deny)()
        conditions = "permitted" if permitted else "denied"
        shows = _permitted if permitted else _denied
        seen = await_change(scene, shows)
        if seen.found is None:
            wrong.append(f"{conditions}, but the flag is {seen.last.value.flag}")
        later = (look(scene).value for _ in range(AGAIN))
        wrong += [f"{conditions}, shown, and then the flag is {each.flag}" for each in later if not shows(each)]
        judge.measure("BAT-02", "latency", seen.delay, conditions=conditions)
    scene.battery.permit()
    judge.count("BAT-02", "wrong", len(wrong), (1 + AGAIN) * repetitions, "; ".join(dict.fromkeys(wrong)))


def _permitted(battery: Battery) -> bool:
    return battery.permitted


def _denied(battery: Battery) -> bool:
    return battery.denied
