"""What a faulty converter does of its own accord: stop, derate, sleep, raise alarms, start by itself."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log
from typing import TYPE_CHECKING

from hil.virtual.plant.faults import ControlPowerFaults, SharingFaults, VoltageFaults
from hil.virtual.plant.modes import Alarm, Mode
from hil.virtual.plant.noise import uniform
from hil.virtual.plant.protection import ALARM_OF

if TYPE_CHECKING:
    from hil.virtual.plant.converter import Converter

_STOP_STREAM = 2
_LIMIT_ALARM_AFTER = 1.0
_AT_LIMIT = 0.98
_REVERSAL_CURRENT = 0.05


class Willfulness:
    """Acts on its converter; does nothing at all for a healthy one.

    present: some fault needs a look after every step.
    """

    def __init__(self, converter: Converter, seed: int) -> None:
        self._converter = converter
        self._seed = seed
        self._entries = self._starts = 0
        self._mode_before_loss = self._mode_before_denial = Mode.STOP
        self._derated: set[str] = set()
        self._at_limit_since: float | None = None
        self._sourcing: bool | None = None
        self.permitted = True
        faults = converter.faults
        self.present = (
            faults.sharing != SharingFaults()
            or faults.voltage.limit_alarm != VoltageFaults().limit_alarm
            or faults.voltage.trip_at_zero_dig
            or faults.voltage.reversal_time > 0.0
        )

    def start_fails(self) -> bool:
        """Count the start of CV that happens now, and tell whether it gives nothing."""
        start, train = self._converter.faults.start, self._converter.train
        grid = train.grid.voltage
        in_window = start.windows_reaction == "nothing" and any(low <= grid <= high for low, high in start.windows)
        self._starts += 1
        failing = start.failing_every > 0 and self._starts % start.failing_every == 0
        return (
            in_window or failing or grid < start.lowest_voltage or train.battery.voltage < start.lowest_battery_voltage
        )

    def entered(self, mode: Mode) -> None:
        """Note that regulation has changed to `mode`, and plan what follows from that."""
        converter, faults = self._converter, self._converter.faults
        self._entries += 1
        self._at_limit_since = self._sourcing = None
        self._derated.discard("time")
        if mode is Mode.STOP:
            if faults.current.stop_leakage_after:
                self._plan(faults.current.stop_leakage_after, _nothing)
            if faults.control_power.sleep_in_stop is not None:
                self._plan(faults.control_power.sleep_in_stop, converter.fall_asleep)
            return
        for delay in (faults.transition.entry_current_time, faults.transition.entry_voltage_time):
            if delay:
                self._plan(delay, _nothing)
        if faults.protection.spurious_light_after is not None:
            self._plan(faults.protection.spurious_light_after, lambda: converter.guard.raise_alarm(Alarm.LIGHT))
        if faults.protection.spurious_heavy_after is not None:
            self._plan(faults.protection.spurious_heavy_after, lambda: converter.guard.raise_alarm(Alarm.HEAVY))
        if faults.sharing.stop_after is not None:
            self._plan(faults.sharing.stop_after, self._stop)
        if faults.sharing.derate_after is not None:
            self._plan(faults.sharing.derate_after, lambda: self._derated.add("time"))
        if faults.sharing.mean_time_to_stop is not None:
            drawn = -faults.sharing.mean_time_to_stop * log(uniform(self._seed, _STOP_STREAM, self._entries))
            self._plan(drawn, self._stop)

    def _stop(self) -> None:
        self._converter.modes.change(Mode.STOP)

    def _plan(self, delay: float, action: Callable[[], None]) -> None:
        self._converter.agenda.at(self._converter.time + delay, "running", action)

    def set_permission(self, permitted: bool) -> None:
        """Note whether the battery permits sharing."""
        converter, sharing = self._converter, self._converter.faults.sharing
        if permitted == self.permitted:
            return
        self.permitted = permitted
        converter.agenda.cancel("denial")
        self._derated.discard("denial")
        if sharing.stop_on_permission:
            self._stop()
        if permitted:
            if sharing.start_on_permission:
                converter.modes.change(self._mode_before_denial)
            return
        self._mode_before_denial = converter.modes.commanded
        if sharing.denial_only_in_cv and converter.modes.commanded is not Mode.CV:
            return
        if sharing.stop_after_denial is not None:
            converter.agenda.at(converter.time + sharing.stop_after_denial, "denial", self._stop)
        if sharing.derate_after_denial is not None:
            when = converter.time + sharing.derate_after_denial
            converter.agenda.at(when, "denial", lambda: self._derated.add("denial"))

    def act(self) -> None:
        """Look at the state after a step."""
        converter = self._converter
        regulation = converter.train.regulation
        self._limit_power()
        if regulation.mode is not Mode.CV:
            return
        faults = converter.faults.voltage
        if faults.trip_at_zero_dig and regulation.dig == 0.0:
            converter.guard.raise_alarm(Alarm.HEAVY)
        if faults.limit_alarm != "none":
            self._watch_limit()
        if faults.reversal_time:
            self._watch_direction(faults.reversal_time)

    def _limit_power(self) -> None:
        sharing, train = self._converter.faults.sharing, self._converter.train
        regulation = train.regulation
        weak = sharing.weak_battery_voltage is not None and train.battery.voltage < sharing.weak_battery_voltage
        hot = sharing.derate_temperature is not None and train.temperature > sharing.derate_temperature
        derated = sharing.derated_fraction * regulation.dig if (weak or hot or self._derated) else inf
        charge = min(derated, inf if sharing.charge_limit is None else sharing.charge_limit)
        discharge = min(derated, inf if sharing.discharge_limit is None else sharing.discharge_limit)
        if (charge, discharge) != (regulation.charge_cap, regulation.discharge_cap):
            regulation.charge_cap, regulation.discharge_cap = charge, discharge
            self._converter.disturbed = True

    def _watch_limit(self) -> None:
        converter = self._converter
        regulation = converter.train.regulation
        if abs(converter.train.grid_current) < _AT_LIMIT * regulation.dig:
            self._at_limit_since = None
        elif self._at_limit_since is None:
            self._at_limit_since = converter.time
        elif converter.time - self._at_limit_since > _LIMIT_ALARM_AFTER and not converter.alarm:
            converter.guard.raise_alarm(ALARM_OF[converter.faults.voltage.limit_alarm])

    def _watch_direction(self, pause: float) -> None:
        converter = self._converter
        current = converter.train.regulation.current
        if abs(current) < _REVERSAL_CURRENT:
            return
        sourcing = current > 0.0
        if self._sourcing is not None and sourcing != self._sourcing:
            converter.train.regulation.blank_until = converter.time + pause
            converter.disturbed = True
        self._sourcing = sourcing

    def lost(self, mode: Mode) -> None:
        """Note that control power has gone while `mode` was on."""
        self._mode_before_loss = mode
        faults: ControlPowerFaults = self._converter.faults.control_power
        if faults.loss_time:
            self._converter.train.regulation.run_wild(
                self._converter.time + faults.loss_time, faults.loss_current, faults.loss_voltage
            )

    def booted(self, boots: int) -> None:
        """Note that the controller is there again."""
        if boots < 2:
            return
        faults = self._converter.faults.control_power
        self._converter.guard.raise_alarm(ALARM_OF[faults.boot_alarm])
        if faults.self_start:
            self._converter.modes.change(self._mode_before_loss)


def _nothing() -> None:
    """Only wake the plant."""
