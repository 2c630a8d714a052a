"""Programs every instrument's own protections and watchdog, and says what it has and what it lacks."""

from __future__ import annotations

from collections.abc import Callable

from hil.bench import limits
from hil.bench.files import Files
from hil.safety.watching import Bounds
from instruments.errors import InstrumentRefused, NotProvided, Unverified
from instruments.kinds import BidirectionalSupply, Powered, Supply
from instruments.limits import Limits
from instruments.powered import PoweredInstrument


def protect(files: Files, name: str, instrument: Powered) -> dict[str, str]:
    """Program protections with read-back and arm the watchdog; return what was set, or why it could not be.

    What an instrument does not have is left to the envelope and the supervisor. Raises InstrumentRefused when it has
    it and does not take it.
    """
    allowed = limits.of_instrument(files.bench, files.dut, name)
    done: dict[str, str] = {}
    if allowed.overvoltage_max is not None:
        volts = allowed.overvoltage_max
        done["over-voltage"] = _tried(lambda: instrument.set_overvoltage_protection(volts), f"{volts:g} V, read back")
    if allowed.overcurrent_max is not None and max(allowed.source_current_max, allowed.sink_current_max) > 0.0:
        amperes = allowed.overcurrent_max
        done["over-current"] = _tried(
            lambda: instrument.set_overcurrent_protection(amperes), f"{amperes:g} A, read back"
        )
    done.update(_power_limits(instrument, allowed.power_max))
    if isinstance(instrument, PoweredInstrument):
        done.update(_slew(instrument, allowed))
    done["watchdog"] = _watchdog(instrument, files.bench.safety.watchdog)
    return done


def _power_limits(instrument: Powered, watts: float) -> dict[str, str]:
    """Program the power limits that the instrument has: one left at 0 W would give nothing."""
    done: dict[str, str] = {}
    if isinstance(instrument, Supply):
        done["power"] = _tried(lambda: instrument.set_power_limit(watts), f"{watts:g} W")
    if isinstance(instrument, BidirectionalSupply):
        done["sink power"] = _tried(lambda: instrument.set_sink_power_limit(watts), f"{watts:g} W")
    return {what: words for what, words in done.items() if not words.startswith("none")}


def _slew(instrument: PoweredInstrument, allowed: Limits) -> dict[str, str]:
    """Slow the instrument down to the limits of the bench, where it states some and the instrument can."""
    done: dict[str, str] = {}
    if allowed.voltage_slew_max is not None:
        volts = allowed.voltage_slew_max
        done["voltage slew"] = _confirmed(lambda: instrument.limit_voltage_slew(volts), f"{volts:g} V/s, read back")
    if allowed.current_slew_max is not None:
        amperes = allowed.current_slew_max
        done["current slew"] = _confirmed(lambda: instrument.limit_current_slew(amperes), f"{amperes:g} A/s, read back")
    return done


def _confirmed(action: Callable[[], None], success: str) -> str:
    """Do as `_tried`, and leave undone what no manual confirms: the instrument is then as fast as it is."""
    try:
        return _tried(action, success)
    except Unverified as error:
        return f"not set: {error}"


def bounds(files: Files) -> dict[str, Bounds]:
    """Return what may be measured at each instrument of the bench."""
    return {name: limits.bounds_of(files.bench, files.dut, name) for name in files.bench.instruments}


def _watchdog(instrument: Powered, seconds: float) -> str:
    try:
        armed = instrument.arm_watchdog(seconds)
    except Unverified as error:
        return f"not armed: {error}"
    return f"{seconds:g} s" if armed else "none"


def _tried(action: Callable[[], None], success: str) -> str:
    try:
        action()
    except NotProvided as error:
        return f"none: {error}"
    except InstrumentRefused as error:
        raise InstrumentRefused(
            f"{error} Its limits in the bench file ask for {success.removesuffix(', read back')}. Is it the instrument "
            "that the bench file means, and do max_voltage_v and max_current_a lie within its rating?"
        ) from error
    return success
