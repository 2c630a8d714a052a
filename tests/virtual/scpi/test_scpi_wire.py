"""What happens on the wire: framing, order, many clients, garbage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.virtual.devices.scpi import PERSONALITIES
from hil.virtual.devices.scpi.framing import LineBuffer

Desk = Any


@given(st.lists(st.binary(max_size=12), max_size=8), st.data())
def test_messages_do_not_depend_on_how_the_bytes_arrive(lines: list[bytes], data: st.DataObject) -> None:
    lines = [line.replace(b"\n", b"") for line in lines]
    stream = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    buffer = LineBuffer(b"\n", 10)
    seen: list[bytes | None] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        seen.extend(buffer.feed(stream[start:end]))
    assert seen == [line if len(line) <= 10 else None for line in lines]


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_the_buffer_stays_small(chunks: list[bytes]) -> None:
    buffer = LineBuffer(b"\n", 16)
    for chunk in chunks:
        list(buffer.feed(chunk))
        assert len(buffer._held) <= 16


@pytest.mark.parametrize("personality", sorted(PERSONALITIES))
@given(garbage=st.lists(st.binary(max_size=200), max_size=6))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_survived_by_everybody(personality: str, garbage: list[bytes], desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(personality, probe=lambda: 0.0, quirks={"idle_disconnect": 0})
    for piece in garbage:
        desk.send(piece)
    desk.send(b"\n")
    assert desk.ask("*IDN?").count(",") >= 3


@pytest.mark.parametrize("personality", sorted(PERSONALITIES))
def test_a_line_of_a_megabyte_is_an_error_and_the_next_message_is_served(
    personality: str, desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(personality, probe=lambda: 0.0)
    desk.tell("SYST:ERR:ENAB")
    desk.tell("*CLS")
    for _ in range(16):
        desk.send(b"X" * 65536, 0.01)
    desk.tell("")
    assert desk.error() == PERSONALITIES[personality].quirks.overrun
    assert desk.ask("*IDN?")


def test_half_messages_wait_for_their_end(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("scpi1999-supply")
    assert desk.send("*ID") == b""
    assert desk.send("N?") == b""
    assert desk.send("\r\n").startswith(b"VIRTUAL")


def test_answers_come_in_order_and_take_their_time(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("scpi1999-supply", quirks={"query_time": 0.1, "command_time": 0.05})
    assert desk.send("VOLT 1\nVOLT?\nVOLT 2\nVOLT?\n", 0.1) == b""
    assert desk.send("", 0.06) == b"1\n"
    assert desk.send("", 0.2) == b"2\n"


def test_a_flood_of_messages_is_bounded(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("scpi1999-supply")
    desk.instrument.received(desk.connection, b"*OPC?\n" * 5000)
    assert len(desk.instrument._waiting) <= 1000
    desk.pass_time(20)
    assert desk.connection.received == b"1\n" * 1000
    assert desk.error() == -363


def test_two_clients_share_one_instrument(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("keysight-rp7900")
    other = desk.connect("tcp:2")
    third = desk.connect("tcp:3")
    assert third.closed, "it serves two"
    desk.instrument.received(other, b"VOLT 7;VOLT?\n")
    assert desk.ask("VOLT?") == "+7.000000E+00"
    assert other.received == b"+7.000000E+00\n"


def test_a_single_client_instrument_hangs_up_on_the_second(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("tdk-genesys")
    second = desk.connect("tcp:2")
    assert second.closed
    desk.instrument.received(second, b"*IDN?\n")
    desk.instrument.disconnected(second)
    assert desk.ask("*IDN?")
    desk.instrument.disconnected(desk.connection)
    assert not desk.connect("tcp:3").closed


def test_a_hundred_connections(desk_of: Callable[..., Desk]) -> None:
    for personality in PERSONALITIES:
        desk = desk_of(personality, probe=lambda: 0.0)
        crowd = [desk.connect(f"tcp:{number}") for number in range(2, 102)]
        for connection in crowd:
            desk.instrument.received(connection, b"\xff" * 100)
            desk.instrument.disconnected(connection)
        desk.instrument.disconnected(desk.connection)
        desk.connection = desk.connect("tcp:200")
        assert desk.ask("*IDN?").count(",") >= 3


def test_a_query_whose_client_is_gone_does_not_hold_up_the_next(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("keysight-34460", probe=lambda: 1.0)
    desk.tell("TRIG:SOUR BUS;:INIT")
    desk.send("FETC?\n", 1.0)
    desk.instrument.disconnected(desk.connection)
    desk.connection = desk.connect("tcp:2")
    assert desk.ask("*IDN?").startswith("Keysight")


def test_nothing_is_left_running_for_clients_that_have_gone(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("ea-psb10000", quirks={"clients": 100})
    for number in range(2, 60):
        desk.instrument.disconnected(desk.connect(f"tcp:{number}"))
    desk.instrument.disconnected(desk.connection)
    desk.pass_time(6.0)
    desk.environment.run()
    assert desk.environment.now == 6.0
