"""The emulator's log: one row per turn of the loop, kept, and handed to whoever subscribes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from instruments.reading import Reading


class BatteryMode(Enum):
    """What the battery is doing."""

    REST = "rest"
    CHARGE = "charge"
    DISCHARGE = "discharge"
    OVERRIDE = "override"
    LIMIT = "limit"
    OPEN = "open"
    CUT_OFF = "cut-off"


@dataclass(frozen=True)
class BatterySample:
    """One row of the log, in V, A (positive charging), ohm; soc as a fraction.

    target: the voltage that the terminals should show; None while the contactor is open.
    """

    time: float
    soc: float
    open_circuit_voltage: float
    resistance: float
    voltage: Reading
    current: Reading
    target: float | None
    mode: BatteryMode


class SampleLog:
    """Keeps the newest `rows` samples and passes each on."""

    def __init__(self, rows: int) -> None:
        self._rows: deque[BatterySample] = deque(maxlen=rows)
        self._subscribers: list[Callable[[BatterySample], None]] = []
        self.latest: BatterySample | None = None

    def rows(self) -> list[BatterySample]:
        """Return the samples kept, oldest first."""
        return list(self._rows)

    def subscribe(self, callback: Callable[[BatterySample], None]) -> Callable[[], None]:
        """Call `callback` with every sample; return a function that ends it."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def add(self, sample: BatterySample) -> None:
        """Keep `sample` and pass it on."""
        self.latest = sample
        self._rows.append(sample)
        for callback in tuple(self._subscribers):
            callback(sample)
