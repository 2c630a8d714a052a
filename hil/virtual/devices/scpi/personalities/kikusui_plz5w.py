"""Kikusui PLZ-5W electronic load (Kikusui PLZ-5W interface manual).

The slew rate is remembered and answered; how fast the input really is lies with the power stage. Where the manual
leaves open whether a value out of range is adjusted or rejected, it is rejected. A short circuit is the least
resistance that the input has. Not there: constant current or resistance together with constant voltage (CCCV, CRCV),
sequences.
"""

from __future__ import annotations

from collections.abc import Mapping

from hil.virtual.devices.scpi import formats
from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.core import Conventions, Identity
from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.personality import Personality
from hil.virtual.devices.scpi.power import PowerCore, PowerProfile, Span
from hil.virtual.devices.scpi.quirks import Quirks
from hil.virtual.devices.scpi.rows import Rows, choice, flag, ignored, measurements, output, setting

_THREE_RANGES = {"LOW": 0.01, "MED": 0.1, "HIGH": 1.0}
_TWO_RANGES = {"LOW": 0.1, "HIGH": 1.0}

_RANGES: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "current_range": ("load_current", _THREE_RANGES),
    "voltage_range": ("load_voltage", _TWO_RANGES),
    "conductance_range": ("load_conductance", _THREE_RANGES),
}
"""Range setting -> the level it limits, and its steps as fractions of the largest level."""


def _level_in_range(core: PowerCore, name: str, value: float | bool | str) -> None:
    for chosen, (level, steps) in _RANGES.items():
        if name == level and float(value) > steps[str(core.values[chosen])] * core.limits(level).high * (1 + 1e-9):
            raise ScpiError(-222)


def _range_adjusts_level(core: PowerCore, name: str, value: float | bool | str) -> None:
    """A smaller range takes a larger level down to its end."""
    if name in _RANGES:
        level, steps = _RANGES[name]
        end = steps[str(value)] * core.limits(level).high
        if core.number(level) > end:
            core.program(level, end)


def _clear(core: PowerCore) -> None:
    core.clear_protection()


_MODES = {
    "CC": "CC",
    "CV": "CV",
    "CP": "CP",
    "CR": "CR",
    "CURRent": "CC",
    "VOLTage": "CV",
    "POWer": "CP",
    "CONDuctance": "CR",
}

_COMMANDS: Rows = (
    *choice("[SOURce]:FUNCtion[:MODE]", "mode", _MODES),
    *setting("[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "load_current", "A"),
    *setting("[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", "load_voltage", "V"),
    *setting("[SOURce]:POWer[:LEVel][:IMMediate][:AMPLitude]", "load_power", "W"),
    *setting("[SOURce]:CONDuctance[:LEVel][:IMMediate][:AMPLitude]", "load_conductance", "S"),
    *choice("[SOURce]:CURRent:RANGe", "current_range", {"LOW": "LOW", "MEDium": "MED", "HIGH": "HIGH"}),
    *choice("[SOURce]:VOLTage:RANGe", "voltage_range", {"LOW": "LOW", "HIGH": "HIGH"}),
    *choice("[SOURce]:CONDuctance:RANGe", "conductance_range", {"LOW": "LOW", "MEDium": "MED", "HIGH": "HIGH"}),
    *setting("[SOURce]:CURRent:SLEWrate", "current_slew", "A/us"),
    *output("INPut[:STATe][:IMMediate]"),
    *output("OUTPut[:STATe][:IMMediate]"),
    *flag("INPut:SHORt[:STATe]", "short"),
    Command("INPut:PROTection:CLEar", _clear),
    Command("OUTPut:PROTection:CLEar", _clear),
    *setting("[SOURce]:VOLTage:PROTection:LOWer", "undervoltage", "V"),
    *flag("[SOURce]:VOLTage:PROTection:STATe", "undervoltage_on"),
    *setting("[SOURce]:CURRent:PROTection[:LEVel]", "overcurrent", "A"),
    *measurements(),
    *ignored("SYSTem:REMote"),
    *ignored("SYSTem:LOCal"),
    *ignored("SYSTem:RWLock"),
)

LOAD = Personality(
    name="kikusui-plz5w",
    identity=Identity("KIKUSUI", "PLZ1205W", "IFC01.20.0013 IOC01.10.0056"),
    conventions=Conventions(formats.exponent(5, zero="+0"), no_error="+0"),
    profile=PowerProfile(
        kind="load",
        spans={
            "load_current": Span("A", 0, 1.05, 0),
            "load_voltage": Span("V", 0, 1.05, 1.05),
            "load_power": Span("W", 0, 1.05, 0),
            "load_conductance": Span("SIE", 0, 1.05, 0),
            "current_slew": Span("", 0.001, 16, 1.6),
            "undervoltage": Span("V", 0, 1.05, 0),
            "overvoltage": Span("V", 1.1, 1.1, 1.1),
            "overcurrent": Span("A", 0, 1.1, 1.1),
        },
        words={
            "mode": "CC",
            "short": False,
            "current_range": "HIGH",
            "voltage_range": "HIGH",
            "conductance_range": "HIGH",
            "undervoltage_on": False,
        },
        bits={
            "OPERation": {"CV": 8, "CC": 10, "CP": 11, "CR": 12},
            "QUEStionable": {"OVP": 0, "OCP": 1, "OPP": 3, "OTP": 4, "UVP": 9},
        },
        checks=(_level_in_range, _range_adjusts_level),
    ),
    commands=_COMMANDS,
    quirks=Quirks(
        command_time=0.002,
        query_time=0.005,
        boot_time=6.0,
        clients=1,
        error_depth=16,
        longest_message=1024,
        interrupting="interrupts",
    ),
)
