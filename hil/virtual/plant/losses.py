"""Efficiency map and standby consumption."""

from __future__ import annotations

from bisect import bisect_right

from hil.virtual.plant.converter_parameters import Losses


class LossModel:
    """Efficiency, without standby consumption.

    Interpolated bilinearly over the magnitude of the grid power and the voltage ratio grid over battery, and held
    constant outside the map.
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


def _locate(axis: tuple[float, ...], value: float) -> tuple[int, float]:
    """Return the interval of `axis` that holds `value` and the position within it, 0 to 1."""
    if value <= axis[0]:
        return 0, 0.0
    if value >= axis[-1]:
        return len(axis) - 2, 1.0
    index = bisect_right(axis, value) - 1
    return index, (value - axis[index]) / (axis[index + 1] - axis[index])
