"""Whether everything is wired to what the bench file says, shown at voltages that may be touched.

The battery terminals get the unit's nominal voltage, if that may be touched, with little current behind it; the grid
terminals get a few volts while the converter stays in Stop. The unit is asked what apis-main asks, and nothing else: a
driver need not have more. Whoever calls this makes the bench safe afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from hil.bench.bench import Bench
from hil.bench.file import Role
from hil.checking import links
from hil.checking.finding import Finding, note, ok, problem
from hil.converter import DriverError
from hil.converter.values import AllData
from hil.errors import BadInput
from hil.safety import low_trip
from instruments.kinds import BidirectionalSupply, Load, LoadMode, Meter, Supply

BATTERY_AMPERES = 2.0
"""A, enough for a converter in Stop and for its input capacitors."""
GRID_VOLTS = 24.0
"""V, or less where the touch-safe limit is lower."""
GRID_AMPERES = 0.5
SHARE_OF_TOUCH_SAFE = 0.95
"""No terminal is brought nearer to the touch-safe limit."""
COMES_UP = 5.0
"""Seconds in which a terminal must reach its voltage, or be emptied."""
LOOK = 0.1
EMPTY = 5.0
"""V: below this a terminal counts as emptied."""
ZERO_CURRENT = 0.1
"""A: what an ammeter may show while nothing flows."""
AGREEMENT_SHARE, AGREEMENT_VOLTS = 0.02, 1.0
"""Two readings of one voltage agree within this share plus these volts: cables and the converter's own meter."""
BMS_SEEN = 10.0
"""Seconds in which the driver must have read the BMS."""
RSOC_TOLERANCE = 1.5
"""Percent."""


def wiring(bench: Bench) -> Iterator[Finding]:
    """Show the wiring of both sides. The bench is under guard, and every instrument has been taken."""
    bms = bench.battery.bms
    try:
        if bms is not None:
            bms.permit()
            bms.start()
        yield from _battery(bench)
    except BadInput as error:
        yield problem("bms", "line", str(error))
    except DriverError as error:
        yield problem("driver", "answers", str(error))
    finally:
        if bms is not None:
            bms.stop()


def _battery(bench: Bench) -> Iterator[Finding]:
    source = _supply(bench, Role.BATTERY_SOURCE)
    volts = min(bench.files.dut.battery.nominal_v, SHARE_OF_TOUCH_SAFE * bench.files.bench.limits.touch_safe_v)
    if source is None:
        yield note("battery", "wiring", "No battery source, so neither side of the converter can be shown.")
        return
    if not _bring_up(bench, source, volts, BATTERY_AMPERES):
        yield _did_not_come(source, "battery wiring", volts, BATTERY_AMPERES)
        return
    sink = bench.filling(Role.BATTERY_SINK)
    if isinstance(sink, Load):
        told, shown = source.measure().voltage.value, sink.measure().voltage.value
        yield _compare(sink.name, "battery wiring", told, shown, "the load")
    seen = _driver_answers(bench)
    if isinstance(seen, str):
        yield problem(
            "driver",
            "answers",
            f"No usable answer to /all/get at {bench.converter.url} within {bench.files.dut.declared.boot_s:g} s after "
            f"the battery terminals came up at {volts:.1f} V; the last was: {seen}. Is the converter connected, is "
            f"this its driver, and does it read its BMS? {_asked(bench)}",
        )
        return
    yield _compare(source.name, "battery wiring", source.measure().voltage.value, seen.meter.vb, "vb")
    yield from links.driver(bench)
    yield _bms(bench)
    yield from _grid(bench, seen)


def _grid(bench: Bench, before: AllData) -> Iterator[Finding]:
    source = _supply(bench, Role.GRID_SOURCE)
    if before.status.code != "0x0000":
        yield problem(
            "converter", "state", f"It is not in Stop but in {before.status.operation_mode!r}; stop it first."
        )
        return
    if source is None:
        yield note("grid", "wiring", "No grid source, so the wiring of the grid side cannot be shown.")
        return
    volts = min(GRID_VOLTS, SHARE_OF_TOUCH_SAFE * bench.files.bench.limits.touch_safe_v)
    if not _bring_up(bench, source, volts, GRID_AMPERES):
        yield _did_not_come(source, "grid wiring", volts, GRID_AMPERES)
        return
    bench.clock.sleep(1.0)
    told = source.measure().voltage.value
    yield _compare(source.name, "grid wiring", told, bench.converter.status().value.meter.vg, "vg")
    meter, ammeter = _meter(bench, Role.GRID_VOLTMETER), _meter(bench, Role.GRID_AMMETER)
    if meter is not None:
        yield _compare(meter.name, "grid wiring", told, meter.measure().value, "the meter")
    if ammeter is not None:
        yield _no_current(ammeter.name, ammeter.measure().value)
    source.switch(False)
    yield from _sink(bench, source)


def _sink(bench: Bench, source: Supply) -> Iterator[Finding]:
    sink = bench.filling(Role.GRID_SINK)
    if not isinstance(sink, Load):
        return
    sink.set_load(LoadMode.CURRENT, GRID_AMPERES)
    sink.switch(True)
    emptied = bench.clock.wait_until(lambda: _seen(bench, source) < EMPTY, COMES_UP, LOOK)
    sink.switch(False)
    if emptied:
        yield ok(sink.name, "grid wiring", "It empties the grid side when told to.")
    else:
        left = _seen(bench, source)
        yield problem(sink.name, "grid wiring", f"Told to draw, it leaves {left:.1f} V on the grid side. Is it wired?")


def _compare(part: str, topic: str, told: float, seen: float, what: str) -> Finding:
    readings = f"The supply measures {told:.2f} V, {what} shows {seen:.2f} V"
    allowed = AGREEMENT_SHARE * abs(told) + AGREEMENT_VOLTS
    if abs(seen - told) <= allowed:
        return ok(part, topic, f"{readings}.")
    if abs(seen + told) <= allowed:
        return problem(part, topic, f"{readings}: reversed.")
    if abs(seen) <= allowed:
        return problem(part, topic, f"{readings}: not connected to each other, a fuse, or a switch.")
    return problem(part, topic, f"{readings}; {allowed:.1f} V would be fine. Wrong range, scale, or another terminal?")


def _no_current(part: str, amperes: float) -> Finding:
    if abs(amperes) <= ZERO_CURRENT:
        return ok(
            part, "zero", f"Without transfer it shows {amperes:+.3f} A. Its sign shows at the first transfer only."
        )
    return problem(part, "zero", f"Without transfer it shows {amperes:+.3f} A. Look at zero, range, scale and wiring.")


def _bms(bench: Bench) -> Finding:
    stand_in = bench.battery
    if stand_in.bms is None:
        return note("bms", "line", "This bench has no BMS line.")
    seen: list[AllData] = []
    refused = "nothing"

    def agreed() -> bool:
        nonlocal refused
        try:
            seen.append(bench.converter.all().value)
        except DriverError as error:
            refused = str(error)
            return False
        return seen[-1].permitted and abs(seen[-1].rsoc - 100.0 * stand_in.soc) <= RSOC_TOLERANCE

    if bench.clock.wait_until(agreed, BMS_SEEN, LOOK):
        return ok("bms", "line", f"The driver reads {seen[-1].rsoc:g} % and the permission.")
    shown = f"{seen[-1].rsoc:g} %, permission {seen[-1].battery_operation_status}" if seen else refused
    return problem("bms", "line", f"The driver shows {shown}. {_asked(bench)}")


def _asked(bench: Bench) -> str:
    """Say whether anybody asked the BMS."""
    bms = bench.battery.bms
    if bms is None:
        return "This bench has no BMS line."
    if bms.log:
        return f"The BMS was asked {len(bms.log)} times."
    return "Nobody asked the BMS: swap A and B, look at baud and port."


def _supply(bench: Bench, role: Role) -> Supply | None:
    instrument = bench.filling(role)
    return instrument if isinstance(instrument, Supply) else None


def _meter(bench: Bench, role: Role) -> Meter | None:
    """Return the meter in `role`, also one that a person reads."""
    name = bench.files.bench.roles.get(role)
    instrument = None if name is None else bench.instruments[name]
    return instrument if isinstance(instrument, Meter) else None


def _bring_up(bench: Bench, source: Supply, volts: float, amperes: float) -> bool:
    """Switch `source` on with little current behind it, unless its terminals are fed already; tell whether it came."""
    near = AGREEMENT_SHARE * volts + AGREEMENT_VOLTS
    if _seen(bench, source) > volts + near:
        return False
    source.set_current_limit(amperes)
    if isinstance(source, BidirectionalSupply):
        source.set_sink_current_limit(amperes)
    low_trip.program(source, low_trip.just_above(volts, bench.files.bench.limits.touch_safe_v))
    source.set_voltage(volts)
    source.switch(True)
    return bench.clock.wait_until(lambda: abs(_seen(bench, source) - volts) <= near, COMES_UP, LOOK)


def _seen(bench: Bench, source: Supply) -> float:
    """Return the voltage in V at a source's terminals: by itself, or by the voltmeter where a person operates it."""
    by_hand = source.name in bench.files.bench.hands
    return (bench.grid.voltage() if by_hand else source.measure().voltage).value


def _did_not_come(source: Supply, topic: str, volts: float, amperes: float) -> Finding:
    """Say why the voltage may not have come, by what the source shows."""
    shown = source.measure()
    told = f"Told {volts:.1f} V and {amperes:g} A it shows {shown.voltage.value:.1f} V and {shown.current.value:.2f} A"
    if shown.voltage.value > volts:
        why = "Something else feeds these terminals: is it wired to the other side?"
    elif not source.is_on():
        why = (
            "It has switched itself off. Are its sense leads connected, and plus to plus? Without them a supply gives "
            "all it has until its over-voltage protection trips."
        )
    else:
        why = "Reversed (plus to minus), shorted, or loaded by something else: a load with reversed leads does that."
    return problem(source.name, topic, f"{told}. {why}")


def _driver_answers(bench: Bench) -> AllData | str:
    """Return everything that the unit says once its driver has booted, or what was wrong with its last answer."""
    answers: list[AllData] = []
    refused = "nothing"

    def answered() -> bool:
        nonlocal refused
        try:
            answers.append(bench.converter.all().value)
        except DriverError as error:
            refused = str(error)
            return False
        return True

    return answers[-1] if bench.clock.wait_until(answered, bench.files.dut.declared.boot_s, LOOK) else refused
