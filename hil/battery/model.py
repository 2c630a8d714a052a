"""A battery as a calculation: open-circuit voltage, series resistance, one RC, counted charge.

Signs follow the client: current and power are positive into the battery (charging), negative out of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from hil.battery.cell import CellTable, chemistry

REFERENCE_TEMPERATURE = 25.0
"""°C at which the tables hold."""
SECONDS_PER_MONTH = 30 * 86_400.0


class PackSettings(BaseModel):
    """A battery pack, as the bench or DUT file states it.

    The default is the 51.2 V pack of the reference node: 16 LFP cells in series, 58.4 V charged, 32 V empty.
    capacity: of one cell at 25 °C, in Ah. soc: at the start, a fraction. temperature: in °C, constant.
    cell_table: a CSV that replaces the table of the chemistry.
    charge_limit, discharge_limit: largest currents of the pack in A, as magnitudes.
    charge_limit_when_full, discharge_limit_when_empty: the same beyond 100 % and below 0 %.
    lowest_voltage, highest_voltage: cut-offs of the pack in V; by default those of the chemistry.
    extra_resistance: cables and fuses that belong to the battery, in ohm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    chemistry: str = "lfp"
    cells_in_series: int = Field(default=16, ge=1)
    cells_in_parallel: int = Field(default=1, ge=1)
    capacity: float = Field(default=100.0, gt=0)
    soc: float = Field(default=0.5, ge=0, le=1)
    temperature: float = Field(default=REFERENCE_TEMPERATURE, ge=-40, le=80)
    cell_table: Path | None = None
    charge_limit: float = Field(default=100.0, gt=0)
    discharge_limit: float = Field(default=100.0, gt=0)
    charge_limit_when_full: float = Field(default=0.0, ge=0)
    discharge_limit_when_empty: float = Field(default=0.0, ge=0)
    lowest_voltage: float | None = Field(default=None, gt=0)
    highest_voltage: float | None = Field(default=None, gt=0)
    extra_resistance: float = Field(default=0.0, ge=0)


class CutOff(Enum):
    """Why the battery has opened its contactor."""

    UNDER_VOLTAGE = "under-voltage"
    OVER_VOLTAGE = "over-voltage"


@dataclass
class Counters:
    """What has passed through the battery since it was made: Ah and Wh, all positive."""

    charge_in: float = 0.0
    charge_out: float = 0.0
    energy_in: float = 0.0
    energy_out: float = 0.0


@dataclass(frozen=True)
class TerminalState:
    """The battery after a step: voltages in V, current in A (positive charging), resistance in ohm."""

    voltage: float
    open_circuit_voltage: float
    current: float
    soc: float
    resistance: float
    cut_off: CutOff | None


class BatteryModel:
    """A pack that answers a current with a terminal voltage. Raises BadInput for impossible settings."""

    def __init__(self, settings: PackSettings) -> None:
        self.settings = settings
        self.counters = Counters()
        self.soc = settings.soc
        kind = chemistry(settings.chemistry)
        self._kind = kind
        self._table = CellTable.from_csv(settings.cell_table) if settings.cell_table else kind.table
        self._series = settings.cells_in_series
        below = max(0.0, REFERENCE_TEMPERATURE - settings.temperature)
        self.capacity = settings.capacity * settings.cells_in_parallel * max(0.1, 1 - kind.capacity_per_kelvin * below)
        warmer = settings.temperature - REFERENCE_TEMPERATURE
        self._resistance_scale = (
            self._series
            / (settings.capacity * settings.cells_in_parallel)
            * math.exp(kind.resistance_per_kelvin * warmer)
        )
        self._rc_voltage = 0.0
        self.lowest_voltage = settings.lowest_voltage or kind.lowest_voltage * self._series
        self.highest_voltage = settings.highest_voltage or kind.highest_voltage * self._series

    @property
    def open_circuit_voltage(self) -> float:
        """Return the voltage without current and after a long rest, in V."""
        return self._series * self._table.ocv(self.soc)

    @property
    def rc_voltage(self) -> float:
        """Return the voltage of the slow part (RC) in V, positive after charging."""
        return self._rc_voltage

    @property
    def rc_time(self) -> float:
        """Return the time constant of the RC in s."""
        return self._kind.rc_time

    @property
    def source_voltage(self) -> float:
        """Return the voltage behind the series resistance, in V."""
        return self.open_circuit_voltage + self._rc_voltage

    def resistance(self, charging: bool) -> float:
        """Return the series resistance of the pack in ohm, for the direction of the current."""
        return self._resistance_scale * self._table.resistance(self.soc, charging) + self.settings.extra_resistance

    def largest_resistance(self) -> float:
        """Return the largest series resistance over all states of charge and both directions, in ohm."""
        table = self._table
        worst = max(*table.resistance_charge.values, *table.resistance_discharge.values)
        return self._resistance_scale * worst + self.settings.extra_resistance

    def terminal_voltage(self, current: float) -> float:
        """Return the terminal voltage in V when `current` (A, positive charging) flows now."""
        return self.source_voltage + self.resistance(current > 0) * current

    def current_limits(self) -> tuple[float, float]:
        """Return the largest charge and discharge current now allowed, in A, as magnitudes."""
        settings = self.settings
        charge = settings.charge_limit if self.soc < 1 else settings.charge_limit_when_full
        discharge = settings.discharge_limit if self.soc > 0 else settings.discharge_limit_when_empty
        return charge, discharge

    def step(self, current: float, seconds: float) -> TerminalState:
        """Let `current` (A, positive charging) flow for `seconds`; return the state at their end.

        The RC is exact for a constant current; the energy takes the mean open-circuit voltage of the step.
        """
        if seconds < 0:
            raise ValueError(f"A battery cannot step back by {-seconds} s.")
        before = self.open_circuit_voltage
        series_resistance = self.resistance(current > 0)
        rc_integral = self._advance_rc(current, seconds)
        self._advance_charge(current, seconds)
        mean = 0.5 * (before + self.open_circuit_voltage) + series_resistance * current
        self._count(current, seconds, mean * seconds + rc_integral)
        return self.state(current)

    def state(self, current: float) -> TerminalState:
        """Return the state when `current` (A, positive charging) flows now."""
        voltage = self.terminal_voltage(current)
        cut_off = None
        if voltage < self.lowest_voltage:
            cut_off = CutOff.UNDER_VOLTAGE
        elif voltage > self.highest_voltage:
            cut_off = CutOff.OVER_VOLTAGE
        return TerminalState(
            voltage, self.open_circuit_voltage, current, self.soc, self.resistance(current > 0), cut_off
        )

    def set_soc(self, soc: float) -> None:
        """Jump to a state of charge (a fraction) at rest: the RC is emptied."""
        if not 0 <= soc <= 1:
            raise ValueError(f"The state of charge is a fraction between 0 and 1, not {soc}.")
        self.soc = soc
        self._rc_voltage = 0.0

    def _advance_rc(self, current: float, seconds: float) -> float:
        """Advance the RC; return the integral of its voltage in V·s."""
        final = self._kind.rc_share * self.resistance(current > 0) * current
        decay = math.exp(-seconds / self._kind.rc_time)
        start, self._rc_voltage = self._rc_voltage, final + (self._rc_voltage - final) * decay
        return final * seconds + (start - final) * self._kind.rc_time * (1 - decay)

    def _advance_charge(self, current: float, seconds: float) -> None:
        lost = self._kind.self_discharge_per_month * seconds / SECONDS_PER_MONTH if self.soc > 0 else 0.0
        self.soc += current * seconds / 3600.0 / self.capacity - lost

    def _count(self, current: float, seconds: float, volt_seconds: float) -> None:
        charge, energy = abs(current) * seconds / 3600.0, abs(current) * volt_seconds / 3600.0
        if current > 0:
            self.counters.charge_in += charge
            self.counters.energy_in += energy
        else:
            self.counters.charge_out += charge
            self.counters.energy_out += energy
