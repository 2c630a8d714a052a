"""Opening an instrument: the right link, the right class, and proof that it is the right one. Energises nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from instruments.audit import Audit
from instruments.bidirectional import DialectBidirectionalSupply
from instruments.dialect import Dialect, Kind, load_dialect
from instruments.envelope import CrossRule, Envelope
from instruments.errors import CannotConnect, InstrumentError
from instruments.kinds import Identity
from instruments.limits import Limits
from instruments.load import DialectLoad
from instruments.manual import DIALECT, PersonLink
from instruments.meter import DialectMeter
from instruments.powered import PoweredInstrument
from instruments.scpi_instrument import Link, ScpiInstrument
from instruments.supply import DialectSupply
from instruments.timing import Timekeeper
from instruments.transport import Transport

POWERED: dict[str, type[DialectSupply] | type[DialectLoad]] = {
    "supply": DialectSupply,
    "bidirectional": DialectBidirectionalSupply,
    "load": DialectLoad,
}

OpenedInstrument = DialectSupply | DialectBidirectionalSupply | DialectLoad | DialectMeter


@dataclass(frozen=True)
class Linking:
    """How to reach an instrument. Times in s: to an answer, to open. backend: pyvisa's. baud: None, the dialect's."""

    timeout: float = 2.0
    open_timeout: float = 2.0
    backend: str = "@py"
    baud: int | None = None


@dataclass(frozen=True)
class Measuring:
    """What a meter is wired for, see `instruments.meter`."""

    unit: str = "V"
    scale: float = 1.0
    shunt: float | None = None
    measuring_range: float | None = None
    aperture: float | None = None
    buffered: bool = False


def open_instrument(
    name: str,
    kind: Kind,
    dialect: str,
    resource: str,
    clock: Timekeeper,
    *,
    limits: Limits | None = None,
    audit: Audit | None = None,
    allow_unverified: bool = False,
    expected_idn: str | None = None,
    ask: Callable[[str], str] | None = None,
    rule: CrossRule | None = None,
    channel: int = 1,
    linking: Linking = Linking(),
    measuring: Measuring = Measuring(),
    off_if_mute: bool = False,
) -> OpenedInstrument:
    """Open one instrument and check who it is. Sends *IDN? and nothing else, unless `off_if_mute`.

    dialect: its name, or the path of a lab's own .toml file. resource: VISA resource string, or a host name
    alone for a socket on the dialect's own port. limits: needed for all kinds but meters. expected_idn: text
    that the answer to *IDN? must contain, from the bench file. ask: for the dialect "manual": shows a person a
    sentence and returns the answer. rule: rules across instruments, see `instruments.envelope`. measuring: of meters.
    off_if_mute: in an emergency: what leaves *IDN? unanswered is switched off without waiting for who it is; what
    answers wrongly is not.

    Raises ValueError for a wrong dialect or option, CannotConnect when the wrong instrument or none answers.
    """
    table = load_dialect(dialect, kind, channel)
    envelope = _envelope(name, kind, limits, table, rule)
    link: Link
    if dialect == DIALECT:
        link = PersonLink(name, _somebody(name, ask), clock, audit=audit, envelope=envelope)
    else:
        link = _wired(name, _full_resource(name, resource, table), clock, table, linking, audit, envelope)
    try:
        instrument: OpenedInstrument
        if kind == "meter":
            options = vars(measuring)
            instrument = DialectMeter(name, table, link, clock, allow_unverified=allow_unverified, **options)
        else:
            instrument = POWERED[kind](name, table, link, clock, limits=limits, allow_unverified=allow_unverified)
        told = None
        if off_if_mute and isinstance(instrument, PoweredInstrument):
            told = instrument.identify_or_switch_off()
        _check_identity(told or _ask_identity(instrument, table, resource), name, table, resource, expected_idn)
    except BaseException:
        link.close()
        raise
    return instrument


def _wired(
    name: str,
    resource: str,
    clock: Timekeeper,
    table: Dialect,
    linking: Linking,
    audit: Audit | None,
    envelope: Callable[[str], None] | None,
) -> Transport:
    """Return the open link to an instrument with an interface."""
    return Transport(
        name,
        resource,
        clock,
        pacing=table.wire.pacing(),
        timeout=linking.timeout,
        open_timeout=linking.open_timeout,
        audit=audit,
        envelope=envelope,
        backend=linking.backend,
        baud=linking.baud or table.wire.baud,
    )


def _envelope(
    name: str, kind: Kind, limits: Limits | None, table: Dialect, rule: CrossRule | None
) -> Callable[[str], None] | None:
    """Return the check that every message to an instrument with power at its terminals must pass."""
    if kind == "meter":
        return None
    if limits is None:
        raise ValueError(f"{name}: a {kind} cannot be opened without limits; state them in the bench file.")
    return Envelope(name, kind, limits, table.limited_headers(), rule, table.commands(), table.slew_commands()).check


def _somebody(name: str, ask: Callable[[str], str] | None) -> Callable[[str], str]:
    if ask is None:
        raise ValueError(f"{name}: the manual dialect needs somebody to ask, and this run has nobody.")
    return ask


def _full_resource(name: str, resource: str, table: Dialect) -> str:
    """Complete a bare host name with the dialect's port."""
    if "::" in resource:
        return resource
    if table.wire.port is None:
        raise ValueError(f"{name}: {resource!r} is not a VISA resource, and {table.title} has no usual TCP port.")
    return f"TCPIP::{resource}::{table.wire.port}::SOCKET"


def _ask_identity(instrument: ScpiInstrument, table: Dialect, resource: str) -> Identity:
    """Return who the instrument is. Raises CannotConnect when it does not say."""
    try:
        return instrument.identify()
    except InstrumentError as problem:
        raise CannotConnect(
            f"{instrument.name}: {resource} is open but does not identify itself as {table.title}: {problem}"
        ) from problem


def _check_identity(told: Identity, name: str, table: Dialect, resource: str, expected: str | None) -> None:
    """Raise CannotConnect unless the instrument is of the dialect's family and the one in the bench file."""
    found = told.text
    if not re.search(table.idn, found, re.IGNORECASE):
        raise CannotConnect(
            f"{name}: expected {table.title} at {resource}, but *IDN? answers {found!r}. "
            "Is the address or the dialect in the bench file wrong?"
        )
    if expected is not None and expected.lower() not in found.lower():
        raise CannotConnect(
            f"{name}: the bench file expects {expected!r} at {resource}, but *IDN? answers {found!r}. "
            "Has an instrument been exchanged or a cable moved?"
        )
