"""Efficiency map and standby consumption."""

from __future__ import annotations

from bisect import bisect_right

from hil.virtual.plant.converter_parameters import Losses


class LossModel:
    """Power drawn from the battery for a power given to the grid.

    battery power = grid power / efficiency + standby while sourcing, grid power * efficiency + standby while sinking
    (both positive out of the battery). Efficiency is interpolated bilinearly over the magnitude of the grid power and
    the voltage ratio grid over battery, and held constant outside the map.
    """

    __slots__ = ("_efficiency", "_power", "_ratio")

    def __init__(self, losses: Losses) -> None:
        self._power = losses.power
        self._ratio = losses.ratio
        self._efficiency = losses.efficiency

    def efficiency(self, power: float, ratio: float) -> float:
        """Return the efficiency at a grid power in W (magnitude) and a voltage ratio."""
        row, along = _locate(self._power, power)
        column, across = _locate(self._ratio, ratio)
        upper, lower = self._efficiency[row], self._efficiency[row + 1]
        first = upper[column] + (upper[column + 1] - upper[column]) * across
        second = lower[column] + (lower[column + 1] - lower[column]) * across
        return first + (second - first) * along

    def battery_power(self, grid_power: float, ratio: float, standby: float) -> float:
        """Return the power in W drawn from the battery while `grid_power` is given to the grid (signed)."""
        if grid_power == 0.0:
            return standby
        efficiency = self.efficiency(abs(grid_power), ratio)
        return standby + (grid_power / efficiency if grid_power > 0.0 else grid_power * efficiency)


def _locate(axis: tuple[float, ...], value: float) -> tuple[int, float]:
    """Return the interval of `axis` that holds `value` and the position within it, 0 to 1."""
    if value <= axis[0]:
        return 0, 0.0
    if value >= axis[-1]:
        return len(axis) - 2, 1.0
    index = bisect_right(axis, value) - 1
    return index, (value - axis[index]) / (axis[index + 1] - axis[index])
