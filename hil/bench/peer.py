"""The peer: a second unit on the grid of the bench, known to be good, for the sequences that need two.

It has a battery of its own, which the bench does not command. So it is supervised like the unit under test, stopped in
the safe state, and asked there whether it has stopped. What it does wrong is the bench's trouble, never the unit's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hil.bench.supervised_converter import SupervisedConverter
from hil.client.safety import HEAVY_ALARM
from hil.converter import Answer, Converter, DriverError, Mode
from hil.converter.values import AllData, ConverterData, SetModeAnswer
from hil.errors import BenchTrouble

OK = 200


class Peer(SupervisedConverter):
    """The peer's driver. Every method raises BenchTrouble where that of a unit under test raises DriverError."""

    def call(self, path: str, timeout: float | None = None) -> Answer[str]:
        """Send GET `path`; anything but an answer with status 200 is bench trouble."""
        with self._owned(path):
            answer = super().call(path, timeout)
        if answer.status != OK:
            raise BenchTrouble(
                f"The peer at {self.url} answered {path} with status {answer.status}: {answer.text[:80]!r}. Look at "
                "the second unit and its driver; nothing follows for the unit under test."
            )
        return answer

    def all(self) -> Answer[AllData]:
        """Ask for everything: converter and battery."""
        with self._owned("/all/get"):
            return super().all()

    def get(self) -> Answer[ConverterData]:
        """Ask for the converter alone."""
        with self._owned("/dcdc/get"):
            return super().get()

    def set_mode(self, mode: Mode, dvg: float, dig: float, drg: float) -> Answer[SetModeAnswer]:
        """Command mode, grid voltage (V), grid current (A) and droop (fraction) at once."""
        with self._owned("/dcdc/set"):
            return super().set_mode(mode, dvg, dig, drg)

    def require(self, mode: Mode) -> None:
        """Raise BenchTrouble unless it is in `mode`, without a Heavy alarm."""
        seen = self.get().value.status
        if seen.code != mode.value or seen.alarm_state == HEAVY_ALARM:
            raise BenchTrouble(
                f"The peer at {self.url} was to be in {mode.name} and reports {seen.code} ({seen.operation_mode}), "
                f"{seen.alarm_state}. Look at the second unit; nothing follows for the unit under test."
            )

    def require_untripped(self, highest: float, clamp: float) -> None:
        """Raise BenchTrouble when it has tripped although the grid never had more than `clamp` V: it let go by itself.

        highest: what the grid had at most, in V.
        """
        if highest <= clamp and self.get().value.status.alarm_state == HEAVY_ALARM:
            raise BenchTrouble(
                f"The peer has a Heavy alarm, and the grid was at most {highest:.1f} V: the second unit let go of "
                "the grid by itself. Look at it; nothing follows for the unit under test."
            )

    @contextmanager
    def _owned(self, path: str) -> Iterator[None]:
        try:
            yield
        except DriverError as error:
            raise BenchTrouble(
                f"The peer at {self.url} did not answer {path} as a driver must: {error}. Look at the second unit and "
                "its driver; nothing follows for the unit under test."
            ) from error


def runs(unit: Converter) -> bool:
    """Tell whether `unit` is in any mode but Stop. Raises a DriverError when it does not say.

    By /dcdc/get, which apis-main never asks but the reference driver answers: /all/get fails when the second unit's own
    BMS does not answer, and /dcdc/get/status tells no mode. Without it a bench with a peer is not armed.
    """
    return unit.get().value.status.code != Mode.STOP.value
