"""How old the values are that the driver shows. Pure functions."""

from __future__ import annotations

from hil.waveform import Direction, Quantity, Signal


def age_at_step(shown: Signal, step: Quantity, level: float, direction: Direction, until: float) -> Quantity:
    """Return how old the shown value was at least: the longest time after a step at which it shows the side before.

    shown: the driver's answers; each counts at its end, `latest`. step: bench time in s at which the true value passed
    `level` in `direction`. until: bench time in s up to which answers belong to this step. U is that of the step's
    time. 0 s when the first answer after the step shows it already.
    """
    after = shown.where((shown.latest > step.value) & (shown.latest <= until))
    still_before = (after.value - level) * direction.value < 0.0
    age = float(after.latest[still_before].max()) - step.value if still_before.any() else 0.0
    return Quantity.computed(age, "s", (-1.0, step))
