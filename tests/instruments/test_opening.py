"""Opening: who answers, what is sent, and instruments that are people."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest

from instruments import kinds
from instruments.audit import AuditEvent
from instruments.errors import CannotConnect, InstrumentRefused, NoAnswer, NotProvided, OutsideLimits
from instruments.kinds import LoadMode
from instruments.limits import Limits
from instruments.opening import Linking, Measuring, open_instrument
from instruments.timing import WallTime, WallWire
from tests.instruments.conftest import MakePeer, Peer

LIMITS = Limits(voltage_max=60.0, power_max=3000.0, source_current_max=50.0, sink_current_max=50.0)


def identified(text: str) -> Callable[..., None]:
    def reply(_: Any, connection: Any, line: str) -> None:
        if line == "*IDN?":
            connection.sendall(text.encode() + b"\n")

    return reply


def open_at(server: Peer, dialect: str = "keysight-n5700", **options: Any) -> Any:
    return open_instrument("psu", "supply", dialect, server.resource, WallTime(), **{"limits": LIMITS, **options})


def test_opening_asks_for_the_identity_and_nothing_else(peer: MakePeer) -> None:
    server = peer(identified("Agilent Technologies,N5745A,US1,C.00.01"))
    instrument = open_at(server, expected_idn="us1")
    assert instrument.name == "psu"
    assert server.lines == ["*IDN?"]
    instrument.close()
    assert server.lines == ["*IDN?"]


def test_in_an_emergency_it_is_asked_once_and_left_alone_while_it_answers(peer: MakePeer) -> None:
    server = peer(identified("Agilent Technologies,N5745A,US1,C.00.01"))
    open_at(server, expected_idn="us1", off_if_mute=True).close()
    assert server.lines == ["*IDN?"]
    with pytest.raises(CannotConnect, match="the bench file expects 'US2'"):
        open_at(server, expected_idn="US2", off_if_mute=True)
    assert server.lines == ["*IDN?", "*IDN?"], "what answers wrongly is not switched off"


def test_in_an_emergency_what_is_mute_is_switched_off_past_the_question(peer: MakePeer) -> None:
    told: Queue[str] = Queue()

    def note(server: Peer, connection: socket.socket, line: str) -> None:
        if connection is server.connections[0]:  # it is asked once more in a session of its own
            told.put(line)

    with pytest.raises(CannotConnect, match="does not identify itself"):
        open_at(peer(note), off_if_mute=True, linking=Linking(0.05))
    assert [told.get(timeout=10.0) for _ in range(3)] == ["*IDN?", "SYST:COMM:RLST REM", "OUTP OFF"]


def test_wrong_family_and_wrong_unit_are_told_apart(peer: MakePeer) -> None:
    with pytest.raises(CannotConnect, match=r"expected Keysight N5700 .* but \*IDN\? answers 'Agilent,34461A,1,1'"):
        open_at(peer(identified("Agilent,34461A,1,1")))
    server = peer(identified("Agilent,N5745A,US1,1"))
    with pytest.raises(CannotConnect, match="the bench file expects 'US2'"):
        open_at(server, expected_idn="US2")


def test_silent_peer(peer: MakePeer) -> None:
    with pytest.raises(CannotConnect, match="does not identify itself as Keysight N5700") as caught:
        open_at(peer(lambda *_: None), linking=Linking(0.05))
    assert isinstance(caught.value.__cause__, NoAnswer)


def test_options_that_cannot_be_used(peer: MakePeer) -> None:
    server = peer(identified("ACME,1,2,3"))
    with pytest.raises(ValueError, match="without limits"):
        open_at(server, limits=None)
    with pytest.raises(ValueError, match="no dialect 'acme'"):
        open_at(server, dialect="acme")
    with pytest.raises(ValueError, match="nobody"):
        open_at(server, dialect="manual")
    with pytest.raises(ValueError, match="V or A"):
        open_instrument("dmm", "meter", "scpi1999", server.resource, WallTime(), measuring=Measuring(unit="W"))
    with pytest.raises(ValueError, match="a shunt of"):
        open_instrument("dmm", "meter", "scpi1999", server.resource, WallTime(), measuring=Measuring(shunt=0.1))


class Person:
    """Answers from a list and remembers the questions."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    def __call__(self, question: str) -> str:
        self.questions.append(question)
        return self.answers.pop(0)


def test_a_person_is_an_instrument() -> None:
    noted: list[AuditEvent] = []
    person = Person("ACME old supply", "", "12.1", "0", "ON", "", "none", "no")
    supply: Any = open_instrument(
        "psu", "supply", "manual", "", WallTime(), limits=LIMITS, ask=person, audit=noted.append
    )
    assert isinstance(supply, kinds.Supply)
    supply.set_voltage(12)
    assert supply.measure().voltage.value == 12.1
    assert supply.is_on()
    assert "psu: please set 'Voltage 12 V'" in person.questions[1]
    assert supply.identify().maker == "ACME old supply"
    supply.set_voltage(12)
    assert len(person.questions) == 5, "nobody is asked again who it is, or to set what is set"
    supply.switch(True)
    assert supply.is_on()
    assert len(person.questions) == 6, "who has switched it on knows that it is on"
    with pytest.raises(NotProvided, match="no such setting"):
        supply.set_overcurrent_protection(20.0)
    with pytest.raises(InstrumentRefused, match="could not set 'Current 3 A'"):
        supply.set_current_limit(3.0)
    with pytest.raises(OutsideLimits):
        supply.set_voltage(61)
    assert noted[-1].direction == "refused"
    assert len(person.questions) == 8


def test_a_person_at_a_load() -> None:
    person = Person("load", "", "")
    load: Any = open_instrument("load", "load", "manual", "", WallTime(), limits=LIMITS, ask=person)
    load.set_load(LoadMode.CURRENT, 10.0)
    assert ["Current 10 A" in person.questions[1], "constant current" in person.questions[2]] == [True, True]
    with pytest.raises(OutsideLimits):
        load.set_load(LoadMode.CURRENT, 51.0)


class LedgerWire(WallWire):
    """Notes what it is told and says that answers have arrived."""

    def __init__(self, key: str, events: list[str], peer_lines: list[str]) -> None:
        self.key, self.events, self.lines = key, events, peer_lines

    def sent(self, count: int) -> None:
        self.events.append(f"sent {count}")

    def await_input(self, timeout: float) -> int | None:
        self.events.append("await")
        return None if "SLOW" in "".join(self.lines[-1:]) else len("Agilent,N5745A,US1,1\n")


class LedgerTime(WallTime):
    """A clock that hands out such wires."""

    def __init__(self, peer_lines: list[str]) -> None:
        self.keys: list[str] = []
        self.events: list[str] = []
        self._lines = peer_lines

    def wire(self, key: str) -> LedgerWire:
        self.keys.append(key)
        return LedgerWire(key, self.events, self._lines)


def test_the_wire_is_told_every_byte_and_asked_before_every_read(peer: MakePeer) -> None:
    server = peer(identified("Agilent,N5745A,US1,1"))
    clock = LedgerTime(server.lines)
    instrument: Any = open_instrument("psu", "supply", "keysight-n5700", server.resource, clock, limits=LIMITS)
    assert clock.keys == [f"tcp:{server.connections[0].getpeername()[1]}>{server.port}"]
    assert clock.events == ["sent 6", "await"]
    server.hang_up()
    time.sleep(0.02)
    instrument.identify()
    assert len(clock.keys) == 2, "a new connection has a new wire"
    assert clock.events == ["sent 6", "await"] * 2
