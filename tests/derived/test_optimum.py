"""The best ratio of curves whose top is known."""

from __future__ import annotations

import numpy as np
import pytest

from suites.configuration.optimum import NoOptimum, optimum

RATIO = np.linspace(5.8, 7.8, 21)
BOTH = np.concatenate([RATIO, RATIO])
GROUPS = ["CHARGE"] * 21 + ["DISCHARGE"] * 21


def parabola(top: float) -> np.ndarray:
    return 0.92 - 0.01 * (RATIO - top) ** 2


def test_the_top_of_a_parabola_is_found_whatever_the_directions_differ_by() -> None:
    found = optimum(BOTH, np.concatenate([parabola(6.6), parabola(6.6) - 0.005]), GROUPS)
    assert found.value == pytest.approx(6.6, abs=1e-6)
    assert found.uncertainty < 1e-6


def test_scatter_makes_it_uncertain_and_covers_the_truth() -> None:
    noise = np.random.default_rng(1).normal(0.0, 3e-4, 42)
    found = optimum(BOTH, np.concatenate([parabola(6.6), parabola(6.6)]) + noise, GROUPS)
    assert 0.005 < found.uncertainty < 0.3
    assert abs(found.value - 6.6) <= found.uncertainty


def test_a_curve_without_a_top_is_no_optimum() -> None:
    with pytest.raises(NoOptimum, match="no maximum"):
        optimum(RATIO, 0.9 + 0.01 * (RATIO - 6.8) ** 2, ["CHARGE"] * 21)
    with pytest.raises(NoOptimum, match="outside"):
        optimum(RATIO, parabola(9.5), ["CHARGE"] * 21)
