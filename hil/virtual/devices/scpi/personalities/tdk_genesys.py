"""TDK-Lambda Genesys power supply with the LAN option (TDK-Lambda LAN manual IA672-04-01, Genesys user manual).

Bits of STATus:QUEStionable: LAN manual, 11.8.15, and fault register of the user manual, 7-11. Not there: the older
serial protocol (ADR, PV, PC, ...). Assumed here: a command that sets something takes remote control by itself, unless
the front panel has locked it out; the 21st command without a query is refused with +341.
"""

from __future__ import annotations

from hil.virtual.devices.scpi import formats
from hil.virtual.devices.scpi.command import Command, Slow
from hil.virtual.devices.scpi.common import next_error
from hil.virtual.devices.scpi.core import Conventions, Identity
from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.personality import Personality
from hil.virtual.devices.scpi.power import PowerCore, PowerProfile, Span
from hil.virtual.devices.scpi.quirks import Quirks
from hil.virtual.devices.scpi.rows import choice, flag, measurements, output, setting

ERROR_QUERY_TIME = 0.03
"""Seconds that SYSTem:ERRor? takes."""


def _voltage_between_protections(core: PowerCore, name: str, value: float | bool | str) -> None:
    """The set voltage keeps below 95 % of OVP, OVP 5 % of the rating above it, and UVL is a limit for setting only."""
    if name == "voltage":
        if float(value) > 0.95 * core.number("overvoltage"):
            raise ScpiError(301, "PV above OVP")
        if float(value) < core.number("undervoltage"):
            raise ScpiError(302, "PV below UVL")
    elif name == "overvoltage" and float(value) < core.number("voltage") + 0.05 * core.rating("V"):
        raise ScpiError(304, "OVP below PV")
    elif name == "undervoltage" and float(value) > core.number("voltage"):
        raise ScpiError(306, "UVL above PV")


def _taken_remote(core: PowerCore, name: str, _value: object) -> None:
    if name != "control" and core.values["control"] == "LOC":
        core.values["control"] = "REM"


def _enable_errors(core: PowerCore) -> None:
    """SYSTem:ERRor:ENABle: from now on errors are queued."""
    core.errors.clear()
    core.errors_noted = True


def _slow_next_error(core: PowerCore) -> Slow:
    yield core.environment.timeout(ERROR_QUERY_TIME)
    return next_error(core)


def _mode(core: PowerCore) -> str:
    """SOURce:MODe?: CV, CC or OFF."""
    core.bring_up_to_date()
    return core.stage.regulation if core.stage.on else "OFF"


SUPPLY = Personality(
    name="tdk-genesys",
    identity=Identity("LAMBDA", "GEN80-65", "3U5K:4.3-LAN:2.1", "{maker},{model},S/N:{serial},{firmware}"),
    conventions=Conventions(formats.fixed(4), boolean=("OFF", "ON")),
    profile=PowerProfile(
        kind="supply",
        spans={
            "voltage": Span("V", 0, 1.05, 0),
            "source_current": Span("A", 0, 1.05, 0),
            "overvoltage": Span("V", 0.05, 1.1, 1.1),
            "undervoltage": Span("V", 0, 0.95, 0),
        },
        words={"foldback": False, "control": "LOC", "undervoltage_on": False},
        bits={
            "OPERation": {"CV": 0, "CC": 1},
            "QUEStionable": {"OTP": 2, "FOLDBACK": 3, "OVP": 4, "OFF": 6},
        },
        trip_errors={
            "FOLDBACK": ScpiError(323, "Fold-Back shutdown"),
            "OVP": ScpiError(324, "Over-Voltage shutdown"),
            "OTP": ScpiError(322, "Over-Temperature"),
        },
        on_while_tripped=ScpiError(307, "On during fault"),
        checks=(_taken_remote, _voltage_between_protections),
    ),
    commands=(
        *choice("SYSTem:SET", "control", {"REM": "REM", "LOC": "LOC", "LLO": "LLO"}),
        Command("SYSTem:ERRor:ENABle", _enable_errors),
        Command("SYSTem:ERRor[:NEXT]?", _slow_next_error),
        *setting("[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", "voltage", "V"),
        *setting("[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "source_current", "A"),
        *setting("[SOURce]:VOLTage:PROTection[:LEVel]", "overvoltage", "V"),
        *setting("[SOURce]:VOLTage:LIMit:LOW", "undervoltage", "V"),
        *flag("[SOURce]:CURRent:PROTection:STATe", "foldback"),
        Command("[SOURce]:MODe?", _mode),
        *output("OUTPut:STATe"),
        Command("OUTPut:PROTection:CLEar", lambda core: core.clear_protection()),
        *measurements(quantities="VA"),
    ),
    quirks=Quirks(
        command_time=0.005,
        query_time=0.005,
        boot_time=8.0,
        clients=1,
        error_depth=10,
        longest_message=256,
        commands_before_query=20,
        overrun=341,
        overrun_text="Input overflow",
        terminators=b"\r;\n",
        errors_noted=False,
    ),
)
