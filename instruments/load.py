"""An electronic load behind any dialect."""

from __future__ import annotations

from instruments.kinds import LoadMode
from instruments.powered import PoweredInstrument

LEVEL_UNITS = {LoadMode.CURRENT: "A", LoadMode.VOLTAGE: "V", LoadMode.POWER: "W", LoadMode.RESISTANCE: "ohm"}


class DialectLoad(PoweredInstrument):
    """A load: see `instruments.kinds.Load`."""

    def set_load(self, mode: LoadMode, level: float) -> None:
        """Select what is held constant and its level in A, V, W or ohm.

        The level goes first, so that the new mode never begins with an old level. A mode that is already
        selected is not selected again: many loads blank their input for it.
        """
        what, unit = f"{mode.value} level", LEVEL_UNITS[mode]
        setting = self._use(self.dialect.rows.levels.get(mode), f"{mode.value} mode")
        self._program(setting, what, level, unit)
        choice = self.dialect.rows.mode
        if choice is not None and self._choose(choice, mode.value, f"{mode.value} mode") and setting.query is not None:
            self._confirm(setting, what, level, unit, [f"{mode.value} {level:g} {unit}"])

    def set_current_slew(self, amperes_per_second: float) -> None:
        """Program how fast the current may change, both ways. Raises InstrumentRefused where it cannot."""
        row = self._use(self.dialect.rows.current_slew, "current slew rate")
        self._program(row, "current slew rate", amperes_per_second, "A/s")
