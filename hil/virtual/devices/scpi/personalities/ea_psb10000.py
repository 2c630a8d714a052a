"""EA Elektro-Automatik PSB 10000, bidirectional (EA Programming Guide ModBus & SCPI, PGMBEN).

Not in that guide and assumed here: one client at a time, meters renewed every 10 ms, a reset that leaves set values
as they are, the bit numbers of STATus:QUEStionable. Power protections, supervision of power and of low current and the
sink's resistance are remembered and answered, and never act. Not there: Modbus on the same port, BATTery:TEST, the
function generator, the safety OVP of 60 V models. A message that comes sooner than 5 ms after the one before is
lost without a trace: the guide warns of it without saying what happens. An answer takes as long, so that whoever reads
every answer before the next question loses none.
"""

from __future__ import annotations

from collections.abc import Mapping

from hil.virtual.devices.scpi import formats
from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.core import Conventions, Identity
from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.parameters import Boolean, Quantity
from hil.virtual.devices.scpi.personality import Personality
from hil.virtual.devices.scpi.power import PowerCore, PowerProfile, Span
from hil.virtual.devices.scpi.quirks import Quirks
from hil.virtual.devices.scpi.rows import Rows, choice, measurements, output, setting

_ADJUSTABLE: Mapping[str, tuple[str | None, str]] = {
    "voltage": ("voltage_low", "voltage_high"),
    "source_current": ("source_current_low", "source_current_high"),
    "sink_current": ("sink_current_low", "sink_current_high"),
    "source_power": (None, "source_power_high"),
    "sink_power": (None, "sink_power_high"),
}
"""Set value -> its adjustment limits."""

_RATINGS = {"voltage": "V", "source_current": "A", "sink_current": "A", "source_power": "W", "sink_power": "W"}
_SUPERVISED = {
    "uvd": "V",
    "ovd": "V",
    **dict.fromkeys(("ucd", "ocd", "sink_ucd", "sink_ocd"), "A"),
    **dict.fromkeys(("opd", "sink_opd"), "W"),
}
"""Supervision -> what it looks at."""
_ACTIONS = {"NONE": "NONE", "SIGNal": "SIGN", "WARNing": "WARN", "ALARm": "ALAR"}


def _needs_remote(core: PowerCore, _name: str, _value: object) -> None:
    if core.faults.local_lock:
        raise ScpiError(-201)
    if not core.values["remote"]:
        raise ScpiError(-221)


def _within_adjustment_limits(core: PowerCore, name: str, value: float | bool | str) -> None:
    """A set value must lie within its limits, and a limit must not exclude the present set value."""
    for setting_name, (low, high) in _ADJUSTABLE.items():
        if name == setting_name:
            lowest = core.number(low) if low else 0.0
            if not lowest <= float(value) <= core.number(high):
                raise ScpiError(-222)
        elif (name == high and float(value) < core.number(setting_name)) or (
            low is not None and name == low and float(value) > core.number(setting_name)
        ):
            raise ScpiError(-221)


def _resistance_mode(core: PowerCore, name: str, _value: object) -> None:
    if name in ("resistance", "sink_resistance") and not core.values["resistance_on"]:
        raise ScpiError(-221)


def _lock(core: PowerCore, on: bool) -> None:
    """SYSTem:LOCK: take or leave remote control."""
    if on:
        if core.faults.local_lock:
            raise ScpiError(-201)
        core.values["remote"] = True
        if core.values["monitor"]:
            core.watchdog.arm(core.number("monitor_time"))
    else:
        _leave_remote(core)


def _owner(core: PowerCore) -> str:
    """SYSTem:LOCK:OWNer?: who commands it."""
    return "LOCAL" if core.faults.local_lock else "REMOTE" if core.values["remote"] else "NONE"


def _leave_remote(core: PowerCore) -> None:
    """Leave remote control; what becomes of the power stage has been chosen with POWer:STAGe:AFTer:REMote."""
    core.values["remote"] = False
    core.watchdog.disarm()
    if core.values["after_remote"] == "OFF":
        core.bring_up_to_date()
        core.stage.switch(False)


def _reset(core: PowerCore) -> None:
    """*RST: remote control, output off, alarms acknowledged."""
    core.bring_up_to_date()
    core.stage.switch(False)
    core.clear_protection()
    _lock(core, True)


def _monitor(core: PowerCore, on: bool) -> None:
    """SYSTem:COMMunicate:MONitor:ACTion."""
    core.store("monitor", on)
    if on:
        core.watchdog.arm(core.number("monitor_time"))
    else:
        core.watchdog.disarm()


def _monitor_time(core: PowerCore, seconds: float) -> None:
    """SYSTem:COMMunicate:MONitor:TIMe."""
    core.program("monitor_time", seconds)
    if core.watchdog.running:
        core.watchdog.arm(seconds)


def _nominal(rating: str) -> Command:
    node = {"V": "VOLTage", "A": "CURRent", "W": "POWer"}[rating]
    return Command(
        f"SYSTem:NOMinal:{node}?", lambda core: formats.with_unit(core.rating(rating), rating, core.settings)
    )


def _all_measured(core: PowerCore) -> str:
    """MEASure:ARRay?: voltage, current and power in one answer."""
    return ", ".join(formats.with_unit(core.reading(quantity), quantity, core.settings) for quantity in "VAW")


def _adjustment_rows() -> Rows:
    rows: list[Command] = []
    for name, node in (("voltage", "[SOURce]:VOLTage"), ("source_current", "[SOURce]:CURRent")):
        rows += setting(f"{node}:LIMit:LOW", f"{name}_low", _RATINGS[name])
        rows += setting(f"{node}:LIMit:HIGH", f"{name}_high", _RATINGS[name])
    rows += setting("SINK:CURRent:LIMit:LOW", "sink_current_low", "A")
    rows += setting("SINK:CURRent:LIMit:HIGH", "sink_current_high", "A")
    rows += setting("[SOURce]:POWer:LIMit:HIGH", "source_power_high", "W")
    rows += setting("SINK:POWer:LIMit:HIGH", "sink_power_high", "W")
    return tuple(rows)


def _supervision_rows() -> Rows:
    rows: list[Command] = []
    for name, rating in _SUPERVISED.items():
        node = name.removeprefix("sink_").upper()
        header = f"SYSTem:SINK:CONFig:{node}" if name.startswith("sink_") else f"SYSTem:CONFig:{node}"
        rows += setting(f"{header}[:LEVel]", name, rating)
        rows += choice(f"{header}:ACTion", f"{name}_action", _ACTIONS)
    return tuple(rows)


_COMMANDS: Rows = (
    Command("SYSTem:LOCK", _lock, (Boolean(),)),
    Command("SYSTem:LOCK:OWNer?", _owner),
    *setting("[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", "voltage", "V"),
    *setting("[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "source_current", "A"),
    *setting("[SOURce]:POWer[:LEVel][:IMMediate][:AMPLitude]", "source_power", "W"),
    *setting("[SOURce]:RESistance[:LEVel][:IMMediate][:AMPLitude]", "resistance", "OHM"),
    *setting("SINK:CURRent[:LEVel][:IMMediate][:AMPLitude]", "sink_current", "A"),
    *setting("SINK:POWer[:LEVel][:IMMediate][:AMPLitude]", "sink_power", "W"),
    *setting("SINK:RESistance[:LEVel][:IMMediate][:AMPLitude]", "sink_resistance", "OHM"),
    *choice("SYSTem:CONFig:MODE", "resistance_on", {"UIP": "", "UIR": "UIR"}),
    *output("OUTPut[:STATe]"),
    *measurements(),
    Command("MEASure[:SCALar]:ARRay?", _all_measured),
    *setting("[SOURce]:VOLTage:PROTection[:LEVel]", "overvoltage", "V"),
    *setting("[SOURce]:CURRent:PROTection[:LEVel]", "overcurrent", "A"),
    *setting("SINK:CURRent:PROTection[:LEVel]", "sink_overcurrent", "A"),
    *setting("[SOURce]:POWer:PROTection[:LEVel]", "overpower", "W"),
    *setting("SINK:POWer:PROTection[:LEVel]", "sink_overpower", "W"),
    *_adjustment_rows(),
    *_supervision_rows(),
    *choice("POWer:STAGe:AFTer:REMote", "after_remote", {"OFF": "OFF", "AUTO": "AUTO"}),
    *choice("SYSTem:CONFig:OUTPut:RESTore", "restore", {"OFF": "OFF", "AUTO": "AUTO"}),
    Command("SYSTem:COMMunicate:MONitor:ACTion", _monitor, (Boolean(),)),
    Command("SYSTem:COMMunicate:MONitor:ACTion?", lambda core: "ON" if core.values["monitor"] else "OFF"),
    Command("SYSTem:COMMunicate:MONitor:TIMe", _monitor_time, (Quantity("s", ()),)),
    Command("SYSTem:COMMunicate:MONitor:TIMe?", lambda core: str(round(core.number("monitor_time")))),
    _nominal("V"),
    _nominal("A"),
    _nominal("W"),
    Command("SYSTem:NOMinal:RESistance:MINimum?", lambda core: formats.with_unit(0.0, "OHM", core.settings)),
    Command(
        "SYSTem:NOMinal:RESistance:MAXimum?",
        lambda core: formats.with_unit(core.rating("OHM"), "OHM", core.settings),
    ),
)

_SPANS = {
    **{name: Span(rating, 0, 1.02, 0 if name == "voltage" else 1) for name, rating in _RATINGS.items()},
    **{f"{name}_low": Span(_RATINGS[name], 0, 1.02, 0) for name, (low, _) in _ADJUSTABLE.items() if low},
    **{f"{name}_high": Span(_RATINGS[name], 0, 1.02, 1.02) for name in _ADJUSTABLE},
    "resistance": Span("OHM", 0, 1, 0),
    "overvoltage": Span("V", 0, 1.1, 1.1),
    "overcurrent": Span("A", 0, 1.1, 1.1),
    "sink_overcurrent": Span("A", 0, 1.1, 1.1),
    "overpower": Span("W", 0, 1.1, 1.1),
    "sink_overpower": Span("W", 0, 1.1, 1.1),
    "sink_resistance": Span("OHM", 0, 1, 0),
    **{name: Span(rating, 0, 1.1, 0 if "u" in name else 1.1) for name, rating in _SUPERVISED.items()},
    "monitor_time": Span("", 1, 36000, 5),
}

BIDIRECTIONAL = Personality(
    name="ea-psb10000",
    identity=Identity(
        "EA ELEKTRO-AUTOMATIK", "PSB 10080-120 2U", "V3.02 08.07.2022 V2.24", "{maker},{model},{serial},{firmware},"
    ),
    conventions=Conventions(formats.with_unit, boolean=("OFF", "ON")),
    profile=PowerProfile(
        kind="bidirectional",
        spans=_SPANS,
        words={
            "remote": False,
            "resistance_on": "",
            "monitor": False,
            "after_remote": "OFF",
            "restore": "OFF",
            **{f"{name}_action": "NONE" for name in _SUPERVISED},
        },
        bits={
            "OPERation": {"CV": 8, "CC": 9, "CP": 10, "CR": 11, "SINK": 12},
            "QUEStionable": {"OVP": 0, "OCP": 1, "OPP": 2, "OTP": 3, "UVP": 5, "REMOTE": 10, "ON": 11},
        },
        checks=(_needs_remote, _resistance_mode, _within_adjustment_limits),
        reset=_reset,
        expired=_leave_remote,
        error_read=PowerCore.clear_protection,
    ),
    commands=_COMMANDS,
    quirks=Quirks(
        command_time=0.002,
        query_time=0.005,
        gap=0.005,
        refresh=0.01,
        boot_time=5.0,
        idle_disconnect=5.0,
        clients=1,
        error_depth=5,
        longest_message=256,
        longest_compound=5,
        overrun=-225,
        compound_from_root=True,
    ),
)
