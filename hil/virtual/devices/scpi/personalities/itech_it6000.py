"""ITECH IT6000 bidirectional supply (headers as open drivers of the IT6000 and IT-M3400 use them).

The figures of the wire (processing times, clients, boot time) are assumed, and so is V/s and A/s for slew rates. The
bits of STATus:QUEStionable are those that ITECH's guides for IT-M3100, IT-M3200 and IT-M3300 share; the guide of this
family was not seen. The charge and energy counters in the answer to FETCh? stand still. Delays, power and low-current
protection, current slew and the sink's resistance are remembered and answered, and never act. Not there: LIST, BATTery,
SOLar, CARPofile.
"""

from __future__ import annotations

from hil.virtual.devices.scpi import formats
from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.core import Conventions, Identity
from hil.virtual.devices.scpi.personality import Personality
from hil.virtual.devices.scpi.power import PowerCore, PowerProfile, Span
from hil.virtual.devices.scpi.quirks import Quirks
from hil.virtual.devices.scpi.rows import Rows, choice, flag, ignored, measurements, output, setting
from hil.virtual.devices.scpi.watchdog_rows import watchdog_rows

_DELAYS = (
    *("overvoltage_delay", "overcurrent_delay", "overpower_delay"),
    *("undervoltage_warm", "rise_delay", "fall_delay"),
)
"""Seconds."""


def _fetch_all(core: PowerCore) -> str:
    """FETCh?: V, A, W, Ah, Wh of the latest sample."""
    readings = [core.conventions.number(core.reading(quantity), quantity, core.settings) for quantity in "VAW"]
    return ",".join([*readings, "0", "0"])


_COMMANDS: Rows = (
    *ignored("SYSTem:REMote"),
    *ignored("SYSTem:LOCal"),
    *ignored("SYSTem:RWLock"),
    *choice("[SOURce]:FUNCtion", "priority", {"VOLTage": "VOLT", "CURRent": "CURR"}),
    *choice("[SOURce]:FUNCtion:MODE", "function", {"FIXed": "FIX"}),
    *setting("[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", "voltage", "V"),
    *setting("[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "current", "A"),
    *setting("[SOURce]:VOLTage:LIMit[:HIGH]", "voltage_limit", "V"),
    *setting("[SOURce]:VOLTage:LIMit:LOW", "voltage_low", "V"),
    *setting("[SOURce]:VOLTage:SLEW:POSitive", "voltage_slew_up", "V/s"),
    *setting("[SOURce]:VOLTage:SLEW:NEGative", "voltage_slew_down", "V/s"),
    *setting("[SOURce]:CURRent:SLEW:POSitive", "current_slew_up", "A/s"),
    *setting("[SOURce]:CURRent:SLEW:NEGative", "current_slew_down", "A/s"),
    *setting("[SOURce]:CURRent:LIMit[:POSitive]", "source_current", "A"),
    *setting("[SOURce]:CURRent:LIMit:NEGative", "sink_current", "A", sign=-1),
    *setting("[SOURce]:POWer:LIMit[:POSitive]", "source_power", "W"),
    *setting("[SOURce]:POWer:LIMit:NEGative", "sink_power", "W", sign=-1),
    *setting("[SOURce]:RESistance[:LEVel]", "resistance", "OHM"),
    *setting("SINK:RESistance[:LEVel]", "sink_resistance", "OHM"),
    *flag("SINK:RESistance:STATe", "sink_resistance_on"),
    *setting("[SOURce]:VOLTage:PROTection[:LEVel]", "overvoltage", "V"),
    *setting("[SOURce]:VOLTage:PROTection:DELay", "overvoltage_delay", "s"),
    *setting("[SOURce]:POWer:PROTection[:LEVel]", "overpower", "W"),
    *flag("[SOURce]:POWer:PROTection:STATe", "overpower_on"),
    *setting("[SOURce]:POWer:PROTection:DELay", "overpower_delay", "s"),
    *setting("[SOURce]:VOLTage:UNDer:PROTection:WARM", "undervoltage_warm", "s"),
    *setting("[SOURce]:CURRent:UNDer:PROTection[:LEVel]", "undercurrent", "A"),
    *flag("[SOURce]:CURRent:UNDer:PROTection:STATe", "undercurrent_on"),
    *setting("OUTPut:DELay:RISE", "rise_delay", "s"),
    *setting("OUTPut:DELay:FALL", "fall_delay", "s"),
    *flag("[SOURce]:VOLTage:PROTection:STATe", "overvoltage_on"),
    *setting("[SOURce]:VOLTage:UNDer:PROTection[:LEVel]", "undervoltage", "V"),
    *flag("[SOURce]:VOLTage:UNDer:PROTection:STATe", "undervoltage_on"),
    *setting("[SOURce]:CURRent:PROTection[:LEVel]", "overcurrent", "A"),
    *setting("[SOURce]:CURRent:PROTection:DELay", "overcurrent_delay", "s"),
    *flag("[SOURce]:CURRent:PROTection:STATe", "overcurrent_on"),
    *output("OUTPut[:STATe]"),
    Command("OUTPut:PROTection:CLEar", lambda core: core.clear_protection()),
    *watchdog_rows("OUTPut:PROTection:WDOG[:STATe]", "OUTPut:PROTection:WDOG:DELay"),
    *measurements(),
    *measurements("FETCh[:SCALar]"),
    Command("FETCh?", _fetch_all),
    Command("MEASure?", _fetch_all),
)

BIDIRECTIONAL = Personality(
    name="itech-it6000",
    identity=Identity("ITECH Ltd.", "IT6006C-80-150", "000.002.088"),
    conventions=Conventions(formats.fixed(4)),
    profile=PowerProfile(
        kind="bidirectional",
        spans={
            "voltage": Span("V", 0, 1.02, 0),
            "current": Span("A", -1.02, 1.02, 0),
            "voltage_limit": Span("V", 0, 1.02, 0.01),
            "source_current": Span("A", 0, 1.02, 1.02),
            "sink_current": Span("A", 0, 1.02, 1.02),
            "source_power": Span("W", 0, 1.02, 1.02),
            "sink_power": Span("W", 0, 1.02, 1.02),
            "resistance": Span("OHM", 0, 1, 0),
            "overvoltage": Span("V", 0, 1.1, 1.1),
            "undervoltage": Span("V", 0, 1.02, 0),
            "overcurrent": Span("A", 0, 1.1, 1.1),
            "watchdog_delay": Span("", 1, 3600, 60),
            "voltage_low": Span("V", 0, 1.02, 0),
            "voltage_slew_up": Span("", 1e-3, 1e6, 1e6),
            "voltage_slew_down": Span("", 1e-3, 1e6, 1e6),
            "current_slew_up": Span("", 1e-3, 1e6, 1e6),
            "current_slew_down": Span("", 1e-3, 1e6, 1e6),
            "sink_resistance": Span("OHM", 0, 1, 0),
            "overpower": Span("W", 0, 1.1, 1.1),
            "undercurrent": Span("A", 0, 1.02, 0),
            **{name: Span("", 0, 60, 0) for name in _DELAYS},
        },
        words={
            "priority": "VOLT",
            "function": "FIX",
            "overvoltage_on": True,
            "overcurrent_on": True,
            "undervoltage_on": False,
            "overpower_on": False,
            "undercurrent_on": False,
            "sink_resistance_on": False,
            "watchdog": False,
        },
        bits={
            "OPERation": {"OFF": 6, "CC+": 7, "CV": 8, "CP+": 9, "CC-": 11, "CP-": 12},
            "QUEStionable": {"OVP": 0, "OCP": 1, "OPP": 2, "UVP": 3, "OTP": 4, "WATCHDOG": 13},
        },
    ),
    commands=_COMMANDS,
    quirks=Quirks(command_time=0.005, query_time=0.01, boot_time=12.0, clients=2, error_depth=20),
)
