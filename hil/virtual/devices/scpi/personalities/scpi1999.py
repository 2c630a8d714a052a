"""Instruments that keep to SCPI-1999 and nothing else: power supply, electronic load, bidirectional supply.

SCPI-1999 has no words for a sink quadrant. The bidirectional supply takes both common ways of saying it:
CURRent:LIMit:NEGative with a negative value, and SINK:CURRent with a magnitude.
"""

from __future__ import annotations

import math

from hil.virtual.devices.scpi import formats
from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.core import Conventions, Identity
from hil.virtual.devices.scpi.personality import Personality
from hil.virtual.devices.scpi.power import PowerProfile, Span
from hil.virtual.devices.scpi.rows import addressed, choice, flag, ignored, measurements, output, setting

_CONVENTIONS = Conventions(formats.plain)

_BITS = {
    "OPERation": {"CV": 8, "CC": 10, "CP": 11, "CR": 12},
    "QUEStionable": {"OVP": 0, "UVP": 0, "OCP": 1, "OPP": 3, "OTP": 4},
}

_SOURCE_SPANS = {
    "voltage": Span("V", 0, 1.05, 0),
    "source_current": Span("A", 0, 1.05, 0),
    "source_power": Span("W", 0, 1.05, 1.05),
    "voltage_slew": Span("", 1e-3, math.inf, math.inf),
    "overvoltage": Span("V", 0, 1.2, 1.2),
    "overcurrent": Span("A", 0, 1.2, 1.2),
    "undervoltage": Span("V", 0, 1.05, 0),
}

_PROTECTIONS = (
    *setting("[SOURce#1]:VOLTage:PROTection[:LEVel]", "overvoltage", "V"),
    *flag("[SOURce#1]:VOLTage:PROTection:STATe", "overvoltage_on"),
    Command("[SOURce#1]:VOLTage:PROTection:TRIPped?", lambda core: str(int("OVP" in core.tripped()))),
    Command("[SOURce#1]:VOLTage:PROTection:CLEar", lambda core: core.clear_protection()),
    *setting("[SOURce#1]:VOLTage:PROTection:LOW", "undervoltage", "V"),
    *setting("[SOURce#1]:CURRent:PROTection[:LEVel]", "overcurrent", "A"),
    *flag("[SOURce#1]:CURRent:PROTection:STATe", "overcurrent_on"),
    Command("[SOURce#1]:CURRent:PROTection:TRIPped?", lambda core: str(int("OCP" in core.tripped()))),
    Command("[SOURce#1]:CURRent:PROTection:CLEar", lambda core: core.clear_protection()),
    Command("OUTPut#1:PROTection:CLEar", lambda core: core.clear_protection()),
    *ignored("SYSTem:REMote"),
    *ignored("SYSTem:LOCal"),
    *ignored("SYSTem:RWLock"),
)

_SOURCE_COMMANDS = (
    *setting("[SOURce#1]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", "voltage", "V"),
    *setting("[SOURce#1]:VOLTage:SLEW", "voltage_slew", "V/s", infinite=True),
    *setting("[SOURce#1]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "source_current", "A"),
    *setting("[SOURce#1]:POWer[:LEVel][:IMMediate][:AMPLitude]", "source_power", "W"),
    *output("OUTPut#1[:STATe]"),
    *measurements(),
    *_PROTECTIONS,
)

_PROTECTED = {"overvoltage_on": True, "overcurrent_on": True}

SUPPLY = Personality(
    name="scpi1999-supply",
    identity=Identity("VIRTUAL", "SCPI-1999 SUPPLY", "1.0"),
    conventions=_CONVENTIONS,
    profile=PowerProfile(kind="supply", spans=_SOURCE_SPANS, words=_PROTECTED, bits=_BITS),
    commands=addressed(_SOURCE_COMMANDS),
)

BIDIRECTIONAL = Personality(
    name="scpi1999-bidirectional",
    identity=Identity("VIRTUAL", "SCPI-1999 BIDIRECTIONAL", "1.0"),
    conventions=_CONVENTIONS,
    profile=PowerProfile(
        kind="bidirectional",
        spans=_SOURCE_SPANS
        | {
            "sink_current": Span("A", 0, 1.05, 0),
            "sink_power": Span("W", 0, 1.05, 1.05),
            "resistance": Span("OHM", 0, 1, 0),
        },
        words=_PROTECTED,
        bits=_BITS,
    ),
    commands=addressed(
        (
            *_SOURCE_COMMANDS,
            *setting("[SOURce#1]:CURRent:LIMit[:POSitive]", "source_current", "A"),
            *setting("[SOURce#1]:CURRent:LIMit:NEGative", "sink_current", "A", sign=-1),
            *setting("[SOURce#1]:POWer:LIMit[:POSitive]", "source_power", "W"),
            *setting("[SOURce#1]:POWer:LIMit:NEGative", "sink_power", "W", sign=-1),
            *setting("SINK:CURRent[:LEVel][:IMMediate][:AMPLitude]", "sink_current", "A"),
            *setting("SINK:POWer[:LEVel][:IMMediate][:AMPLitude]", "sink_power", "W"),
            *setting("[SOURce#1]:RESistance[:LEVel][:IMMediate][:AMPLitude]", "resistance", "OHM"),
        )
    ),
)

LOAD = Personality(
    name="scpi1999-load",
    identity=Identity("VIRTUAL", "SCPI-1999 LOAD", "1.0"),
    conventions=_CONVENTIONS,
    profile=PowerProfile(
        kind="load",
        spans={
            "load_current": Span("A", 0, 1.05, 0),
            "load_voltage": Span("V", 0, 1.05, 1.05),
            "load_power": Span("W", 0, 1.05, 0),
            "load_resistance": Span("OHM", 0.001, 1000, 1000),
            "overvoltage": Span("V", 0, 1.2, 1.2),
            "overcurrent": Span("A", 0, 1.2, 1.2),
            "undervoltage": Span("V", 0, 1.05, 0),
        },
        words=_PROTECTED | {"mode": "CC"},
        bits=_BITS,
    ),
    commands=addressed(
        (
            *choice(
                "[SOURce#1]:FUNCtion[:MODE]",
                "mode",
                {"CURRent": "CC", "VOLTage": "CV", "POWer": "CP", "RESistance": "CR"},
            ),
            *setting("[SOURce#1]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "load_current", "A"),
            *setting("[SOURce#1]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", "load_voltage", "V"),
            *setting("[SOURce#1]:POWer[:LEVel][:IMMediate][:AMPLitude]", "load_power", "W"),
            *setting("[SOURce#1]:RESistance[:LEVel][:IMMediate][:AMPLitude]", "load_resistance", "OHM"),
            *output("INPut#1[:STATe]"),
            Command("INPut#1:PROTection:CLEar", lambda core: core.clear_protection()),
            *measurements(),
            *_PROTECTIONS,
        )
    ),
)
