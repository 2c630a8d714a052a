"""Protections, alarms, control power, temperature."""

from __future__ import annotations

from collections.abc import Callable
from math import exp

import pytest

from hil.virtual.plant import Alarm, Mode, Plant, RefusalReason, Refused, Running, Silent
from hil.virtual.plant.protection import Cause
from tests.looking import afresh

MakePlant = Callable[..., Plant]

STOPPED = (Mode.STOP, Running.OFF)


def _sweep_battery(plant: Plant, volts: float) -> None:
    """Bring the battery to `volts` slowly, and wait."""
    battery = plant.stages["battery"]
    battery.set_slew(1.0)
    battery.set_voltage(volts)
    plant.advance_to(plant.time + 30.0)


@pytest.mark.parametrize(
    ("volts", "alarm", "cause"),
    [
        (60.4, Alarm.NONE, 0),
        (60.7, Alarm.LIGHT, Cause.BATTERY_OVERVOLTAGE),
        (62.2, Alarm.HEAVY, Cause.BATTERY_OVERVOLTAGE),
        (31.8, Alarm.NONE, 0),
        (31.3, Alarm.LIGHT, Cause.BATTERY_UNDERVOLTAGE),
        (30.9, Alarm.HEAVY, Cause.BATTERY_UNDERVOLTAGE),
    ],
)
def test_battery_voltage_thresholds(run: MakePlant, volts: float, alarm: Alarm, cause: int) -> None:
    """Levels of the plant file: 60.5 and 62 V, 31.5 and 31 V."""
    plant: Plant = run(Mode.CV, 2.3)
    _sweep_battery(plant, volts)
    assert plant.converter.alarm is alarm
    assert plant.converter.alarm_words[0] == cause
    assert (plant.converter.mode is Mode.STOP) is (alarm is Alarm.HEAVY)


def test_battery_protection_works_in_stop(booted: MakePlant) -> None:
    plant: Plant = booted()
    _sweep_battery(plant, 62.5)
    assert plant.converter.alarm is Alarm.HEAVY


def test_light_alarm_goes_with_its_cause_and_heavy_does_not(run: MakePlant) -> None:
    plant: Plant = run(Mode.CV, 2.3)
    _sweep_battery(plant, 61.0)
    assert afresh(lambda: plant.converter.alarm) is Alarm.LIGHT
    assert plant.converter.running is not Running.OFF
    _sweep_battery(plant, 52.0)
    assert afresh(lambda: plant.converter.alarm) is Alarm.NONE
    _sweep_battery(plant, 62.5)
    _sweep_battery(plant, 52.0)
    assert plant.converter.alarm is Alarm.HEAVY
    assert (plant.converter.mode, plant.converter.running) == STOPPED


def test_heavy_alarm_refuses_to_run_until_cleared(run: MakePlant) -> None:
    plant: Plant = run(Mode.CV, 2.3)
    _sweep_battery(plant, 62.5)
    _sweep_battery(plant, 52.0)
    with pytest.raises(Refused) as refusal:
        plant.converter.write_mode(Mode.CV)
    assert refusal.value.reason is RefusalReason.NOW
    assert plant.converter.write_mode(Mode.STOP) is Mode.STOP
    plant.converter.clear_alarm()
    assert plant.converter.alarm is Alarm.NONE
    plant.converter.write_mode(Mode.CV)
    plant.advance_to(plant.time + 5.0)
    assert plant.probe("grid_voltage") == pytest.approx(350.0, abs=1.0)


def test_clearing_does_not_help_while_the_cause_is_there(run: MakePlant) -> None:
    plant: Plant = run(Mode.CV, 2.3)
    _sweep_battery(plant, 62.5)
    plant.converter.clear_alarm()
    plant.advance_to(plant.time + 0.1)
    assert plant.converter.alarm is Alarm.HEAVY


def test_grid_overvoltage_trips_at_its_threshold(booted: MakePlant) -> None:
    for volts, alarm in ((391.0, Alarm.NONE), (394.0, Alarm.LIGHT), (401.0, Alarm.HEAVY)):
        plant: Plant = booted()
        plant.foreign_source.switch_on(volts)
        plant.advance_to(plant.time + 1.0)
        assert plant.converter.alarm is alarm


@pytest.mark.parametrize("mode", [Mode.CV, Mode.DISCHARGE])
def test_short_circuit_stops_switching(run: MakePlant, mode: Mode) -> None:
    plant: Plant = run(mode, 2.3, dvg=350.0 if mode is Mode.CV else 380.0)
    load = plant.stages["grid_load"]
    load.set_load("CR", 0.5)
    load.switch(True)
    plant.advance_to(plant.time + 0.2)
    assert plant.converter.alarm is Alarm.HEAVY
    assert plant.converter.alarm_words[0] == Cause.SHORT
    assert (plant.converter.mode, plant.converter.running) == STOPPED
    assert abs(plant.probe("grid_current")) < 1e-3


def test_start_into_a_short_is_given_up(booted: MakePlant) -> None:
    plant: Plant = booted()
    plant.stages["grid_load"].set_load("CR", 1.0)
    plant.stages["grid_load"].switch(True)
    plant.converter.write_mode(Mode.CV)
    plant.advance_to(plant.time + 119.0)
    assert plant.converter.alarm is Alarm.NONE
    plant.advance_to(plant.time + 2.0)
    assert (plant.converter.alarm, plant.converter.alarm_words[0]) == (Alarm.HEAVY, Cause.START)


def test_lost_grid_in_charge_is_a_light_then_a_heavy_alarm(run: MakePlant) -> None:
    plant: Plant = run(Mode.CHARGE, 2.0)
    plant.stages["grid_source"].switch(False)
    plant.advance_to(plant.time + 0.5)
    assert plant.converter.alarm is Alarm.LIGHT
    plant.advance_to(plant.time + 20.0)
    assert (plant.converter.alarm, plant.converter.alarm_words[1]) == (Alarm.HEAVY, Cause.GRID_UNDERVOLTAGE)


def test_discharge_at_zero_current_on_a_dead_grid_is_no_fault(booted: MakePlant) -> None:
    plant: Plant = booted()
    plant.converter.write_current(0.0)
    plant.converter.write_mode(Mode.DISCHARGE)
    plant.advance_to(plant.time + 10.0)
    assert (plant.converter.alarm, plant.converter.running) == (Alarm.NONE, Running.DISCHARGE)


@pytest.mark.parametrize(("mode", "dig"), [(Mode.CV, 2.3), (Mode.CHARGE, 2.0), (Mode.DISCHARGE, 2.0), (Mode.STOP, 0.0)])
def test_battery_loss_ends_safely_and_recovers_stopped(run: MakePlant, mode: Mode, dig: float) -> None:
    plant: Plant = run(mode, dig, dvg=380.0 if mode is Mode.DISCHARGE else 350.0)
    battery, converter = plant.stages["battery"], plant.converter
    sign = {Mode.CHARGE: 1.0, Mode.DISCHARGE: -1.0}.get(mode, 0.0)
    wrong: list[float] = []
    highest: list[float] = []

    def note(present: Plant) -> None:
        wrong.append(-sign * present.probe("grid_current"))
        highest.append(present.grid.voltage)

    plant.on_step = note
    battery.switch(False)
    plant.advance_to(plant.time + 10.0)
    assert not afresh(lambda: converter.alive)
    with pytest.raises(Silent):
        converter.meters()
    with pytest.raises(Silent):
        converter.write_mode(0)
    assert abs(plant.probe("grid_current")) < 0.01
    battery.switch(True)
    plant.advance_to(plant.time + 7.0)
    assert converter.alive
    assert (converter.mode, converter.running, converter.alarm) == (*STOPPED, Alarm.NONE)
    assert max(wrong) < 0.125
    assert max(highest) < 384.0


def test_boot_takes_its_time_and_needs_the_threshold(make_plant: MakePlant) -> None:
    plant: Plant = make_plant()
    battery = plant.stages["battery"]
    battery.set_voltage(27.5)
    battery.switch(True)
    plant.advance_to(20.0)
    assert not plant.converter.alive
    battery.set_voltage(33.0)
    plant.advance_to(25.9)
    assert not plant.converter.alive
    plant.advance_to(26.1)
    assert plant.converter.alive


def test_brownout_at_its_threshold(booted: MakePlant) -> None:
    for volts, alive in ((20.5, True), (19.5, False)):
        plant: Plant = booted()
        plant.stages["battery"].set_voltage(volts)
        plant.advance_to(plant.time + 2.0)
        assert plant.converter.alive is alive


def test_no_control_power_from_the_grid(run: MakePlant) -> None:
    plant: Plant = run(Mode.STOP, 0.0)
    plant.stages["grid_source"].set_voltage(350.0)
    plant.stages["grid_source"].switch(True)
    plant.stages["battery"].switch(False)
    plant.advance_to(plant.time + 12.0)
    assert not plant.converter.alive
    assert abs(plant.probe("grid_current")) < 0.001


def test_temperature_follows_one_thermal_mass(run: MakePlant) -> None:
    plant: Plant = run(Mode.DISCHARGE, 2.3, dvg=380.0)
    train, thermal = plant.converter.train, plant.converter.parameters.thermal
    start, begin, loss = train.temperature, plant.time, train.loss_power
    plant.advance_to(begin + 300.0)
    final = thermal.ambient + loss * thermal.resistance
    expected = final + (start - final) * exp(-300.0 / (thermal.resistance * thermal.capacitance))
    assert train.temperature == pytest.approx(expected, abs=0.02)
    plant.advance_to(begin + 6000.0)
    assert train.temperature == pytest.approx(final, abs=0.05)
    assert plant.converter.meters().tmp < 45.0


def test_overtemperature(run: MakePlant) -> None:
    plant: Plant = run(Mode.DISCHARGE, 2.3, {"converter.thermal.resistance": 1.0}, dvg=380.0)
    plant.advance_to(plant.time + 1e4)
    assert plant.converter.alarm is Alarm.HEAVY
    assert plant.converter.alarm_words[1] == Cause.OVERTEMPERATURE


def test_mode_can_be_kept_and_commands_ignored_under_a_heavy_alarm(run: MakePlant) -> None:
    changes = {
        "converter.protections.mode_after_heavy": "keep",
        "converter.protections.command_under_heavy": "ignore",
    }
    plant: Plant = run(Mode.CV, 2.3, changes)
    _sweep_battery(plant, 62.5)
    _sweep_battery(plant, 52.0)
    assert (plant.converter.mode, plant.converter.running) == (Mode.CV, Running.OFF)
    plant.converter.write_mode(Mode.DISCHARGE)
    plant.advance_to(plant.time + 1.0)
    assert plant.converter.running is Running.OFF
    plant.converter.clear_alarm()
    assert plant.converter.mode is Mode.STOP
