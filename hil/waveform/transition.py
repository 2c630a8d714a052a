"""Transition duration, settling duration, overshoot, undershoot, aberrations (IEEE Std 181).

No filter is applied: peaks and settling of a noisy signal say as much about the noise as about the device. Where a
bandwidth limit is wanted, filter first and say so in the conditions of the measurement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from hil.waveform.budget import bound
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

    U = hypot(uncertainty of that sample, m), where m is how much of a peak between two samples can be missed: what the
    signal does on one side of it, continued into the gap beside the peak sample, as far as the change on the other
    side lets it (see `_hidden`). A corner beside a level hides nothing.
    """
    if len(signal) == 0:
        raise ValueError("a peak needs at least one sample")
    upward = extreme.value * signal.value
    index = int(np.argmax(upward))
    after, before = -np.diff(upward[index : index + 4]), -np.diff(upward[max(index - 3, 0) : index + 1][::-1])
    missed = max(_hidden(after, before), _hidden(before, after))
    accuracy = signal.accuracy(float(signal.uncertainty[index]))
    between = bound(missed, signal.unit, "peak between two samples", signal.instrument)
    return Quantity.of(float(signal.value[index]), signal.unit, (accuracy, between), (signal.trace,))


def _hidden(side: Array, other: Array) -> float:
    """Return how far above its largest sample a signal can have been that falls on one side as `side` says.

    side, other: by how much it falls from each sample to the next one, going away from the largest, on either side.
    Followed back towards the peak a fall grows by the ratio r of the two falls next to it, 1 to e: a straight line, or
    an exponential that is no quicker than the sampling. The peak lies either in the gap on the other side, after a jump
    that the samples show: at most r times the first fall, and (e - 1) times the jump. Or in the gap on this side, with
    the largest sample on the way up to it: at most r times the second fall less the first, and another such jump. A
    sample may have been taken during the jump, so its height is the change over two samples.
    """
    first, second, third = (*side, 0.0, 0.0, 0.0)[:3]
    jump = max(0.0, float(np.max(np.cumsum(other[:2])))) if len(other) else 0.0
    beyond_other = min(first * _growth(first, second), (math.e - 1.0) * jump)
    beyond_this = min(second * _growth(second, third) - first, jump)
    return float(max(0.0, beyond_other, beyond_this))


def _growth(fall: float, following: float) -> float:
    return min(max(fall / following, 1.0), math.e) if following > 0.0 else math.e


def largest_deviation(signal: Signal, target: float) -> Quantity:
    """Return value - target of the sample that is farthest from `target` (signed), with the uncertainty of a peak."""
    above, below = peak(signal, Extreme.LARGEST) - target, peak(signal, Extreme.SMALLEST) - target
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
    begin = start if isinstance(start, Quantity) else Quantity.exact(start, "s")
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
    value, per_cent = max(0.0, excursion.value) / amplitude.value, 100.0 / amplitude.value
    return Quantity.computed(100.0 * value, "%", (per_cent, excursion), (-value * per_cent, amplitude))


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
