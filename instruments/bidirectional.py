"""A supply that also sinks, behind any dialect."""

from __future__ import annotations

from instruments.supply import DialectSupply


class DialectBidirectionalSupply(DialectSupply):
    """A bidirectional supply: see `instruments.kinds.BidirectionalSupply`."""

    def set_sink_current_limit(self, amperes: float) -> None:
        """Program the largest current it may sink, as a positive magnitude."""
        row = self._use(self.dialect.rows.sink_current, "sink current limit")
        self._program(row, "sink current limit", amperes, "A")

    def set_sink_power_limit(self, watts: float) -> None:
        """Program the largest power it may sink, as a positive magnitude. Raises NotProvided where it has none."""
        self._program(self._use(self.dialect.rows.sink_power, "sink power limit"), "sink power limit", watts, "W")

    def set_series_resistance(self, ohms: float) -> None:
        """Program an emulated series resistance. Raises InstrumentRefused where it has none."""
        row = self._use(self.dialect.rows.series_resistance, "series resistance")
        self._program(row, "series resistance", ohms, "ohm")
