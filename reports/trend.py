"""Does a series of numbers fall? Statistics that need no assumption about the shape of the noise.

Mann and Kendall's test with its exact distribution, the slope of Theil and Sen, and whether one step explains a series
better than a line.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import accumulate, combinations
from statistics import median

SIGNIFICANCE = 0.001
"""How often a series without trend, whose numbers do not depend on each other, is said to fall."""


def falls(values: Sequence[float]) -> bool:
    """Tell whether the values fall from first to last with `SIGNIFICANCE`; equal ones count as no fall."""
    allowed = most_rises(len(values))
    if allowed < 0:
        return False
    return sum(later >= earlier for earlier, later in combinations(values, 2)) <= allowed


@functools.lru_cache
def most_rises(count: int) -> int:
    """Return in how many of its pairs a series of `count` values may rise and still be said to fall; -1: in none.

    Among all orders of `count` different values, those with at most so many rising pairs are `SIGNIFICANCE` or less.
    """
    orders = [1]  # with 0, 1, 2 ... rising pairs (Mahonian numbers)
    for size in range(2, count + 1):
        padded = [*orders, *[0] * (size - 1)]
        sums = list(accumulate(padded))
        orders = [total - (sums[at - size] if at >= size else 0) for at, total in enumerate(sums)]
    every = sum(orders)
    return sum(total <= SIGNIFICANCE * every for total in accumulate(orders)) - 1


def line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Return slope and value at x = 0 of the line of Theil and Sen: medians, so that a single night weighs little.

    Raises StatisticsError when all x are the same.
    """
    pairs = combinations(zip(x, y, strict=True), 2)
    slope = median((later[1] - first[1]) / (later[0] - first[0]) for first, later in pairs if later[0] != first[0])
    return slope, median(height - slope * at for at, height in zip(x, y, strict=True))


def steps(x: Sequence[float], y: Sequence[float]) -> bool:
    """Tell whether one step between two levels leaves less of the values unexplained than the best straight line."""
    return _least_of_a_step(y) < _least_of_a_line(x, y)


def _least_of_a_step(y: Sequence[float]) -> float:
    return min(_scatter(y[:at]) + _scatter(y[at:]) for at in range(1, len(y)))


def _least_of_a_line(x: Sequence[float], y: Sequence[float]) -> float:
    middle, level = sum(x) / len(x), sum(y) / len(y)
    spread = sum((at - middle) ** 2 for at in x)
    slope = sum((at - middle) * (height - level) for at, height in zip(x, y, strict=True)) / spread
    return _scatter([height - slope * at for at, height in zip(x, y, strict=True)])


def _scatter(y: Sequence[float]) -> float:
    level = sum(y) / len(y)
    return sum((height - level) ** 2 for height in y)
