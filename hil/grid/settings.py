"""What a bench file may say about the grid side."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class GridSettings(BaseModel):
    """The DC grid side. Times in s, voltages in V, currents in A as magnitudes.

    draw_current: what the source must be able to feed into the unit while the grid is stiff.
    push_current: what the sink must be able to take from the unit while the grid is stiff; larger than the unit
        can push, or the source leaves constant voltage.
    discharge_current: drawn to empty the grid's capacitors. touch_safe: below this the grid counts as dead
        (60 V DC; IEC 61010-1 calls more hazardous live).
    tolerance: largest difference between ordered and measured voltage. timeout: longest wait for a voltage.
    discharge_timeout: longest wait for the grid to be dead. rest: wait between switching the sink off and the
        measurement that proves it; capacitors recover, and a converter that still runs shows itself.
    ammeter_sign: 1 when the ammeter counts current into the unit as positive, -1 when it is wired the other way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    draw_current: float = Field(default=3.0, gt=0)
    push_current: float = Field(default=3.0, gt=0)
    discharge_current: float = Field(default=0.5, gt=0)
    touch_safe: float = Field(default=60.0, gt=0)
    tolerance: float = Field(default=1.0, gt=0)
    timeout: float = Field(default=10.0, gt=0)
    discharge_timeout: float = Field(default=60.0, gt=0)
    rest: float = Field(default=0.5, ge=0)
    ammeter_sign: Literal[1, -1] = 1
