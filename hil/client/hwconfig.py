"""apis-main's hwConfig.json: what one unit's hardware can do, and what its meters may show.

Voltages in V, currents in A, temperature in °C, energy in Wh, droop as a fraction. Nothing here has a default in
apis-main's code except the period at which it reads the file again.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from hil.client.jsonfile import Seconds, Section, load
from hil.client.policy import Range


class MeterRanges(Section):
    """The static range of each meter that apis-main checks at every acquisition."""

    tmp: Range
    vg: Range
    vb: Range
    ig: Range
    ib: Range


class DcdcRanges(Section):
    """Ranges of the converter's values."""

    meter: MeterRanges


class SafetyRanges(Section):
    """Ranges by device."""

    dcdc: DcdcRanges


class HwSafety(Section):
    """Limits of one unit."""

    range: SafetyRanges


class HwConfig(Section):
    """The whole hardware configuration."""

    battery_nominal_capacity: float = Field(alias="batteryNominalCapacityWh")
    grid_current_capacity: float = Field(alias="gridCurrentCapacityA")
    grid_current_allowance: float = Field(alias="gridCurrentAllowanceA")
    droop_ratio: float
    efficient_battery_grid_voltage_ratio: float
    safety: HwSafety
    refreshing_period: Seconds | None = Field(alias="refreshingPeriodMsec", default=None)

    @property
    def meter_ranges(self) -> MeterRanges:
        """Return the static ranges of the converter's meters."""
        return self.safety.range.dcdc.meter


def load_hwconfig(path: Path) -> HwConfig:
    """Read an hwConfig.json. Raises BadInput naming file, key path and what was expected."""
    return load(path, HwConfig)
