"""A healthy converter: modes, regulation, droop, limits, start."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from hil.virtual.plant import Alarm, Mode, Plant, RefusalReason, Refused, Running

MakePlant = Callable[..., Plant]

CC = (Mode.CHARGE, Mode.DISCHARGE)


def _peak(plant: Plant, name: str, seconds: float) -> tuple[float, float]:
    """Return smallest and largest true value of a probe over the coming seconds."""
    seen: list[float] = []
    plant.on_step = lambda present: seen.append(present.probe(name))
    plant.advance_to(plant.time + seconds)
    plant.on_step = None
    return min(seen), max(seen)


def test_start_from_zero_is_a_ramp_without_overshoot(booted: MakePlant) -> None:
    plant: Plant = booted()
    converter = plant.converter
    converter.write_voltage(350.0, 0.0)
    converter.write_current(2.3)
    converter.write_mode(0x14)
    assert converter.mode is Mode.CV
    plant.advance_to(plant.time + 1.05)
    assert plant.probe("grid_voltage") == pytest.approx(140.0, abs=2.0)
    _, highest = _peak(plant, "grid_voltage", 5.0)
    assert highest < 352.0
    assert plant.probe("grid_voltage") == pytest.approx(350.0, abs=1.0)
    assert converter.running is Running.DISCHARGE
    assert converter.alarm is Alarm.NONE


def test_start_with_large_capacitance_is_a_constant_current(booted: MakePlant) -> None:
    """22 mF and 2 A: 91 V per second."""
    plant: Plant = booted({"grid.capacitance": 22e-3})
    converter = plant.converter
    converter.write_voltage(350.0, 0.0)
    converter.write_current(2.0)
    converter.write_mode(Mode.CV)
    plant.advance_to(plant.time + 1.0)
    before = plant.probe("grid_voltage")
    lowest, _ = _peak(plant, "grid_current", 1.0)
    assert plant.probe("grid_voltage") - before == pytest.approx(2.0 / plant.grid.capacitance, rel=0.01)
    assert lowest >= -2.0 - 1e-6
    _, highest = _peak(plant, "grid_voltage", 6.0)
    assert highest < 354.0
    assert converter.alarm is Alarm.NONE


@pytest.mark.parametrize("dvg", [330.0, 350.0, 370.0])
@pytest.mark.parametrize("current", [-2.0, 0.0, 2.2])
def test_voltage_regulation_both_directions(run: MakePlant, dvg: float, current: float) -> None:
    plant: Plant = run(Mode.CV, 2.3, dvg=dvg)
    _push(plant, current)
    plant.advance_to(plant.time + 3.0)
    assert plant.probe("grid_voltage") == pytest.approx(dvg, abs=1.0)
    assert plant.probe("grid_current") == pytest.approx(current, abs=0.01)


def _push(plant: Plant, current: float) -> None:
    """Let the grid instruments give `current` A to the unit (negative: take)."""
    if current < 0.0:
        plant.stages["grid_load"].set_load("CC", -current)
        plant.stages["grid_load"].switch(True)
    elif current > 0.0:
        plant.stages["grid_source"].set_voltage(390.0)
        plant.stages["grid_source"].set_source_limit(current)
        plant.stages["grid_source"].switch(True)


@pytest.mark.parametrize("drg", [0.0, 0.02, 0.039])
def test_droop_line(run: MakePlant, drg: float) -> None:
    """v = dvg (1 - drg i / i rated) - 0.05 ohm * i, i positive out of the unit."""
    for current in (-2.0, -1.0, 1.0, 2.0):
        plant: Plant = run(Mode.CV, 2.3, drg=drg)
        open_circuit = plant.probe("grid_voltage")
        _push(plant, current)
        plant.advance_to(plant.time + 3.0)
        drop = open_circuit - plant.probe("grid_voltage")
        out = -plant.probe("grid_current")
        assert drop == pytest.approx((350.0 * plant.converter.drg / 7.8125 + 0.05) * out, abs=0.03)


def test_dig_limits_cv_in_both_directions(run: MakePlant) -> None:
    for volts, sign in ((360.0, 1.0), (340.0, -1.0)):
        plant: Plant = run(Mode.CV, 1.0)
        plant.foreign_source.switch_on(volts)
        plant.advance_to(plant.time + 10.0)
        assert plant.probe("grid_current") == pytest.approx(sign * 1.0, abs=0.03)
        assert plant.converter.meters().vg == pytest.approx(volts, abs=1.0)
        assert plant.converter.alarm is Alarm.NONE


def test_dig_zero_in_cv_neither_trips_nor_carries_current(run: MakePlant) -> None:
    plant: Plant = run(Mode.CV, 2.3)
    plant.foreign_source.switch_on(350.0)
    plant.converter.write_current(0.0)
    plant.advance_to(plant.time + 10.0)
    assert abs(plant.probe("grid_current")) < 0.01
    assert (plant.converter.alarm, plant.converter.mode) == (Alarm.NONE, Mode.CV)


@pytest.mark.parametrize("mode", CC)
@pytest.mark.parametrize("dig", [0.0, 0.5, 2.3])
def test_current_regulation(run: MakePlant, mode: Mode, dig: float) -> None:
    plant: Plant = run(mode, dig, dvg=380.0)
    sign = 1.0 if mode is Mode.CHARGE else -1.0
    assert plant.probe("grid_current") == pytest.approx(sign * dig, abs=0.03)
    meters = plant.converter.meters()
    assert meters.ig == pytest.approx(sign * dig, abs=0.06)
    assert plant.converter.running is (Running.CHARGE if mode is Mode.CHARGE else Running.DISCHARGE)
    if dig:
        assert meters.wb * sign > 0.0


@pytest.mark.parametrize("mode", CC)
def test_current_step_settles_in_time(run: MakePlant, mode: Mode) -> None:
    plant: Plant = run(mode, 1.0, dvg=380.0)
    plant.converter.write_current(2.0)
    plant.advance_to(plant.time + 0.2)
    assert abs(plant.probe("grid_current")) == pytest.approx(2.0, abs=0.03)


def test_voltage_step_down_without_load(run: MakePlant) -> None:
    plant: Plant = run(Mode.CV, 2.3, dvg=370.0)
    plant.converter.write_voltage(330.0, 0.0)
    lowest, _ = _peak(plant, "grid_voltage", 0.3)
    assert plant.probe("grid_voltage") == pytest.approx(330.0, abs=1.0)
    assert lowest > 328.0


@pytest.mark.parametrize("dig", [1.0, 2.3])
def test_load_rejection_stops_at_the_ceiling(run: MakePlant, dig: float) -> None:
    plant: Plant = run(Mode.DISCHARGE, dig, dvg=380.0)
    plant.stages["grid_load"].switch(False)
    _, highest = _peak(plant, "grid_voltage", 2.0)
    assert highest < 380.0
    assert plant.probe("grid_voltage") == pytest.approx(378.5, abs=0.2)
    assert plant.converter.alarm is Alarm.NONE


@pytest.mark.parametrize(("before", "after"), list(permutations(Mode, 2)))
def test_any_mode_to_any_mode(booted: MakePlant, before: Mode, after: Mode) -> None:
    """On a grid that others hold at 340 V: a source from below, a load from above."""
    plant: Plant = booted()
    source, load = plant.stages["grid_source"], plant.stages["grid_load"]
    source.set_voltage(340.0)
    source.switch(True)
    load.set_load("CV", 341.0)
    load.switch(True)
    plant.advance_to(plant.time + 1.0)
    converter = plant.converter
    converter.write_current(1.0)
    for mode in (before, after):
        assert converter.write_mode(mode) is mode
        assert converter.mode is mode
        lowest, highest = _peak(plant, "grid_voltage", 2.0)
        assert lowest > 335.0
        assert highest < 346.0
    assert converter.alarm is Alarm.NONE
    wanted = {Mode.STOP: 0.0, Mode.CHARGE: 1.0, Mode.DISCHARGE: -1.0}
    if after in wanted:
        assert plant.probe("grid_current") == pytest.approx(wanted[after], abs=0.03)


def test_discharging_unit_takes_over_cv_without_lifting_the_bus(run: MakePlant) -> None:
    """The driver commands the mode first; dvg 380 of CC discharge is in force until 0.1 s later."""
    plant: Plant = run(Mode.DISCHARGE, 1.0, dvg=380.0)
    plant.stages["grid_load"].set_load("CC", 1.0)
    plant.stages["grid_source"].set_voltage(349.0)
    plant.stages["grid_source"].switch(True)
    plant.advance_to(plant.time + 1.0)
    plant.converter.write_mode(Mode.CV)
    _, early = _peak(plant, "grid_voltage", 0.1)
    plant.converter.write_voltage(350.0, 0.039)
    _, late = _peak(plant, "grid_voltage", 2.0)
    assert max(early, late) < 364.0


def test_no_start_in_the_forbidden_band(booted: MakePlant) -> None:
    for volts, starts in ((289.0, True), (300.0, False), (311.0, True)):
        plant: Plant = booted({"grid.initial_voltage": volts})
        plant.stages["grid_source"].set_voltage(volts)
        plant.stages["grid_source"].switch(True)
        plant.advance_to(plant.time + 1.0)
        plant.converter.write_mode(Mode.CV)
        plant.advance_to(plant.time + 3.0)
        assert (plant.converter.alarm is Alarm.NONE) is starts
        assert (plant.converter.mode is Mode.CV) is starts


def test_forbidden_band_can_refuse(booted: MakePlant) -> None:
    plant: Plant = booted({"grid.initial_voltage": 320.0, "converter.start.reaction": "refuse"})
    plant.stages["grid_source"].set_voltage(300.0)
    plant.stages["grid_source"].switch(True)
    plant.advance_to(plant.time + 2.0)
    with pytest.raises(Refused) as refusal:
        plant.converter.write_mode(Mode.CV)
    assert refusal.value.reason is RefusalReason.NOW
    assert plant.converter.mode is Mode.STOP


def test_set_points_are_quantised_clamped_refused_or_accepted(booted: MakePlant) -> None:
    converter = booted().converter
    assert converter.write_voltage(350.0, 0.039) == pytest.approx((349.98779296875, 0.0389404296875))
    assert converter.write_current(2.0) == pytest.approx(1.9998550415039062)
    for call in (lambda: converter.write_voltage(450.0, 0.0), lambda: converter.write_current(9.0)):
        with pytest.raises(Refused) as refusal:
            call()
        assert refusal.value.reason is RefusalReason.PARAMETER
    assert converter.dvg == pytest.approx(349.98779296875)
    clamping = booted({"converter.commands.outside_range": "clamp"}).converter
    assert clamping.write_voltage(450.0, 0.0)[0] == pytest.approx(389.99633789)
    assert clamping.write_current(9.0) == pytest.approx(8.51535034)
    accepting = booted({"converter.commands.outside_range": "accept"}).converter
    assert accepting.write_voltage(450.0, 0.0)[0] == pytest.approx(450.0, abs=0.03)


def test_unknown_mode_is_refused(booted: MakePlant) -> None:
    with pytest.raises(Refused) as refusal:
        booted().converter.write_mode(0x34)
    assert refusal.value.reason is RefusalReason.PARAMETER


def test_battery_current_holds_the_grid_current_back(run: MakePlant) -> None:
    plant: Plant = run(Mode.DISCHARGE, 8.0, dvg=380.0)
    plant.stages["battery"].set_voltage(35.0)
    plant.advance_to(plant.time + 2.0)
    assert plant.probe("battery_current") == pytest.approx(56.77, rel=0.01)
    assert plant.converter.alarm is Alarm.NONE


def test_power_holds_the_grid_current_back(run: MakePlant) -> None:
    plant: Plant = run(Mode.DISCHARGE, 8.0, dvg=380.0)
    assert plant.probe("grid_current") * plant.probe("grid_voltage") == pytest.approx(-2500.0, rel=0.01)


def test_efficiency_and_standby_as_recorded(run: MakePlant) -> None:
    """A recording of the driver at 52 V: 695.8 W out take 756.8 W, 699.5 W in give 638.4 W, Stop takes 3.7 W."""
    out = run(Mode.DISCHARGE, 2.0, dvg=380.0)
    assert -out.converter.meters().wb == pytest.approx(756.8, rel=0.02)
    into = run(Mode.CHARGE, 2.0)
    assert into.converter.meters().wb == pytest.approx(638.4, rel=0.02)
    stopped = run(Mode.STOP, 0.0)
    assert stopped.converter.meters().wb == pytest.approx(-3.7, abs=1.3)
