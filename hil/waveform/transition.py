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
from hil.waveform.signal import Array, Signal

STATE_BOUNDARY_PERCENT = 2.0
"""How near to a state counts as "at the state", in percent of the amplitude."""


class Extreme(Enum):
    """Which end of a signal."""

    LARGEST = 1
    SMALLEST = -1


def peak(signal: Signal, extreme: Extreme) -> Quantity:
    """Return the largest or smallest sample.

    U = hypot(uncertainty of that sample, m), where m is how much of a peak between two samples can be missed: the
    larger one of what a jump loses that decays exponentially to where it came from, and of what a parabola loses. With
    r = |v[i] - v[i-1]| and f = |v[i] - v[i+1]| the first is min(r f / |r - f|, r + f), bounded by the second difference
    where the decay is as quick as the sampling; the second is an eighth of the second difference, at i or at the nearer
    neighbour, whichever is smaller. A corner beside a level hides nothing.
    """
    if len(signal) == 0:
        raise ValueError("a peak needs at least one sample")
    index = int(np.argmax(extreme.value * signal.value))
    missed = _missed(signal.value, index)
    return Quantity(float(signal.value[index]), math.hypot(float(signal.uncertainty[index]), missed), signal.unit)


def _missed(value: Array, index: int) -> float:
    """Return how much higher than the peak sample `index` the signal can have been between the samples."""
    if not 0 < index < len(value) - 1:
        return 0.0
    rise, fall = abs(float(value[index] - value[index - 1])), abs(float(value[index] - value[index + 1]))
    jump = rise + fall if rise == fall else min(rise * fall / abs(rise - fall), rise + fall)
    nearer = index - 1 if rise < fall else index + 1
    return max(jump, min(_bend(value, index), _bend(value, nearer)) / 8.0)


def _bend(value: Array, index: int) -> float:
    """Return the magnitude of the second difference, 0 at the ends."""
    if not 0 < index < len(value) - 1:
        return 0.0
    return abs(float(value[index - 1] - 2.0 * value[index] + value[index + 1]))


def largest_deviation(signal: Signal, target: float) -> Quantity:
    """Return value - target of the sample that is farthest from `target` (signed), with the uncertainty of a peak."""
    level = Quantity(target, 0.0, signal.unit)
    above, below = peak(signal, Extreme.LARGEST) - level, peak(signal, Extreme.SMALLEST) - level
    return above if above.value >= -below.value else below


def _direction(levels: StateLevels) -> Direction:
    return Direction.RISING if levels.rising else Direction.FALLING


def transition_duration(
    signal: Signal, levels: StateLevels, low_percent: float = 10.0, high_percent: float = 90.0
) -> Quantity:
    """Return the time between both reference level instants, in seconds (10 % and 90 % unless told).

    t = |t_high - t_low|, the first crossing of the second level after the first crossing of the first one.
    Raises NoTransition when one of them is never crossed.
    """
    direction = _direction(levels)
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


def _aberration(region: Signal, at_rest: Signal, state: Quantity, levels: StateLevels, over_is_up: bool) -> Aberration:
    """Return the overshoot in `region`, and the undershoot in the part of it that is surely no transition."""
    over, under = (Extreme.LARGEST, Extreme.SMALLEST) if over_is_up else (Extreme.SMALLEST, Extreme.LARGEST)
    beyond, short = peak(region, over), peak(at_rest, under)
    if over_is_up:
        return Aberration(_percent(beyond - state, levels.amplitude), _percent(state - short, levels.amplitude))
    return Aberration(_percent(state - beyond, levels.amplitude), _percent(short - state, levels.amplitude))


def _near(levels: StateLevels, state: Quantity, towards_other_state: int) -> float:
    """Return the state boundary on the side of the other state."""
    return state.value + towards_other_state * STATE_BOUNDARY_PERCENT / 100.0 * levels.amplitude.value


def post_transition_aberration(signal: Signal, levels: StateLevels, duration: float) -> Aberration:
    """Return overshoot and undershoot within `duration` seconds after the final state is reached.

    The region begins where the waveform first comes within 2 % of the amplitude of the final state; undershoot counts
    from where it first crosses that state, or, if it only creeps towards it, from the beginning. Raises NoTransition
    when the state is never reached.
    """
    direction = _direction(levels)
    reached = crossing(signal, _near(levels, levels.final, -direction.value), direction)
    if reached is None:
        raise NoTransition(f"the waveform never comes near its final state of {levels.final}")
    region = signal.between(reached.value, reached.value + duration)
    arrived = np.flatnonzero(direction.value * (region.value - levels.final.value) >= 0.0)
    at_rest = region.where(region.time >= region.time[arrived[0]]) if len(arrived) else region
    return _aberration(region, at_rest, levels.final, levels, over_is_up=levels.rising)


def pre_transition_aberration(signal: Signal, levels: StateLevels, duration: float) -> Aberration:
    """Return overshoot and undershoot within the `duration` seconds before the initial state is left.

    The region ends with the last sample before the 50 % instant that lies within 2 % of the amplitude of the initial
    state or on its far side; undershoot counts until the last one that has not passed that state, if there is one.
    Raises NoTransition when there is no 50 % instant, or no sample near the initial state.
    """
    direction = _direction(levels)
    middle = crossing(signal, levels.reference(50.0), direction)
    if middle is None:
        raise NoTransition(f"the waveform does not pass 50 % of its {levels.amplitude}")
    before = signal.where(signal.time < middle.value)
    edge = _near(levels, levels.initial, direction.value)
    near = np.flatnonzero(direction.value * (before.value - edge) <= 0.0)
    if len(near) == 0:
        raise NoTransition(f"no sample lies near the initial state of {levels.initial}")
    end = float(before.time[near[-1]])
    region = before.between(end - duration, end)
    waiting = np.flatnonzero(direction.value * (region.value - levels.initial.value) <= 0.0)
    at_rest = region.where(region.time <= region.time[waiting[-1]]) if len(waiting) else region
    return _aberration(region, at_rest, levels.initial, levels, over_is_up=not levels.rising)


def overshoot(signal: Signal, levels: StateLevels) -> Quantity:
    """Return the post-transition overshoot over the whole record, in percent of the amplitude."""
    return post_transition_aberration(signal, levels, math.inf).overshoot


def undershoot(signal: Signal, levels: StateLevels) -> Quantity:
    """Return the post-transition undershoot over the whole record, in percent of the amplitude."""
    return post_transition_aberration(signal, levels, math.inf).undershoot
