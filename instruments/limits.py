"""The limits of one instrument on one bench: the smallest of what bench, DUT and profile allow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What may be programmed into an instrument. All values are SI; currents and powers are magnitudes.

    voltage_min, voltage_max: V, at the terminals.
    source_current_max, sink_current_max: A. power_max: W, in either direction.
    resistance_min: ohm, smallest resistance a load may be set to (a battery behind it sees V/R).
    overvoltage_max, overcurrent_max: V and A, largest trip thresholds that still protect; None = not limited.
    voltage_slew_max, current_slew_max: V/s and A/s, fastest slew rate that may be programmed; None = not limited.
    short_circuit: whether a load may be put into its short-circuit mode at all.
    """

    voltage_max: float
    power_max: float
    source_current_max: float = 0.0
    sink_current_max: float = 0.0
    voltage_min: float = 0.0
    resistance_min: float = 0.0
    overvoltage_max: float | None = None
    overcurrent_max: float | None = None
    voltage_slew_max: float | None = None
    current_slew_max: float | None = None
    short_circuit: bool = False

    def __post_init__(self) -> None:
        if not self.voltage_min <= self.voltage_max:
            raise ValueError(
                f"Limits: the lowest voltage {self.voltage_min} V is above the highest {self.voltage_max} V."
            )
        for field in ("power_max", "source_current_max", "sink_current_max", "resistance_min"):
            if not getattr(self, field) >= 0.0:
                raise ValueError(f"Limits: {field} = {getattr(self, field)} must be a positive magnitude.")
