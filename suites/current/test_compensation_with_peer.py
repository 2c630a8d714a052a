"""CCA-03 with a second unit: the unit's current is trimmed until the peer, by its own meter, sees the deal current."""

from __future__ import annotations

import pytest

from hil.client.sequences import ConverterUnit, GridMaster, acquire, compensate
from hil.converter import Mode
from hil.running.marking import DEAL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.second_unit import hold_grid, require_held, share

SAMPLING, WATCHED = 0.02, 0.3
"""Seconds between two samples, and for which the peer is seen to hold the grid."""


@requirement("CCA-03", each=6.3, fixed=8.0, volts=HIGHEST, amperes=f"1.1 * {DEAL}", peer=True)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_the_current_is_trimmed_to_the_peers_meter(scene: Scene, judge: Judge, repetitions: int, mode: Mode) -> None:
    """The peer holds the grid, the unit shares the deal current; replay the compensation with the peer's meter."""
    hold_grid(scene)
    failed = sum(not _trims(scene, mode) for _ in range(repetitions))
    judge.count("CCA-03", "failed_compensations", failed, repetitions, f"{mode.name}, the peer holds the grid")


def _trims(scene: Scene, mode: Mode) -> bool:
    deal = scene.policy.mediator.deal.grid_current
    if not share(scene.client, mode, deal):
        return False
    trace = scene.record("grid_voltage", "grid_current", seconds=WATCHED, period=SAMPLING)
    require_held(scene, trace.signal("grid_voltage"), trace.signal("grid_current"))
    scene.client.run(acquire)
    master = GridMaster(scene.policy, scene.clock)
    holder, unit = ConverterUnit(scene.peer, master.log), ConverterUnit(scene.client, master.log)
    holder_charges = mode is Mode.DISCHARGE
    return compensate(master, holder, unit, deal if holder_charges else -deal, holder_charges)
