"""PRT-04: a warning is told apart from a failure in apis-main's exact words, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable

from hil.converter import DriverError, Mode
from hil.errors import NotAssessed
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge

LIGHT_ALARM, NO_ALARM = "Light alarm", "No alarm"
AMPERES = 0.5
"""Grid current while the unit is made to warn."""
STEP, PAUSE = 3.0, 0.3
"""V and seconds between two steps of the battery voltage."""
PATIENCE = 3.0
"""Seconds for the warning to come, and to go."""


@requirement("PRT-04", each=8.5, fixed=1.0, volts=350, amperes=0.5)
def test_a_warning_is_no_failure(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Bring the battery to a voltage at which the unit warns; read the text; clear it; start from Stop."""
    warning = scene.dut.protections.warning_battery_v
    if warning is None:
        raise NotAssessed("The DUT file does not say where the unit warns: protections.warning_battery_v is missing.")
    wrong = not_cleared = 0
    texts = set()
    for _ in range(repetitions):
        scene.share(Mode.DISCHARGE, AMPERES)
        _move_battery(scene, warning)
        text = _alarm_after(scene, lambda seen: seen != NO_ALARM)
        texts.add(text)
        wrong += text != LIGHT_ALARM
        scene.battery.emulator.set_voltage_override(None)
        scene.clock.sleep(PAUSE)
        not_cleared += not _clears(scene) or not _starts(scene)
        scene.recover()
    conditions = f"battery at {warning:g} V: {', '.join(sorted(texts))}"
    judge.count("PRT-04", "wrong_text", wrong, repetitions, conditions)
    judge.count("PRT-04", "not_cleared", not_cleared, repetitions, conditions)


def _move_battery(scene: Scene, end: float) -> None:
    """Lead the battery voltage to `end` in steps."""
    volts = scene.battery.voltage.value
    while volts != end:
        volts = max(volts - STEP, end) if end < volts else min(volts + STEP, end)
        scene.battery.emulator.set_voltage_override(volts)
        scene.clock.sleep(PAUSE)


def _alarm_after(scene: Scene, shows: Callable[[str | None], bool]) -> str:
    """Return the alarm's text once it `shows`, or what it is after a while."""
    seen: list[str | None] = []

    def asked() -> bool:
        seen.append(scene.converter.all().value.status.alarm_state)
        return shows(seen[-1])

    scene.clock.wait_until(asked, PATIENCE, PAUSE)
    return str(seen[-1])


def _clears(scene: Scene) -> bool:
    try:
        scene.converter.clear_alarm()
    except DriverError:
        return False
    return _alarm_after(scene, lambda seen: seen == NO_ALARM) == NO_ALARM


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
