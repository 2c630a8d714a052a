"""Opens what the bench file names: instruments, and the plan that makes them safe. Opening energises nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import Any

from hil.bench import limits
from hil.bench.dut import DutFile
from hil.bench.file import BenchFile, InstrumentEntry, Role
from hil.bench.files import Files
from hil.bench.peer import Peer, runs
from hil.bench.person import Person
from hil.bench.supervised_converter import SupervisedConverter
from hil.bench.virtual_process import resolve
from hil.clock import Clock
from hil.converter import Converter, Mode
from hil.safety.rules import Rules
from hil.safety.safe_state import SWITCH_BOUND, UNIT_BOUND, HandPart, MeterPart, PowerPart, SafePlan, UnitPart
from instruments.audit import Audit
from instruments.errors import CannotConnect, InstrumentRefused, ProtectionTripped, Unverified
from instruments.kinds import Instrument, Meter, Powered
from instruments.opening import Linking, Measuring, OpenedInstrument, open_instrument
from instruments.powered import PoweredInstrument
from instruments.pymeasure_adapter import PyMeasureSupply, open_pymeasure

STOP_TIMEOUT = 0.6
"""Seconds in which the driver must answer the stop of the safe state."""
RELEASE_BOUND = 1.0
"""Seconds given to the instruments to be handed back to their front panels."""
PEER = "peer"
SOURCES = (Role.BATTERY_SOURCE, Role.GRID_SOURCE)
SINKS = (Role.BATTERY_SINK, Role.GRID_SINK)


def instrument(
    bench: BenchFile,
    dut: DutFile,
    name: str,
    addresses: dict[str, Any],
    clock: Clock,
    audit: Audit | None = None,
    rules: Rules | None = None,
    person: Person | None = None,
    off_if_mute: bool = False,
) -> Instrument:
    """Open the instrument `name` of the bench file. Raises CannotConnect or BadInput with a sentence.

    person: who operates those that no program can. rules: those of the bench; without them the instrument can never be
    made to energise anything. off_if_mute: in an emergency, see `open_instrument`.
    """
    entry: InstrumentEntry = bench.instruments[name]
    address = resolve(entry.address, addresses.get("instruments", {}))
    allowed = limits.of_instrument(bench, dut, name)
    known = rules_of(bench) if rules is None else rules
    opened: PyMeasureSupply | OpenedInstrument
    if entry.pymeasure is not None:
        names = entry.pymeasure
        opened = open_pymeasure(
            name, names.driver, address, clock, allowed, names, audit=audit, rule=known, idn=entry.idn
        )
    else:
        opened = open_instrument(
            name,
            entry.kind,
            entry.dialect,
            address,
            clock,
            limits=allowed,
            audit=audit,
            rule=known,
            allow_unverified=entry.allow_unverified,
            expected_idn=entry.idn or None,
            measuring=_measuring(entry),
            channel=entry.channel,
            linking=Linking(entry.timeout_s, baud=entry.baud),
            ask=None if person is None else person.ask,
            off_if_mute=off_if_mute,
        )
        _require_usable(opened)
    opened.watch(lambda reading: known.note(name, reading))
    return opened


def _measuring(entry: InstrumentEntry) -> Measuring:
    return Measuring(entry.unit, entry.scale, entry.shunt_ohm, entry.measuring_range, entry.aperture_s, entry.buffered)


def _require_usable(opened: OpenedInstrument) -> None:
    """Close what may not be energised or made safe as its dialect stands. Raises Unverified."""
    if isinstance(opened, PoweredInstrument):
        try:
            opened.require_usable()
        except Unverified:
            opened.close()
            raise


def rules_of(bench: BenchFile) -> Rules:
    """Return the rules across the instruments of this bench, closed."""
    kinds = {name: entry.kind for name, entry in bench.instruments.items()}
    return Rules(kinds, {name: limits.side_of(bench, name) for name in bench.instruments})


def converter(
    bench: BenchFile,
    dut: DutFile,
    addresses: dict[str, Any],
    clock: Clock,
    rules: Rules,
    audit: Audit | None = None,
) -> SupervisedConverter:
    """Return the typed client of the driver's Web API. Sends nothing."""
    return SupervisedConverter(
        resolve(bench.driver.url, addresses),
        clock,
        audit,
        limits.of_converter(bench, dut),
        bench.driver.timeout_s,
        rules,
        bench.limits.temperature_c,
    )


def peer(
    bench: BenchFile,
    dut: DutFile,
    addresses: dict[str, Any],
    clock: Clock,
    rules: Rules,
    audit: Audit | None = None,
) -> Peer | None:
    """Return the typed client of the peer's driver, None where the bench has no peer. Sends nothing."""
    entry = bench.peer
    if entry is None:
        return None
    allowed = limits.of_peer(bench, dut, entry)
    url = resolve(entry.url, addresses)
    return Peer(url, clock, audit, allowed, entry.timeout_s, rules, bench.limits.temperature_c, PEER)


def peer_part(url: str, clock: Clock, dvg: float, audit: Audit | None = None) -> UnitPart:
    """Return the peer at `url` as the safe state sees it, on connections of its own."""
    unit = Converter(url, clock, audit=audit, timeout=UNIT_BOUND, name=PEER)
    return UnitPart(PEER, stopping(unit, dvg), lambda: runs(unit))


def stopping(unit: Converter, dvg: float) -> Callable[[], object]:
    """Return the call that stops the converter; `dvg` is the set-point it is left with, in V."""
    return lambda: unit.set_mode(Mode.STOP, dvg, 0.0, 0.0)


def safe_plan(
    bench: BenchFile,
    reach: Callable[[str], Instrument],
    stop_converter: Callable[[], object] | None,
    units: tuple[UnitPart, ...],
    person: Person,
) -> SafePlan:
    """Return the plan of the safe state for this bench. `reach` gives the open instrument of a name.

    What `person` operates is not reached: it is switched off by hand, and the other instruments measure what it fed.
    """
    parts = []
    for name in dict.fromkeys(bench.roles[role] for role in (*SOURCES, *SINKS) if role in bench.roles):
        if name in bench.hands:
            continue
        roles = {role for role, filled in bench.roles.items() if filled == name}
        drain = min(1.0, limits_of_drain(bench, name)) if roles & set(SINKS) else 0.0
        parts.append(PowerPart(name, _powered(reach, name), bool(roles & set(SOURCES)), drain))
    meters = []
    voltmeter = bench.assessing.get(Role.GRID_VOLTMETER)
    if voltmeter is not None:
        meters.append(MeterPart(voltmeter, _meter(reach, voltmeter)))
    hands = tuple(HandPart(name, _switching_off(person, name)) for name in bench.hands)
    return SafePlan(tuple(parts), tuple(meters), stop_converter, bench.limits.touch_safe_v, units=units, hands=hands)


def _switching_off(person: Person, name: str) -> Callable[[], None]:
    return lambda: person.have_switched_off(name)


def limits_of_drain(bench: BenchFile, name: str) -> float:
    """Return the largest current in A with which the sink `name` may drain its node."""
    on_grid = limits.is_on_grid(bench, name)
    return bench.limits.grid_current_a if on_grid else bench.limits.battery_current_a


def _powered(reach: Callable[[str], Instrument], name: str) -> Callable[[], Powered]:
    def get() -> Powered:
        part = reach(name)
        assert isinstance(part, Powered)
        return part

    return get


def _meter(reach: Callable[[str], Instrument], name: str) -> Callable[[], Meter]:
    def get() -> Meter:
        part = reach(name)
        assert isinstance(part, Meter)
        return part

    return get


class Reopening:
    """Gives open instruments by name, opening each on its first use.

    bound: seconds for which a refused connection is tried again; a single-session instrument may still hold the
    dead connection of another process. Several workers may ask at once.
    """

    def __init__(self, open_one: Callable[[str], Instrument], clock: Clock, bound: float) -> None:
        self._open_one = open_one
        self._clock = clock
        self._bound = bound
        self._known: dict[str, Instrument] = {}
        self._locks: dict[str, AbstractContextManager[object]] = {}

    def __call__(self, name: str) -> Instrument:
        """Return the instrument `name`. Raises CannotConnect when it stays out of reach."""
        with self._locks.setdefault(name, self._clock.lock()):
            if name not in self._known:
                self._known[name] = self._patiently(name)
            return self._known[name]

    def adopt(self, instruments: dict[str, Instrument]) -> None:
        """Take over instruments that are open already."""
        self._known.update(instruments)

    def release(self, proven: bool) -> None:
        """Hand every open instrument back to its front panel and close its link, each within a bound of time.

        proven: the bench is known to be safe. If not, the instruments' own watchdogs stay armed: what is still on hears
        nothing any more, and that switches it off.
        """
        known, self._known = self._known, {}
        calls = [self._clock.start(_releasing(part, proven), f"release {name}") for name, part in known.items()]
        self._clock.wait_until(lambda: all(call.done for call in calls), RELEASE_BOUND)

    def _patiently(self, name: str) -> Instrument:
        end = self._clock.now() + self._bound
        while True:
            try:
                return self._open_one(name)
            except CannotConnect:
                if self._clock.now() >= end:
                    raise
                self._clock.sleep(0.05)


def _releasing(part: Instrument, proven: bool) -> Callable[[], None]:
    def release() -> None:
        try:
            if proven:
                part.disarm_watchdog()
            part.give_back()
        finally:
            part.close()

    return release


def fresh_safe_plan(
    files: Files, addresses: dict[str, Any], clock: Clock, bound: float, person: Person
) -> tuple[SafePlan, Callable[[bool], None]]:
    """Return a plan whose instruments are opened anew, for whoever acts when the run can no longer; and its end.

    The end is told whether the bench was proven safe.
    """
    bench, dut = files.bench, files.dut
    sources = {bench.roles[role] for role in SOURCES if role in bench.roles}

    def open_one(name: str) -> Instrument:
        opened = instrument(bench, dut, name, addresses, clock, off_if_mute=True)
        if name not in sources:  # a source is told off first: a remote lock asks questions
            _take_remote(opened)
        return opened

    reach = Reopening(open_one, clock, bound)
    unit = Converter(resolve(bench.driver.url, addresses), clock, timeout=STOP_TIMEOUT)
    volts, entry = files.resting_voltage, bench.peer
    peers = () if entry is None else (peer_part(resolve(entry.url, addresses), clock, volts),)
    plan = safe_plan(bench, reach, stopping(unit, volts), peers, person)
    parts = tuple(replace(part, off=_off_anew(part)) if part.is_source else part for part in plan.parts)
    return replace(plan, parts=parts, switch_bound=bound + SWITCH_BOUND), reach.release


def _off_anew(part: PowerPart) -> Callable[[], object]:
    """Return what switches off a source that nobody has taken yet: told off first, asked afterwards."""

    def off() -> None:
        source = part.reach()
        if isinstance(source, PoweredInstrument):
            source.switch_off_unheard()
        _take_remote(source)
        source.switch(False)

    return off


def _take_remote(opened: Instrument) -> None:
    """Take the remote lock. An alarm that is still latched, or a refusal, must not keep anybody from switching off."""
    with suppress(InstrumentRefused, ProtectionTripped, Unverified):
        opened.take_remote()


def free_virtual_time(host: str, port: int) -> None:
    """Take the time of a virtual bench from a frozen run; it follows the wall clock from now on."""
    with socket.create_connection((host, port), timeout=1.0) as wire:
        wire.sendall(json.dumps({"free": True}).encode() + b"\n")
        wire.recv(4096)
