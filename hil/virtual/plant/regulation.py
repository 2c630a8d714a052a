"""The grid side of a converter: what it makes of mode, dvg, drg and dig, as a line on the grid node."""

from __future__ import annotations

from math import exp

from hil.virtual.plant.converter_parameters import ConverterParameters
from hil.virtual.plant.disturbance import CurrentDisturbance, Excess, VoltageDisturbance
from hil.virtual.plant.modes import Mode
from hil.virtual.plant.node import Element

_SETTLED = 1e-6
_LEAKAGE_CONDUCTANCE = 1.0


class GridRegulation:
    """Regulates voltage or current on the grid node.

    CV: the output is a voltage behind the transient resistance; a slow loop takes the transient drop away again, so
    that only the static resistance and droop remain. CC: a current with first-order lag, bounded by the ceiling dvg
    while discharging and by the floor while charging. Currents here are positive out of the unit.
    """

    def __init__(self, parameters: ConverterParameters, seed: int) -> None:
        self._ratings = parameters.ratings
        self._regulation = parameters.regulation
        self._faults = faults = parameters.faults
        self._ambient = parameters.thermal.ambient
        self._current = CurrentDisturbance(faults.current, faults.speed, faults.transition, seed)
        self._voltage = VoltageDisturbance(faults.voltage, faults.speed, faults.transition)
        self._overshoot = Excess(faults.start.overshoot_time)
        self.element = Element("converter", capacitance=parameters.regulation.grid_capacitance)
        self.mode = Mode.STOP
        self.dvg = self.drg = self.dig = 0.0
        self.charge_cap = self.discharge_cap = float("inf")
        self.entered = 0.0
        self.blank_until = 0.0
        self.starting = False
        self.start_blocked = False
        self.reference = 0.0
        self.command = 0.0
        self.current = 0.0
        self.slow_current = 0.0
        self._found = 0.0
        self._started = 0
        self.droop_resistance = 0.0
        self.moving = False
        self._last_direction = 0.0
        self._wild_until = 0.0
        self._wild_current = self._wild_voltage = 0.0

    @property
    def restless(self) -> bool:
        """Tell whether a fault keeps it from ever being at rest in its present mode."""
        if self.mode is Mode.STOP:
            return False
        return self._voltage.restless if self.mode is Mode.CV else self._current.restless

    def enter(self, mode: Mode, time: float, grid_voltage: float) -> None:
        """Change to `mode` at `time`, without a jump unless a fault wants one."""
        previous = self.mode
        self.mode = mode
        self.entered = time
        self.moving = True
        self.starting = mode is Mode.CV
        if mode is Mode.STOP:
            self.current = self.command = self.slow_current = 0.0
            return
        if previous is not Mode.STOP and self._faults.transition.blank_time:
            self.blank_until = max(self.blank_until, time + self._faults.transition.blank_time)
        self._current.entries += 1
        self.command = self.slow_current = self.current
        if mode is Mode.CV:
            self._begin_voltage(grid_voltage)

    def set_points(self, dvg: float, drg: float, dig: float, time: float) -> None:
        """Take new effective set-points: V, fraction, A."""
        if dvg != self.dvg:
            self._voltage.step(dvg - self.dvg, time)
        if dig != self.dig:
            self._current.step(dig - self.dig, time)
        self.dvg, self.drg, self.dig = dvg, drg, dig
        self.moving = True

    def prepare(
        self, time: float, step: float, grid: float, battery: float, temperature: float, power_limit: float
    ) -> None:
        """Set the line for the coming `step` seconds.

        `grid`, `battery`: present node voltages, V. `power_limit`: largest power to or from the grid now, W.
        """
        if time < self._wild_until:
            self._rave()
            return
        if self.mode is Mode.STOP or time < self.blank_until:
            self._rest(time, grid)
            return
        cap = min(self._ratings.highest_grid_current, power_limit / max(grid, 1.0))
        if self.mode is Mode.CV:
            self._prepare_voltage(time, step, cap, battery)
        else:
            self._prepare_current(time, step, cap, grid, battery, temperature)

    def finish(self, step: float, mean_current: float) -> None:
        """Note the mean current out of the unit in A over the step that has just passed."""
        self.current = mean_current
        if mean_current:
            self._last_direction = mean_current
        if self.mode is Mode.CV:
            change = (mean_current - self.slow_current) * (1.0 - exp(-step / self._regulation.voltage_time_constant))
            self.slow_current += change
            if abs(change) > _SETTLED:
                self.moving = True

    def run_wild(self, until: float, current: float, voltage: float) -> None:
        """Until `until`, carry `current` A against the direction it had, or drive the grid to `voltage` V."""
        self._wild_until = until
        self._wild_current = -current if self._last_direction > 0.0 else current
        self._wild_voltage = voltage
        self.moving = True

    def _rave(self) -> None:
        self.moving = True
        conductance = 1.0 / self._regulation.transient_resistance
        highest = self._ratings.highest_grid_current
        if self._wild_voltage:
            self.element.shape(conductance, self._wild_voltage, 0.0, highest)
        elif self._wild_current < 0.0:
            self.element.shape(conductance, 0.0, self._wild_current, 0.0)
        else:
            self.element.shape(conductance, self._ratings.grid_clamp_voltage, 0.0, self._wild_current)

    def _rest(self, time: float, grid: float) -> None:
        """Switch nothing: at most a leakage flows."""
        leaks = time >= self.entered + self._faults.current.stop_leakage_after
        leaks = leaks and grid >= self._faults.current.stop_leakage_above
        leakage = self._faults.current.stop_leakage if leaks else 0.0
        self.moving = self.mode is not Mode.STOP
        self.command = self.slow_current = 0.0
        if leakage == 0.0:
            self.element.carry(0.0)
        elif leakage > 0.0:
            self.element.shape(_LEAKAGE_CONDUCTANCE, 0.0, -leakage, 0.0)
        else:
            self.element.shape(_LEAKAGE_CONDUCTANCE, self._ratings.grid_clamp_voltage, 0.0, -leakage)
        if self.mode is Mode.CV:
            self.reference = grid

    # --- CV

    def _begin_voltage(self, grid: float) -> None:
        entry = self._faults.transition.cv_entry
        self.droop_resistance = self._wanted_droop()
        self._found = grid
        if entry == "measured":
            self.reference = grid + (self.droop_resistance + self._regulation.static_resistance) * self.current
        else:
            self.reference = self.dvg if entry == "setpoint" else 0.0

    def _wanted_droop(self) -> float:
        faults = self._faults.voltage
        drg = self.drg if faults.droop_stuck is None else faults.droop_stuck
        return self.dvg * drg * faults.droop_scale / self._ratings.grid_current

    def _prepare_voltage(self, time: float, step: float, cap: float, battery: float) -> None:
        regulation = self._regulation
        before = self.reference
        self._ramp(time, step)
        self.moving = abs(self.reference - before) > _SETTLED
        self._lag_droop(step)
        current = self.slow_current
        reference = 0.5 * (before + self.reference)
        if self._voltage.present:
            reference = self._voltage.reference(reference, current, time, time - self.entered, not self.starting)
            reference -= self._voltage.droop(self.droop_resistance, current)
        if self._faults.start.overshoot:
            reference += self._overshoot.at(time)
        static = self.droop_resistance + regulation.static_resistance
        resistance = max(static, regulation.transient_resistance)
        source = reference + (resistance - static) * current
        low, high = self._voltage_limits(cap, battery)
        if self.start_blocked:
            low = high = 0.0
        self.element.shape(1.0 / resistance, source, low, high)

    def _ramp(self, time: float, step: float) -> None:
        """Move the reference towards dvg."""
        regulation, start = self._regulation, self._faults.start
        target = self.dvg * (1.0 + regulation.voltage_gain_error) + regulation.voltage_offset
        rate = self._faults.speed.voltage_slew or regulation.voltage_slew
        if self.starting:
            if time < self.entered + regulation.reference_hold + start.delay:
                self.moving = True
                return
            rate = start.ramp or regulation.start_ramp
            if start.stall_voltage is not None:
                target = min(target, start.stall_voltage)
        elif target < self.reference:
            rate = self._faults.speed.voltage_slew_down or rate
        reach = rate * step
        if abs(target - self.reference) > reach:
            self.reference += reach if target > self.reference else -reach
            return
        self.reference = target
        if self.starting and start.stall_voltage is None:
            self.starting = False
            self._started += 1
            if self._found >= start.overshoot_from and self._started % start.overshoot_every == 0:
                self._overshoot.kick(start.overshoot, time)

    def _lag_droop(self, step: float) -> None:
        wanted = self._wanted_droop()
        change = wanted - self.droop_resistance
        if abs(change) < _SETTLED:
            self.droop_resistance = wanted
            return
        self.droop_resistance += change * (1.0 - exp(-step / self._regulation.droop_time_constant))
        self.moving = True

    def _voltage_limits(self, cap: float, battery: float) -> tuple[float, float]:
        """Return the smallest and largest current out of the unit in CV, A."""
        faults = self._faults.voltage
        limit = self.dig * faults.limit_scale
        if self.starting and self._faults.start.current is not None:
            limit = self._faults.start.current
        low = -min(cap if faults.sink_unlimited else limit, cap, self.charge_cap)
        high = min(cap if faults.source_unlimited else limit, cap, self.discharge_cap)
        full = faults.cannot_sink_above is not None and battery > faults.cannot_sink_above
        if faults.cannot_sink or full:
            low = 0.0
        return low, high

    # --- CC

    def _prepare_current(
        self, time: float, step: float, cap: float, grid: float, battery: float, temperature: float
    ) -> None:
        regulation, faults = self._regulation, self._faults
        charging = (self.mode is Mode.CHARGE) is not faults.current.reversed
        dig, error = self.dig, regulation.current_offset
        if self._current.present:
            dig = self._current.magnitude(dig)
            away = battery - self._ratings.battery_voltage
            warmth = temperature - self._ambient
            error += self._current.error(dig, charging, time, time - self.entered, grid, away, warmth)
        wanted = dig * (1.0 + regulation.current_gain_error)
        target = min(wanted, self.charge_cap) if charging else -min(wanted, self.discharge_cap)
        target = -max(-cap, min(cap, target + error))
        self.command = max(-cap, min(cap, self.command))
        mean = self._lag_current(target, step)
        if mean >= 0.0:
            ceiling = self.dvg - regulation.ceiling_margin + faults.protection.ceiling_offset
            if faults.protection.ceiling_ignored or charging:
                ceiling = self._ratings.grid_clamp_voltage
            self.element.shape(1.0 / regulation.corner_resistance, ceiling, 0.0, mean)
        else:
            floor = regulation.charge_floor if charging else 0.0
            self.element.shape(1.0 / regulation.corner_resistance, floor, mean, 0.0)

    def _lag_current(self, target: float, step: float) -> float:
        """Move the current command towards `target`; return its mean over the step."""
        before = self.command
        change = target - before
        if abs(change) < _SETTLED:
            self.command = target
            self.moving = self._current.restless
            return target
        self.moving = True
        time_constant = self._regulation.current_time_constant + self._faults.speed.current_time_constant
        slew = self._faults.speed.current_slew or self._regulation.current_slew
        if abs(target) < abs(before):
            slew = self._faults.speed.current_slew_down or slew
        reach = slew * step
        decay = exp(-step / time_constant)
        moved = change * (1.0 - decay)
        if abs(moved) > reach:
            moved = reach if moved > 0.0 else -reach
            self.command = before + moved
            return before + 0.5 * moved
        self.command = before + moved
        return target - moved * time_constant / step
