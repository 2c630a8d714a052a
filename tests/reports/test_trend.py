"""Whether a series falls: against all orders of its values, closed forms, and what chance does."""

import random
from itertools import permutations

import pytest
from scipy import stats

from reports.trend import SIGNIFICANCE, falls, line, most_rises, steps


@pytest.mark.parametrize("count", [5, 6, 7, 8])
def test_the_test_has_its_level_among_all_orders(count: int) -> None:
    said = [falls(order) for order in permutations(range(count))]
    assert sum(said) / len(said) <= SIGNIFICANCE
    assert any(said) == (most_rises(count) >= 0) == (count >= 7)


@pytest.mark.parametrize("count", [10, 20, 30])
def test_the_limit_is_the_exact_one_of_kendall(count: int) -> None:
    """With one rising pair more it would be said too often (SciPy's exact distribution)."""
    pairs = count * (count - 1) // 2

    def chance(rises: int) -> float:
        order = list(range(count, 0, -1))
        done = 0
        while done < rises:  # one swap of neighbours that fall is one rising pair more
            at = next(at for at in range(count - 1) if order[at] > order[at + 1])
            order[at], order[at + 1] = order[at + 1], order[at]
            done += 1
        found = stats.kendalltau(range(count), order, method="exact", alternative="less")
        assert found.statistic == pytest.approx(1 - 2 * (pairs - rises) / pairs)
        return float(found.pvalue)

    assert chance(most_rises(count)) <= SIGNIFICANCE < chance(most_rises(count) + 1)


def test_equal_values_are_no_fall() -> None:
    assert not falls([5.0] * 30)
    assert falls([float(-step) for step in range(7)])
    assert not falls([0.0, -1.0, -2.0, -3.0, -4.0, -5.0, -5.0])


def test_one_night_does_not_turn_the_line() -> None:
    x = [float(at) for at in range(-10, 1)]
    y = [3.0 - 0.5 * at for at in x]
    assert line(x, y) == pytest.approx((-0.5, 3.0))
    y[4] = -100.0
    assert line(x, y) == pytest.approx((-0.5, 3.0))
    noisy = [height + random.Random(3).gauss(0, 1) for height in y]
    assert line(x, noisy)[0] == pytest.approx(stats.theilslopes(noisy, x).slope)


def test_a_step_is_told_from_a_slope() -> None:
    x = [float(at) for at in range(20)]
    assert steps(x, [10.0] * 12 + [6.0] * 8)
    assert not steps(x, [10.0 - 0.3 * at for at in x])
