"""Whether a series resistance made in software would oscillate, told before anything is switched on.

The loop reads the current, then moves the voltage a part `a` (the relaxation) of the way to OCV + R·I. A converter
that holds the battery side stiffly behind a cable r answers a voltage error with the current error / r. Without
delay the loop's only pole is 1 - a (1 + R/r); with one sample of delay its poles are those of
z² - (1 - a) z + a R/r. Both lie within the unit circle exactly when the figures below keep their bounds,
whatever the period. A converter that draws constant current or power is far from these bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

from hil.errors import BadInput


@dataclass(frozen=True)
class LoopStability:
    """The figures that decide; resistances in ohm.

    resistance: made in software. cable_resistance: between the battery terminals and the converter's capacitors.
    """

    resistance: float
    cable_resistance: float
    relaxation: float

    @property
    def undelayed(self) -> float:
        """Return a (1 + R/r), which must stay below 2."""
        return self.relaxation * (1 + self.resistance / self.cable_resistance)

    @property
    def delayed(self) -> float:
        """Return a R/r, which must stay below 1."""
        return self.relaxation * self.resistance / self.cable_resistance

    @property
    def stable(self) -> bool:
        """Tell whether the loop settles with and without one sample of delay."""
        return self.undelayed < 2 and self.delayed < 1

    def require(self) -> None:
        """Raise BadInput with the numbers when the loop would oscillate."""
        if self.stable:
            return
        advice = 0.5 * self.cable_resistance / self.resistance
        raise BadInput(
            f"The battery loop would oscillate: with relaxation a = {self.relaxation:g}, series resistance "
            f"R = {self.resistance * 1e3:.3g} mΩ made in software and cable resistance "
            f"r = {self.cable_resistance * 1e3:.3g} mΩ, a(1 + R/r) = {self.undelayed:.3g} (must be below 2) and "
            f"a·R/r = {self.delayed:.3g} (must be below 1). Set relaxation to {advice:.2g} or less, or let the "
            "instrument make the resistance."
        )
