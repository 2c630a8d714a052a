"""The battery's log in the run folder: one row a second, and one whenever the battery begins to do something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hil.battery import BatteryMode, BatterySample

INTERVAL = 1.0
"""Seconds of bench time between two rows of the same mode; captures have what lies between."""


class BatteryLog:
    """Takes every sample of the emulator and hands the rows worth keeping to `write`."""

    def __init__(self, write: Callable[[Sequence[object]], None]) -> None:
        self._write = write
        self._mode: BatteryMode | None = None
        self._next = float("-inf")

    def __call__(self, sample: BatterySample) -> None:
        """Take one sample."""
        if sample.mode is self._mode and sample.time < self._next:
            return
        self._mode, self._next = sample.mode, sample.time + INTERVAL
        self._write(
            (
                sample.time,
                sample.mode,
                sample.soc,
                sample.open_circuit_voltage,
                sample.resistance,
                sample.voltage.value,
                sample.current.value,
                sample.target,
            )
        )
