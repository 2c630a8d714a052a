"""What the converter does about its alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hil.virtual.plant.mode_control import RISEN
from hil.virtual.plant.modes import Alarm, Mode
from hil.virtual.plant.protection import Cause

if TYPE_CHECKING:
    from hil.virtual.plant.converter import Converter

_AT_LIMIT = 0.9
_LEAST_LIMIT = 0.1


class Guard:
    """Shows the protections what they watch, and stops the converter when one has tripped.

    locked: commands to run are refused although no alarm is latched (a fault).
    """

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        self._limits = converter.parameters.protections
        self._faults = converter.faults.protection
        self._interrupted = Mode.STOP
        self.locked = False

    @property
    def refuses_to_run(self) -> bool:
        """Tell whether a command to run comes to nothing."""
        return self.locked or bool(self._converter.protection.heavy)

    def reset(self) -> None:
        """Forget everything, as after booting."""
        self._interrupted = Mode.STOP
        self.locked = False
        self._converter.protection.reset()

    def forget_interrupted(self) -> None:
        """Note that a mode was commanded: there is nothing to resume any more."""
        self._interrupted = Mode.STOP

    def clear(self) -> None:
        """Clear latched alarms; the unit stays stopped."""
        converter, protection = self._converter, self._converter.protection
        had_heavy = bool(protection.heavy)
        protection.clear()
        converter.disturbed = True
        if not had_heavy or protection.heavy:
            return
        self.locked = self._faults.locked_after_clear
        if self._faults.clear_restarts:
            converter.modes.change(self._interrupted)
        elif converter.train.regulation.mode is Mode.STOP:
            converter.modes.stop_reporting()

    def raise_alarm(self, level: Alarm) -> None:
        """Raise an alarm without a cause outside."""
        if level is Alarm.LIGHT:
            self._converter.protection.raise_light(Cause.INTERNAL)
        elif level is Alarm.HEAVY:
            self._converter.protection.raise_heavy(Cause.INTERNAL)
        self._converter.disturbed = True

    def watch(self, step: float) -> None:
        """Look at everything after a step of `step` seconds, and act."""
        converter, train, protection = self._converter, self._converter.train, self._converter.protection
        regulation = train.regulation
        mode = regulation.mode
        grid, battery = train.grid.voltage, train.battery.voltage
        if self._faults.disabled_while_denied and not converter.will.permitted:
            return
        into_grid, into_battery = abs(train.grid_current), abs(train.battery_current)
        quantities = (battery, battery, into_battery, grid, into_grid, train.temperature, grid)
        begun = converter.time - regulation.entered > self._limits.undervoltage_grace
        at_limit = regulation.dig > _LEAST_LIMIT and into_grid >= _AT_LIMIT * regulation.dig
        in_vain = mode is Mode.CHARGE or (mode is Mode.DISCHARGE and at_limit)
        protection.watch(step, quantities, begun and in_vain)
        if mode is Mode.CV and converter.modes.start_pending:
            self._watch_start(grid, into_grid)
        else:
            sourcing = mode is Mode.CV or (mode is Mode.DISCHARGE and begun)
            protection.watch_short(step, sourcing and at_limit and grid < self._limits.short_voltage)
        if protection.fresh_heavy or protection.light:
            self._act(mode)
        elif self._interrupted is not Mode.STOP and self._faults.heavy_clears_itself and not protection.heavy:
            converter.modes.change(self._interrupted)

    def _act(self, mode: Mode) -> None:
        protection = self._converter.protection
        if protection.fresh_heavy:
            protection.fresh_heavy = False
            self._converter.disturbed = True
            if not self._faults.heavy_keeps_running:
                self._trip()
        elif self._faults.light_stops and mode is not Mode.STOP:
            self._trip()

    def _trip(self) -> None:
        """Stop switching because of an alarm."""
        modes = self._converter.modes
        interrupted = modes.commanded
        modes.enter(Mode.STOP)
        if self._limits.mode_after_heavy == "stop":
            modes.stop_reporting()
        self._interrupted = interrupted

    def _watch_start(self, grid: float, current: float) -> None:
        converter = self._converter
        trip = converter.faults.start.trip_current
        if trip is not None and current > trip:
            converter.protection.raise_heavy(Cause.START)
        if grid >= RISEN * converter.train.regulation.dvg:
            converter.modes.start_pending = False
