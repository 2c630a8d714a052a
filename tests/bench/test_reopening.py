"""Handing instruments back: what is known to be safe is let go of, the rest keeps its own watchdog."""

from __future__ import annotations

from typing import cast

import pytest

from hil.bench.connecting import Reopening
from instruments.kinds import Instrument
from tests.battery.simulated_clock import SimulatedClock


class Watchful:
    """An instrument with a watchdog. told: what it was told, in order."""

    name = "source"

    def __init__(self) -> None:
        self.told: list[str] = []

    def disarm_watchdog(self) -> None:
        self.told.append("watchdog off")

    def give_back(self) -> None:
        self.told.append("front panel")

    def close(self) -> None:
        self.told.append("closed")


@pytest.mark.parametrize(
    ("proven", "told"), [(True, ["watchdog off", "front panel", "closed"]), (False, ["front panel", "closed"])]
)
def test_a_watchdog_stays_armed_where_nobody_knows_what_is_on(proven: bool, told: list[str]) -> None:
    part = Watchful()
    reach = Reopening(lambda _: cast(Instrument, part), SimulatedClock(), 1.0)
    reach("source")
    reach.release(proven)
    assert part.told == told
