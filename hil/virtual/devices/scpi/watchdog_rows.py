"""Rows of the output watchdog as Keysight and ITECH have it: it latches the output off when no message comes."""

from __future__ import annotations

from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.parameters import Boolean, Quantity
from hil.virtual.devices.scpi.power import PowerCore
from hil.virtual.devices.scpi.rows import Rows, setting


def _set_state(core: PowerCore, on: bool) -> None:
    core.store("watchdog", on)
    if on:
        core.watchdog.arm(core.number("watchdog_delay"))
    else:
        core.watchdog.disarm()


def watchdog_rows(state: str, delay: str) -> Rows:
    """Return the rows for the headers `state` (boolean) and `delay` (s); settings "watchdog", "watchdog_delay"."""
    programmed, asked = setting(delay, "watchdog_delay", "s")

    def set_delay(core: PowerCore, value: float | str) -> None:
        programmed.handler(core, value)
        if core.watchdog.running:
            core.watchdog.arm(core.number("watchdog_delay"))

    return (
        Command(state, _set_state, (Boolean(),)),
        Command(f"{state}?", lambda core: core.conventions.boolean[bool(core.values["watchdog"])]),
        Command(delay, set_delay, (Quantity("s"),)),
        asked,
    )
