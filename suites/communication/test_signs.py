"""COM-08: current and power are positive into the unit, on both of its sides."""

from __future__ import annotations

from hil.converter import Mode
from hil.grid import RoleMissing
from hil.running.marking import OPERATING, STEP, requirement
from hil.running.scene import Scene
from hil.verdict import Judge

METERS = ("ig", "ib", "wg", "wb")
SETTLE = 1.0
"""Seconds from the answer to the reading."""


def _flowing(scene: Scene, mode: Mode, amperes: float) -> float:
    """Return the grid current that the bench measures, positive into the unit.

    Raises RoleMissing when less than half of what was commanded flows: then no meter has a sign to show.
    """
    measured = scene.grid_current().value
    if abs(measured) < amperes / 2.0:
        raise RoleMissing(f"current through the unit in {mode.name} ({measured:.3g} A flow)", "see its meters' signs")
    return measured


@requirement("COM-08", each=5.3, fixed=1.0, volts=OPERATING, amperes=STEP)
def test_meters_are_positive_into_the_unit(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Charge and discharge with one step of current; compare the sign of each meter with the instruments."""
    amperes = scene.policy.grid_current_step
    for _ in range(repetitions):
        for mode in (Mode.CHARGE, Mode.DISCHARGE):
            scene.share(mode, amperes)
            scene.clock.sleep(SETTLE)
            flowing = _flowing(scene, mode, amperes)
            meter = scene.converter.all().value.meter
            shown = {name: getattr(meter, name) for name in METERS}
            present = {name: value for name, value in shown.items() if value is not None}
            wrong = [name for name, value in present.items() if value * flowing <= 0.0]
            seen = ", ".join(f"{name} {value:.4g}" for name, value in present.items())
            conditions = f"{mode.name}, grid current {flowing:+.3g} A, {seen}"
            judge.count("COM-08", "wrong_signs", len(wrong), len(present), conditions)
            scene.stop()
