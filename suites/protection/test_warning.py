"""PRT-04: a warning is told apart from a failure in apis-main's exact words, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable

from hil.client.safety import HEAVY_ALARM
from hil.converter import DriverError, Mode
from hil.converter.values import Status
from hil.errors import NotAssessed
from hil.running.marking import OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge

LIGHT_ALARM, NO_ALARM = "Light alarm", "No alarm"
AMPERES = 0.5
"""Grid current while the unit is made to warn."""
BEYOND = 0.02
"""How far, as a part of the threshold, the battery voltage goes beyond it."""
STEP, PAUSE = 3.0, 0.3
"""V and seconds between two steps of the battery voltage."""
CLEARINGS = 2
"""How often an alarm is cleared that does not go."""
PATIENCE = 3.0
"""Seconds for the warning to come, and to go."""


@requirement("PRT-04", each=15.0, fixed=1.0, volts=OPERATING, amperes=0.5)
def test_a_warning_is_no_failure(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Bring the battery to a voltage at which the unit warns, then to one at which it trips; clear; start again."""
    warning, trip = scene.dut.protections.warning_battery_v, scene.dut.protections.battery_undervoltage_v
    if warning is None or trip is None:
        raise NotAssessed(
            "The DUT file does not say where the unit warns and where it stops: "
            "protections.warning_battery_v or protections.battery_undervoltage_v is missing."
        )
    wrong = not_cleared = stopped = 0
    texts = []
    for _ in range(repetitions):
        for volts, expected in ((warning, LIGHT_ALARM), ((1.0 - BEYOND) * trip, HEAVY_ALARM)):
            scene.share(Mode.DISCHARGE, AMPERES)
            _move_battery(scene, volts)
            text, mode = _alarm_after(scene, lambda seen: seen != NO_ALARM)
            texts.append(f"{text} at {volts:.2f} V")
            wrong += text != expected
            stopped += expected == LIGHT_ALARM and mode != Mode.DISCHARGE.value
            scene.battery.emulator.set_voltage_override(None)
            scene.clock.sleep(PAUSE)
            not_cleared += not (_clears(scene, expected) and _starts(scene))
            scene.recover()
    conditions = ", ".join(dict.fromkeys(texts))
    judge.count("PRT-04", "wrong_text", wrong, 2 * repetitions, conditions)
    judge.count("PRT-04", "stopped", stopped, repetitions, conditions)
    judge.count("PRT-04", "not_cleared", not_cleared, 2 * repetitions, conditions)


def _move_battery(scene: Scene, end: float) -> None:
    """Lead the battery voltage to `end` in steps."""
    volts = scene.battery.voltage.value
    while volts != end:
        volts = max(volts - STEP, end) if end < volts else min(volts + STEP, end)
        scene.battery.emulator.set_voltage_override(volts)
        scene.clock.sleep(PAUSE)


def _alarm_after(scene: Scene, shows: Callable[[str | None], bool]) -> tuple[str, str]:
    """Return the alarm's text once it `shows`, or what it is after a while; and the mode seen with it."""
    seen: list[Status] = []

    def asked() -> bool:
        seen.append(scene.converter.all().value.status)
        return shows(seen[-1].alarm_state)

    scene.clock.wait_until(asked, PATIENCE, PAUSE)
    return str(seen[-1].alarm_state), seen[-1].code


def _clears(scene: Scene, alarm: str) -> bool:
    """Tell whether the alarm goes when it is cleared, and a tripped unit stays in Stop then.

    It is cleared again if it is still there: a unit may have warned anew meanwhile, for a reason of its own.
    """
    text, mode = alarm, ""
    for _ in range(CLEARINGS):
        try:
            scene.converter.clear_alarm()
        except DriverError:
            return False
        text, mode = _alarm_after(scene, lambda seen: seen == NO_ALARM)
        if text == NO_ALARM:
            break
    return text == NO_ALARM and (alarm != HEAVY_ALARM or mode == Mode.STOP.value)


def _starts(scene: Scene) -> bool:
    """Tell whether the unit goes from Stop to constant current."""
    scene.stop()
    try:
        scene.converter.set_mode(Mode.DISCHARGE, scene.ceiling(Mode.DISCHARGE), AMPERES, 0.0)
    except DriverError:
        return False
    scene.clock.sleep(PAUSE)
    flows = abs(scene.grid_current().value + AMPERES) <= scene.hwconfig.grid_current_allowance
    return flows and scene.holds(Mode.DISCHARGE)
