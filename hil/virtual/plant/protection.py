"""The converter's protections: thresholds, delays, alarm levels, and what latches."""

from __future__ import annotations

from enum import IntEnum
from math import inf

from hil.virtual.plant.converter_parameters import Protections, Threshold
from hil.virtual.plant.faults import AlarmLevel, ProtectionFaults
from hil.virtual.plant.modes import Alarm


class Cause(IntEnum):
    """Bits of the first alarm word (own numbering: the maker has published none)."""

    BATTERY_OVERVOLTAGE = 1 << 0
    BATTERY_UNDERVOLTAGE = 1 << 1
    BATTERY_OVERCURRENT = 1 << 2
    GRID_OVERVOLTAGE = 1 << 3
    GRID_UNDERVOLTAGE = 1 << 4
    GRID_OVERCURRENT = 1 << 5
    OVERTEMPERATURE = 1 << 6
    SHORT = 1 << 7
    START = 1 << 8
    INTERNAL = 1 << 9


ALARM_OF: dict[AlarmLevel, Alarm] = {"none": Alarm.NONE, "light": Alarm.LIGHT, "heavy": Alarm.HEAVY}


class _Watch:
    """One threshold with its two levels; `sign` is 1 for a quantity that may be too large, -1 for too small."""

    __slots__ = (
        "cause",
        "heavy",
        "heavy_delay",
        "heavy_for",
        "hysteresis",
        "light",
        "light_delay",
        "light_for",
        "sign",
    )

    def __init__(
        self, cause: Cause, threshold: Threshold, sign: float, factor: float, faults: ProtectionFaults
    ) -> None:
        self.cause = int(cause)
        self.sign = sign
        self.light = sign * threshold.light * factor
        self.heavy = sign * threshold.heavy * factor
        self.light_delay = threshold.light_delay * faults.delay_factor + faults.extra_delay
        self.heavy_delay = threshold.heavy_delay * faults.delay_factor + faults.extra_delay
        self.hysteresis = threshold.hysteresis
        self.light_for = 0.0
        self.heavy_for = 0.0

    def idle(self) -> None:
        """Forget what has been seen."""
        self.light_for = self.heavy_for = 0.0


class Protection:
    """Watches the quantities of a converter and keeps its alarms.

    light, heavy: bits of the causes present (`Cause`). fresh_heavy: a trip has come that nobody has acted on yet.
    pending: a threshold is exceeded but its delay has not passed, so the plant must take short steps.
    """

    def __init__(self, parameters: Protections, faults: ProtectionFaults) -> None:
        self._parameters = parameters
        self._faults = faults
        factor = faults.threshold_factor
        rows = (
            (Cause.BATTERY_OVERVOLTAGE, parameters.battery_overvoltage, 1.0, factor),
            (Cause.BATTERY_UNDERVOLTAGE, parameters.battery_undervoltage, -1.0, factor),
            (Cause.BATTERY_OVERCURRENT, parameters.battery_overcurrent, 1.0, factor),
            (Cause.GRID_OVERVOLTAGE, parameters.grid_overvoltage, 1.0, factor),
            (Cause.GRID_OVERCURRENT, parameters.grid_overcurrent, 1.0, factor),
            (Cause.OVERTEMPERATURE, parameters.overtemperature, 1.0, 1.0),
            (Cause.GRID_UNDERVOLTAGE, parameters.grid_undervoltage, -1.0, factor),
        )
        disabled = {Cause[name.upper()] for name in faults.disabled}
        self._watches = [
            None if cause in disabled else _Watch(cause, threshold, sign, scale, faults)
            for cause, threshold, sign, scale in rows
        ]
        self._bounds = tuple(
            sign * inf if watch is None else sign * (min(watch.light, watch.heavy) - watch.hysteresis)
            for watch, (_, _, sign, _) in zip(self._watches, rows, strict=True)
        )
        self._calm = False
        self._short_watched = Cause.SHORT not in disabled
        self._short_for = 0.0
        self.light = 0
        self.heavy = 0
        self.pending = False
        self.fresh_heavy = False

    def reset(self) -> None:
        """Forget everything, as a controller does that loses its power."""
        self.light = self.heavy = 0
        self._calm = False
        self.pending = self.fresh_heavy = False
        self._short_for = 0.0
        for watch in self._watches:
            if watch is not None:
                watch.idle()

    def raise_light(self, cause: int) -> None:
        """Note a warning."""
        self.light |= cause

    def raise_heavy(self, cause: int) -> None:
        """Note a trip."""
        self.heavy |= cause
        self.fresh_heavy = True

    def clear(self) -> None:
        """Clear latched alarms; what is still beyond its threshold comes back after its delay."""
        if self._faults.not_clearable:
            return
        self.reset()

    def alarm(self) -> Alarm:
        """Return the alarm level as it is reported."""
        if self.heavy:
            return ALARM_OF[self._faults.heavy_reported_as]
        if self.light:
            return ALARM_OF[self._faults.light_reported_as]
        return Alarm.NONE

    def words(self) -> tuple[int, int, int]:
        """Return the three alarm words: causes of Heavy and Light together, Heavy alone, Light alone."""
        if self.alarm() is Alarm.NONE:
            return 0, 0, 0
        return self.heavy | self.light, self.heavy, self.light

    def watch(self, step: float, quantities: tuple[float, ...], grid_watched: bool) -> None:
        """Look at (vb, vb, |ib|, vg, |ig|, temperature, vg) after a step of `step` seconds."""
        self.pending = False
        within = self._within(quantities, grid_watched)
        if within and self._calm:
            return
        self._calm = within and not (self.light or self.heavy)
        last = len(self._watches) - 1
        for index, watch in enumerate(self._watches):
            if watch is None:
                continue
            if index == last and not grid_watched:
                watch.idle()
                continue
            value = watch.sign * quantities[index]
            far = value < watch.light - watch.hysteresis and value < watch.heavy
            if far and not (self.light | self.heavy) & watch.cause:
                watch.light_for = watch.heavy_for = 0.0
                continue
            self._judge(watch, value, step)

    def _within(self, quantities: tuple[float, ...], grid_watched: bool) -> bool:
        """Tell whether every quantity is far from its warning level."""
        highest_battery, lowest_battery, battery_current, highest_grid, grid_current, hottest, lowest_grid = (
            self._bounds
        )
        battery, _, into_battery, grid, into_grid, temperature, _ = quantities
        return (
            lowest_battery < battery < highest_battery
            and grid < highest_grid
            and into_battery < battery_current
            and into_grid < grid_current
            and temperature < hottest
            and (not grid_watched or grid > lowest_grid)
        )

    def _judge(self, watch: _Watch, value: float, step: float) -> None:
        watch.light_for = watch.light_for + step if value > watch.light else 0.0
        watch.heavy_for = watch.heavy_for + step if value > watch.heavy else 0.0
        if value > watch.light and not self.light & watch.cause:
            if watch.light_for > watch.light_delay:
                self.light |= watch.cause
            else:
                self.pending = True
        elif value < watch.light - watch.hysteresis and not self._faults.light_latches:
            self.light &= ~watch.cause
        if value > watch.heavy and not self.heavy & watch.cause:
            if watch.heavy_for > watch.heavy_delay:
                self.raise_heavy(watch.cause)
            else:
                self.pending = True
        elif self._faults.heavy_clears_itself and value < watch.light - watch.hysteresis:
            self.heavy &= ~watch.cause

    def watch_short(self, step: float, shorted: bool) -> None:
        """Look at the short-circuit condition after a step of `step` seconds."""
        if not shorted or not self._short_watched:
            self._short_for = 0.0
            return
        self._short_for += step
        delay = self._parameters.short_delay * self._faults.delay_factor + self._faults.extra_delay
        if self._short_for > delay:
            self.raise_heavy(Cause.SHORT.value)
        else:
            self.pending = True
