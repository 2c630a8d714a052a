"""Transition duration, settling duration, overshoot, undershoot, aberrations (IEEE Std 181).

No filter is applied: peaks and settling of a noisy signal say as much about the noise as about the device. Where a
bandwidth limit is wanted, filter first and say so in the conditions of the measurement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from hil.waveform.instants import Direction, crossing, first_entry_and_stay
from hil.waveform.levels import NoTransition, StateLevels
from hil.waveform.quantity import Quantity
from hil.waveform.signal import Signal

STATE_BOUNDARY_PERCENT = 2.0
"""Half of the width of the band that counts as "in the state", in percent of the amplitude."""


class Extreme(Enum):
    """Which end of a signal."""

    LARGEST = 1
    SMALLEST = -1


def peak(signal: Signal, extreme: Extreme) -> Quantity:
    """Return the largest or smallest sample.

    U = hypot(uncertainty of that sample, |v[i-1] - 2 v[i] + v[i+1]| / 2): a peak between two samples is missed by
    at most half of the second difference if the signal runs straight beside it (an eighth if it is a parabola).
    """
    if len(signal) == 0:
        raise ValueError("a peak needs at least one sample")
    value = signal.value
    index = int(np.argmax(extreme.value * value))
    before, after = value[max(index - 1, 0)], value[min(index + 1, len(value) - 1)]
    missed = 0.5 * abs(float(before - 2.0 * value[index] + after))
    return Quantity(float(value[index]), math.hypot(float(signal.uncertainty[index]), missed), signal.unit)


def transition_duration(
    signal: Signal, levels: StateLevels, low_percent: float = 10.0, high_percent: float = 90.0
) -> Quantity:
    """Return the time between both reference level instants, in seconds (10 % and 90 % unless told).

    t = |t_high - t_low|, the first crossing of the second level after the first crossing of the first one.
    Raises NoTransition when one of them is never crossed.
    """
    direction = Direction.RISING if levels.rising else Direction.FALLING
    percents = (low_percent, high_percent) if levels.rising else (high_percent, low_percent)
    first = crossing(signal, levels.reference(percents[0]), direction)
    last = None if first is None else crossing(signal, levels.reference(percents[1]), direction)
    if first is None or last is None:
        raise NoTransition(
            f"the waveform does not pass both {low_percent:g} % and {high_percent:g} % of its {levels.amplitude}"
        )
    return last - first


def settling_duration(signal: Signal, lower: float, upper: float, start: float | Quantity) -> Quantity | None:
    """Return the seconds from `start` until the signal stays in lower ... upper; None when it does not settle.

    `start` is named by the caller, because documents differ: the command, the response, the load's edge, or the
    50 % instant of IEEE Std 181. As a Quantity it brings its own uncertainty, which adds in quadrature.
    """
    begin = start if isinstance(start, Quantity) else Quantity(start, 0.0, "s")
    entry = first_entry_and_stay(signal, lower, upper, begin.value)
    return None if entry is None else entry - begin


@dataclass(frozen=True)
class Aberration:
    """How far a waveform leaves its state, in percent of the amplitude, both counted positive.

    overshoot: beyond the state in the direction of the transition (before it: against the direction).
    undershoot: the other way.
    """

    overshoot: Quantity
    undershoot: Quantity


def _percent(excursion: Quantity, amplitude: Quantity) -> Quantity:
    """Return max(0, excursion) / amplitude in percent, with the uncertainties of both."""
    value = max(0.0, excursion.value) / amplitude.value
    relative = math.hypot(excursion.uncertainty, value * amplitude.uncertainty) / amplitude.value
    return Quantity(100.0 * value, 100.0 * relative, "%")


def _aberration(region: Signal, state: Quantity, amplitude: Quantity, over_is_up: bool) -> Aberration:
    above = _percent(peak(region, Extreme.LARGEST) - state, amplitude)
    below = _percent(state - peak(region, Extreme.SMALLEST), amplitude)
    return Aberration(above, below) if over_is_up else Aberration(below, above)


def _boundary(levels: StateLevels, state: Quantity, towards_other_state: int) -> float:
    return state.value + towards_other_state * STATE_BOUNDARY_PERCENT / 100.0 * levels.amplitude.value


def post_transition_aberration(signal: Signal, levels: StateLevels, duration: float) -> Aberration:
    """Return overshoot and undershoot within `duration` seconds after the final state is first reached.

    The region begins where the waveform first comes within 2 % of the amplitude of the final state, so the last
    part of the transition is no undershoot. Raises NoTransition when the state is never reached.
    """
    direction = Direction.RISING if levels.rising else Direction.FALLING
    reached = crossing(signal, _boundary(levels, levels.final, -direction.value), direction)
    if reached is None:
        raise NoTransition(f"the waveform never comes near its final state of {levels.final}")
    region = signal.between(reached.value, reached.value + duration)
    return _aberration(region, levels.final, levels.amplitude, over_is_up=levels.rising)


def pre_transition_aberration(signal: Signal, levels: StateLevels, duration: float) -> Aberration:
    """Return overshoot and undershoot within the `duration` seconds before the initial state is left.

    The region ends where the waveform last lies within 2 % of the amplitude of the initial state before its 50 %
    instant. Raises NoTransition when there is no 50 % instant, or no sample in the region.
    """
    direction = Direction.RISING if levels.rising else Direction.FALLING
    middle = crossing(signal, levels.reference(50.0), direction)
    if middle is None:
        raise NoTransition(f"the waveform does not pass 50 % of its {levels.amplitude}")
    before = signal.where(signal.time < middle.value)
    boundary = STATE_BOUNDARY_PERCENT / 100.0 * levels.amplitude.value
    in_state = np.flatnonzero(np.abs(before.value - levels.initial.value) <= boundary)
    if len(in_state) == 0:
        raise NoTransition(f"no sample lies near the initial state of {levels.initial}")
    end = float(before.time[in_state[-1]])
    return _aberration(signal.between(end - duration, end), levels.initial, levels.amplitude, not levels.rising)


def overshoot(signal: Signal, levels: StateLevels) -> Quantity:
    """Return the post-transition overshoot over the whole record, in percent of the amplitude."""
    return post_transition_aberration(signal, levels, math.inf).overshoot


def undershoot(signal: Signal, levels: StateLevels) -> Quantity:
    """Return the post-transition undershoot over the whole record, in percent of the amplitude."""
    return post_transition_aberration(signal, levels, math.inf).undershoot
