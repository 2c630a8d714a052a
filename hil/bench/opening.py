"""Opens a bench: lock, virtual bench if it is one, links to every instrument and to the driver. Energises nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil import processors
from hil.battery import (
    BatteryEmulator,
    BatteryModel,
    BatteryStandIn,
    Bms,
    BmsSettings,
    make_terminals,
)
from hil.battery.first_lift import FirstLift
from hil.battery.terminals import Terminals
from hil.bench import agreement, connecting, limits
from hil.bench.bench import Bench
from hil.bench.file import BenchFile, Role
from hil.bench.files import Files
from hil.bench.person import Nobody, Person, Terminal
from hil.bench.stopping import identity_of
from hil.bench.virtual_process import (
    PREFIX,
    AttachedVirtualBench,
    VirtualBenchProcess,
    VirtualOptions,
    reach,
    resolve,
)
from hil.clock import Clock, RealClock, SteppedClock
from hil.converter import Converter, DriverError
from hil.errors import BadInput, BenchTrouble, NotProvenSafe
from hil.grid import GridSide
from hil.safety.audit import SteadyAudit
from hil.safety.guarding import Guard
from hil.safety.interlock import Interlock
from hil.safety.lock import IN_USE, LOCKED, UNKNOWN, BenchLock
from instruments.audit import Audit
from instruments.errors import InstrumentError, Unverified
from instruments.kinds import Instrument

NOTHING_CHANGED = VirtualOptions()
VirtualBench = VirtualBenchProcess | AttachedVirtualBench
REACH_BOUND = 2.0
"""Seconds for which a lost instrument is looked for when the bench is made safe."""


@dataclass(frozen=True)
class Opening:
    """How to open a bench: what to change on a virtual one, where messages go, where the guard leaves its report.

    asking: told whether a question to a person is open at the terminal. flush: hands the messages written so far to the
    operating system; raises OSError when the disk is full.
    """

    virtual: VirtualOptions = NOTHING_CHANGED
    audit: Audit | None = None
    flush: Callable[[], None] = lambda: None
    guard_report: Path | None = None
    asking: Callable[[bool], None] = lambda _: None


@contextmanager
def open_bench(files: Files, how: Opening) -> Iterator[Bench]:
    """Open the bench and close it again; when it was armed it is made safe before.

    Raises BadInput, or NotProvenSafe for a bench that is locked because it was left energised.
    """
    with ExitStack() as stack:
        bench = _open(files, how, stack)
        stack.callback(bench.close)
        try:
            yield bench
        finally:
            bench.make_safe()


def _open(files: Files, how: Opening, stack: ExitStack) -> Bench:
    process = None
    if files.bench.virtual is not None:
        process = reach(files.bench_path, how.virtual)
        stack.callback(process.end)
    elif how.virtual != NOTHING_CHANGED:
        raise BadInput(f"{files.bench_path} describes no virtual bench, so defects, seed and speed cannot be chosen.")
    addresses: dict[str, Any] = process.addresses if process is not None else {}
    identity = identity_of(files, None if process is None else process.identity)
    lock = BenchLock(identity)
    left = lock.acquire()
    stack.callback(lock.forget if isinstance(process, VirtualBenchProcess) else lock.release)
    if left.state == LOCKED:
        raise NotProvenSafe(
            f"Bench '{identity}' is locked since {left.when}: {left.reason} Look at it, switch off what is on, then "
            f"clear it with 'hil stop --bench {files.bench_path} --clear'."
        )
    clock = _clock(files.bench, process, how.virtual)
    if isinstance(clock, SteppedClock) and isinstance(process, VirtualBenchProcess):
        stack.enter_context(processors.on_one(process.pid))
    person = _person(files.bench, how)
    stack.callback(person.close)
    try:
        bench = _connect(files, how, clock, addresses, lock, _checks(files, stack), person)
    except (InstrumentError, Unverified, ValueError, DriverError, BenchTrouble) as error:
        raise BadInput(
            f"The bench of {files.bench_path} could not be opened, nothing was energised. {error}"
        ) from error
    bench.start_guard = lambda: Guard(_order(files, addresses, process, identity, how))
    bench.unknown = left.reason if left.state == UNKNOWN else None
    lock.say(IN_USE, f"opened by process {os.getpid()}")
    return bench


def _person(bench: BenchFile, how: Opening) -> Person:
    """Return who operates what no program can. Raises BadInput where somebody is needed and nobody can be asked."""
    if not bench.by_hand:
        return Nobody("no instrument of this bench needs anybody")
    try:
        return Terminal(how.asking)
    except BadInput as error:
        raise BadInput(
            f"A person operates {', '.join(bench.by_hand)} of this bench. {error} Run it from a terminal, in the "
            "foreground; nothing was energised."
        ) from error


def _checks(files: Files, stack: ExitStack) -> list[Callable[[], None]]:
    """Return what is asked beside the parts of the bench whether all is well."""
    entry = files.bench.safety.interlock
    if entry is None:
        return []
    interlock = Interlock(entry.port, entry.line)
    stack.callback(interlock.close)
    return [interlock.check]


def _clock(bench: BenchFile, process: VirtualBench | None, options: VirtualOptions) -> Clock:
    """Return real time, except on a virtual bench of our own whose speed is stepped."""
    speed = options.speed or (bench.virtual.speed if bench.virtual is not None else None)
    if process is None or options.attach is not None or speed != "stepped":
        return RealClock()
    addresses = [entry.address for entry in bench.instruments.values()] + [bench.driver.url, bench.bms.port]
    addresses += [bench.peer.url] if bench.peer is not None else []
    real = [address for address in addresses if not address.startswith(PREFIX)]
    if real:
        raise BadInput(
            f"The address '{real[0]}' is not on the virtual bench, and stepped time exists only there. Set "
            'speed = "realtime" in [virtual].'
        )
    return SteppedClock(*process.time_wire)


def _connect(
    files: Files,
    how: Opening,
    clock: Clock,
    addresses: dict[str, Any],
    lock: BenchLock,
    checks: list[Callable[[], None]],
    person: Person,
) -> Bench:
    audit = None if how.audit is None else SteadyAudit(how.audit, how.flush)
    rules = connecting.rules_of(files.bench)

    def open_one(name: str) -> Instrument:
        return connecting.instrument(files.bench, files.dut, name, addresses, clock, audit, rules, person)

    reach = connecting.Reopening(open_one, clock, REACH_BOUND)
    instruments = {name: open_one(name) for name in files.bench.instruments}
    reach.adopt(instruments)
    converter = connecting.converter(files.bench, files.dut, addresses, clock, rules, audit)
    version = _require_driver(converter) if files.bench.driver.powered_by == "own" else ""
    peer = connecting.peer(files.bench, files.dut, addresses, clock, rules, audit)
    if peer is not None:
        _require_driver(peer)
    return Bench(
        files=files,
        clock=clock,
        instruments=instruments,
        reach=reach,
        person=person,
        converter=converter,
        peer=peer,
        battery=_battery(files, instruments, clock, addresses),
        grid=_grid(files, instruments, clock),
        lock=lock,
        rules=rules,
        driver_version=version,
        checks=checks if audit is None else [*checks, audit.check],
    )


def _require_driver(converter: Converter) -> str:
    """Ask whether a driver answers at all; return its answer, whose content the suites judge. Raises BadInput."""
    try:
        body = converter.call("/version/get").text.strip()
    except DriverError as error:
        raise BadInput(
            f"No driver answers at {converter.url}, nothing was energised. {error}. Look at its address and whether it "
            'runs; if its board lives on the battery terminals, say powered_by = "battery" in [driver] of the bench '
            "file."
        ) from error
    if body.startswith("<"):
        raise BadInput(
            f"What answers GET /version/get at {converter.url} is a web page ({body[:40]!r}), not a driver. Look at "
            "the address in the bench file."
        )
    return " ".join(body.replace('"', "").strip("{}").split())[:200]


def _battery(
    files: Files, instruments: dict[str, Instrument], clock: Clock, addresses: dict[str, Any]
) -> BatteryStandIn:
    bench = files.bench
    settings = bench.emulator
    model = BatteryModel(bench.battery)
    emulator = BatteryEmulator(model, terminals_of(bench, instruments), clock, settings, _first_lift(files))
    port = resolve(bench.bms.port, addresses)
    bms = Bms(BmsSettings(port=port, baud_rate=bench.bms.baud, unit=bench.bms.unit), lambda: model.soc, clock)
    return BatteryStandIn(emulator, bms)


def _first_lift(files: Files) -> FirstLift:
    """Return how the battery proves itself: by the accuracies that the bench file states, and its source's trip."""
    bench, touch_safe = files.bench, files.bench.limits.touch_safe_v
    source = bench.roles[Role.BATTERY_SOURCE]
    names = {source, bench.roles.get(Role.BATTERY_SINK, source)}
    apart = agreement.apart([touch_safe], [bench.instruments[name].voltage for name in names], agreement.CABLES)
    return FirstLift(touch_safe, limits.of_instrument(bench, files.dut, source).overvoltage_max, apart)


def terminals_of(bench: BenchFile, instruments: dict[str, Instrument]) -> Terminals:
    """Return the battery's terminals as the roles of the bench file make them. Raises BadInput."""
    source, sink = bench.roles.get(Role.BATTERY_SOURCE), bench.roles.get(Role.BATTERY_SINK)
    if source is None:
        raise BadInput("The bench file fills no role 'battery_source'; without it no converter can run.")
    settings = bench.emulator
    return make_terminals(
        instruments[source],  # type: ignore[arg-type]  # its kind was checked when the bench file was read
        None if sink is None else instruments[sink],  # type: ignore[arg-type]
        bench.pair,
        settings.resolution,
        settings.period,
    )


def _grid(files: Files, instruments: dict[str, Instrument], clock: Clock) -> GridSide:
    def filling(role: Role) -> Any:
        name = files.bench.assessing.get(role)
        return None if name is None else instruments[name]

    return GridSide(
        filling(Role.GRID_SOURCE),
        filling(Role.GRID_SINK),
        filling(Role.GRID_VOLTMETER),
        filling(Role.GRID_AMMETER),
        clock,
        files.bench.grid.model_copy(update={"touch_safe": files.bench.limits.touch_safe_v}),
        _grid_trip(files),
    )


def _grid_trip(files: Files) -> float | None:
    """Return the over-voltage trip with which the grid source works; None where a person would have to set it."""
    name = files.bench.roles.get(Role.GRID_SOURCE)
    if name is None or name in files.bench.hands:
        return None
    return limits.of_instrument(files.bench, files.dut, name).overvoltage_max


def _order(
    files: Files, addresses: dict[str, Any], process: VirtualBench | None, identity: str, how: Opening
) -> dict[str, Any]:
    return {
        "bench": str(files.bench_path),
        "policy": str(files.policy_path),
        "hwconfig": str(files.hwconfig_path),
        "addresses": addresses,
        "identity": identity,
        "passing": isinstance(process, VirtualBenchProcess),
        "freeze_s": files.bench.safety.freeze_s,
        "time_wire": process.time_wire if process is not None else None,
        "report": str(how.guard_report) if how.guard_report is not None else None,
    }
