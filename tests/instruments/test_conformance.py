"""The house rules, held against every kind of every dialect: a simulated instrument that obeys the tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from instruments import kinds
from instruments.dialect import KINDS, Dialect, Kind, dialect_names, load_dialect
from instruments.envelope import Envelope
from instruments.errors import InstrumentRefused, OutsideLimits, Unverified
from instruments.kinds import LoadMode
from instruments.limits import Limits
from instruments.meter import DialectMeter
from instruments.opening import POWERED
from instruments.timing import WallTime
from instruments.transport import Answer

LIMITS = Limits(voltage_max=60.0, power_max=3000.0, source_current_max=50.0, sink_current_max=50.0, resistance_min=0.1)
PROTOCOLS = {
    "supply": kinds.Supply,
    "bidirectional": kinds.BidirectionalSupply,
    "load": kinds.Load,
    "meter": kinds.Meter,
}


def all_dialects() -> list[tuple[str, Kind]]:
    found: list[tuple[str, Kind]] = []
    for name in dialect_names():
        for kind in KINDS:
            try:
                load_dialect(name, kind)
            except ValueError:
                continue
            found.append((name, kind))
    return found


@dataclass
class Setpoint:
    """A number that the simulated instrument keeps under the query that reads it."""

    pattern: re.Pattern[str]
    query: str | None


class Obedient:
    """A link to an instrument that does what its dialect's table says, and notes what it is sent."""

    reopened = 0

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.sent: list[str] = []
        self.error = '0,"No error"'
        self.answers: dict[str, str] = {}
        self.on = False
        self.refuses = False
        self.envelope = Envelope(
            "unit", dialect.kind, LIMITS, dialect.limited_headers(), commands=dialect.commands()
        ).check
        rows = dialect.rows
        settings = [value for value in dict(rows).values() if hasattr(value, "set") and hasattr(value, "sign")]
        settings += list(rows.levels.values())
        self.setpoints = [
            Setpoint(re.compile(re.escape(command).replace(r"\{value\}", "([-0-9.]+)")), row.query)
            for row in settings
            for command in row.set
            if "{value}" in command
        ]

    def overdue_at(self, least: float) -> float | None:
        return None

    def exclusive(self) -> Any:
        return WallTime().lock()

    def close(self) -> None:
        self.sent.append("<closed>")

    def write(self, message: str, *, urgent: bool = False) -> None:
        self.envelope(message)
        self.sent.append(message)
        output = self.dialect.rows.output
        if output is not None and message in (*output.on, *output.off):
            self.on = message in output.on
        for setpoint in self.setpoints:
            found = setpoint.pattern.fullmatch(message)
            if found and self.refuses:
                self.error = '-222,"Data out of range"'
            elif found and setpoint.query:
                self.answers[setpoint.query] = found[1]
        choices = (self.dialect.rows.mode, self.dialect.rows.priority)
        for choice in (each for each in choices if each is not None):
            for word in choice.words.values():
                if choice.query and message in [command.replace("{word}", word) for command in choice.set]:
                    self.answers[choice.query] = word

    def query(self, message: str, *, timeout: float | None = None, consuming: bool = False) -> Answer:
        self.sent.append(message)
        return Answer(self._answer(message), 1.0, 2.0)

    def _answer(self, message: str) -> str:
        dialect = self.dialect
        output, measure = dialect.rows.output, dialect.rows.measure
        if output is not None and message == output.query:
            return str(int(self.on) << (output.bit or 0))
        if dialect.errors is not None and message == dialect.errors.query:
            error, self.error = self.error, '0,"No error"'
            return error
        if dialect.remote is not None and message == dialect.remote.owner:
            return dialect.remote.owner_is or ""
        if measure is not None and message in measure.query:
            values = {"voltage": "48.0", "current": "10.0", "power": "480", "-": "0"}
            if len(measure.query) == 1:
                return measure.separator.join(values[field] for field in measure.fields)
            return values[measure.fields[measure.query.index(message)]]
        return self.answers.get(message, "0")


@pytest.fixture(params=all_dialects(), ids=lambda pair: f"{pair[0]}-{pair[1]}")
def unit(request: pytest.FixtureRequest) -> tuple[Any, Obedient]:
    name, kind = request.param
    dialect = load_dialect(name, kind)
    link = Obedient(dialect)
    if kind == "meter":
        return DialectMeter("unit", dialect, link, WallTime(), allow_unverified=True), link
    made = POWERED[kind]("unit", dialect, link, WallTime(), limits=LIMITS, allow_unverified=True)
    return made, link


def test_making_sends_nothing_and_fits_its_kind(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    assert link.sent == []
    assert isinstance(instrument, PROTOCOLS[link.dialect.kind])


def test_remote_lock_is_taken_once_and_given_back_once(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    instrument.take_remote()
    instrument.take_remote()
    instrument.give_back()
    instrument.give_back()
    remote = link.dialect.remote
    for command in (*remote.take, *remote.give_back) if remote else ():
        assert link.sent.count(command) == 1, command
    assert not link.on


def test_switching_is_read_back(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    if link.dialect.kind == "meter":
        return
    for state in (True, False):
        instrument.switch(state)
        assert link.on == state
        assert instrument.is_on() == state
    assert link.dialect.rows.output is not None
    link.on = True
    if link.dialect.rows.clear_protection is not None:
        instrument.clear_protection()
        assert not link.on, "clearing a trip must leave the output off"


def test_currents_are_positive_out_of_the_instrument(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    if link.dialect.kind == "meter":
        return
    found = instrument.measure()
    assert (found.voltage.value, found.voltage.unit, found.current.unit) == (48.0, "V", "A")
    assert found.current.value == (-10.0 if link.dialect.sink_reads == "positive" else 10.0)
    assert found.voltage.start <= found.voltage.end


def settings_of(instrument: Any, dialect: Dialect) -> list[tuple[Any, tuple[Any, ...], tuple[Any, ...]]]:
    """Methods with a value that is allowed and one that is not, as far as the dialect has them."""
    rows = dialect.rows
    if dialect.kind == "load":
        inside = {"CC": 4.0, "CV": 48.0, "CP": 400.0, "CR": 4.0}
        beyond = {"CC": 51.0, "CV": 61.0, "CP": 3001.0, "CR": 0.05}
        return [
            (instrument.set_load, (mode, inside[mode.value]), (mode, beyond[mode.value]))
            for mode in LoadMode
            if mode in rows.levels
        ]
    found = [(instrument.set_voltage, (24.0,), (61.0,)), (instrument.set_current_limit, (5.0,), (51.0,))]
    if rows.power is not None:
        found.append((instrument.set_power_limit, (500.0,), (3001.0,)))
    if dialect.kind == "bidirectional":
        found.append((instrument.set_sink_current_limit, (5.0,), (51.0,)))
        if rows.sink_power is not None:
            found.append((instrument.set_sink_power_limit, (500.0,), (3001.0,)))
    return found


def test_set_points_are_taken_within_limits_and_stopped_outside(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    if link.dialect.kind == "meter":
        return
    for method, inside, outside in settings_of(instrument, link.dialect):
        method(*inside)
        before = [message for message in link.sent if "?" not in message]
        with pytest.raises(OutsideLimits):
            method(*outside)
        after = [message for message in link.sent if "?" not in message]
        assert not any(f"{outside[-1]:g}" in message for message in after[len(before) :])


def test_set_points_that_are_not_taken_are_noticed(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    if link.dialect.kind == "meter" or link.dialect.name == "manual":
        return
    errors = link.dialect.errors
    link.refuses = True
    for method, inside, _ in settings_of(instrument, link.dialect):
        with pytest.raises(InstrumentRefused) as caught:
            method(*inside)
        if errors is not None:
            assert "-222 Data out of range" in str(caught.value)
            assert re.search(r"after '[^']*\d", str(caught.value)), "the command that caused it is named"


def test_unverified_rows_drive_nothing_unless_allowed(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    rows = link.dialect.rows
    instrument._allow_unverified = False
    used = rows.output if link.dialect.kind != "meter" else None
    if used is not None and not used.verified:
        with pytest.raises(Unverified, match="allow_unverified"):
            instrument.switch(False)
        assert link.sent == []


def test_watchdog_says_whether_it_is_armed(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    assert instrument.arm_watchdog(2.0) == (link.dialect.watchdog is not None)
    instrument.disarm_watchdog()


def test_every_output_is_off_by_a_single_round(unit: tuple[Any, Obedient]) -> None:
    instrument, link = unit
    if link.dialect.kind != "meter":
        link.on = True
        instrument.switch(False)
        assert len(link.sent) == 2, "one command and one read-back: nothing may stand before switching off"
