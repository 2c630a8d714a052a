"""Figures of policy.json and hwConfig.json that contradict each other, before anything is measured."""

from __future__ import annotations

from collections.abc import Iterator

from hil.client.hwconfig import HwConfig
from hil.client.policy import Policy

ASSUMED_EFFICIENCY = 0.95
"""Efficiency of the converter for the battery current at full power, as long as nothing has been measured."""
STOP_WINDOW = 100.0
"""Seconds in which a unit must have been stopped after the battery withdrew its permission."""


def inconsistencies(policy: Policy, hwconfig: HwConfig, efficiency: float = ASSUMED_EFFICIENCY) -> list[str]:
    """Return one sentence per contradiction, each naming the keys and the figures; empty when there is none.

    efficiency: of the converter at full power, as a fraction.
    """
    return [
        *_current(policy, hwconfig),
        *_voltage(policy, hwconfig),
        *_battery(policy, hwconfig, efficiency),
        *_times(policy),
    ]


def _current(policy: Policy, hwconfig: HwConfig) -> Iterator[str]:
    capacity, allowance = hwconfig.grid_current_capacity, hwconfig.grid_current_allowance
    limits, deal = hwconfig.meter_ranges.ig, policy.mediator.deal.grid_current
    needed = capacity + allowance
    if needed > min(limits.max, -limits.min):
        yield (
            f"hwConfig safety.range.dcdc.meter.ig ({limits.min:g} to {limits.max:g} A) is narrower than "
            f"gridCurrentCapacityA + gridCurrentAllowanceA = {capacity:g} + {allowance:g} = {needed:g} A: "
            f"at full current only {min(limits.max, -limits.min) - capacity:.3g} A of error are tolerated"
        )
    if deal > capacity:
        yield (
            f"policy mediator.deal.gridCurrentA ({deal:g} A) exceeds hwConfig gridCurrentCapacityA ({capacity:g} A): "
            "no deal can be made"
        )
    elif (slots := int(capacity / deal)) * deal + allowance > capacity:
        yield (
            f"hwConfig gridCurrentCapacityA ({capacity:g} A) leaves less than gridCurrentAllowanceA ({allowance:g} A) "
            f"above {slots} deals of {deal:g} A: current compensation may reach the limit"
        )


def _voltage(policy: Policy, hwconfig: HwConfig) -> Iterator[str]:
    limits, operation = hwconfig.meter_ranges.vg, policy.operation_grid_voltage_range
    allowance, separation = policy.grid_voltage_allowance, policy.grid_voltage_separation
    if limits.max <= operation.max:
        yield (
            f"hwConfig safety.range.dcdc.meter.vg.max ({limits.max:g} V) leaves no margin above "
            f"policy operationGridVoltageVRange.max ({operation.max:g} V), which is the dvg of a discharging unit: "
            "any error of voltage with the load gone is an alarm"
        )
    if policy.operation_grid_voltage not in operation:
        yield (
            f"policy operationGridVoltageV ({policy.operation_grid_voltage:g} V) lies outside "
            f"operationGridVoltageVRange ({operation.min:g} to {operation.max:g} V)"
        )
    if allowance >= separation / 2:
        yield (
            f"policy gridVoltageAllowanceV ({allowance:g} V) is not below half of gridVoltageSeparationV "
            f"({separation:g} V): neighbouring voltages cannot be told apart"
        )
    if operation.max - operation.min < 5 * separation:
        yield (
            f"policy operationGridVoltageVRange ({operation.min:g} to {operation.max:g} V) is narrower than 5 "
            f"gridVoltageSeparationV ({separation:g} V): the authorization has too few voltages to move to"
        )


def _battery(policy: Policy, hwconfig: HwConfig, efficiency: float) -> Iterator[str]:
    power = hwconfig.grid_current_capacity * policy.operation_grid_voltage_range.max
    lowest, limits = hwconfig.meter_ranges.vb.min, hwconfig.meter_ranges.ib
    limit = min(limits.max, -limits.min)
    needed = power / (efficiency * lowest)
    if needed > limit:
        yield (
            f"hwConfig safety.range.dcdc.meter.ib ({limits.min:g} to {limits.max:g} A) is too narrow for "
            f"gridCurrentCapacityA at operationGridVoltageVRange.max: {power:.0f} W need {needed:.1f} A at "
            f"vb.min = {lowest:g} V and efficiency {efficiency:.3g}; {limit:g} A suffice only above "
            f"{power / (efficiency * limit):.0f} V"
        )


def _times(policy: Policy) -> Iterator[str]:
    controller = policy.controller
    chain = (
        controller.data_acquisition_period
        + policy.user.error_handling_period
        + controller.stop_me_timeout
        + controller.stop_me_check_period
    )
    if chain >= STOP_WINDOW:
        yield (
            f"policy dataAcquisitionPeriodMsec + errorHandlingPeriodMsec + stopMeTimeoutMsec + stopMeCheckPeriodMsec = "
            f"{chain:g} s leave nothing of the {STOP_WINDOW:g} s in which a denied unit must have stopped"
        )
