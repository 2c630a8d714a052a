"""What the files alone tell: calibration dates, and whether the instruments can do what the tests will ask."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from hil.bench import limits
from hil.bench.file import InstrumentEntry, Role
from hil.bench.files import Files
from hil.checking.finding import Finding, note, ok, problem
from hil.running.planning import Plan

SOON = datetime.timedelta(days=30)
"""A calibration that ends within this is worth knowing."""


def calibrations(files: Files, today: datetime.date) -> Iterator[Finding]:
    """Look at the calibration of every instrument whose readings decide something."""
    for name, entry in files.bench.instruments.items():
        yield _calibration(name, entry, today)


def _calibration(name: str, entry: InstrumentEntry, today: datetime.date) -> Finding:
    due, certificate = entry.calibration.due, entry.calibration.certificate or "no certificate named"
    if due is None:
        return note(
            name, "calibration", "The bench file states none; what it measures cannot be traced. Add calibration.due."
        )
    if due < today:
        return problem(name, "calibration", f"Overdue since {due} ({certificate}). Calibrate it or use another one.")
    if due < today + SOON:
        return note(name, "calibration", f"Ends soon, on {due} ({certificate}).")
    return ok(name, "calibration", f"Valid until {due} ({certificate}).")


def ranges(files: Files, plan: Plan) -> Iterator[Finding]:
    """Compare what every role must do for the planned tests with what bench and instrument allow."""
    for role in Role:
        name = files.bench.roles.get(role)
        if name is None:
            yield note(role.value, "role", "No instrument fills it; the requirements that need it are not assessed.")
        else:
            yield _range(files, plan, role, name)


def _range(files: Files, plan: Plan, role: Role, name: str) -> Finding:
    entry, allowed = files.bench.instruments[name], limits.of_instrument(files.bench, files.dut, name)
    if role in (Role.GRID_VOLTMETER, Role.GRID_AMMETER):
        return _meter_range(plan, name, entry)
    on_grid = role in limits.GRID_ROLES
    volts = plan.grid_volts if on_grid else plan.battery_volts
    amperes = max(plan.grid_amperes, _preloaded(files, role)) if on_grid else plan.battery_amperes
    sinks = role in (Role.BATTERY_SINK, Role.GRID_SINK)
    current = allowed.sink_current_max if sinks else allowed.source_current_max
    watts = plan.watts / (1.0 if on_grid else files.dut.declared.efficiency)
    short = [
        f"{what} {needed:g} {unit}, allowed are {given:g} {unit}"
        for what, needed, given, unit in (
            ("voltage", round(volts, 1), allowed.voltage_max, "V"),
            ("current", round(amperes, 1), current, "A"),
            ("power", round(watts), allowed.power_max, "W"),
        )
        if needed > given
    ]
    if short:
        return problem(name, f"range as {role.value}", f"The tests need {'; '.join(short)} (bench and instrument).")
    sentence = f"The tests need up to {volts:.1f} V and {amperes:.1f} A; {allowed.voltage_max:g} V and {current:g} A"
    return ok(name, f"range as {role.value}", f"{sentence} are allowed.")


def _preloaded(files: Files, role: Role) -> float:
    """Return what a source feeds in A when it holds the grid against a sink that is another instrument."""
    roles, grid = files.bench.roles, files.bench.grid
    alone = roles.get(Role.GRID_SINK) in (None, roles.get(Role.GRID_SOURCE))
    return 0.0 if role is not Role.GRID_SOURCE or alone else grid.draw_current + grid.push_current


def _meter_range(plan: Plan, name: str, entry: InstrumentEntry) -> Finding:
    needed = plan.grid_volts if entry.unit == "V" else plan.grid_amperes
    topic, found = "range", entry.measuring_range
    if found is None:
        return note(
            name, topic, "The bench file states no measuring_range; the meter chooses its own and pauses for it."
        )
    if found < needed:
        return problem(
            name, topic, f"The tests reach {needed:g} {entry.unit}, its range ends at {found:g} {entry.unit}."
        )
    return ok(name, topic, f"The tests reach {needed:g} {entry.unit}, its range is {found:g} {entry.unit}.")
