"""How a test says which requirements it decides, and what that costs in bench time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest

from hil.verdict import Catalogue, Profile

Test = TypeVar("Test", bound=Callable[..., object])

OPERATING = "policy.operation_grid_voltage"
HIGHEST = "policy.operation_grid_voltage_range.max"
FULL = "hwconfig.grid_current_capacity"
DEAL = "policy.mediator.deal.grid_current"
STEP = "policy.grid_current_step"
HELD = "max(bench.grid.draw_current, bench.grid.push_current)"
"""What a test reaches, in the words of the owner's files and of the bench file: V and A."""


@dataclass(frozen=True)
class Decides:
    """What a test decides.

    each, fixed: bench seconds per repetition and once. dwells: how often it waits for the requirement's dwell per
    repetition. volts, amperes: highest it reaches, a number or a formula over policy, hwconfig, dut and bench.
    battery_volts: likewise, where it takes the battery beyond the highest voltage of its own. peer: it needs a
    second unit, whatever its requirements need.
    """

    requirements: tuple[str, ...]
    each: float
    fixed: float
    volts: float | str
    amperes: float | str
    dwells: float = 0.0
    battery_volts: float | str = 0.0
    peer: bool = False

    def seconds(self, catalogue: Catalogue, profile: Profile) -> float:
        """Return the bench time that this test is expected to take with `profile`."""
        return self.fixed + self.demanded(catalogue, profile)

    def demanded(self, catalogue: Catalogue, profile: Profile) -> float:
        """Return the bench time that repetitions and dwells of the requirements demand with `profile`, in s."""
        decided = [catalogue.requirement(name) for name in self.requirements]
        repetitions = max(profile.repetitions(each) for each in decided)
        return (self.each + self.dwells * profile.dwell(decided[0])) * repetitions


def requirement(
    *names: str,
    each: float = 0.0,
    fixed: float = 1.0,
    volts: float | str = 0.0,
    amperes: float | str = 0.0,
    dwells: float = 0.0,
    battery_volts: float | str = 0.0,
    peer: bool = False,
) -> Callable[[Test], Test]:
    """Mark a test with the requirements it decides.

    each, fixed: expected bench time in seconds per repetition and once. dwells: how often a repetition waits for the
    dwell of the first requirement. volts, amperes: the highest grid voltage (V) and current (A) it makes, for the plan
    that is shown before anything is energised: what follows from the owner's files stands there as a formula. peer:
    left out on a bench without a second unit.
    """
    mark = pytest.mark.requirement(Decides(names, each, fixed, volts, amperes, dwells, battery_volts, peer))

    def put(test: Test) -> Test:
        marked: Test = mark(test)
        return marked

    return put


def decides(item: pytest.Item) -> Decides | None:
    """Return what a collected test decides, or None for a test that decides nothing."""
    mark = item.get_closest_marker("requirement")
    return None if mark is None else mark.args[0]
