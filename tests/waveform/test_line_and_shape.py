from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy import stats

from hil.waveform import Quantity, Signal, decimate, droop_line, fit_line, ripple, stays_within, steps_to


def points(values: ArrayLike, unit: str, uncertainty: float = 0.0) -> list[Quantity]:
    return [Quantity(float(value), uncertainty, unit) for value in np.asarray(values)]


def test_droop_line_of_a_perfect_unit() -> None:
    current = np.linspace(-2.3, 2.3, 9)
    line = droop_line(points(current, "A"), points(350.0 + 5.93 * current, "V"))
    assert line.slope.value == pytest.approx(5.93)
    assert line.slope.unit == "V/A"
    assert line.intercept.value == pytest.approx(350.0)
    assert line.r_squared == pytest.approx(1.0)
    assert line.at(1.0) == pytest.approx(355.93)


def test_fit_agrees_with_scipy() -> None:
    random = np.random.default_rng(3)
    x = np.linspace(-2.0, 2.0, 15)
    y = 350.0 + 3.0 * x + random.normal(0.0, 0.2, 15)
    ours, theirs = fit_line(points(x, "A"), points(y, "V")), stats.linregress(x, y)
    assert ours.slope.value == pytest.approx(theirs.slope)
    assert ours.slope.uncertainty == pytest.approx(2.0 * theirs.stderr)
    assert ours.intercept.value == pytest.approx(theirs.intercept)
    assert ours.intercept.uncertainty == pytest.approx(2.0 * theirs.intercept_stderr)
    assert ours.r_squared == pytest.approx(theirs.rvalue**2)


def test_uncertainty_of_the_instruments_enters_the_slope() -> None:
    x = np.array([-1.0, 0.0, 1.0])
    line = fit_line(points(x, "A", 0.1), points(2.0 * x, "V", 0.3))
    assert line.slope.uncertainty == pytest.approx(math.hypot(0.3, 0.2) / math.sqrt(2.0))


def test_a_line_needs_three_points_at_different_x() -> None:
    with pytest.raises(ValueError, match="three points"):
        droop_line(points([0.0, 1.0], "A"), points([1.0, 2.0], "V"))
    with pytest.raises(ValueError, match="different x"):
        droop_line(points([1.0, 1.0, 1.0], "A"), points([1.0, 2.0, 3.0], "V"))


def test_ripple_of_a_sine() -> None:
    time = np.arange(0.0, 1.0, 1e-4)
    found = ripple(Signal.of(time, 350.0 + 2.0 * np.sin(2.0 * np.pi * 10.0 * time), "V", 0.0, 0.0), (0.0, 1.0))
    assert found.peak_to_peak.value == pytest.approx(4.0, rel=1e-4)
    assert found.rms.value == pytest.approx(math.sqrt(2.0), rel=1e-4)


def test_ripple_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="two samples"):
        ripple(Signal.of([0.0], [1.0], "V"), (0.0, 1.0))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=500), st.integers(2, 60))
def test_decimation_keeps_extremes_order_and_size(values: list[float], points: int) -> None:
    signal = Signal.of(np.arange(len(values), dtype=float), values, "V")
    thin = decimate(signal, points)
    assert len(thin) <= max(points, 2)
    assert thin.value.max() == signal.value.max()
    assert thin.value.min() == signal.value.min()
    assert np.all(np.diff(thin.time) > 0.0)


def test_a_picture_needs_two_points() -> None:
    with pytest.raises(ValueError, match="two points"):
        decimate(Signal.of([0.0], [1.0], "V"), 1)


def step() -> Signal:
    """Return 0 A, from 1 s on 1 A; sampled every 0.1 s."""
    time = np.arange(0.0, 3.0, 0.1)
    return Signal.of(time, np.where(time < 1.0, 0.0, 1.0), "A", 0.02, 0.01)


def test_steps_to() -> None:
    finding = steps_to(step(), 0.0, 1.0, at=0.85, within=0.3, tolerance=0.125)
    assert finding
    assert finding.decisive is not None
    assert finding.decisive.value == pytest.approx(0.1, abs=0.05)
    assert not steps_to(step(), 0.0, 1.0, at=0.55, within=0.3, tolerance=0.125)
    assert "not within" in steps_to(step(), 0.0, 1.0, at=0.55, within=0.3, tolerance=0.125).reason


def test_steps_to_says_why_not() -> None:
    assert "instead of 2" in steps_to(step(), 2.0, 1.0, at=0.85, within=0.3, tolerance=0.125).reason
    assert "does not settle" in steps_to(step(), 0.0, 2.0, at=0.85, within=0.3, tolerance=0.125).reason
    assert "no sample before" in steps_to(step(), 0.0, 1.0, at=-1.0, within=0.3, tolerance=0.125).reason


def test_stays_within_names_the_decisive_sample() -> None:
    finding = stays_within(step(), -0.1, 0.5, during=(0.0, 3.0))
    assert not finding
    assert finding.at == pytest.approx(1.0)
    assert "leaves -0.1 ... 0.5 A" in finding.reason
    assert stays_within(step(), -0.1, 0.5, during=(0.0, 0.95))


def test_no_sample_does_not_stay_within() -> None:
    assert not stays_within(step(), -10.0, 10.0, during=(50.0, 60.0))


def test_quantities_subtract_in_quadrature_and_only_like_with_like() -> None:
    difference = Quantity(5.0, 0.3, "V") - Quantity(2.0, 0.4, "V")
    assert difference.value == pytest.approx(3.0)
    assert difference.uncertainty == pytest.approx(0.5)
    assert abs(Quantity(-1.0, 0.1, "A")).value == 1.0
    assert str(Quantity(349.2, 0.4, "V")) == "349.2 V ± 0.4 V (k = 2)"
    assert "not stated" in str(Quantity(1.0, math.nan, "V"))
    with pytest.raises(ValueError, match="cannot subtract"):
        Quantity(1.0, 0.0, "V") - Quantity(1.0, 0.0, "A")
