from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.waveform import Direction, Signal, crossing, first_entry_and_stay, settling_duration


def ramp(interval: float, half_width: float, uncertainty: float = 0.0) -> Signal:
    """v = 10 t, from 0 s to 10 s."""
    time = np.arange(0.0, 10.0, interval)
    return Signal.of(time, 10.0 * time, "V", half_width, uncertainty)


def test_crossing_of_a_ramp_is_interpolated() -> None:
    instant = crossing(ramp(0.3, 0.0), 50.0, Direction.RISING)
    assert instant is not None
    assert instant.value == pytest.approx(5.0)
    assert instant.unit == "s"


def test_crossing_uncertainty_reaches_the_farther_sample_with_its_interval() -> None:
    instant = crossing(ramp(1.0, 0.2), 52.5, Direction.RISING)
    assert instant is not None
    assert instant.value == pytest.approx(5.25)
    assert instant.uncertainty == pytest.approx(6.2 - 5.25)


def test_value_uncertainty_widens_the_bracket() -> None:
    instant = crossing(ramp(0.1, 0.0, uncertainty=2.0), 50.05, Direction.RISING)
    assert instant is not None
    assert 0.2 <= instant.uncertainty <= 0.3 + 1e-9


def test_unstated_value_uncertainty_leaves_the_time_unstated() -> None:
    instant = crossing(ramp(1.0, 0.0, uncertainty=math.nan), 52.5, Direction.RISING)
    assert instant is not None
    assert math.isnan(instant.uncertainty)


def test_direction_and_start_are_respected() -> None:
    time = np.linspace(0.0, 2.0, 2001)
    sine = Signal.of(time, np.sin(2.0 * np.pi * time), "V", 0.0, 0.0)
    falling = crossing(sine, 0.0, Direction.FALLING)
    later = crossing(sine, 0.0, Direction.FALLING, after=1.0)
    assert falling is not None
    assert later is not None
    assert falling.value == pytest.approx(0.5, abs=1e-6)
    assert later.value == pytest.approx(1.5, abs=1e-6)


def test_no_crossing() -> None:
    assert crossing(ramp(1.0, 0.0), 500.0, Direction.RISING) is None
    assert crossing(ramp(1.0, 0.0), 50.0, Direction.FALLING) is None


@given(
    level=st.floats(1.0, 89.0),
    interval=st.floats(0.05, 2.0),
    share=st.floats(0.0, 0.49),
    seed=st.integers(0, 2**32 - 1),
)
def test_true_crossing_lies_in_the_uncertainty_however_the_samples_are_placed(
    level: float, interval: float, share: float, seed: int
) -> None:
    half_width = share * interval
    stated = np.arange(0.0, 10.0, interval)
    true = stated + np.random.default_rng(seed).uniform(-half_width, half_width, len(stated))
    signal = Signal.of(stated, 10.0 * true, "V", half_width, 0.0)
    instant = crossing(signal, level, Direction.RISING)
    if instant is not None:
        assert abs(instant.value - level / 10.0) <= instant.uncertainty + 1e-9
        assert instant.uncertainty <= 2.0 * interval + 1e-9


def test_entry_lies_between_the_last_sample_outside_and_the_first_inside() -> None:
    signal = Signal.of([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 10.0, 10.1, 9.9], "A", 0.1, 0.0)
    entry = first_entry_and_stay(signal, 9.5, 10.5, start=-1.0)
    assert entry is not None
    assert entry.value == pytest.approx(1.5)
    assert entry.uncertainty == pytest.approx(0.6)


def test_a_band_left_again_counts_from_the_last_entry() -> None:
    signal = Signal.of([0.0, 1.0, 2.0, 3.0, 4.0], [10.0, 10.0, 12.0, 10.0, 10.0], "A", 0.0, 0.0)
    entry = first_entry_and_stay(signal, 9.5, 10.5, start=0.0)
    assert entry is not None
    assert entry.value == pytest.approx(2.5)


def test_settled_from_the_first_sample_means_between_start_and_that_sample() -> None:
    signal = Signal.of([0.0, 1.0, 2.0], [10.0, 10.0, 10.0], "A", 0.1, 0.0)
    entry = first_entry_and_stay(signal, 9.5, 10.5, start=0.5)
    assert entry is not None
    assert entry.value == pytest.approx(0.5 * (0.5 + 1.1))
    assert entry.uncertainty == pytest.approx(0.3)


def test_resting_on_the_edge_cannot_be_timed() -> None:
    time = np.arange(0.0, 10.0, 0.1)
    signal = Signal.of(time, np.where(time < 1.0, 0.0, 9.51), "A", 0.0, uncertainty=0.05)
    entry = first_entry_and_stay(signal, 9.5, 10.5, start=0.0)
    assert entry is not None
    assert entry.uncertainty > 4.0


def test_never_settled_and_nothing_sampled_are_none() -> None:
    signal = Signal.of([0.0, 1.0], [10.0, 12.0], "A", 0.0, 0.0)
    assert first_entry_and_stay(signal, 9.5, 10.5, start=0.0) is None
    assert first_entry_and_stay(signal, 9.5, 10.5, start=5.0) is None
    assert settling_duration(signal, 9.5, 10.5, start=0.0) is None


def test_signals_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="ascending"):
        Signal.of([1.0, 0.0], [0.0, 0.0], "V")
    with pytest.raises(ValueError, match="same length"):
        Signal.of([1.0, 2.0], [0.0], "V")
    with pytest.raises(ValueError, match="finite"):
        Signal.of([1.0, 2.0], [0.0, math.nan], "V")
