"""The two values of the battery as apis-main finds them in /all/get, whatever else that answer lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hil.converter import Answer, DriverBadAnswer, interpret
from hil.converter.strictjson import Fields
from hil.running.scene import Scene
from hil.waveform import Quantity

PERMITTED = 3
ALL = "/all/get"
PATIENCE = 2.0
"""How many times the allowed delay is waited for."""
RSOC, FLAG = "rsoc", "battery_operation_status"


@dataclass(frozen=True)
class Battery:
    """State of charge in % and permission flag; None where there is no usable JSON number."""

    rsoc: float | None
    flag: float | None

    @property
    def permitted(self) -> bool:
        """Tell whether the flag permits sharing."""
        return self.flag == PERMITTED

    @property
    def denied(self) -> bool:
        """Tell whether the flag is there, a whole number, and does not permit sharing."""
        return self.flag is not None and self.flag.is_integer() and not self.permitted


def _of(fields: Fields) -> Battery:
    return Battery(fields.optional_number(RSOC), fields.optional_number(FLAG))


def look(scene: Scene) -> Answer[Battery]:
    """Call /all/get. Raises DriverError when it is not answered with an object."""
    return interpret(scene.converter.call(ALL), _of)


@dataclass(frozen=True)
class Sighting:
    """The first answer that shows a change (None: none did in time), the last one, and the delay from the change."""

    found: Answer[Battery] | None
    last: Answer[Battery]
    delay: Quantity


def await_change(scene: Scene, shows: Callable[[Battery], bool]) -> Sighting:
    """Look until `shows` holds, at most twice as long as one period of data acquisition."""
    changed = scene.clock.now()
    allowed = PATIENCE * scene.policy.controller.data_acquisition_period
    while True:
        answer = look(scene)
        delay = Quantity.within(answer.end - changed, answer.duration, "s", "duration of the call")
        if shows(answer.value):
            return Sighting(answer, answer, delay)
        if delay.value > allowed:
            return Sighting(None, answer, delay)


def await_permission(scene: Scene) -> None:
    """Wait until the driver shows permission. Raises DriverBadAnswer when it never does."""
    seen = await_change(scene, lambda battery: battery.permitted).last
    if not seen.value.permitted:
        problem = f"{FLAG} is {seen.value.flag}, although the BMS has permitted sharing for some time"
        raise DriverBadAnswer((problem,), seen.status, seen.text, seen.start, seen.end, seen.path)
