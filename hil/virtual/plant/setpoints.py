"""The converter's set-points: ranges, acknowledgement, and which of them are in force."""

from __future__ import annotations

from hil.virtual.plant.converter_parameters import ConverterParameters, Range
from hil.virtual.plant.modes import RefusalReason, Refused
from hil.virtual.plant.scaling import Scaling


class SetPoints:
    """dvg (V), drg (fraction) and dig (A) as last written, and as they were before that."""

    __slots__ = ("_commands", "_faults", "_scaling", "dig", "drg", "dvg", "earlier_dig", "earlier_drg", "earlier_dvg")

    def __init__(self, parameters: ConverterParameters) -> None:
        self._commands = parameters.commands
        self._faults = parameters.faults.transition
        self._scaling = Scaling(parameters.ratings)
        self.reset()

    def reset(self) -> None:
        """Take the values after booting."""
        commands = self._commands
        self.dvg = self.earlier_dvg = self._scaling.quantise("dvg", commands.initial_dvg)
        self.drg = self.earlier_drg = self._scaling.quantise("drg", commands.initial_drg)
        self.dig = self.earlier_dig = self._scaling.quantise("dig", commands.initial_dig)

    def write_voltage(self, dvg: float, drg: float) -> tuple[float, float]:
        """Take dvg and drg; return what is acknowledged. Raises Refused, and then takes neither."""
        accepted = self._admit("dvg", dvg, self._commands.dvg)
        droop = self._admit("drg", drg, self._commands.drg)
        self._keep_voltage(accepted + self._faults.dvg_error, droop)
        if self._faults.voltage_write_sets_dig is not None:
            self._keep_current(self._faults.voltage_write_sets_dig)
        return accepted + self._faults.acknowledged_dvg_error, droop

    def write_current(self, dig: float) -> float:
        """Take dig; return what is acknowledged. Raises Refused."""
        accepted = self._admit("dig", dig, self._commands.dig)
        self._keep_current(max(0.0, accepted + self._faults.dig_error))
        faults = self._faults
        if faults.current_write_sets_dvg is not None or faults.current_write_sets_drg is not None:
            dvg = self.dvg if faults.current_write_sets_dvg is None else faults.current_write_sets_dvg
            self._keep_voltage(
                dvg, self.drg if faults.current_write_sets_drg is None else faults.current_write_sets_drg
            )
        return accepted + faults.acknowledged_dig_error

    def _keep_voltage(self, dvg: float, drg: float) -> None:
        if dvg != self.dvg:
            self.earlier_dvg = self.dvg
        if drg != self.drg:
            self.earlier_drg = self.drg
        self.dvg, self.drg = dvg, drg

    def _keep_current(self, dig: float) -> None:
        if dig != self.dig:
            self.earlier_dig = self.dig
        self.dig = dig

    def _admit(self, name: str, value: float, allowed: Range) -> float:
        if not allowed.low <= value <= allowed.high and self._commands.outside_range != "accept":
            if self._commands.outside_range == "refuse":
                raise Refused(RefusalReason.PARAMETER, f"{name} {value} lies outside {allowed.low} to {allowed.high}")
            value = min(max(value, allowed.low), allowed.high)
        return self._scaling.quantise(name, value)
