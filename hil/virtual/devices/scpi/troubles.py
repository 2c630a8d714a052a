"""Lays faults on an instrument: those that happen once, and those that happen at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from simpy.events import Event

from hil.virtual.devices.scpi.core import Core
from hil.virtual.devices.scpi.errors import ScpiError


def start(core: Core) -> None:
    """Set going what the settings ask for from the beginning."""
    for name in type(core.faults).model_fields:
        _set_going(core, name)


def lay(core: Core, name: str, value: object) -> None:
    """Change one fault of `InstrumentFaults`.

    Raises:
        ValueError: there is no such fault, or it does not take this value.
    """
    setattr(core.faults, name, value)
    _set_going(core, name)


def _set_going(core: Core, name: str) -> None:
    value = getattr(core.faults, name)
    if name == "full_error_queue" and value:
        for _ in range(core.errors.depth + 1):
            core.note(ScpiError(-300))
    elif name == "trip_at" and value is not None:
        core.environment.process(_at(core, name, lambda: core.trip(core.faults.trip)))
    elif name == "restart_at" and value is not None:
        core.environment.process(_at(core, name, core.restart))


def _at(core: Core, name: str, action: Callable[[], None]) -> Generator[Event, Any, None]:
    """Do `action` at the time that the fault `name` holds, unless it has been changed meanwhile."""
    due = getattr(core.faults, name)
    yield core.environment.timeout(max(0.0, due - core.environment.now))
    if getattr(core.faults, name) == due:
        action()
