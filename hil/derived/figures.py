"""The figures of a run that the client's configuration has to respect; None where they were not measured."""

from __future__ import annotations

from hil.client.hwconfig import HwConfig
from hil.client.policy import Policy
from hil.derived.evidence import Evidence, Figure

STOP_WINDOW = 100.0
"""Seconds in which a unit must have been stopped after the battery withdrew its permission."""


def worst_current_error(evidence: Evidence) -> Figure | None:
    """Return the largest magnitude of the error of the grid current, in A."""
    return evidence.largest("CCA-01 current_error", "CCA-04 residual_current")


def worst_voltage_error(evidence: Evidence) -> Figure | None:
    """Return the largest magnitude of the error of the grid voltage, in V."""
    return evidence.largest("CVD-01 voltage_error")


def full_current(evidence: Evidence) -> Figure | None:
    """Return the largest magnitude of the grid current at the owner's capacity, in A."""
    return evidence.largest("CCA-01 full_current")


def clamped_voltage(evidence: Evidence) -> Figure | None:
    """Return what meter.vg shows when the load of a discharge has gone, in V."""
    return evidence.highest("PRT-01 steady_meter")


def efficiency(evidence: Evidence) -> Figure | None:
    """Return the lowest efficiency at full current, a fraction."""
    return evidence.lowest("CCA-05 full_efficiency")


def temperature(evidence: Evidence) -> Figure | None:
    """Return the highest temperature that the unit's reports come to at full power, in °C; needs a soak."""
    return evidence.highest("BAT-04 steady_temperature")


def ramp_time(evidence: Evidence) -> Figure | None:
    """Return the longest ramp, in s."""
    return evidence.highest("ZVS-02 ramp_time")


def latency(evidence: Evidence) -> Figure | None:
    """Return the longest answer time of a call, in s."""
    return evidence.highest("SPD-01 latency")


def settling_time(evidence: Evidence) -> Figure | None:
    """Return the longest settling time of a step of current or voltage, in s."""
    return evidence.highest("SPD-03 settling_time", "SPD-04 settling_time")


def stop_duration(evidence: Evidence) -> Figure | None:
    """Return the longest stop from constant current, in s."""
    return evidence.highest("SPD-02 stop_duration")


def stop_chain(evidence: Evidence) -> Figure | None:
    """Return the longest time from a denial to the stop, in s."""
    return evidence.highest("STW-02 worst_chain")


def best_ratio(evidence: Evidence) -> Figure | None:
    """Return grid voltage over battery voltage at the best efficiency."""
    return evidence.highest("CFG-04 best_ratio")


def droop(evidence: Evidence) -> Figure | None:
    """Return the droop fraction that the unit has when it is told the owner's."""
    return evidence.highest("CFG-04 droop_ratio")


def masked_band(evidence: Evidence, policy: Policy) -> Figure | None:
    """Return how far from the lower end of the range a start failed, in V; None when none failed."""
    centre = policy.operation_grid_voltage_range.min
    bottom, top = evidence.lowest("ZVS-05 band_bottom"), evidence.highest("ZVS-05 band_top")
    distances = [(abs(figure.value - centre), figure) for figure in (bottom, top) if figure is not None]
    if not distances:
        return None
    farthest, figure = max(distances, key=lambda pair: pair[0])
    return Figure(farthest, figure.uncertainty, "V", figure.source)


def battery_current(policy: Policy, hwconfig: HwConfig, efficiency_at_full: float) -> float:
    """Return the battery current (A) of full grid power at the lowest battery voltage.

    I = gridCurrentCapacityA * operationGridVoltageVRange.max / (efficiency * vb.min).
    """
    power = hwconfig.grid_current_capacity * policy.operation_grid_voltage_range.max
    return power / (efficiency_at_full * hwconfig.meter_ranges.vb.min)


def deals_current(policy: Policy, hwconfig: HwConfig) -> float:
    """Return the current (A) of all deals that fit into gridCurrentCapacityA."""
    deal = policy.mediator.deal.grid_current
    return int(hwconfig.grid_current_capacity / deal) * deal
