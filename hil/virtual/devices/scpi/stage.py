"""What a supply or load needs from the plant: its power stage. Declared here, built elsewhere."""

from __future__ import annotations

from typing import Protocol


class PowerStage(Protocol):
    """The power electronics behind the front panel. SI units; current and power positive out of the instrument."""

    def set_voltage(self, volts: float) -> None:
        """Set the regulated voltage."""

    def set_source_limit(self, amperes: float) -> None:
        """Set the largest current it sources."""

    def set_sink_limit(self, amperes: float) -> None:
        """Set the largest current it sinks, as a positive magnitude."""

    def set_power_limits(self, source_watts: float, sink_watts: float) -> None:
        """Set the power limits of both quadrants, as positive magnitudes."""

    def set_series_resistance(self, ohms: float) -> None:
        """Set the emulated series resistance."""

    def set_slew(self, volts_per_second: float | None) -> None:
        """Limit how fast the voltage set-point moves; None: as fast as it can."""

    def set_load(self, mode: str, level: float) -> None:
        """Hold current ("CC"), voltage ("CV"), power ("CP") or resistance ("CR") as a load, at a positive level."""

    def switch(self, on: bool) -> None:
        """Switch the output or input."""

    def set_overvoltage(self, volts: float) -> None:
        """Set the over-voltage trip."""

    def set_overcurrent(self, amperes: float) -> None:
        """Set the over-current trip, a magnitude."""

    def set_undervoltage(self, volts: float | None) -> None:
        """Set the under-voltage trip; None: none."""

    def clear_trip(self) -> None:
        """Acknowledge trips. Does not switch on."""

    def trip(self, reason: str) -> None:
        """Switch off and latch `reason`."""

    @property
    def on(self) -> bool:
        """Return whether it is switched on."""

    @property
    def sensed(self) -> float:
        """Return the voltage that its own meter sees: that of the terminals, if the sense leads are right."""

    @property
    def current(self) -> float:
        """Return the current out of the instrument."""

    @property
    def power(self) -> float:
        """Return the power out of the instrument."""

    @property
    def regulation(self) -> str:
        """Return "OFF", "CV", "CC", "CP" or "CR"."""

    @property
    def tripped(self) -> set[str]:
        """Return the latched trips."""
