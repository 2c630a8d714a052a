"""Two converters on one grid: hand-over of the voltage reference."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hil.virtual.plant import Alarm, Mode, Plant

MakePlant = Callable[..., Plant]

FITTED = {"peer.fitted": True}


def _watch(plant: Plant, seconds: float) -> tuple[float, float]:
    seen: list[float] = []
    plant.on_step = lambda present: seen.append(present.grid.voltage)
    plant.advance_to(plant.time + seconds)
    plant.on_step = None
    return min(seen), max(seen)


def test_no_peer_unless_fitted(booted: MakePlant) -> None:
    assert booted().peer is None
    assert booted(FITTED).peer is not None


@pytest.mark.parametrize("afterwards", [Mode.STOP, Mode.CHARGE, Mode.DISCHARGE])
def test_hand_over(run: MakePlant, afterwards: Mode) -> None:
    """The unit holds 350 V and takes up 1 A of its partner; the peer takes the reference over in droop."""
    plant: Plant = run(Mode.CV, 2.3, FITTED)
    unit, peer = plant.converter, plant.peer
    assert peer is not None
    source = plant.stages["grid_source"]
    source.set_voltage(385.0)
    source.set_source_limit(1.0)
    source.switch(True)
    plant.advance_to(plant.time + 2.0)
    assert plant.probe("grid_current") == pytest.approx(1.0, abs=0.02)
    unit.write_voltage(350.0, 0.039)
    lows, highs = [], []
    for seconds, action in (
        (0.3, lambda: peer.write_voltage(350.0, 0.039)),
        (0.1, lambda: peer.write_current(2.3)),
        (2.0, lambda: peer.write_mode(Mode.CV)),
    ):
        action()
        low, high = _watch(plant, seconds)
        lows.append(low)
        highs.append(high)
    assert 0.3 < plant.probe("grid_current") < 0.7
    if afterwards is Mode.STOP:
        for dig in (1.3, 0.3, 0.0):
            unit.write_current(dig)
            plant.advance_to(plant.time + 0.3)
        assert abs(plant.probe("grid_current")) < 0.03
    else:
        unit.write_mode(afterwards)
        if afterwards is Mode.DISCHARGE:
            unit.write_voltage(380.0, 0.0)
        unit.write_current(0.5)
    low, high = _watch(plant, 2.0)
    unit.write_mode(afterwards)
    peer.write_voltage(350.0, 0.0)
    low_end, high_end = _watch(plant, 2.0)
    assert min(*lows, low, low_end) > 340.0
    assert max(*highs, high, high_end) < 360.0
    assert plant.probe("grid_voltage") == pytest.approx(350.0, abs=1.0)
    assert (unit.alarm, peer.alarm) == (Alarm.NONE, Alarm.NONE)


def test_droop_shares_current_by_its_slope(run: MakePlant) -> None:
    """Equal droop on both sides: each carries half of what the load takes."""
    plant: Plant = run(Mode.CV, 2.3, FITTED, drg=0.039)
    peer = plant.peer
    assert peer is not None
    peer.write_voltage(350.0, 0.039)
    peer.write_current(2.3)
    peer.write_mode(Mode.CV)
    plant.stages["grid_load"].set_load("CC", 2.0)
    plant.stages["grid_load"].switch(True)
    plant.advance_to(plant.time + 5.0)
    assert plant.probe("grid_current") == pytest.approx(-1.0, abs=0.02)
    assert plant.probe("peer_current") == pytest.approx(-1.0, abs=0.02)


def test_faults_are_those_of_the_unit_alone(booted: MakePlant) -> None:
    plant: Plant = booted({**FITTED, "converter.faults.current.gain": 0.5})
    assert plant.peer is not None
    assert plant.peer.faults.current.gain == 0.0
    assert plant.converter.faults.current.gain == 0.5
