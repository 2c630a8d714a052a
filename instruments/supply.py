"""A regulated DC source behind any dialect."""

from __future__ import annotations

from instruments.errors import InstrumentRefused
from instruments.powered import PoweredInstrument


class DialectSupply(PoweredInstrument):
    """A supply: see `instruments.kinds.Supply`."""

    def take_remote(self) -> None:
        """Take the remote lock; make sure that the supply regulates voltage, not current."""
        super().take_remote()
        row = self.dialect.rows.priority
        if row is None:
            return
        what = "regulation of voltage"
        self._use(row, what)
        if row.query is not None and not row.means("voltage", self._link.query(row.query).text) and self.is_on():
            raise InstrumentRefused(
                f"{self.name}: its output is on and it regulates current, not voltage. Switch it off by hand."
            )
        self._choose(row, "voltage", what)

    def set_voltage(self, volts: float) -> None:
        """Program the output voltage."""
        self._program(self._use(self.dialect.rows.voltage, "voltage setting"), "voltage", volts, "V")

    def set_current_limit(self, amperes: float) -> None:
        """Program the largest current it may source."""
        self._program(self._use(self.dialect.rows.current, "current limit"), "current limit", amperes, "A")

    def set_overvoltage_protection(self, volts: float) -> None:
        """Program the over-voltage trip and read it back.

        Many supplies refuse a trip below the voltage they are set to; one that is off is then set to 0 V first.
        """
        self._use(self.dialect.rows.overvoltage, "over-voltage protection")
        try:
            super().set_overvoltage_protection(volts)
        except InstrumentRefused:
            if self.is_on():
                raise
            self.set_voltage(0.0)
            super().set_overvoltage_protection(volts)

    def set_power_limit(self, watts: float) -> None:
        """Program the largest power it may source. Raises NotProvided where it has no such limit."""
        self._program(self._use(self.dialect.rows.power, "power limit"), "power limit", watts, "W")
