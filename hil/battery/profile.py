"""Profiles to replay: what else charges or discharges the battery, or which state of charge it shows, over time."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path

from hil.battery.cell import Interpolation
from hil.errors import BadInput


class ProfileKind(Enum):
    """What a profile prescribes; the value is the name of its CSV column."""

    POWER = "power"
    SOC = "soc"


@dataclass(frozen=True)
class Profile:
    """A quantity over seconds since the start of the replay.

    POWER: W into the battery besides the converter's (positive charging: sun; negative: the house), held from
    row to row. SOC: a fraction, in straight lines between the rows. Before the first row the first value holds,
    after the last row the last.
    """

    kind: ProfileKind
    times: tuple[float, ...]
    values: tuple[float, ...]

    @classmethod
    def from_csv(cls, path: Path) -> Profile:
        """Read a CSV with a header `time,power` or `time,soc`. Raises BadInput."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                kinds = [kind for kind in ProfileKind if kind.value in (reader.fieldnames or ())]
                rows = [(float(row["time"]), *(float(row[kind.value]) for kind in kinds)) for row in reader]
        except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
            raise BadInput(f"The battery profile {path} cannot be read ({type(error).__name__}: {error}).") from error
        if len(kinds) != 1:
            raise BadInput(f"The battery profile {path} needs a column 'power' (W) or a column 'soc', and only one.")
        return cls.from_rows(kinds[0], [(row[0], row[1]) for row in rows], str(path))

    @classmethod
    def from_rows(cls, kind: ProfileKind, rows: list[tuple[float, float]], source: str) -> Profile:
        """Make a profile of (time, value) rows. Raises BadInput naming `source`."""
        times, values = tuple(row[0] for row in rows), tuple(row[1] for row in rows)
        if len(rows) < 2 or any(right <= left for left, right in pairwise(times)):
            raise BadInput(f"{source}: a profile needs at least two rows with rising time.")
        if not all(math.isfinite(number) for row in rows for number in row):
            raise BadInput(f"{source}: a profile needs finite numbers.")
        if kind is ProfileKind.SOC and not all(0 <= value <= 1 for value in values):
            raise BadInput(f"{source}: soc must lie between 0 and 1 (a fraction, not a percentage).")
        return cls(kind, times, values)

    def at(self, seconds: float) -> float:
        """Return the value `seconds` after the start of the replay."""
        seconds = min(max(seconds, self.times[0]), self.times[-1])
        if self.kind is ProfileKind.SOC:
            return Interpolation(self.times, self.values)(seconds)
        return next(v for t, v in zip(reversed(self.times), reversed(self.values), strict=True) if t <= seconds)
