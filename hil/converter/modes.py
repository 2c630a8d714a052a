"""The four operation modes that apis-main commands, by the codes on the wire."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """An operation mode; its value is the text sent as `mode` and reported as `status.status`.

    Charging and discharging share one operation mode name, so that name alone cannot tell them apart.
    """

    STOP = "0x0000"
    CV = "0x0014"
    DISCHARGE = "0x0002"
    CHARGE = "0x0041"

    @property
    def operation_mode(self) -> str:
        """Return the text which `status.operationMode` must show, exactly, in this mode."""
        return _OPERATION_MODES[self]

    @property
    def is_current_controlled(self) -> bool:
        """Tell whether the unit controls its grid current in this mode."""
        return self in (Mode.CHARGE, Mode.DISCHARGE)

    @property
    def sign(self) -> float:
        """Return the sign of the grid current in this mode, positive into the unit; 0 where no current is commanded."""
        return {Mode.CHARGE: 1.0, Mode.DISCHARGE: -1.0}.get(self, 0.0)

    @classmethod
    def from_code(cls, code: str | None) -> Mode | None:
        """Return the mode with this exact code, or None when apis-main knows no such code."""
        return next((mode for mode in cls if mode.value == code), None)


_OPERATION_MODES = {
    Mode.STOP: "Waiting",
    Mode.CV: "Grid Autonomy",
    Mode.DISCHARGE: "Heteronomy CV",
    Mode.CHARGE: "Heteronomy CV",
}
