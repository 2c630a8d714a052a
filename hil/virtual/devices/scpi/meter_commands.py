"""The command table of the bench multimeter."""

from __future__ import annotations

import math
from typing import Literal

from hil.virtual.devices.scpi.command import Command, Handler, Response, Slow
from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.meter_model import MeterCore
from hil.virtual.devices.scpi.parameters import INFINITY, Boolean, Choice, Integer, Quantity, Text
from hil.virtual.devices.scpi.rows import ignored

MOST_SAMPLES = 1_000_000
SHORTEST_APERTURE, LONGEST_APERTURE = 20e-6, 1.0
LONGEST_TIME = 3600.0

_RANGE_WORDS = ("MINimum", "MAXimum", "DEFault", "AUTO")
_UNITS = {"VOLT": "V", "CURR": "A"}
_NODES = {"VOLT": "VOLTage[:DC]", "CURR": "CURRent[:DC]"}


def _write(core: MeterCore, value: float) -> str:
    return core.conventions.number(value, "", core.settings)


def _range_asked(core: MeterCore, function: str, wanted: float | str) -> float | None:
    if wanted in ("AUTO", "DEF"):
        return None
    ranges = core.ranges(function)
    return {"MIN": ranges[0], "MAX": ranges[-1]}[wanted] if isinstance(wanted, str) else wanted


def _configure(function: str) -> Handler:
    def configure(core: MeterCore, wanted: float | str = "AUTO", _resolution: float | str = "DEF") -> None:
        core.configure(function, _range_asked(core, function, wanted))

    return configure


def _measure(function: str) -> Handler:
    def measure(core: MeterCore, wanted: float | str = "AUTO", _resolution: float | str = "DEF") -> Slow:
        core.configure(function, _range_asked(core, function, wanted))
        return _read(core)

    return measure


def _describe(core: MeterCore) -> str:
    """CONFigure?: function, range and resolution."""
    reach = core.present_range(core.function)
    return f'"{core.function} {_write(core, reach)},{_write(core, reach * 1e-6)}"'


def _initiate(core: MeterCore) -> None:
    core.initiate()


def _completed_readings(core: MeterCore) -> Slow:
    while core.pending is not None:
        yield core.pending
    if not core.memory:
        raise ScpiError(-230)
    return ",".join(_write(core, reading) for reading in core.memory)


def _read(core: MeterCore) -> Slow:
    """READ?: start, wait, answer. A trigger from the bus cannot come while it waits."""
    if core.trigger_source == "BUS":
        raise ScpiError(-214)
    if math.isinf(core.trigger_count):
        raise ScpiError(-221)
    core.initiate()
    answer = yield from _completed_readings(core)
    return answer


def _fetch(core: MeterCore) -> Response:
    """FETCh?: wait for the measurement to end and answer every reading in memory; they stay there."""
    return _completed_readings(core)


def _take(core: MeterCore, most: float) -> str:
    count = min(int(most), len(core.memory))
    return ",".join(_write(core, core.memory.popleft()) for _ in range(count))


def _remove_block(core: MeterCore, most: float = MOST_SAMPLES) -> str:
    """R?: what is in memory now, oldest first, as a definite-length block; it is removed."""
    readings = _take(core, most)
    length = str(len(readings))
    return f"#{len(length)}{length}{readings}"


def _remove(core: MeterCore, count: float, wait: str = "") -> Response:
    """DATA:REMove?: exactly `count` readings; fewer in memory is -222, unless told to wait for them."""
    if wait:
        return _remove_when_there(core, count)
    if count > len(core.memory):
        raise ScpiError(-222)
    return _take(core, count)


def _remove_when_there(core: MeterCore, count: float) -> Slow:
    while len(core.memory) < count:
        if core.pending is None:
            raise ScpiError(-222)
        yield core.stored()
    return _take(core, count)


def _last(core: MeterCore) -> str:
    """DATA:LAST?: the latest reading with its unit; 9.91E37 before the first."""
    unit = "VDC" if core.function == "VOLT" else "ADC"
    return f"{_write(core, 9.91e37 if core.last is None else core.last)} {unit}"


def _set_plc(function: str) -> Handler:
    def set_plc(core: MeterCore, wanted: float | str) -> None:
        offered = core.profile.plc
        words = {"MIN": offered[0], "MAX": offered[-1], "DEF": core.profile.default_plc}
        cycles = words[wanted] if isinstance(wanted, str) else wanted
        if not offered[0] <= cycles <= offered[-1]:
            raise ScpiError(-222)
        core.functions[function].plc = next(step for step in offered if step >= cycles)
        core.functions[function].aperture = None

    return set_plc


def _set_aperture(function: str) -> Handler:
    def set_aperture(core: MeterCore, wanted: float | str) -> None:
        words = {"MIN": SHORTEST_APERTURE, "MAX": LONGEST_APERTURE, "DEF": 0.1}
        seconds = words[wanted] if isinstance(wanted, str) else wanted
        if not SHORTEST_APERTURE <= seconds <= LONGEST_APERTURE:
            raise ScpiError(-222)
        core.functions[function].aperture = seconds

    return set_aperture


def _set_range(function: str) -> Handler:
    return lambda core, wanted: core.set_range(function, _range_asked(core, function, wanted))


def _set_autorange(function: str) -> Handler:
    def set_autorange(core: MeterCore, on: bool) -> None:
        core.functions[function].range = None if on else core.present_range(function)

    return set_autorange


def _set_autozero(function: str) -> Handler:
    def set_autozero(core: MeterCore, on: bool) -> None:
        core.functions[function].autozero = on

    return set_autozero


def _function_rows(name: str) -> tuple[Command, ...]:
    """Return the rows of one measuring function: configuration, measurement and its SENSe settings."""
    node, ranged = _NODES[name], (Quantity(_UNITS[name], _RANGE_WORDS), Quantity(_UNITS[name]))
    optional_node = node.replace("VOLTage", "[VOLTage]") if name == "VOLT" else node
    sense = f"[SENSe]:{node}"

    def ask_aperture(core: MeterCore) -> str:
        function = core.functions[name]
        return _write(core, function.aperture or function.plc / core.profile.line_frequency)

    return (
        Command(f"CONFigure:{optional_node}", _configure(name), ranged, optional=2),
        Command(f"MEASure:{optional_node}?", _measure(name), ranged, optional=2),
        Command(f"{sense}:NPLC", _set_plc(name), (Quantity("PLC"),)),
        Command(f"{sense}:NPLC?", lambda core: _write(core, core.functions[name].plc)),
        Command(f"{sense}:APERture", _set_aperture(name), (Quantity("s"),)),
        Command(f"{sense}:APERture?", ask_aperture),
        Command(f"{sense}:RANGe[:UPPer]", _set_range(name), (Quantity(_UNITS[name], _RANGE_WORDS),)),
        Command(f"{sense}:RANGe[:UPPer]?", lambda core: _write(core, core.present_range(name))),
        Command(f"{sense}:RANGe:AUTO", _set_autorange(name), (Boolean(),)),
        Command(f"{sense}:RANGe:AUTO?", lambda core: str(int(core.functions[name].range is None))),
        Command(f"{sense}:ZERO:AUTO", _set_autozero(name), (Boolean(),)),
        Command(f"{sense}:ZERO:AUTO?", lambda core: str(int(core.functions[name].autozero))),
    )


def _select(core: MeterCore, text: str) -> None:
    """FUNCtion "VOLT:DC": select without touching the function's settings."""
    name = {"VOLT": "VOLT", "VOLTAGE": "VOLT", "CURR": "CURR", "CURRENT": "CURR"}.get(text.upper().removesuffix(":DC"))
    if name is None:
        raise ScpiError(-224)
    core.abort()
    core.function = name


_Figure = Literal["sample_count", "sample_timer", "trigger_count", "trigger_delay", "trigger_timer"]


def _figure(header: str, name: _Figure, unit: str, low: float, high: float, default: float) -> tuple[Command, ...]:
    """Return set and query of a number of the trigger model."""
    bounds = {"MIN": low, "MAX": high, "DEF": default, "INF": math.inf}
    words = ("MINimum", "MAXimum", "DEFault", *(("INFinity",) if name == "trigger_count" else ()))

    def change(core: MeterCore, wanted: float | str) -> None:
        number = bounds[wanted] if isinstance(wanted, str) else wanted
        if number >= INFINITY and "INFinity" in words:
            number = math.inf
        elif not low <= number <= high:
            raise ScpiError(-222)
        setattr(core, name, float(round(number)) if not unit and math.isfinite(number) else number)

    def ask(core: MeterCore, word: str | None = None) -> str:
        number = getattr(core, name) if word is None else bounds[word]
        return _write(core, INFINITY if math.isinf(number) else number)

    return (
        Command(header, change, (Quantity(unit, words),)),
        Command(f"{header}?", ask, (Choice(("MINimum", "MAXimum", "DEFault")),), optional=1),
    )


def _source(
    header: str, name: Literal["sample_source", "trigger_source"], words: tuple[str, ...]
) -> tuple[Command, ...]:
    return (
        Command(header, lambda core, word: setattr(core, name, word), (Choice(words),)),
        Command(f"{header}?", lambda core: str(getattr(core, name))),
    )


COMMANDS: tuple[Command, ...] = (
    *_function_rows("VOLT"),
    *_function_rows("CURR"),
    Command("CONFigure?", _describe),
    Command("[SENSe]:FUNCtion[:ON]", _select, (Text(),)),
    Command("[SENSe]:FUNCtion[:ON]?", lambda core: f'"{core.function}"'),
    Command("INITiate[:IMMediate]", _initiate),
    Command("READ?", _read),
    Command("FETCh?", _fetch),
    Command("ABORt", lambda core: core.abort()),
    Command("*TRG", lambda core: core.trigger()),
    Command("R?", _remove_block, (Integer(1, MOST_SAMPLES),), optional=1),
    Command("DATA:POINts?", lambda core: str(len(core.memory))),
    Command("DATA:REMove?", _remove, (Integer(1, MOST_SAMPLES), Choice(("WAIT",))), optional=1),
    Command("DATA:LAST?", _last),
    *_figure("SAMPle:COUNt", "sample_count", "", 1, MOST_SAMPLES, 1),
    *_figure("SAMPle:TIMer", "sample_timer", "s", SHORTEST_APERTURE, LONGEST_TIME, 1),
    *_source("SAMPle:SOURce", "sample_source", ("IMMediate", "TIMer")),
    *_figure("TRIGger:COUNt", "trigger_count", "", 1, MOST_SAMPLES, 1),
    *_figure("TRIGger:DELay", "trigger_delay", "s", 0, LONGEST_TIME, 0),
    *_figure("TRIGger:TIMer", "trigger_timer", "s", SHORTEST_APERTURE, LONGEST_TIME, 1),
    *_source("TRIGger:SOURce", "trigger_source", ("IMMediate", "EXTernal", "BUS", "TIMer")),
    Command("ROUTe:TERMinals?", lambda _core: "FRON"),
    *ignored("SYSTem:LOCal"),
    *ignored("SYSTem:REMote"),
    *ignored("SYSTem:RWLock"),
    *ignored("DISPlay[:STATe]", "1"),
)
