"""Budgets: they come to the uncertainty that the closed forms of the GUM give, and name what is behind a result."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hil.waveform import (
    Contribution,
    Direction,
    Distribution,
    Extreme,
    Quantity,
    Signal,
    bound,
    crossing,
    effective_degrees,
    fit_line,
    level,
    merged,
    peak,
)

VOLTS = Quantity.of(350.0, "V", (Contribution("accuracy of dmm", 0.2, "V", instrument="dmm"),), ("start_1",))
AMPERES = Quantity.of(2.0, "A", (Contribution("accuracy of shunt", 0.01, "A", instrument="shunt"),), ("start_1", "b"))
SIZES = some.floats(0.0, 1e3)


def test_a_product_has_the_sensitivities_of_its_factors() -> None:
    power = Quantity.computed(700.0, "W", (AMPERES.value, VOLTS), (VOLTS.value, AMPERES))
    assert [line.sensitivity for line in power.budget] == [2.0, 350.0]
    assert power.uncertainty == pytest.approx(2.0 * math.hypot(2.0 * 0.2, 350.0 * 0.01))
    assert power.instruments == ("dmm", "shunt")
    assert power.traces == ("start_1", "b")


def test_sign_factor_and_offset_keep_the_budget() -> None:
    moved = abs(-0.5 * (VOLTS - 350.0) + 1.0).at_least(2.0)
    assert moved.value == 2.0
    assert moved.uncertainty == pytest.approx(0.2)
    assert [line.sensitivity for line in moved.budget] == [-0.5]
    assert moved.traces == ("start_1",)


def test_an_uncertainty_without_a_budget_becomes_a_line_that_says_so() -> None:
    difference = VOLTS - Quantity(340.0, 0.3, "V")
    assert [line.source for line in difference.budget] == ["accuracy of dmm", "as stated"]
    assert difference.uncertainty == pytest.approx(math.hypot(0.4, 0.3))
    assert Quantity.exact(1.0, "V").lines == ()


@given(some.lists(SIZES, min_size=1, max_size=6))
def test_merging_changes_no_uncertainty(shares: list[float]) -> None:
    lines = [Contribution("accuracy of dmm", share, "V", instrument="dmm") for share in shares]
    (one,) = merged(lines)
    assert one.share == pytest.approx(math.hypot(*shares))


def test_effective_degrees_of_welch_and_satterthwaite() -> None:
    scatter = Contribution("scatter", 3.0, "V", 1.0, Distribution.NORMAL, 9)
    assert effective_degrees((scatter, Contribution("accuracy", 4.0, "V"))) == pytest.approx(5.0**4 / (3.0**4 / 9))
    assert effective_degrees((scatter,)) == pytest.approx(9)
    assert math.isinf(effective_degrees((bound(1.0, "s", "step"),)))


def test_what_is_read_off_a_signal_names_its_capture_and_instrument() -> None:
    ramp = Signal.of([0, 1, 2, 3], [0, 10, 20, 19], "V", 0.1, 0.5, trace="start_1", instrument="dmm")
    instant = crossing(ramp, 15.0, Direction.RISING)
    assert instant is not None
    for quantity in (instant, peak(ramp, Extreme.LARGEST), level(ramp), ramp.sample(1), ramp.exactly(3.0, "s")):
        assert (quantity.instruments, quantity.traces) == (("dmm",), ("start_1",))


def test_budgets_of_levels_lines_and_peaks_come_to_the_uncertainty() -> None:
    signal = Signal.of([0, 1, 2, 3, 4], [1, 3, 7, 6, 2], "V", 0.1, 0.5, instrument="dmm")
    line = fit_line([Quantity(x, 0.1, "A") for x in (0.0, 1.0, 2.0)], [Quantity(y, 0.2, "V") for y in (0.0, 2.5, 4.0)])
    for quantity in (level(signal), peak(signal, Extreme.LARGEST), line.slope, line.intercept):
        assert len(quantity.budget) > 1
        assert quantity.uncertainty == pytest.approx(2.0 * math.hypot(*(line.share for line in quantity.budget)))
