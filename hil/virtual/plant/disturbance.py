"""What the faults of regulation add to an ideal set-point, as functions of time and state."""

from __future__ import annotations

from math import exp, inf, pi, sin

from hil.virtual.plant.faults import CurrentFaults, SpeedFaults, TransitionFaults, VoltageFaults
from hil.virtual.plant.noise import normal

NOISE_PERIOD = 0.02
"""Time for which a random current keeps its value, s."""
_REFERENCE_VOLTAGE = 350.0
_SETTLED = 1e-6


class Excess:
    """An overshoot that begins with a step and decays exponentially."""

    __slots__ = ("_size", "_start", "_time_constant")

    def __init__(self, time_constant: float) -> None:
        self._time_constant = time_constant
        self._size = 0.0
        self._start = 0.0

    def kick(self, size: float, time: float) -> None:
        """Begin with `size` at `time`; what was left of an earlier one is forgotten."""
        self._size = size
        self._start = time

    def at(self, time: float) -> float:
        """Return what is left at `time`."""
        if self._size == 0.0:
            return 0.0
        left = self._size * exp(-(time - self._start) / self._time_constant)
        if abs(left) < _SETTLED:
            self._size = 0.0
            return 0.0
        return left


class CurrentDisturbance:
    """Faults of the current regulation."""

    def __init__(self, current: CurrentFaults, speed: SpeedFaults, transition: TransitionFaults, seed: int) -> None:
        self._faults = current
        self._transition = transition
        self._seed = seed
        self._overshoot = speed.current_overshoot
        self._excess = Excess(speed.current_overshoot_time)
        self._held_dig = 0.0
        self.entries = 0
        """How often a running mode has been entered."""
        self.present = current != CurrentFaults() or bool(transition.entry_current) or bool(speed.current_overshoot)
        self.restless = bool(current.noise or current.ripple or current.drift or current.temperature_coefficient)

    def step(self, change: float, time: float) -> None:
        """Note that the magnitude of dig changes by `change` A at `time`."""
        if self._overshoot:
            self._excess.kick(self._overshoot * change, time)

    def magnitude(self, dig: float) -> float:
        """Return the dig in A that takes effect."""
        faults = self._faults
        if abs(dig - self._held_dig) >= faults.hysteresis or dig == 0.0:
            self._held_dig = dig
        dig = self._held_dig
        if faults.resolution:
            dig = round(dig / faults.resolution) * faults.resolution
        if dig < faults.dead_zone:
            return 0.0
        return max(dig, faults.smallest)

    def error(
        self, dig: float, charging: bool, time: float, since: float, grid: float, battery: float, warmth: float
    ) -> float:
        """Return what is added to the current, in A into the unit.

        `since`: time since the mode was entered, s; `battery`: battery voltage away from the rated one, V;
        `warmth`: temperature above ambient, K.
        """
        faults = self._faults
        sign = 1.0 if charging else -1.0
        kicked = (
            since < self._transition.entry_current_time and self.entries % self._transition.entry_current_every == 0
        )
        entry = self._transition.entry_current if kicked else 0.0
        added = (faults.gain + (faults.charge_gain if charging else faults.discharge_gain)) * dig
        added += entry + self._excess.at(time)
        error = sign * added + faults.offset + faults.drift * since
        error += faults.temperature_coefficient * warmth + faults.battery_voltage_coefficient * battery
        error += faults.grid_voltage_coefficient * (grid - _REFERENCE_VOLTAGE)
        if faults.noise:
            error += faults.noise * normal(self._seed, 1, int(time / NOISE_PERIOD))
        low, high = faults.ripple_between or (0.0, inf)
        if faults.ripple and low <= dig <= high:
            error += faults.ripple * sin(2.0 * pi * faults.ripple_frequency * time)
        return error


class VoltageDisturbance:
    """Faults of the voltage regulation."""

    def __init__(self, voltage: VoltageFaults, speed: SpeedFaults, transition: TransitionFaults) -> None:
        self._faults = voltage
        self._transition = transition
        self._overshoot = speed.voltage_overshoot
        self._excess = Excess(speed.voltage_overshoot_time)
        self.present = voltage != VoltageFaults() or bool(transition.entry_voltage) or bool(speed.voltage_overshoot)
        self.restless = bool(voltage.drift or voltage.ripple)

    def step(self, change: float, time: float) -> None:
        """Note that dvg changes by `change` V at `time`."""
        if self._overshoot:
            self._excess.kick(self._overshoot * change, time)

    def reference(self, reference: float, current: float, time: float, since: float, started: bool) -> float:
        """Return the reference in V that takes effect; `current` is the grid current out of the unit, A."""
        faults = self._faults
        reference += reference * faults.gain + faults.offset + faults.drift * since + self._excess.at(time)
        reference -= faults.resistance * current
        if current < 0.0:
            reference += faults.sink_offset
        if since < self._transition.entry_voltage_time:
            reference += self._transition.entry_voltage
        if faults.ripple and (faults.ripple_below is None or abs(current) < faults.ripple_below):
            reference += faults.ripple * sin(2.0 * pi * faults.ripple_frequency * time)
        if faults.highest is not None:
            reference = min(reference, faults.highest)
        if faults.lowest is not None and started:
            reference = max(reference, faults.lowest)
        return reference

    def droop(self, resistance: float, current: float) -> float:
        """Return the voltage in V by which droop differs from resistance times current (out of the unit)."""
        faults = self._faults
        if resistance == 0.0:
            return 0.0
        wanted = resistance * current
        if abs(current) < faults.droop_dead_band or (faults.droop_only_sourcing and current < 0.0):
            return -wanted
        if current < 0.0 and faults.droop_sinking_scale != 1.0:
            return (faults.droop_sinking_scale - 1.0) * wanted
        dead = faults.droop_dead_band if current > 0.0 else -faults.droop_dead_band
        return faults.droop_cubic * current**3 - resistance * dead
