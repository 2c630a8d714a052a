"""The envelope: for every instrument the smallest of what the bench, the instrument's entry and the DUT allow."""

from __future__ import annotations

from hil.bench.dut import DutFile
from hil.bench.file import BenchFile, InstrumentEntry, PeerEntry, Role
from hil.converter.limits import ConverterLimits
from hil.safety.watching import Bounds
from instruments.limits import Limits

GRID_ROLES = frozenset({Role.GRID_SOURCE, Role.GRID_SINK, Role.GRID_VOLTMETER, Role.GRID_AMMETER})


def is_on_grid(bench: BenchFile, name: str) -> bool:
    """Tell whether the instrument `name` is wired to the grid side."""
    return any(role in GRID_ROLES for role, instrument in bench.roles.items() if instrument == name)


def of_instrument(bench: BenchFile, dut: DutFile, name: str) -> Limits:
    """Return the limits of one instrument on this bench with this DUT. SI units, magnitudes."""
    entry = bench.instruments[name]
    if is_on_grid(bench, name):
        voltage = min(bench.limits.grid_voltage_v, dut.grid.overvoltage_v)
        current = bench.limits.grid_current_a
    else:
        voltage = bench.limits.battery_voltage_v
        current = bench.limits.battery_current_a
    voltage = min(voltage, entry.max_voltage_v or voltage)
    source = min(current, entry.max_current_a or current)
    sink = min(current, entry.max_sink_current_a or source)
    power = min(bench.limits.power_w, entry.max_power_w or bench.limits.power_w)
    return Limits(
        voltage_max=_load_voltage(entry, voltage),
        power_max=power,
        source_current_max=0.0 if entry.kind in ("load", "meter") else source,
        sink_current_max=sink if entry.kind in ("load", "bidirectional") else 0.0,
        resistance_min=voltage / sink if entry.kind == "load" else 0.0,
        overvoltage_max=1.1 * voltage,
        overcurrent_max=1.1 * max(source, sink),
        voltage_slew_max=bench.limits.voltage_slew_v_s,
        current_slew_max=bench.limits.current_slew_a_s,
    )


def bounds_of(bench: BenchFile, dut: DutFile, name: str) -> Bounds:
    """Return what may be measured at one instrument: its limits and a margin for accuracy and overshoot."""
    allowed = of_instrument(bench, dut, name)
    share = 1.0 + bench.safety.margin
    return Bounds(
        volts=share * allowed.voltage_max,
        amperes=share * max(allowed.source_current_max, allowed.sink_current_max, _meter_current(bench, name)),
        watts=share * allowed.power_max,
        watt_hours=bench.limits.energy_wh,
        dwell=bench.limits.dwell_s,
    )


def side_of(bench: BenchFile, name: str) -> str:
    """Return what the instrument `name` is wired to: "battery" or "grid"."""
    return "grid" if is_on_grid(bench, name) else "battery"


def _meter_current(bench: BenchFile, name: str) -> float:
    if bench.instruments[name].kind != "meter":
        return 0.0
    return bench.limits.grid_current_a if is_on_grid(bench, name) else bench.limits.battery_current_a


def _load_voltage(entry: InstrumentEntry, voltage: float) -> float:
    return entry.max_voltage_v or voltage if entry.kind == "load" else voltage


def of_converter(bench: BenchFile, dut: DutFile) -> ConverterLimits:
    """Return the largest set-points that may be sent to the converter: dvg in V, dig in A."""
    return ConverterLimits(
        dvg_max=min(bench.limits.grid_voltage_v, dut.grid.max_v),
        dig_max=min(bench.limits.grid_current_a, dut.grid.rated_current_a),
    )


def of_peer(bench: BenchFile, dut: DutFile, entry: PeerEntry) -> ConverterLimits:
    """Return the largest set-points that may be sent to the peer: never more than to the unit under test."""
    unit = of_converter(bench, dut)
    return ConverterLimits(
        dvg_max=min(unit.dvg_max, entry.max_voltage_v or unit.dvg_max),
        dig_max=min(unit.dig_max, entry.max_current_a or unit.dig_max),
    )
