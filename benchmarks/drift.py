"""What `hil history` promises about drift: how often chance is announced, and how many nights ahead a drift is.

    .venv/bin/python -m benchmarks.drift

Simulated margins, in standard deviations of their noise from night to night. The tables of docs/nightly.md.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from statistics import quantiles

from reports.drift import WINDOWS, forecast

SERIES = 1000
REST = 30
"""Nights before a drift or a step begins."""


def main() -> None:
    """Print both tables."""
    chance = random.Random(1)
    print("series without drift: announced in the latest of 30 nights; ever within a year")
    for room in (2.0, 3.0, 5.0, 10.0):
        once = sum(announced(flat(chance, room, REST)) for _ in range(SERIES))
        ever = sum(first(flat(chance, room, 365)) is not None for _ in range(SERIES // 10))
        print(f"{room:4g} of room: {once} of {SERIES}; {ever} of {SERIES // 10}")
    print("a step down to half of the room")
    for room in (10.0, 20.0):
        ever = sum(first(stepped(chance, room)) is not None for _ in range(SERIES // 5))
        print(f"{room:4g} of room: {ever} of {SERIES // 5}")
    print("nights from the first announcement to the crossing: median, and in 9 of 10 cases at least")
    for room in (5.0, 10.0, 20.0):
        for fall in (0.1, 0.2, 0.5, 1.0):
            cuts = quantiles((ahead(chance, room, fall) for _ in range(SERIES // 10)), n=10)
            print(f"{room:4g} of room, {fall:g} per night, {room / fall:.0f} nights: {cuts[4]:.0f}, {cuts[0]:.0f}")


def announced(margins: list[float]) -> bool:
    """Tell whether a drift is announced on the last of these nights."""
    seen = margins[-WINDOWS[0] :]
    return forecast([float(day) for day in range(1 - len(seen), 1)], seen) is not None


def first(margins: list[float]) -> int | None:
    """Return on which night a drift is announced for the first time."""
    nights: Iterator[int] = (night for night in range(REST, len(margins) + 1) if announced(margins[:night]))
    return next(nights, None)


def flat(chance: random.Random, room: float, nights: int) -> list[float]:
    """Return margins without drift."""
    return noisy(chance, lambda _: room, nights)


def stepped(chance: random.Random, room: float) -> list[float]:
    """Return margins that fall to their half at once."""
    return noisy(chance, lambda night: room if night < REST else room / 2.0, 3 * REST)


def ahead(chance: random.Random, room: float, fall: float) -> int:
    """Return how many nights before its crossing a drift is announced that begins after a rest; 0: not before it."""
    crossing = REST + round(room / fall)
    night = first(noisy(chance, lambda night: room - fall * max(0, night - REST), crossing))
    return 0 if night is None else crossing - night


def noisy(chance: random.Random, margin: Callable[[int], float], nights: int) -> list[float]:
    """Return margins with normal noise of standard deviation 1."""
    return [margin(night) + chance.gauss(0.0, 1.0) for night in range(nights)]


if __name__ == "__main__":
    main()
