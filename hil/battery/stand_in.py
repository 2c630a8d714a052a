"""Battery and BMS as the one thing that suites use."""

from __future__ import annotations

from hil.battery.bms import Bms
from hil.battery.emulator import BatteryEmulator
from hil.errors import BenchTrouble
from instruments.reading import Reading


class BatteryStandIn:
    """An emulated battery and, where the bench has an RS485 port, its BMS.

    Signs follow the client: current is positive into the battery (charging).
    """

    def __init__(self, emulator: BatteryEmulator, bms: Bms | None) -> None:
        self.emulator = emulator
        self.bms = bms

    @property
    def soc(self) -> float:
        """Return the state of charge, a fraction."""
        return self.emulator.model.soc

    @property
    def voltage(self) -> Reading:
        """Return the newest reading of the terminal voltage, in V. Raises BenchTrouble before the first."""
        return self.emulator.latest.voltage

    @property
    def current(self) -> Reading:
        """Return the newest reading of the current, in A. Raises BenchTrouble before the first."""
        return self.emulator.latest.current

    def start(self) -> None:
        """Bring the battery up, then the BMS, which denies sharing at first.

        Raises BadInput or BenchTrouble; then everything that was started is off again.
        """
        self.emulator.start()
        if self.bms is None:
            return
        try:
            self.bms.deny()
            self.bms.start()
        except BaseException:
            self.emulator.stop()
            raise

    def stop(self) -> None:
        """Take the BMS and then the battery away. The converter must be stopped before."""
        try:
            if self.bms is not None:
                self.bms.stop()
        finally:
            self.emulator.stop()

    def halt(self) -> None:
        """End the emulator's loop and the BMS; the outputs stay as they are for the safe state to switch off."""
        try:
            if self.bms is not None:
                self.bms.stop()
        finally:
            self.emulator.halt()

    def permit(self) -> None:
        """Let the BMS permit energy sharing. Raises BenchTrouble without a BMS."""
        self.emulator.tell("the BMS permits sharing")
        self._bms().permit()

    def deny(self) -> None:
        """Let the BMS deny energy sharing. Raises BenchTrouble without a BMS."""
        self.emulator.tell("the BMS denies sharing")
        self._bms().deny()

    def report_soc(self, soc: float | None) -> None:
        """Let the BMS report this state of charge (a fraction) instead of the model's; None: the model's again."""
        if self.bms is not None:
            self.bms.rsoc = (lambda: self.soc) if soc is None else (lambda: soc)

    def check(self) -> None:
        """Raise BenchTrouble when emulator or BMS has failed."""
        self.emulator.check()
        if self.bms is not None:
            self.bms.check()

    def _bms(self) -> Bms:
        if self.bms is None:
            raise BenchTrouble("This bench has no BMS, so nothing can permit or deny sharing: name its serial port.")
        return self.bms
