"""What the driver's answers mean: typed values.

Voltages in V, currents in A, power in W, temperature in °C, state of charge in %, droop as a fraction.
Currents and powers are positive into the unit (it charges) and negative out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from hil.converter.modes import Mode

Value_co = TypeVar("Value_co", covariant=True)

PERMITTED = 3
"""The one value of battery_operation_status that lets the unit share energy."""


@dataclass(frozen=True)
class Answer(Generic[Value_co]):
    """One answered call: what it means and everything needed to check that.

    start, end: bench time in seconds just before the connection was opened and just after the last byte.
    text: the body as received. absent: optional fields that were missing or unusable, as "object.key".
    """

    value: Value_co
    start: float
    end: float
    status: int
    text: str
    path: str
    absent: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        """Return the latency of the call in seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Version:
    """Answer to /version/get: interface version ("2.0") and the driver's own version, if it tells."""

    interface: str
    driver: str | None

    @property
    def major(self) -> str:
        """Return the text before the first point, which apis-main compares with "2"."""
        return self.interface.partition(".")[0]


@dataclass(frozen=True)
class GridMeters:
    """The two values that apis-main needs of every meter answer: grid voltage and grid current."""

    vg: float
    ig: float


@dataclass(frozen=True)
class Meters(GridMeters):
    """All of the converter's own meters. wg, the grid power, is optional: apis-main never reads it."""

    vb: float
    ib: float
    wb: float
    tmp: float
    wg: float | None


@dataclass(frozen=True)
class Status:
    """The converter's state in its own words."""

    code: str
    operation_mode: str
    alarm_state: str | None
    alarm: str | None
    running_state: str | None

    @property
    def mode(self) -> Mode | None:
        """Return the mode of `code`, or None for a code unknown to apis-main."""
        return Mode.from_code(self.code)

    @property
    def is_coherent(self) -> bool:
        """Tell whether code and operation mode name belong together."""
        return self.mode is not None and self.mode.operation_mode == self.operation_mode


@dataclass(frozen=True)
class ConverterData:
    """Answer to /dcdc/get: state, meters and set-points of the converter."""

    status: Status
    meter: Meters
    dvg: float
    drg: float | None
    dig: float


@dataclass(frozen=True)
class AllData(ConverterData):
    """Answer to /all/get: the converter and its battery."""

    rsoc: float
    battery_operation_status: int

    @property
    def permitted(self) -> bool:
        """Tell whether the battery permits energy sharing."""
        return self.battery_operation_status == PERMITTED


@dataclass(frozen=True)
class Battery:
    """Answer to /battery/get."""

    rsoc: float
    battery_operation_status: int

    @property
    def permitted(self) -> bool:
        """Tell whether the battery permits energy sharing."""
        return self.battery_operation_status == PERMITTED


@dataclass(frozen=True)
class GridStatus:
    """Answer to /dcdc/get/status, the quick look. It names no mode code, so only the name of the mode is known."""

    meter: GridMeters
    operation_mode: str | None
    alarm_state: str | None
    running_state: str | None


@dataclass(frozen=True)
class SetModeAnswer:
    """Answer to a complete set (mode, dvg, dig, drg): what the converter says it took."""

    status: Status
    meter: GridMeters
    dvg: float
    drg: float | None
    dig: float


@dataclass(frozen=True)
class SetCurrentAnswer:
    """Answer to a set of dig alone."""

    dig: float
    meter: GridMeters | None


@dataclass(frozen=True)
class SetVoltageAnswer:
    """Answer to a set of dvg and drg."""

    dvg: float
    drg: float | None
    meter: GridMeters | None
