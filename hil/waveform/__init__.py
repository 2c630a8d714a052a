"""Pure functions over traces in the terms of IEEE Std 181; every number carries its uncertainty."""

from hil.waveform.budget import COVERAGE_FACTOR, Budget, Contribution, Distribution, bound, effective_degrees, merged
from hil.waveform.instants import Direction, crossing, first_entry_and_stay
from hil.waveform.levels import NoTransition, StateLevels, level, levels_from_windows, state_levels
from hil.waveform.line import Line, droop_line, fit_line
from hil.waveform.predicates import Finding, stays_within, steps_to
from hil.waveform.quantity import Quantity, decimals
from hil.waveform.shape import Ripple, decimate, ripple
from hil.waveform.signal import Array, Signal
from hil.waveform.transition import (
    Aberration,
    Extreme,
    largest_deviation,
    overshoot,
    peak,
    post_transition_aberration,
    pre_transition_aberration,
    settling_duration,
    transition_duration,
    undershoot,
)

__all__ = [
    "COVERAGE_FACTOR",
    "Aberration",
    "Array",
    "Budget",
    "Contribution",
    "Direction",
    "Distribution",
    "Extreme",
    "Finding",
    "Line",
    "NoTransition",
    "Quantity",
    "Ripple",
    "Signal",
    "StateLevels",
    "bound",
    "crossing",
    "decimals",
    "decimate",
    "droop_line",
    "effective_degrees",
    "first_entry_and_stay",
    "fit_line",
    "largest_deviation",
    "level",
    "levels_from_windows",
    "merged",
    "overshoot",
    "peak",
    "post_transition_aberration",
    "pre_transition_aberration",
    "ripple",
    "settling_duration",
    "state_levels",
    "stays_within",
    "steps_to",
    "transition_duration",
    "undershoot",
]
