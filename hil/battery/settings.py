"""What a bench file may say about the emulator loop."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from hil.battery.terminals import Resolution


class ResistanceMadeBy(Enum):
    """Who makes the battery's series resistance."""

    AUTOMATIC = "automatic"
    HARDWARE = "hardware"
    SOFTWARE = "software"


class EmulatorSettings(BaseModel):
    """The loop. Times in s, voltages in V, currents in A, resistances in ohm.

    resistance: by the instrument where it can (automatic), only by it, or only by the loop.
    cable_resistance: between the battery terminals and the converter's capacitors, both wires together.
    relaxation: part of the way to the wanted voltage taken per period when the loop makes the resistance;
        by default half of what is stable with one sample of delay.
    behind_factor: a period longer than this many nominal ones is bench trouble. stale_after: so is no new sample
        for this long.
    voltage_tolerance: largest difference between told and measured voltage that raises no question.
    diagnosis_period: shortest time between two rounds of questions to instruments that differ.
    replay: CSV with the columns time and power, or time and soc, replayed from the moment the battery comes up.
    cut_off_is_trouble: whether `check` complains when the model has opened its contactor.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    period: float = Field(default=0.05, gt=0, le=1)
    resistance: ResistanceMadeBy = ResistanceMadeBy.AUTOMATIC
    cable_resistance: float = Field(default=0.005, gt=0)
    relaxation: float | None = Field(default=None, gt=0, le=1)
    behind_factor: float = Field(default=3.0, gt=1)
    stale_after: float = Field(default=2.0, gt=0)
    voltage_tolerance: float = Field(default=0.5, gt=0)
    settle_timeout: float = Field(default=5.0, gt=0)
    diagnosis_period: float = Field(default=1.0, gt=0)
    rest_current: float = Field(default=0.2, ge=0)
    voltage_resolution: float = Field(default=0.01, gt=0)
    current_resolution: float = Field(default=0.1, gt=0)
    resistance_resolution: float = Field(default=0.001, gt=0)
    replay: Path | None = None
    cut_off_is_trouble: bool = True
    log_rows: int = Field(default=72_000, ge=1)

    @property
    def resolution(self) -> Resolution:
        """Return the smallest changes worth a message."""
        return Resolution(self.voltage_resolution, self.current_resolution, self.resistance_resolution)
