"""The calls that read: which commands they send in which order, and what they answer."""

from __future__ import annotations

from hil.virtual.devices.driver import commands, objects
from hil.virtual.devices.driver.bus import Bus, Steps
from hil.virtual.devices.driver.objects import JsonObject
from hil.virtual.devices.driver.problems import CallError
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.devices.driver.view import State, View


class Reader:
    """Reads the converter."""

    def __init__(self, bus: Bus, view: View, settings: DriverSettings) -> None:
        self._bus = bus
        self._view = view
        self._settings = settings

    def everything(self) -> Steps[JsonObject]:
        """Return the answer of /remote/get."""
        run, view = self._bus.run, self._view
        mode = yield from run(commands.READ_MODE, view.state)
        state = yield from run(commands.READ_STATE, view.state)
        dvg, drg = yield from run(commands.READ_VOLTAGE, view.voltage)
        alarm = yield from run(commands.READ_ALARM, view.state)
        meter = yield from run(commands.READ_METERS, view.meters)
        dig = yield from run(commands.READ_CURRENT, view.current)
        shown = State(mode.mode, mode.named_mode, state.running, state.alarm, alarm.alarm_word)
        return {
            "status": objects.status(shown, self._settings),
            "powermeter": objects.powermeter(),
            "meter": meter,
            "vdis": objects.vdis(dvg, drg),
            "param": objects.param(dig, self._settings),
        }

    def short_status(self) -> Steps[JsonObject]:
        """Return the answer of /dcdc/get/status."""
        run, view = self._bus.run, self._view
        mode = yield from run(commands.READ_MODE, view.state)
        state = yield from run(commands.READ_STATE, view.state)
        meter = yield from run(commands.READ_METERS, view.meters)
        shown = State(mode.mode, mode.named_mode, state.running, state.alarm, state.alarm_word)
        return {"status": objects.short_status(shown, self._settings), "meter": meter}

    def clear_alarm(self) -> Steps[JsonObject]:
        """Clear the alarms; return the answer of /remote/get."""
        match self._settings.faults.clear_alarm:
            case "refused":
                raise CallError("timeout")
            case "ignored":
                yield from self._bus.run(commands.CLEAR_ALARM, lambda: None)
            case _:
                yield from self._bus.run(commands.CLEAR_ALARM, self._view.clear_alarm)
        return (yield from self.everything())

    def configure(self) -> Steps[JsonObject]:
        """Send the limits of the configuration to the converter; return the answer of /remote/ioctl/set.

        The virtual converter takes these limits from its own file, so they only cost their time on the wire.
        """
        dig = yield from self._bus.run(commands.READ_CURRENT, self._view.current)
        yield from self._bus.run(commands.WRITE_CURRENT, lambda: self._view.write_current(dig))
        yield from self._bus.run(commands.WRITE_BATTERY_LIMITS, lambda: None)
        yield from self._bus.run(commands.WRITE_BATTERY_TARGET, lambda: None)
        return objects.setup(self._settings)
