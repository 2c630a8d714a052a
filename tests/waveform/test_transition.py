from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import signal as scipy_signal

from hil.waveform import (
    Extreme,
    NoTransition,
    Quantity,
    Signal,
    largest_deviation,
    levels_from_windows,
    overshoot,
    peak,
    post_transition_aberration,
    pre_transition_aberration,
    settling_duration,
    state_levels,
    transition_duration,
    undershoot,
)

TAU = 0.1


def first_order(final: float = 350.0, interval: float = 0.001) -> Signal:
    """v = final (1 - exp(-t / TAU)) from t = 0 on, 0 before; long enough to rest."""
    time = np.arange(-1.0, 20.0 * TAU, interval)
    return Signal.of(time, np.where(time < 0.0, 0.0, final * (1.0 - np.exp(-time / TAU))), "V", 0.0, 0.0)


def second_order(damping: float, natural: float = 20.0) -> Signal:
    """Unit step response of a second order system, from scipy; 1 s of rest before."""
    time = np.arange(0.0, 5.0, 0.0005)
    _, response = scipy_signal.step(([natural**2], [1.0, 2.0 * damping * natural, natural**2]), T=time)
    before = np.arange(-1.0, 0.0, 0.0005)
    return Signal.of(np.concatenate([before, time]), np.concatenate([0.0 * before, response]), "V", 0.0, 0.0)


def test_state_levels_of_a_first_order_rise() -> None:
    levels = state_levels(first_order())
    assert levels.rising
    assert levels.low.value == pytest.approx(0.0, abs=0.2)
    assert levels.high.value == pytest.approx(350.0, abs=0.2)
    assert levels.reference(50.0) == pytest.approx(175.0, abs=0.2)


def test_state_levels_of_a_fall() -> None:
    rise = first_order()
    levels = state_levels(Signal.of(rise.time, 350.0 - rise.value, "V", 0.0, 0.0))
    assert not levels.rising
    assert levels.initial.value == pytest.approx(350.0, abs=0.2)
    assert levels.final.value == pytest.approx(0.0, abs=0.2)


def test_accuracy_of_the_instrument_does_not_average_out() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.1, 4000)
    plateau = np.where(np.arange(4000) < 2000, 0.0, 100.0)
    levels = state_levels(Signal.of(np.arange(4000.0), plateau + noise, "V", 0.0, 0.5))
    assert levels.high.value == pytest.approx(100.0, abs=0.02)
    assert 0.5 <= levels.high.uncertainty <= 0.51


def test_a_constant_has_no_transition() -> None:
    constant = Signal.of([0.0, 1.0, 2.0], [5.0, 5.0, 5.0], "V")
    with pytest.raises(NoTransition, match="constant"):
        state_levels(constant)
    with pytest.raises(NoTransition, match="no transition"):
        levels_from_windows(constant, constant)


def test_transition_duration_of_a_first_order_rise_is_tau_ln_9() -> None:
    rise = first_order()
    duration = transition_duration(rise, levels_from_windows(rise.between(-1.0, -0.1), rise.between(1.9, 2.0)))
    assert duration.value == pytest.approx(TAU * math.log(9.0), rel=1e-3)
    assert abs(duration.value - TAU * math.log(9.0)) <= duration.uncertainty <= 0.002


def test_transition_duration_of_a_fall_is_positive() -> None:
    rise = first_order()
    fall = Signal.of(rise.time, 350.0 - rise.value, "V", 0.0, 0.0)
    assert transition_duration(fall, state_levels(fall)).value == pytest.approx(TAU * math.log(9.0), rel=5e-3)


def test_a_record_that_ends_too_early_has_no_duration() -> None:
    rise = first_order()
    levels = state_levels(rise)
    with pytest.raises(NoTransition, match="does not pass"):
        transition_duration(rise.between(-1.0, 0.1), levels)
    with pytest.raises(NoTransition, match="never comes near"):
        overshoot(rise.between(-1.0, 0.1), levels)


@pytest.mark.parametrize("damping", [0.2, 0.4, 0.6])
def test_overshoot_and_undershoot_of_a_second_order_step(damping: float) -> None:
    response = second_order(damping)
    levels = levels_from_windows(response.between(-1.0, -0.1), response.between(4.9, 5.0))
    once = math.exp(-math.pi * damping / math.sqrt(1.0 - damping**2))
    assert overshoot(response, levels).value == pytest.approx(100.0 * once, rel=2e-3)
    assert undershoot(response, levels).value == pytest.approx(100.0 * once**2, rel=2e-2)


def test_no_overshoot_of_a_first_order_rise() -> None:
    rise = first_order()
    levels = levels_from_windows(rise.between(-1.0, -0.1), rise.between(1.9, 2.0))
    assert overshoot(rise, levels).value == pytest.approx(0.0, abs=1e-3)
    assert pre_transition_aberration(rise, levels, 0.5).overshoot.value == pytest.approx(0.0, abs=1e-3)


def test_pre_transition_aberration_sees_a_dip_before_a_rise() -> None:
    rise = first_order()
    dipped = rise.value - 14.0 * ((rise.time > -0.2) & (rise.time < -0.1))
    signal = Signal.of(rise.time, dipped, "V", 0.0, 0.0)
    levels = levels_from_windows(signal.between(-1.0, -0.3), signal.between(1.9, 2.0))
    aberration = pre_transition_aberration(signal, levels, 0.5)
    assert aberration.overshoot.value == pytest.approx(4.0, rel=1e-3)
    assert aberration.undershoot.value == pytest.approx(0.0, abs=1e-3)


def test_aberration_region_is_as_long_as_told() -> None:
    rise = first_order()
    late = Signal.of(rise.time, rise.value + 35.0 * (rise.time > 1.5), "V", 0.0, 0.0)
    levels = levels_from_windows(rise.between(-1.0, -0.1), rise.between(1.4, 1.5))
    assert post_transition_aberration(late, levels, 0.5).overshoot.value == pytest.approx(0.0, abs=1e-3)
    assert post_transition_aberration(late, levels, 2.0).overshoot.value == pytest.approx(10.0, rel=1e-3)


def test_settling_of_a_first_order_rise_counts_from_where_it_is_told() -> None:
    rise = first_order()
    truth = TAU * math.log(350.0 / 4.0)
    settled = settling_duration(rise, 346.0, 354.0, start=0.0)
    assert settled is not None
    assert abs(settled.value - truth) <= settled.uncertainty <= 0.001
    from_command = settling_duration(rise, 346.0, 354.0, start=Quantity(-0.5, 0.05, "s"))
    assert from_command is not None
    assert from_command.value == pytest.approx(truth + 0.5, abs=0.001)
    assert from_command.uncertainty == pytest.approx(0.05, abs=0.001)


def test_peak_agrees_with_scipy_and_covers_the_true_peak_between_samples() -> None:
    time = np.arange(0.0, 1.0, 0.07)
    wave = Signal.of(time, np.sin(2.0 * np.pi * time), "V", 0.0, 0.0)
    found, _ = scipy_signal.find_peaks(wave.value)
    highest = peak(wave, Extreme.LARGEST)
    assert highest.value == wave.value[found].max()
    assert highest.value <= 1.0 <= highest.value + highest.uncertainty
    assert peak(wave, Extreme.SMALLEST).value == wave.value.min()


@pytest.mark.parametrize("after_jump", [0.0, 0.003, 0.006, 0.009])
@pytest.mark.parametrize("decay", [0.01, 0.02, 0.1])
def test_a_jump_that_decays_between_samples_lies_within_the_uncertainty_of_the_peak(
    decay: float, after_jump: float
) -> None:
    time = np.arange(-0.05, 0.5, 0.01) + after_jump
    wave = Signal.of(time, np.where(time < 0.0, 0.0, 5.0 * np.exp(-time / decay)), "V", 0.0, 0.001)
    highest = peak(wave, Extreme.LARGEST)
    assert highest.value <= 5.0 <= highest.value + highest.uncertainty


@pytest.mark.parametrize("after_start", [0.001, 0.003, 0.005, 0.007, 0.009])
@pytest.mark.parametrize("rise", [0.002, 0.005, 0.008])
def test_a_quick_rise_and_its_decay_lie_within_the_uncertainty_of_the_peak(rise: float, after_start: float) -> None:
    time = np.arange(-0.05, 0.5, 0.01) + after_start
    decay = 5.0 * np.exp(-np.maximum(time - rise, 0.0) / 0.02)
    wave = Signal.of(time, np.clip(5.0 * time / rise, 0.0, decay), "V", 0.0, 0.001)
    highest = peak(wave, Extreme.LARGEST)
    assert highest.value <= 5.0 <= highest.value + highest.uncertainty


def test_a_corner_beside_a_level_hides_no_peak() -> None:
    wave = Signal.of(np.arange(8.0), [2.0, 2.001, 2.0, 2.002, 0.4, 0.1, 0.0, 0.0], "A", 0.0, 0.004)
    assert peak(wave, Extreme.LARGEST).uncertainty < 0.01


@pytest.mark.parametrize(("values", "expected"), [([349.0, 350.0, 353.0], 3.0), ([346.5, 350.0, 353.0], -3.5)])
def test_largest_deviation_keeps_its_sign(values: list[float], expected: float) -> None:
    deviation = largest_deviation(Signal.of([0.0, 1.0, 2.0], values, "V", 0.0, 0.2), 350.0)
    assert deviation.value == pytest.approx(expected)
    assert deviation.uncertainty >= 0.2
