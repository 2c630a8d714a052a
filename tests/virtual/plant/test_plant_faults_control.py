"""Every fault of transitions, protections, sharing and control power shows."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from hil.virtual.plant import Alarm, Mode, Plant, Refused, Silent
from hil.virtual.plant.faults import ControlPowerFaults, ProtectionFaults, SharingFaults, TransitionFaults
from tests.looking import afresh
from tests.virtual.plant.showing import MakePlant, Scenario, Seen, assert_shows, fields_of, values


def _command(plant: Plant, mode: Mode) -> float:
    """Command a mode; return whether it was refused."""
    try:
        plant.converter.write_mode(mode)
    except Refused:
        return 1.0
    return 0.0


def _state(plant: Plant) -> Seen:
    converter = plant.converter
    return {
        "mode": float(converter.mode),
        "running": float(converter.running),
        "alarm": float(converter.alarm),
        "ig": plant.probe("grid_current"),
        "vg": plant.probe("grid_voltage"),
        "alive": float(converter.alive),
        "dvg": converter.dvg,
        "dig": converter.dig,
        "drg": converter.drg,
    }


def _begin_charge(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """2.3 A and 380 V written in Stop, then 0.5 A and 350 V, then CC charge."""
    plant: Plant = run(Mode.STOP, 2.3, changes, dvg=380.0)
    source = plant.stages["grid_source"]
    source.set_voltage(350.0)
    source.switch(True)
    plant.advance_to(plant.time + 1.0)
    converter = plant.converter
    acknowledged = converter.write_voltage(350.0, 0.02)[0], converter.write_current(0.5)
    refused = _command(plant, Mode.CHARGE)
    at_once = float(converter.mode)
    trace = values(plant, 0.1, "grid_current")
    early = {"mode at once": at_once, "early": trace[-1], "peak": max(trace), "refused": refused}
    early |= {"dvg acknowledged": acknowledged[0], "dig acknowledged": acknowledged[1]}
    plant.advance_to(plant.time + 3.0)
    return {**early, **_state(plant)}


def _turn_round(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """CC discharge of 1 A at dvg 380, then CV at 350 V on the load of 1 A; the peak of the voltage."""
    plant: Plant = run(Mode.DISCHARGE, 1.0, changes, dvg=380.0)
    plant.stages["grid_load"].set_load("CC", 1.0)
    plant.stages["grid_source"].set_voltage(345.0)
    plant.stages["grid_source"].set_source_limit(0.5)
    plant.stages["grid_source"].switch(True)
    plant.advance_to(plant.time + 0.5)
    plant.converter.write_voltage(350.0, 0.0)
    plant.converter.write_current(2.3)
    refused = _command(plant, Mode.CV)
    trace = values(plant, 0.3, "grid_voltage")
    return {"peak": max(trace), "dip": min(trace), "refused": refused, **_state(plant)}


def _rewrite(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """CC charge of 1 A; the same current is written again."""
    plant: Plant = run(Mode.CHARGE, 1.0, changes)
    plant.converter.write_voltage(350.0, 0.02)
    before = _state(plant)
    plant.converter.write_current(1.0)
    lowest = min(values(plant, 0.3, "grid_current"))
    after = _state(plant)
    plant.converter.write_voltage(350.0, 0.02)
    return {
        "lowest": lowest,
        "dvg moved": after["dvg"] - before["dvg"],
        "drg moved": after["drg"] - before["drg"],
        "dig moved": plant.converter.dig - after["dig"],
    }


def _stop_twice(run: MakePlant, changes: dict[str, Any]) -> Seen:
    plant: Plant = run(Mode.STOP, 0.0, changes)
    refused = _command(plant, Mode.STOP)
    plant.advance_to(plant.time + 30.0)
    return {"refused": refused, **_state(plant)}


def _overvoltage(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """CV; battery to 61 V and back, then to 62.5 V and back; cleared; commanded to run."""
    plant: Plant = run(Mode.CV, 2.3, changes)
    converter, battery = plant.converter, plant.stages["battery"]
    seen: Seen = {}

    def go(name: str, volts: float, seconds: float = 2.0) -> None:
        battery.set_voltage(volts)
        plant.advance_to(plant.time + seconds)
        seen.update({f"{name} {key}": value for key, value in _state(plant).items()})

    go("early", 62.5, 0.02)
    go("normal", 52.0, 20.0)
    converter.clear_alarm()
    _command(plant, Mode.CV)
    go("restarted", 52.0, 5.0)
    go("warned", 61.0)
    go("after warning", 52.0)
    go("tripped", 62.5, 0.5)
    go("after trip", 52.0, 5.0)
    converter.clear_alarm()
    plant.advance_to(plant.time + 5.0)
    seen.update({f"cleared {key}": value for key, value in _state(plant).items()})
    seen["refused"] = _command(plant, Mode.CV)
    return seen


def _denied_overvoltage(run: MakePlant, changes: dict[str, Any]) -> Seen:
    plant: Plant = run(Mode.CV, 2.3, changes)
    plant.converter.set_permission(False)
    plant.stages["battery"].set_voltage(62.5)
    plant.advance_to(plant.time + 2.0)
    return _state(plant)


def _rejection(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """CC discharge of 2 A with dvg 370; the load goes."""
    plant: Plant = run(Mode.DISCHARGE, 2.0, changes, dvg=370.0)
    plant.stages["grid_load"].switch(False)
    return {"peak": max(values(plant, 1.0, "grid_voltage")), **_state(plant)}


def _share(run: MakePlant, changes: dict[str, Any], mode: Mode = Mode.CHARGE) -> Seen:
    """2 A for a minute, a minute of denial, permission again."""
    plant: Plant = run(mode, 2.0, changes, dvg=380.0)
    seen = {"at first": abs(plant.probe("grid_current"))}
    plant.advance_to(plant.time + 60.0)
    seen["permitted"] = abs(plant.probe("grid_current"))
    plant.converter.set_permission(False)
    plant.advance_to(plant.time + 1.0)
    seen["just denied"] = abs(plant.probe("grid_current"))
    plant.advance_to(plant.time + 60.0)
    seen["denied"] = abs(plant.probe("grid_current"))
    plant.converter.set_permission(True)
    plant.advance_to(plant.time + 1.0)
    return {**seen, **_state(plant)}


def _stop_denied(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """Sharing is denied while it charges, then it is stopped, then sharing is permitted again."""
    plant: Plant = run(Mode.CHARGE, 1.0, changes)
    plant.converter.set_permission(False)
    plant.converter.write_mode(Mode.STOP)
    plant.advance_to(plant.time + 1.0)
    plant.converter.set_permission(True)
    plant.advance_to(plant.time + 1.0)
    return _state(plant)


def _share_out(run: MakePlant, changes: dict[str, Any]) -> Seen:
    return _share(run, changes, Mode.DISCHARGE)


def _lose_battery(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """The battery goes for 10 s while 1 A flows into a load; then it comes back for 10 s."""
    plant: Plant = run(Mode.DISCHARGE, 1.0, changes, dvg=380.0)
    plant.stages["grid_load"].set_load("CR", 350.0)
    plant.advance_to(plant.time + 1.0)
    plant.stages["battery"].switch(False)
    plant.advance_to(plant.time + 0.03)
    currents: list[float] = []
    voltages: list[float] = []

    def note(present: Plant) -> None:
        currents.append(present.probe("grid_current"))
        voltages.append(present.probe("grid_voltage"))

    plant.on_step = note
    plant.advance_to(plant.time + 2.0)
    shortly = float(plant.converter.alive)
    plant.advance_to(plant.time + 8.0)
    seen = {"alive soon": shortly, "alive without": float(plant.converter.alive)}
    seen |= {"current without": plant.probe("grid_current"), "reversal": max(currents), "highest": max(voltages)}
    plant.on_step = None
    plant.stages["battery"].switch(True)
    plant.advance_to(plant.time + 7.0)
    seen["alive early"] = float(plant.converter.alive)
    plant.advance_to(plant.time + 3.0)
    return {**seen, **_state(plant)}


def _lose_battery_in_stop(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """The same in Stop with a source of 350 V on the grid."""
    plant: Plant = run(Mode.CHARGE, 1.0, changes)
    plant.converter.write_mode(Mode.STOP)
    plant.stages["battery"].switch(False)
    plant.advance_to(plant.time + 10.0)
    return _state(plant)


def _sleep(run: MakePlant, changes: dict[str, Any]) -> Seen:
    plant: Plant = run(Mode.CV, 1.0, changes)
    plant.converter.write_mode(Mode.STOP)
    plant.advance_to(plant.time + 60.0)
    try:
        plant.converter.meters()
    except Silent:
        return {"silent": 1.0}
    return {"silent": 0.0}


ENTRY = {"transition.entry_current": 1.0, "transition.entry_current_time": 0.05}
LIFT = {"transition.entry_voltage": 20.0, "transition.entry_voltage_time": 0.2}
EVERY_THIRD = {**ENTRY, "transition.entry_current_every": 3}
DELAYED = {"transition.mode_delay": 0.5, "transition.delayed": ["0x0000>0x0041"]}
BROKEN = {"transition.broken": ["0x0000>0x0041"]}
HOT = {"sharing.derate_temperature": 25.5}
GONE = {"control_power.loss_time": 1.0}

FAULTS: list[tuple[str, dict[str, Any], Scenario, str, float]] = [
    ("transition.setpoint_delay", {"transition.setpoint_delay": 1.0}, _begin_charge, "early", 1.0),
    ("transition.stale_entry_time", {"transition.stale_entry_time": 0.5}, _begin_charge, "early", 1.0),
    ("transition.mode_delay", {"transition.mode_delay": 0.5}, _begin_charge, "early", 0.4),
    ("transition.report_delay", {"transition.report_delay": 0.5}, _begin_charge, "mode at once", 1.0),
    ("transition.delayed", DELAYED, _begin_charge, "early", 0.4),
    ("transition.blank_time", {"transition.blank_time": 0.05}, _turn_round, "dip", 2.0),
    ("transition.write_blank_time", {"transition.write_blank_time": 0.05}, _rewrite, "lowest", 0.9),
    ("transition.entry_current", ENTRY, _begin_charge, "peak", 0.8),
    ("transition.entry_current_time", {**ENTRY, "transition.entry_current_time": 9.0}, _begin_charge, "ig", 0.9),
    ("transition.entry_current_every", {**ENTRY, "transition.entry_current_every": 1}, _begin_charge, "peak", 0.8),
    ("transition.entry_voltage", LIFT, _turn_round, "peak", 10.0),
    ("transition.entry_voltage_time", {**LIFT, "transition.entry_voltage_time": 9.0}, _turn_round, "vg", 10.0),
    ("transition.cv_entry", {"transition.cv_entry": "zero"}, _turn_round, "dip", 4.0),
    ("transition.broken", BROKEN, _begin_charge, "refused", 1.0),
    ("transition.broken_every", {**BROKEN, "transition.broken_every": 1}, _begin_charge, "refused", 1.0),
    (
        "transition.broken_reaction",
        {**BROKEN, "transition.broken_reaction": "ignore"},
        _begin_charge,
        "mode",
        float(Mode.CHARGE),
    ),
    (
        "transition.repeated_stop_every",
        {"transition.repeated_stop": "light", "transition.repeated_stop_every": 1},
        _stop_twice,
        "alarm",
        1.0,
    ),
    ("transition.repeated_stop", {"transition.repeated_stop": "light"}, _stop_twice, "alarm", 1.0),
    ("transition.voltage_write_sets_dig", {"transition.voltage_write_sets_dig": 0.2}, _rewrite, "dig moved", 0.7),
    ("transition.current_write_sets_dvg", {"transition.current_write_sets_dvg": 330.0}, _rewrite, "dvg moved", 19.0),
    ("transition.current_write_sets_drg", {"transition.current_write_sets_drg": 0.0}, _rewrite, "drg moved", 0.01),
    (
        "transition.acknowledged_dvg_error",
        {"transition.acknowledged_dvg_error": 1.0},
        _begin_charge,
        "dvg acknowledged",
        0.9,
    ),
    (
        "transition.acknowledged_dig_error",
        {"transition.acknowledged_dig_error": 0.1},
        _begin_charge,
        "dig acknowledged",
        0.09,
    ),
    ("transition.dvg_error", {"transition.dvg_error": 5.0}, _begin_charge, "dvg", 4.9),
    ("transition.dig_error", {"transition.dig_error": 0.3}, _begin_charge, "ig", 0.29),
    ("protection.disabled", {"protection.disabled": ["battery_overvoltage"]}, _overvoltage, "tripped alarm", 2.0),
    (
        "protection.disabled_while_denied",
        {"protection.disabled_while_denied": True},
        _denied_overvoltage,
        "alarm",
        2.0,
    ),
    ("protection.threshold_factor", {"protection.threshold_factor": 1.1}, _overvoltage, "tripped alarm", 2.0),
    ("protection.delay_factor", {"protection.delay_factor": 100.0}, _overvoltage, "early alarm", 2.0),
    ("protection.extra_delay", {"protection.extra_delay": 1.0}, _overvoltage, "early alarm", 2.0),
    ("protection.ceiling_ignored", {"protection.ceiling_ignored": True}, _rejection, "peak", 30.0),
    ("protection.ceiling_offset", {"protection.ceiling_offset": 10.0}, _rejection, "peak", 9.5),
    ("protection.light_reported_as", {"protection.light_reported_as": "none"}, _overvoltage, "warned alarm", 1.0),
    ("protection.heavy_reported_as", {"protection.heavy_reported_as": "light"}, _overvoltage, "tripped alarm", 1.0),
    ("protection.heavy_keeps_running", {"protection.heavy_keeps_running": True}, _overvoltage, "tripped running", 1.0),
    ("protection.light_stops", {"protection.light_stops": True}, _overvoltage, "warned running", 1.0),
    ("protection.light_latches", {"protection.light_latches": True}, _overvoltage, "after warning alarm", 1.0),
    ("protection.not_clearable", {"protection.not_clearable": True}, _overvoltage, "cleared alarm", 2.0),
    ("protection.clear_restarts", {"protection.clear_restarts": True}, _overvoltage, "cleared running", 1.0),
    ("protection.locked_after_clear", {"protection.locked_after_clear": True}, _overvoltage, "refused", 1.0),
    (
        "protection.heavy_clears_itself",
        {"protection.heavy_clears_itself": True},
        _overvoltage,
        "after trip mode",
        20.0,
    ),
    ("protection.spurious_light_after", {"protection.spurious_light_after": 1.0}, _begin_charge, "alarm", 1.0),
    ("protection.spurious_heavy_after", {"protection.spurious_heavy_after": 1.0}, _begin_charge, "alarm", 2.0),
    ("sharing.charge_limit", {"sharing.charge_limit": 1.5}, _share, "permitted", 0.45),
    ("sharing.discharge_limit", {"sharing.discharge_limit": 1.5}, _share_out, "permitted", 0.45),
    ("sharing.weak_battery_voltage", {"sharing.weak_battery_voltage": 53.0}, _share, "permitted", 0.9),
    ("sharing.derate_temperature", HOT, _share, "permitted", 0.9),
    ("sharing.derate_after", {"sharing.derate_after": 30.0}, _share, "permitted", 0.9),
    ("sharing.derate_after_denial", {"sharing.derate_after_denial": 30.0}, _share, "denied", 0.9),
    ("sharing.derated_fraction", {**HOT, "sharing.derated_fraction": 0.1}, _share, "permitted", 1.7),
    ("sharing.stop_after", {"sharing.stop_after": 30.0}, _share, "permitted", 1.9),
    ("sharing.stop_after_denial", {"sharing.stop_after_denial": 30.0}, _share, "denied", 1.9),
    ("sharing.denial_only_in_cv", {"sharing.stop_after_denial": 30.0}, _share, "denied", 1.9),
    ("sharing.mean_time_to_stop", {"sharing.mean_time_to_stop": 5.0}, _share, "denied", 1.9),
    ("sharing.stop_on_permission", {"sharing.stop_on_permission": True}, _share, "just denied", 1.9),
    ("sharing.start_on_permission", {"sharing.start_on_permission": True}, _stop_denied, "mode", float(Mode.CHARGE)),
    ("control_power.from_grid", {"control_power.from_grid": 8.0}, _lose_battery_in_stop, "ig", 0.02),
    ("control_power.no_recovery", {"control_power.no_recovery": True}, _lose_battery, "alive", 1.0),
    ("control_power.self_start", {"control_power.self_start": True}, _lose_battery, "mode", 2.0),
    ("control_power.boot_alarm", {"control_power.boot_alarm": "light"}, _lose_battery, "alarm", 1.0),
    ("control_power.boot_delay", {"control_power.boot_delay": 3.0}, _lose_battery, "alive early", 1.0),
    ("control_power.holds_up", {"control_power.holds_up": 5.0}, _lose_battery, "alive soon", 1.0),
    ("control_power.sleep_in_stop", {"control_power.sleep_in_stop": 30.0}, _sleep, "silent", 1.0),
    ("control_power.loss_current", {**GONE, "control_power.loss_current": 0.5}, _lose_battery, "reversal", 0.3),
    ("control_power.loss_voltage", {**GONE, "control_power.loss_voltage": 395.0}, _lose_battery, "highest", 4.0),
    ("control_power.loss_time", {**GONE, "control_power.loss_voltage": 395.0}, _lose_battery, "highest", 4.0),
]


@pytest.mark.parametrize(("name", "fault", "scenario", "quantity", "least"), FAULTS, ids=[row[0] for row in FAULTS])
def test_fault_shows(
    run: MakePlant, name: str, fault: dict[str, Any], scenario: Scenario, quantity: str, least: float
) -> None:
    assert_shows(run, fault, scenario, quantity, least)


def test_no_field_is_forgotten() -> None:
    groups: dict[str, type[BaseModel]] = {
        "transition": TransitionFaults,
        "protection": ProtectionFaults,
        "sharing": SharingFaults,
        "control_power": ControlPowerFaults,
    }
    assert fields_of(groups) == {row[0] for row in FAULTS}


@pytest.mark.parametrize(
    ("reaction", "refused", "mode", "alarm"),
    [
        ("refuse", 1.0, Mode.DISCHARGE, Alarm.NONE),
        ("ignore", 0.0, Mode.DISCHARGE, Alarm.NONE),
        ("stop", 0.0, Mode.STOP, Alarm.NONE),
        ("light", 0.0, Mode.CV, Alarm.LIGHT),
        ("heavy", 0.0, Mode.STOP, Alarm.HEAVY),
    ],
)
def test_broken_transition(run: MakePlant, reaction: str, refused: float, mode: Mode, alarm: Alarm) -> None:
    faults = {"converter.faults.transition.broken": ["*>0x0014"]}
    seen = _turn_round(run, {**faults, "converter.faults.transition.broken_reaction": reaction})
    assert (seen["refused"], seen["mode"], seen["alarm"]) == (refused, float(mode), float(alarm))


def test_cv_entry_at_the_set_point_jumps(run: MakePlant) -> None:
    seen = _turn_round(run, {"converter.faults.transition.cv_entry": "setpoint"})
    assert seen["peak"] > 349.5


def test_only_every_so_many_th_entry_surges(run: MakePlant) -> None:
    plant = run(Mode.CHARGE, 1.0, {f"converter.faults.{path}": value for path, value in EVERY_THIRD.items()})
    peaks = []
    for _ in range(5):
        plant.converter.write_mode(Mode.STOP)
        plant.advance_to(plant.time + 0.5)
        plant.converter.write_mode(Mode.CHARGE)
        peaks.append(max(values(plant, 0.3, "grid_current")))
    assert [peak > 1.5 for peak in peaks] == [False, True, False, False, True]


def test_only_every_so_many_th_change_is_broken(run: MakePlant) -> None:
    broken = {"transition.broken": ["0x0000>0x0041"], "transition.broken_every": 3}
    plant = run(Mode.STOP, 1.0, {f"converter.faults.{path}": value for path, value in broken.items()})
    refused = []
    for _ in range(6):
        refused.append(_command(plant, Mode.CHARGE))
        plant.converter.write_mode(Mode.STOP)
    assert refused == [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]


def test_only_every_so_many_th_repeated_stop_shows(run: MakePlant) -> None:
    faults = {"transition.repeated_stop": "light", "transition.repeated_stop_every": 3}
    plant = run(Mode.STOP, 0.0, {f"converter.faults.{path}": value for path, value in faults.items()})
    plant.converter.write_mode(Mode.STOP)  # the second one: it was stopped to begin with
    assert afresh(lambda: plant.converter.alarm) is Alarm.NONE
    plant.converter.write_mode(Mode.STOP)
    assert plant.converter.alarm is Alarm.LIGHT


def test_another_change_than_the_delayed_one_is_not_delayed(run: MakePlant) -> None:
    faults = {"transition.report_delay": 0.5, "transition.delayed": ["0x0000>0x0041"]}
    plant = run(Mode.STOP, 0.5, {f"converter.faults.{path}": value for path, value in faults.items()})
    plant.converter.write_mode(Mode.DISCHARGE)
    assert plant.converter.mode is Mode.DISCHARGE


def test_a_sequence_of_three_modes_can_be_broken(run: MakePlant) -> None:
    broken = {"transition.broken": ["0x0041>0x0000>0x0014"]}
    plant = run(Mode.STOP, 0.5, {f"converter.faults.{path}": value for path, value in broken.items()})
    assert _command(plant, Mode.CV) == 0.0
    for mode in (Mode.STOP, Mode.CHARGE, Mode.STOP):
        assert _command(plant, mode) == 0.0
    assert _command(plant, Mode.CV) == 1.0


@pytest.mark.parametrize(("mode", "after"), [(Mode.CHARGE, Mode.CHARGE), (Mode.CV, Mode.STOP)])
def test_a_denial_can_end_only_a_voltage_reference(run: MakePlant, mode: Mode, after: Mode) -> None:
    faults = {"sharing.stop_after_denial": 1.0, "sharing.denial_only_in_cv": True}
    plant = run(mode, 1.0, {f"converter.faults.{path}": value for path, value in faults.items()})
    plant.converter.set_permission(False)
    plant.advance_to(plant.time + 2.0)
    assert plant.converter.mode is after
