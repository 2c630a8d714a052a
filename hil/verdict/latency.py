"""The latency budget of a bench: how well it can time a control action."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hil.verdict.uncertainty import rectangular
from hil.waveform import COVERAGE_FACTOR


@dataclass(frozen=True)
class LatencyBudget:
    """Contributions to the uncertainty of a control time, in seconds.

    http: duration of a call to the driver that asks nothing of its converter; a command went out, and an answer came
        in, at some time within it. How long the unit takes over a command is measured, and is no uncertainty.
    instrument: duration of one query; the sample was taken at some time within it.
    sampling: interval between two samples; the event lies somewhere within it.
    clock: worst lateness of the worker that samples.
    """

    http: float
    instrument: float
    sampling: float
    clock: float

    def expanded(self) -> float:
        """Return the expanded uncertainty (k = 2) of a control time, in seconds.

        U = 2 sqrt((http^2 + instrument^2 + sampling^2) / 12 + clock^2 / 3): the first three are intervals of
        known ends, so half of each is the half width of a rectangular distribution; clock is a half width itself.
        """
        half_widths = (0.5 * self.http, 0.5 * self.instrument, 0.5 * self.sampling, self.clock)
        return COVERAGE_FACTOR * math.hypot(*(rectangular(each) for each in half_widths))

    def resolves(self, limit: float) -> bool:
        """Tell whether a control time can be judged against a limit in seconds."""
        return self.expanded() <= limit

    def parts(self) -> dict[str, float]:
        """Return contributions and result by name, in seconds."""
        return {
            "HTTP call": self.http,
            "instrument query": self.instrument,
            "sampling interval": self.sampling,
            "clock": self.clock,
            "U (k = 2)": self.expanded(),
        }

    def sentence(self) -> str:
        """Return the budget on one line, in milliseconds."""
        return ", ".join(f"{name} {1000.0 * seconds:.1f} ms" for name, seconds in self.parts().items())
