"""BAT-01 and BAT-02: state of charge and permission travel from the BMS to the client."""

from __future__ import annotations

from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.battery.reading import Battery, await_change, await_permission, look

LEVELS = (0.0, 20.0, 50.0, 95.0, 100.0)
"""State of charge in %."""
AGAIN = 2
"""Looks after the one that showed a change of the permission: what is shown must stay."""


def _is_nearest(battery: Battery, level: float) -> bool:
    """Tell whether the state of charge shown stands for `level` and for no other."""
    rsoc = battery.rsoc
    return rsoc is not None and min(LEVELS, key=lambda each: abs(each - rsoc)) == level


@requirement("BAT-01", each=2.8, fixed=1.0)
def test_the_state_of_charge_follows_the_battery(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Let the BMS report five levels; compare rsoc, and the time until it is seen."""
    not_a_number = 0
    try:
        for level in LEVELS * repetitions:
            scene.battery.report_soc(level / 100.0)
            conditions = f"BMS reports {level:g} %"
            seen = await_change(scene, lambda battery, level=level: _is_nearest(battery, level))  # type: ignore[misc]
            rsoc = seen.last.value.rsoc
            if rsoc is None:
                not_a_number += 1
                continue
            judge.measure("BAT-01", "rsoc_error", rsoc - level, 0.0, conditions)
            judge.measure("BAT-01", "delay", seen.delay, conditions=conditions)
    finally:
        scene.battery.report_soc(None)
    judge.count("BAT-01", "not_a_number", not_a_number, len(LEVELS) * repetitions)


@requirement("BAT-02", each=1.7, fixed=0.5)
def test_the_permission_follows_the_battery(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Deny and permit in turn; the flag must be the integer 3 while permitted, another integer while denied."""
    await_permission(scene)
    wrong: list[str] = []
    for number in range(repetitions):
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
