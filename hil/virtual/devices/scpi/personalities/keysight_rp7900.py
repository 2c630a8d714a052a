"""Keysight RP7900 regenerative power system (RP7900 and N6700 programming references).

The figures of the wire (clients, processing times, boot time) are assumed. The output protection delay of the
under-voltage trip is remembered and answered; the stage has one delay for every protection. Not there: LIST, the power
bandwidth of the RP7970, device clear over a control socket.
"""

from __future__ import annotations

import math

from hil.virtual.devices.scpi import formats
from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.core import Conventions, Identity
from hil.virtual.devices.scpi.parameters import Boolean
from hil.virtual.devices.scpi.personality import Personality
from hil.virtual.devices.scpi.power import PowerCore, PowerProfile, Span
from hil.virtual.devices.scpi.quirks import Quirks
from hil.virtual.devices.scpi.rows import Rows, addressed, choice, flag, ignored, measurements, output, setting
from hil.virtual.devices.scpi.watchdog_rows import watchdog_rows


def _fastest(header: str) -> Rows:
    """Return the switch that lifts the limit of the slew rate; off, the rate that is set limits it again."""

    def switch(core: PowerCore, on: bool) -> None:
        core.program("voltage_slew", math.inf if on else core.number("voltage_slew"))

    return (
        Command(header, switch, (Boolean(),)),
        Command(f"{header}?", lambda core: core.conventions.boolean[math.isinf(core.number("voltage_slew"))]),
    )


_COMMANDS: Rows = (
    *choice("[SOURce]:FUNCtion", "priority", {"VOLTage": "VOLT", "CURRent": "CURR"}),
    *setting("[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", "voltage", "V"),
    *setting("[SOURce]:VOLTage:LIMit[:POSitive][:IMMediate][:AMPLitude]", "voltage_limit", "V"),
    *setting("[SOURce]:VOLTage:RESistance[:LEVel][:IMMediate][:AMPLitude]", "resistance", "OHM"),
    *setting("[SOURce]:VOLTage:SLEW[:IMMediate]", "voltage_slew", "V/s", infinite=True),
    *_fastest("[SOURce]:VOLTage:SLEW:MAXimum"),
    *setting("[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "current", "A"),
    *setting("[SOURce]:CURRent:LIMit[:POSitive][:IMMediate][:AMPLitude]", "source_current", "A"),
    *setting("[SOURce]:CURRent:LIMit:NEGative[:IMMediate][:AMPLitude]", "sink_current", "A", sign=-1),
    *setting("[SOURce]:VOLTage:PROTection[:LEVel]", "overvoltage", "V"),
    *setting("[SOURce]:VOLTage:PROTection:LOW[:LEVel]", "undervoltage", "V"),
    *setting("[SOURce]:VOLTage:PROTection:LOW:DELay", "undervoltage_delay", "s"),
    *flag("[SOURce]:VOLTage:PROTection:LOW:STATe", "undervoltage_on"),
    *flag("[SOURce]:CURRent:PROTection:STATe", "foldback"),
    *output("OUTPut[:STATe]"),
    Command("OUTPut:PROTection:CLEar", lambda core: core.clear_protection()),
    *watchdog_rows("OUTPut:PROTection:WDOG[:STATe]", "OUTPut:PROTection:WDOG:DELay"),
    *measurements(),
    *measurements("FETCh[:SCALar]"),
    *choice("SYSTem:COMMunicate:RLSTate", "control", {"LOCal": "LOC", "REMote": "REM", "RWLock": "RWL"}),
    *ignored("SYSTem:REMote"),
    *ignored("SYSTem:LOCal"),
)

BIDIRECTIONAL = Personality(
    name="keysight-rp7900",
    identity=Identity("Keysight Technologies", "RP7932A", "B.03.02.1232"),
    conventions=Conventions(formats.exponent(6), no_error="+0"),
    profile=PowerProfile(
        kind="bidirectional",
        spans={
            "voltage": Span("V", 0, 1.02, 0),
            "voltage_limit": Span("V", 0, 1.02, 0.01),
            "current": Span("A", -1.02, 1.02, 0),
            "source_current": Span("A", 0, 1.02, 1.02),
            "sink_current": Span("A", 0, 1.02, 1.02),
            "source_power": Span("W", 1.02, 1.02, 1.02),
            "sink_power": Span("W", 1.02, 1.02, 1.02),
            "resistance": Span("OHM", 0, 1, 0),
            "voltage_slew": Span("", 1e-3, math.inf, math.inf),
            "overvoltage": Span("V", 0, 1.2, 1.2),
            "undervoltage": Span("V", 0, 1.02, 0),
            "undervoltage_delay": Span("", 20.48e-6, 2611, 20.48e-6),
            "watchdog_delay": Span("", 1, 3600, 60),
        },
        words={"priority": "VOLT", "control": "LOC", "foldback": False, "undervoltage_on": False, "watchdog": False},
        bits={
            "OPERation": {"CV": 0, "CC": 1, "OFF": 2},
            "QUEStionable#1": {
                "OVP": 0,
                "OCP": 1,
                "FOLDBACK": 1,
                "CP+": 3,
                "OTP": 4,
                "CP-": 5,
                "CC+": 7,
                "CC-": 8,
                "WATCHDOG": 11,
            },
            "QUEStionable2": {"UVP": 6},
        },
    ),
    commands=addressed(_COMMANDS),
    quirks=Quirks(command_time=0.001, query_time=0.003, boot_time=15.0, clients=2, error_depth=20),
)
