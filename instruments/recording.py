"""When the samples of a meter that samples by itself were taken.

The meter's samples carry no time. The first one began between the moment at which the start was sent and the moment at
which the meter had answered the next question; every other one an exact multiple of the interval later, by the meter's
own clock. What it has given is held against the clock of the bench each time, so a meter that does not keep its
interval (it changes range, it was given less than it needs for a sample) is noticed and not believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from instruments.errors import BadAnswer
from instruments.reading import Reading


@dataclass
class Recording:
    """An acquisition that began between `start` and `armed`, bench time in seconds.

    interval: seconds between two samples. aperture: its integration time, s. timebase: share by which the meter's
    clock may run wrong. taken: samples taken over so far.
    """

    name: str
    start: float
    armed: float
    interval: float
    aperture: float
    timebase: float
    taken: int = 0

    def earliest(self, index: int) -> float:
        """Return when sample `index` can have begun at the earliest."""
        return self.start + index * self.interval * (1.0 - self.timebase)

    def latest(self, index: int) -> float:
        """Return when sample `index` must have ended."""
        return self.armed + index * self.interval * (1.0 + self.timebase) + self.aperture

    def after(self, time: float) -> int:
        """Return the first sample that cannot have begun before `time`."""
        steps = (time - self.start) / (self.interval * (1.0 - self.timebase))
        return max(0, -int(-steps // 1))

    def take(self, values: list[float], unit: str, asked: float, answered: float) -> list[Reading]:
        """Return the next samples with their times, which the meter gave when asked between these two times.

        Raises BadAnswer when there are more or fewer than its interval allows.
        """
        first, self.taken = self.taken, self.taken + len(values)
        if self.taken and self.earliest(self.taken - 1) > answered:
            raise self._disbelieve("more", asked)
        if self.latest(self.taken) + self.interval < asked:
            raise self._disbelieve("fewer", asked)
        return [
            Reading(value, unit, self.earliest(index), self.latest(index)) for index, value in enumerate(values, first)
        ]

    def _disbelieve(self, what: str, asked: float) -> BadAnswer:
        return BadAnswer(
            f"{self.name}: it was to sample every {self.interval:g} s, but {asked - self.start:.3f} s after its start "
            f"it had given {self.taken} samples, {what} than that. Give it a fixed measuring_range and an aperture_s "
            "well below the interval, or set buffered = false in the bench file."
        )
