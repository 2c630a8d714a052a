"""Sentences about a signal that hold or do not, with the decisive sample."""

from __future__ import annotations

from dataclasses import dataclass

from hil.waveform.quantity import Quantity
from hil.waveform.signal import Signal
from hil.waveform.transition import Extreme, peak, settling_duration


@dataclass(frozen=True)
class Finding:
    """The answer to a question about a signal; true in a condition when the sentence holds.

    reason: the answer as a sentence with numbers.
    decisive: the value or time that decided it, None when there was nothing to decide on.
    at: bench time of the decisive sample in seconds, for the plot.
    """

    holds: bool
    reason: str
    decisive: Quantity | None = None
    at: float | None = None

    def __bool__(self) -> bool:
        """Return whether the sentence holds."""
        return self.holds


def stays_within(signal: Signal, lower: float, upper: float, during: tuple[float, float]) -> Finding:
    """Tell whether every sample between the two bench times lies in lower ... upper.

    `decisive` is the sample nearest to a limit or farthest beyond it. No sample at all does not hold.
    """
    chosen = signal.between(*during)
    if len(chosen) == 0:
        return Finding(False, f"there is no sample between {during[0]:g} s and {during[1]:g} s")
    largest, smallest = peak(chosen, Extreme.LARGEST), peak(chosen, Extreme.SMALLEST)
    high_decides = largest.value - upper >= lower - smallest.value
    worst = largest if high_decides else smallest
    at = float(chosen.time[chosen.value.argmax() if high_decides else chosen.value.argmin()])
    holds = lower <= smallest.value and largest.value <= upper
    verb = "stays in" if holds else "leaves"
    reason = f"{verb} {lower:g} ... {upper:g} {signal.unit}: {worst.value:g} {worst.unit} at {at:.3f} s"
    return Finding(holds, reason, worst, at)


def steps_to(signal: Signal, a: float, b: float, at: float, within: float, tolerance: float) -> Finding:
    """Tell whether the signal steps from a to b (± tolerance) at bench time `at` and has settled `within` seconds.

    The last sample that was certainly taken before `at` must lie at a ± tolerance. `decisive` is the settling
    duration from `at`, in seconds.
    """
    before = signal.where(signal.latest <= at)
    if len(before) == 0:
        return Finding(False, f"there is no sample before {at:g} s to show that the signal was at {a:g} {signal.unit}")
    if abs(float(before.value[-1]) - a) > tolerance:
        found = f"was at {before.value[-1]:g} {signal.unit} instead of {a:g} {signal.unit} before {at:g} s"
        return Finding(False, found, before.sample(-1))
    settled = settling_duration(signal, b - tolerance, b + tolerance, at)
    if settled is None:
        return Finding(False, f"does not settle at {b:g} ± {tolerance:g} {signal.unit}")
    holds = settled.value <= within
    reason = (
        f"settles at {b:g} ± {tolerance:g} {signal.unit} after {settled}, {'' if holds else 'not '}within {within:g} s"
    )
    return Finding(holds, reason, settled, at + settled.value)
