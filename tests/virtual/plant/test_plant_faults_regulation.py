"""Every fault of start, voltage, current and speed shows at the terminals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from hil.virtual.plant import Alarm, Mode, Plant, Refused
from hil.virtual.plant.faults import CurrentFaults, SpeedFaults, StartFaults, VoltageFaults
from tests.virtual.plant.showing import MakePlant, Scenario, Seen, assert_shows, fields_of, record, values


def _start(run: MakePlant, changes: dict[str, Any], before: float = 0.0) -> Seen:
    """Start CV at 350 V, 2.3 A, on 20 mF precharged to `before`, and look for 12 s."""
    plant: Plant = run(
        Mode.STOP,
        2.3,
        {"grid.capacitance": 4e-3, "grid.initial_voltage": before, "grid.bleeder_resistance": 1e5, **changes},
    )
    begin = plant.time
    plant.converter.write_mode(Mode.CV)
    trace = record(plant, 12.0, "grid_voltage")
    risen = [time - begin for time, value in trace if value > 346.0]
    return {
        "time": risen[0] if risen else 99.0,
        "peak": max(value for _, value in trace),
        "final": plant.probe("grid_voltage"),
        "alarm": float(plant.converter.alarm),
    }


def _start_current(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """The largest current out of the unit while it charges 20 mF."""
    plant: Plant = run(Mode.STOP, 2.3, {"grid.capacitance": 20e-3, **changes})
    plant.converter.write_mode(Mode.CV)
    return {"current": -min(values(plant, 6.0, "grid_current")), "alarm": float(plant.converter.alarm)}


def _start_at_90(run: MakePlant, changes: dict[str, Any]) -> Seen:
    return _start(run, changes, before=90.0)


def _hold(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """CV at 350 V with droop: open, 2 A out, 1 A in, and how it gets there."""
    plant: Plant = run(Mode.CV, 2.3, changes, drg=0.02)
    load, source = plant.stages["grid_load"], plant.stages["grid_source"]
    idle = values(plant, 2.0, "grid_voltage")
    seen = {"open": idle[-1], "ripple": max(idle) - min(idle)}
    for name, level in (("half", 0.5), ("out", 2.0)):
        load.set_load("CC", level)
        load.switch(True)
        plant.advance_to(plant.time + 2.0)
        seen[name] = plant.probe("grid_voltage")
    load.switch(False)
    source.set_voltage(375.0)
    source.set_source_limit(1.0)
    source.switch(True)
    seen["reversal"] = max(values(plant, 2.0, "grid_voltage"))
    seen["in"] = plant.probe("grid_voltage")
    seen["drop"] = seen["open"] - seen["out"]
    seen["curve"] = (seen["open"] - seen["out"]) - 4.0 * (seen["open"] - seen["half"])
    return seen


def _limit(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """CV at 350 V, 1 A, against a stiff 340 V, then 360 V; then dig 0."""
    plant: Plant = run(Mode.CV, 1.0, changes)
    seen: Seen = {}
    for name, volts in (("out", 340.0), ("in", 360.0)):
        plant.foreign_source.switch_on(volts)
        plant.advance_to(plant.time + 5.0)
        seen[name] = plant.probe("grid_current")
    seen["alarm"] = float(plant.converter.alarm)
    plant.foreign_source.switch_on(350.0)
    plant.converter.write_current(0.0)
    plant.advance_to(plant.time + 1.0)
    seen["alarm at zero"] = float(plant.converter.alarm)
    return seen


def _range(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """CV at 370 V, then at 330 V without load."""
    plant: Plant = run(Mode.CV, 2.3, changes, dvg=370.0)
    seen = {"upper": plant.probe("grid_voltage")}
    plant.converter.write_voltage(330.0, 0.0)
    trace = values(plant, 0.25, "grid_voltage")
    seen["undershoot"], seen["after 0.25 s"] = min(trace), trace[-1]
    plant.advance_to(plant.time + 5.0)
    seen["lower"] = plant.probe("grid_voltage")
    return seen


def _current(mode: Mode) -> Callable[[MakePlant, dict[str, Any]], Seen]:
    def scenario(run: MakePlant, changes: dict[str, Any]) -> Seen:
        """1 A, a step to 2 A, 60 s of it, 0.04 A; the grid at 350 V."""
        plant: Plant = run(mode, 1.0, changes, dvg=380.0)
        seen = {"1 A": plant.probe("grid_current")}
        plant.converter.write_current(2.0)
        step = values(plant, 0.06, "grid_current")
        seen["after 0.06 s"], seen["peak"] = step[-1], max(abs(value) for value in step)
        settled = values(plant, 5.0, "grid_current")[-2000:]
        seen["2 A"], seen["ripple"] = settled[-1], max(settled) - min(settled)
        plant.advance_to(plant.time + 60.0)
        seen["later"] = plant.probe("grid_current")
        plant.converter.write_current(0.04)
        plant.advance_to(plant.time + 2.0)
        seen["0.04 A"] = plant.probe("grid_current")
        return seen

    return scenario


def _elsewhere(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """CC charge of 1 A at 330 V of grid and 44 V of battery."""
    plant: Plant = run(Mode.CHARGE, 1.0, changes)
    plant.stages["battery"].set_voltage(44.0)
    plant.stages["grid_source"].set_voltage(330.0)
    plant.advance_to(plant.time + 40.0)
    return {"1 A": plant.probe("grid_current")}


def _stopping(run: MakePlant, changes: dict[str, Any]) -> Seen:
    """Stop from CC charge of 2 A."""
    plant: Plant = run(Mode.CHARGE, 2.0, changes)
    try:
        plant.converter.write_mode(Mode.STOP)
    except Refused:
        return {"refused": 1.0}
    plant.advance_to(plant.time + 0.05)
    seen = {"refused": 0.0, "soon": plant.probe("grid_current")}
    plant.advance_to(plant.time + 5.0)
    return {**seen, "later": plant.probe("grid_current")}


charge, discharge = _current(Mode.CHARGE), _current(Mode.DISCHARGE)

FAULTS: list[tuple[str, dict[str, Any], Scenario, str, float]] = [
    ("start.lowest_voltage", {"start.lowest_voltage": 100.0}, _start_at_90, "time", 10.0),
    ("start.windows", {"start.windows": [[80.0, 100.0]]}, _start_at_90, "alarm", 2.0),
    (
        "start.windows_reaction",
        {"start.windows": [[80.0, 100.0]], "start.windows_reaction": "nothing"},
        _start_at_90,
        "time",
        10.0,
    ),
    ("start.lowest_battery_voltage", {"start.lowest_battery_voltage": 53.0}, _start, "time", 10.0),
    ("start.delay", {"start.delay": 3.0}, _start, "time", 2.9),
    ("start.ramp", {"start.ramp": 50.0}, _start, "time", 3.0),
    ("start.stall_voltage", {"start.stall_voltage": 200.0}, _start, "final", 149.0),
    ("start.overshoot", {"start.overshoot": 20.0}, _start, "peak", 15.0),
    (
        "start.overshoot_time",
        {"start.overshoot": 20.0, "start.overshoot_time": 20.0},
        _start,
        "final",
        10.0,
    ),
    ("start.overshoot_from", {"start.overshoot": 20.0, "start.overshoot_from": 50.0}, _start_at_90, "peak", 15.0),
    ("start.overshoot_every", {"start.overshoot": 20.0, "start.overshoot_every": 1}, _start, "peak", 15.0),
    ("start.current", {"start.current": 5.0}, _start_current, "current", 0.4),
    ("start.trip_current", {"start.trip_current": 0.5}, _start_current, "alarm", 2.0),
    ("start.failing_every", {"start.failing_every": 1}, _start, "time", 10.0),
    ("voltage.gain", {"voltage.gain": 0.02}, _hold, "open", 6.0),
    ("voltage.offset", {"voltage.offset": -6.0}, _hold, "open", 5.9),
    ("voltage.resistance", {"voltage.resistance": 2.0}, _hold, "drop", 3.9),
    ("voltage.sink_offset", {"voltage.sink_offset": 6.0}, _hold, "in", 5.9),
    ("voltage.drift", {"voltage.drift": 0.5}, _hold, "open", 2.0),
    ("voltage.highest", {"voltage.highest": 362.0}, _range, "upper", 7.5),
    ("voltage.lowest", {"voltage.lowest": 340.0}, _range, "lower", 9.0),
    ("voltage.cannot_sink", {"voltage.cannot_sink": True}, _hold, "in", 15.0),
    ("voltage.cannot_sink_above", {"voltage.cannot_sink_above": 50.0}, _hold, "in", 15.0),
    ("voltage.reversal_time", {"voltage.reversal_time": 0.05}, _hold, "reversal", 10.0),
    ("voltage.ripple", {"voltage.ripple": 2.0}, _hold, "ripple", 3.9),
    (
        "voltage.ripple_frequency",
        {"voltage.ripple": 2.0, "voltage.ripple_frequency": 0.01},
        _hold,
        "open",
        0.3,
    ),
    ("voltage.ripple_below", {"voltage.ripple": 2.0, "voltage.ripple_below": 0.1}, _hold, "ripple", 3.9),
    ("voltage.droop_scale", {"voltage.droop_scale": -1.0}, _hold, "drop", 3.5),
    ("voltage.droop_stuck", {"voltage.droop_stuck": 0.0}, _hold, "drop", 1.7),
    ("voltage.droop_dead_band", {"voltage.droop_dead_band": 1.0}, _hold, "drop", 0.8),
    ("voltage.droop_cubic", {"voltage.droop_cubic": 0.5}, _hold, "curve", 3.7),
    ("voltage.droop_only_sourcing", {"voltage.droop_only_sourcing": True}, _hold, "in", 0.8),
    ("voltage.droop_sinking_scale", {"voltage.droop_sinking_scale": 0.0}, _hold, "in", 0.8),
    ("voltage.limit_scale", {"voltage.limit_scale": 1.5}, _limit, "out", 0.45),
    ("voltage.source_unlimited", {"voltage.source_unlimited": True}, _limit, "out", 3.0),
    ("voltage.sink_unlimited", {"voltage.sink_unlimited": True}, _limit, "in", 3.0),
    ("voltage.trip_at_zero_dig", {"voltage.trip_at_zero_dig": True}, _limit, "alarm at zero", 2.0),
    ("voltage.limit_alarm", {"voltage.limit_alarm": "light"}, _limit, "alarm", 1.0),
    ("current.gain", {"current.gain": 0.1}, charge, "2 A", 0.19),
    ("current.charge_gain", {"current.charge_gain": 0.1}, charge, "2 A", 0.19),
    ("current.discharge_gain", {"current.discharge_gain": 0.1}, discharge, "2 A", 0.19),
    ("current.offset", {"current.offset": 0.2}, discharge, "1 A", 0.19),
    ("current.resolution", {"current.resolution": 0.7}, charge, "1 A", 0.29),
    ("current.hysteresis", {"current.hysteresis": 1.5}, charge, "1 A", 0.9),
    ("current.dead_zone", {"current.dead_zone": 0.1}, charge, "0.04 A", 0.03),
    ("current.smallest", {"current.smallest": 0.3}, discharge, "0.04 A", 0.25),
    ("current.noise", {"current.noise": 0.05}, charge, "ripple", 0.1),
    ("current.ripple", {"current.ripple": 0.1}, charge, "ripple", 0.15),
    ("current.ripple_frequency", {"current.ripple": 0.1, "current.ripple_frequency": 0.003}, charge, "2 A", 0.02),
    ("current.ripple_between", {"current.ripple": 0.1, "current.ripple_between": [1.9, 2.1]}, charge, "ripple", 0.15),
    ("current.drift", {"current.drift": 0.005}, charge, "later", 0.25),
    ("current.temperature_coefficient", {"current.temperature_coefficient": 0.1}, charge, "later", 0.1),
    ("current.grid_voltage_coefficient", {"current.grid_voltage_coefficient": 0.01}, _elsewhere, "1 A", 0.19),
    ("current.battery_voltage_coefficient", {"current.battery_voltage_coefficient": 0.05}, _elsewhere, "1 A", 0.19),
    ("current.reversed", {"current.reversed": True}, discharge, "1 A", 0.9),
    ("current.stop_leakage", {"current.stop_leakage": 0.2}, _stopping, "later", 0.19),
    (
        "current.stop_leakage_above",
        {"current.stop_leakage": 0.2, "current.stop_leakage_above": 340.0},
        _stopping,
        "later",
        0.19,
    ),
    (
        "current.stop_leakage_after",
        {"current.stop_leakage": 0.2, "current.stop_leakage_after": 3.0},
        _stopping,
        "later",
        0.19,
    ),
    ("speed.current_time_constant", {"speed.current_time_constant": 0.3}, charge, "after 0.06 s", 0.5),
    ("speed.current_slew", {"speed.current_slew": 2.0}, discharge, "after 0.06 s", 0.5),
    ("speed.current_slew_down", {"speed.current_slew_down": 0.5}, charge, "0.04 A", 0.5),
    ("speed.current_overshoot", {"speed.current_overshoot": 0.5}, charge, "peak", 0.3),
    (
        "speed.current_overshoot_time",
        {"speed.current_overshoot": 0.5, "speed.current_overshoot_time": 100.0},
        charge,
        "later",
        0.2,
    ),
    ("speed.voltage_slew", {"speed.voltage_slew": 20.0}, _range, "after 0.25 s", 30.0),
    ("speed.voltage_slew_down", {"speed.voltage_slew_down": 20.0}, _range, "after 0.25 s", 30.0),
    ("speed.voltage_overshoot", {"speed.voltage_overshoot": 0.3}, _range, "undershoot", 3.0),
    (
        "speed.voltage_overshoot_time",
        {"speed.voltage_overshoot": 0.3, "speed.voltage_overshoot_time": 10.0},
        _range,
        "lower",
        5.0,
    ),
    ("speed.stop_delay", {"speed.stop_delay": 1.0}, _stopping, "soon", 1.9),
    ("speed.stop_needs_current_below", {"speed.stop_needs_current_below": 0.5}, _stopping, "refused", 1.0),
]


@pytest.mark.parametrize(("name", "fault", "scenario", "quantity", "least"), FAULTS, ids=[row[0] for row in FAULTS])
def test_fault_shows(
    run: MakePlant, name: str, fault: dict[str, Any], scenario: Scenario, quantity: str, least: float
) -> None:
    assert_shows(run, fault, scenario, quantity, least)


def test_no_field_is_forgotten() -> None:
    groups: dict[str, type[BaseModel]] = {
        "start": StartFaults,
        "voltage": VoltageFaults,
        "current": CurrentFaults,
        "speed": SpeedFaults,
    }
    assert fields_of(groups) == {row[0] for row in FAULTS}


def test_stop_leakage_out_of_the_unit_ends_at_no_voltage_above_the_clamp(booted: MakePlant) -> None:
    plant = booted(
        {"converter.faults.current.stop_leakage": -0.05, "converter.faults.protection.disabled": ["grid_overvoltage"]}
    )
    plant.advance_to(plant.time + 60.0)
    assert plant.probe("grid_voltage") == pytest.approx(450.0, abs=1.0)
    assert plant.converter.alarm is Alarm.NONE


def test_neither_a_low_grid_leaks_nor_a_low_battery_keeps_it_from_sinking(run: MakePlant) -> None:
    leaking = {"current.stop_leakage": 0.2, "current.stop_leakage_above": 360.0}
    changes = {f"converter.faults.{path}": value for path, value in leaking.items()}
    assert _stopping(run, changes)["later"] == pytest.approx(0.0, abs=0.02)
    healthy = _hold(run, {})["in"]
    assert _hold(run, {"converter.faults.voltage.cannot_sink_above": 60.0})["in"] == pytest.approx(healthy, abs=0.1)


def test_only_every_second_start_overshoots(run: MakePlant) -> None:
    faults = {"start.overshoot": 20.0, "start.overshoot_every": 2}
    assert _start(run, {f"converter.faults.{path}": value for path, value in faults.items()})["peak"] < 355.0
