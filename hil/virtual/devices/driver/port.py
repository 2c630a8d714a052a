"""What the driver needs of the converter behind its serial line."""

from __future__ import annotations

from typing import Protocol


class Meters(Protocol):
    """One set of the converter's own readings. V, A, W, degree Celsius; positive = into the unit (charging)."""

    @property
    def vg(self) -> float:
        """Return the grid voltage."""

    @property
    def ig(self) -> float:
        """Return the grid current."""

    @property
    def vb(self) -> float:
        """Return the battery voltage."""

    @property
    def ib(self) -> float:
        """Return the battery current."""

    @property
    def wg(self) -> float:
        """Return the grid power."""

    @property
    def wb(self) -> float:
        """Return the battery power."""

    @property
    def tmp(self) -> float:
        """Return the temperature."""


class Converter(Protocol):
    """The converter as its serial commands see it, at the present bench time.

    A write returns what the converter acknowledges, which may differ from what was asked. Reads and writes raise
    `hil.virtual.plant.modes.Silent` when it does not answer, writes `Refused` when it answers with an error code.
    """

    @property
    def alive(self) -> bool:
        """Tell whether the control power is there and the converter answers its serial line."""

    @property
    def mode(self) -> int:
        """Return the mode: 0x0000 Stop, 0x0014 CV, 0x0002 CC discharge, 0x0041 CC charge."""

    @property
    def dvg(self) -> float:
        """Return the grid voltage set-point in V."""

    @property
    def drg(self) -> float:
        """Return the droop as a fraction."""

    @property
    def dig(self) -> float:
        """Return the grid current set-point in A."""

    @property
    def running(self) -> int:
        """Return 0 off, 1 charging, 2 discharging."""

    @property
    def alarm(self) -> int:
        """Return 0 none, 1 light, 2 heavy."""

    @property
    def alarm_words(self) -> tuple[int, int, int]:
        """Return the three alarm words; the driver shows the first."""

    def meters(self) -> Meters:
        """Return a fresh set of readings."""

    def write_mode(self, code: int) -> int:
        """Command a mode."""

    def write_voltage(self, dvg: float, drg: float) -> tuple[float, float]:
        """Command the grid voltage in V and the droop fraction."""

    def write_current(self, dig: float) -> float:
        """Command the grid current in A."""

    def clear_alarm(self) -> None:
        """Forget alarms whose cause is gone."""

    def set_permission(self, permitted: bool) -> None:
        """Learn whether the battery permits sharing. A conforming converter does nothing with that."""
