"""What a run was planned to take and what it took: bench time, efficiency, extremes."""

from __future__ import annotations

from dataclasses import dataclass, field

from hil.battery.first_lift import GENTLE_CURRENT
from hil.safety.extremes import Extremes

NOTABLE = 1.01
"""Times the plan: readings have errors, and what is regulated overshoots a little."""
AT_REST = Extremes(1.0, 0.05, 0.05, 0.0, GENTLE_CURRENT, 5.0)
"""What is not notable either: offsets of meters, the current behind which the battery comes up, standby of the unit."""
NAMES = {
    "grid_voltage": ("grid voltage", "V"),
    "grid_current": ("grid current", "A"),
    "source_current": ("current of a grid instrument", "A"),
    "battery_voltage": ("battery voltage", "V"),
    "battery_current": ("battery current", "A"),
    "energy": ("energy", "W h"),
}


@dataclass
class Effort:
    """Filled while a run goes on. Seconds of bench time.

    planned_seconds, planned: what the plan said. shares: by the requirements that tests decide together, what their
    repetitions and dwells asked for, and what the tests used. used: from opening the bench to its safe state. reached:
    as measured. before: used by the part of the run that this one continues; its time counts as planned, and not for
    the efficiency.
    """

    planned_seconds: float = 0.0
    planned: Extremes = field(default_factory=Extremes)
    shares: dict[tuple[str, ...], tuple[float, float]] = field(default_factory=dict)
    used: float = 0.0
    reached: Extremes = field(default_factory=Extremes)
    before: float = 0.0

    def plan(self, seconds: float, extremes: Extremes) -> None:
        """Enter what is planned from now on."""
        self.planned_seconds, self.planned = self.before + seconds, extremes

    def add_test(self, requirements: tuple[str, ...], demanded: float, used: float) -> None:
        """Enter a test: what repetitions and dwells of its requirements demand, and what it used."""
        asked, spent = self.shares.get(requirements, (0.0, 0.0))
        self.shares[requirements] = asked + demanded, spent + used

    @property
    def demanded(self) -> float:
        """Return the bench time that the requirements demanded: of each no more than its tests used."""
        return sum(min(asked, spent) for asked, spent in self.shares.values())

    @property
    def efficiency(self) -> float | None:
        """Return the bench efficiency, demanded over used, a fraction; None when no bench time was used."""
        used = self.used - self.before
        return self.demanded / used if used > 0.0 else None

    @property
    def beyond(self) -> list[str]:
        """Return a sentence for every extreme that went beyond the plan."""
        planned, reached, rest = self.planned.as_dict(), self.reached.as_dict(), AT_REST.as_dict()
        return [
            f"The {NAMES[name][0]} reached {value:.4g} {NAMES[name][1]}, beyond the plan's {planned[name]:.4g}."
            for name, value in reached.items()
            if value > max(NOTABLE * planned[name], rest[name])
        ]

    def sentence(self) -> str:
        """Return bench time, efficiency and extremes, each with what was planned."""
        said = f"Bench time {self.used:.0f} s (planned {self.planned_seconds:.0f} s)"
        if self.efficiency is not None:
            said += f", {100.0 * self.efficiency:.0f} % of it demanded by the requirements"
        planned, reached = self.planned.as_dict(), self.reached.as_dict()
        highest = ", ".join(
            f"{name} {reached[key]:.4g} {unit} (planned {planned[key]:.4g})"
            for key, (name, unit) in NAMES.items()
            if key in reached
        )
        return f"{said}. Highest: {highest}."
