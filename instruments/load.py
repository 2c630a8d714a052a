"""An electronic load behind any dialect."""

from __future__ import annotations

from instruments.dialect import Choice, Setting
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
        choice = self.dialect.rows.mode
        if choice is not None and choice.selects_range:
            self._select_range(choice, mode, setting, level)
            choice = None
        self._program(setting, what, level, unit)
        if choice is not None and self._choose(choice, mode.value, f"{mode.value} mode") and setting.query is not None:
            self._confirm(setting, what, level, unit, [f"{mode.value} {level:g} {unit}"])

    def _select_range(self, choice: Choice, mode: LoadMode, setting: Setting, level: float) -> None:
        """Select a mode that brings its range with it, unless it is selected; the caller then programs the level.

        The level goes first, as everywhere; one that the present range refuses does not count.
        """
        if choice.query is not None and choice.means(mode.value, self._link.query(choice.query).text):
            return
        self._send([self._fill(command, setting.to_wire(level)) for command in setting.set], check=False)
        if self.dialect.errors is not None:
            self._drain(self._use(self.dialect.errors, "error queue"))
        self._unchecked.clear()
        self._choose(choice, mode.value, f"{mode.value} mode")

    def set_current_slew(self, amperes_per_second: float) -> None:
        """Program how fast the current may change, both ways. Raises InstrumentRefused where it cannot."""
        row = self._use(self.dialect.rows.current_slew, "current slew rate")
        self._program(row, "current slew rate", amperes_per_second, "A/s")
