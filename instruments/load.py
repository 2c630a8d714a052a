"""An electronic load behind any dialect."""

from __future__ import annotations

from instruments.errors import InstrumentRefused
from instruments.kinds import LoadMode
from instruments.powered import PoweredInstrument

LEVEL_UNITS = {LoadMode.CURRENT: "A", LoadMode.VOLTAGE: "V", LoadMode.POWER: "W", LoadMode.RESISTANCE: "ohm"}


class DialectLoad(PoweredInstrument):
    """A load: see `instruments.kinds.Load`."""

    def set_load(self, mode: LoadMode, level: float) -> None:
        """Select what is held constant and its level in A, V, W or ohm.

        A mode that is already selected is not selected again: many loads blank their input for it.
        """
        row = self.dialect.rows.levels.get(mode)
        setting = self._use(row, f"{mode.value} mode")
        choice = self._use(self.dialect.rows.mode, "mode selection")
        if mode.value not in choice.words:
            raise InstrumentRefused(f"{self.name}: {self.dialect.title} has no {mode.value} mode.")
        what = f"{mode.value} level"
        self._choose(choice, mode.value, f"{mode.value} mode")
        self._program(setting, what, level, LEVEL_UNITS[mode])
