"""What a bad night brings, on loopback: peers that hang up, answer late, answer garbage, or not at all."""

from __future__ import annotations

import os
import socket
import termios
import threading
import time
import tty
from collections.abc import Iterator
from typing import Any

import pytest
import pyvisa

from instruments.audit import AuditEvent
from instruments.errors import BadAnswer, CannotConnect, NoAnswer, OutsideLimits, TransportLost
from instruments.limits import Limits
from instruments.opening import open_instrument
from instruments.timing import WallTime
from instruments.transport import Pacing, Transport
from tests.instruments.conftest import MakePeer, Peer


def echo(peer: Peer, connection: socket.socket, line: str) -> None:
    """Answer `NAME? text` with text."""
    if "?" in line:
        connection.sendall(line.partition("? ")[2].encode() + b"\n")


def open_link(peer: Peer, **options: Any) -> Transport:
    return Transport("psu", peer.resource, WallTime(), **{"timeout": 1.0, **options})


def lines_soon(peer: Peer, count: int) -> list[str]:
    deadline = time.monotonic() + 5.0
    while len(peer.lines) < count and time.monotonic() < deadline:
        time.sleep(0.002)
    return list(peer.lines)


def test_refused_connection_is_noticed_at_opening() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(CannotConnect, match=r"cannot connect .*Is it switched on"):
        Transport("psu", f"TCPIP::127.0.0.1::{port}::SOCKET", WallTime())


def test_an_address_that_nobody_answers_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_resource(*_: object, **__: object) -> None:
        raise Exception("could not connect: -1073807339")  # as pyvisa-py does when a connection takes too long

    monkeypatch.setattr(pyvisa.ResourceManager, "open_resource", open_resource)
    with pytest.raises(CannotConnect, match=r"could not connect: Timeout expired before operation completed\. Is it"):
        Transport("psu", "TCPIP::127.0.0.1::5025::SOCKET", WallTime())


def test_resource_that_is_none() -> None:
    with pytest.raises(CannotConnect, match="psu: cannot connect to NONSENSE"):
        Transport("psu", "NONSENSE", WallTime())


def test_nodelay_is_set(peer: MakePeer) -> None:
    link = open_link(peer(echo))
    inner: Any = link._port
    assert inner._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_peer_that_hung_up_is_opened_again_for_a_query(peer: MakePeer) -> None:
    server = peer(echo)
    link = open_link(server)
    assert link.query("ECHO? 1").text == "1"
    server.hang_up()
    time.sleep(0.02)
    assert link.query("ECHO? 2").text == "2"
    assert link.reopened == 1


def test_set_after_hang_up_is_not_sent_until_something_was_read_back(peer: MakePeer) -> None:
    server = peer(echo)
    link = open_link(server)
    link.query("ECHO? 1")
    server.hang_up()
    time.sleep(0.02)
    for _ in range(2):
        with pytest.raises(TransportLost, match="'VOLT 48' was not sent"):
            link.write("VOLT 48")
    link.query("ECHO? 2")
    link.write("VOLT 48")
    assert lines_soon(server, 3) == ["ECHO? 1", "ECHO? 2", "VOLT 48"]


def test_idle_close_is_normal_where_the_dialect_says_so(peer: MakePeer) -> None:
    server = peer(echo)
    link = open_link(server, pacing=Pacing(idle_close=0.05))
    link.query("ECHO? 1")
    time.sleep(0.06)
    server.hang_up()
    time.sleep(0.02)
    link.write("VOLT 48")
    assert lines_soon(server, 2) == ["ECHO? 1", "VOLT 48"]


def test_query_is_repeated_once_when_the_peer_hangs_up_on_it(peer: MakePeer) -> None:
    def moody(server: Peer, connection: socket.socket, line: str) -> None:
        if len(server.lines) == 1:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            echo(server, connection, line)

    server = peer(moody)
    assert open_link(server).query("ECHO? 7").text == "7"
    assert server.lines == ["ECHO? 7", "ECHO? 7"]


@pytest.mark.parametrize(("message", "consuming"), [("VOLT 48;VOLT?", False), ("SYST:ERR?", True)])
def test_what_changes_something_is_never_sent_twice(peer: MakePeer, message: str, consuming: bool) -> None:
    server = peer(lambda _, connection, __: connection.shutdown(socket.SHUT_RDWR))
    with pytest.raises(TransportLost, match="it closed the connection"):
        open_link(server).query(message, consuming=consuming)
    assert server.lines == [message]


def test_interrupted_set_leaves_no_half_message(peer: MakePeer, monkeypatch: pytest.MonkeyPatch) -> None:
    server = peer(echo)
    link = open_link(server)
    port: Any = link._port

    def interrupted(data: bytes, timeout: float) -> None:
        port._socket.sendall(data[:6])
        raise KeyboardInterrupt

    monkeypatch.setattr(port, "send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        link.write("VOLT 48")
    with pytest.raises(TransportLost, match="was not sent"):
        link.write("OUTP OFF")
    link.query("ECHO? 1")
    link.write("OUTP OFF")
    assert lines_soon(server, 2) == ["ECHO? 1", "OUTP OFF"]


def test_switching_off_survives_a_lost_link(peer: MakePeer) -> None:
    state = {"OUTP": "1"}

    def reply(_: Any, connection: socket.socket, line: str) -> None:
        if line == "*IDN?":
            connection.sendall(b"ACME\n")
        elif line == "OUTP?":
            connection.sendall(state["OUTP"].encode() + b"\n")
        elif line == "OUTP OFF":
            state["OUTP"] = "0"

    server = peer(reply)
    limits = Limits(voltage_max=60.0, power_max=100.0)
    supply: Any = open_instrument("psu", "supply", "scpi1999", server.resource, WallTime(), limits=limits)
    server.hang_up()
    time.sleep(0.02)
    supply.switch(False)
    assert state["OUTP"] == "0"
    server.hang_up()
    time.sleep(0.02)
    with pytest.raises(TransportLost, match="was not sent"):
        supply.switch(True)
    assert "OUTP ON" not in server.lines


def test_peer_that_is_gone_for_good(peer: MakePeer) -> None:
    server = peer(echo)
    link = open_link(server)
    link.query("ECHO? 1")
    server.close()
    time.sleep(0.02)
    with pytest.raises(TransportLost, match="cannot connect"):
        link.query("ECHO? 2")


def test_hang_up_while_waiting_does_not_wait_for_the_time_out(peer: MakePeer) -> None:
    server = peer(lambda _, connection, __: connection.shutdown(socket.SHUT_RDWR))
    with pytest.raises(TransportLost):
        open_link(server, timeout=600.0).query("VOLT 1;VOLT?")


def test_no_answer(peer: MakePeer) -> None:
    link = open_link(peer(lambda *_: None), timeout=0.05)
    with pytest.raises(NoAnswer, match=r"psu: no answer to 'MEAS:VOLT\?' .* within 0.05 s"):
        link.query("MEAS:VOLT?")


def test_late_answer_is_never_given_to_the_next_query(peer: MakePeer) -> None:
    release = threading.Event()

    def late(_: Any, connection: socket.socket, line: str) -> None:
        if line == "ECHO? slow":
            release.wait(5.0)
        connection.sendall(line.partition("? ")[2].encode() + b"\n")

    link = open_link(peer(late), timeout=0.1)
    with pytest.raises(NoAnswer):
        link.query("ECHO? slow")
    release.set()
    assert link.query("ECHO? 1", timeout=2.0).text == "1"
    assert link.query("ECHO? 2", timeout=2.0).text == "2"


def test_answer_nobody_asked_for_is_dropped_and_noted(peer: MakePeer) -> None:
    def chatty(_: Any, connection: socket.socket, line: str) -> None:
        connection.sendall(line.partition("? ")[2].encode() + b"\nSRQ +1\n")

    noted: list[AuditEvent] = []
    link = open_link(peer(chatty), audit=noted.append)
    assert [link.query(f"ECHO? {number}").text for number in range(3)] == ["0", "1", "2"]
    assert any("unasked" in event.text and "SRQ" in event.text for event in noted)


def test_answer_in_pieces(peer: MakePeer) -> None:
    def slow(_: Any, connection: socket.socket, line: str) -> None:
        for byte in b"12.5\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(0.002)

    assert open_link(peer(slow)).query("VOLT?").text == "12.5"


def test_answer_that_does_not_end(peer: MakePeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instruments.transport.LARGEST_ANSWER", 10_000)
    server = peer(lambda _, connection, __: connection.sendall(b"x" * 20_000))
    with pytest.raises(BadAnswer, match="does not end"):
        open_link(server).query("VOLT?")


def test_peer_that_does_not_read_does_not_block_for_ever(peer: MakePeer) -> None:
    stuck = threading.Event()
    server = peer(lambda *_: stuck.wait(10.0) and None)
    link = open_link(server, timeout=0.05)

    def fill() -> None:
        for _ in range(10_000):
            link.write("VOLT " + "0" * 10_000)

    try:
        with pytest.raises(TransportLost, match="while sending"):
            fill()
    finally:
        stuck.set()


def test_threads_get_their_own_answers(peer: MakePeer) -> None:
    link = open_link(peer(echo))
    right = []

    def work(number: int) -> None:
        for turn in range(250):
            mine = str(1000 * number + turn)
            right.append(link.query(f"ECHO? {mine}").text == mine)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(right) == 1000
    assert all(right)


def test_envelope_stops_a_message_and_says_so_in_the_audit(peer: MakePeer) -> None:
    def refuse(message: str) -> None:
        if "99" in message:
            raise OutsideLimits(f"psu: {message!r} was not sent")

    noted: list[AuditEvent] = []
    server = peer(echo)
    link = open_link(server, envelope=refuse, audit=noted.append)
    with pytest.raises(OutsideLimits):
        link.write("VOLT 99")
    with pytest.raises(OutsideLimits):
        link.query("VOLT 99;ECHO? 1")
    link.query("ECHO? 1")
    assert server.lines == ["ECHO? 1"]
    assert [event.direction for event in noted] == ["refused", "refused", "out", "in"]


def test_pacing_bounds(peer: MakePeer) -> None:
    def one(_: Any, connection: socket.socket, line: str) -> None:
        if "?" in line:
            connection.sendall(b"1\n")

    server = peer(one)
    pacing = Pacing(min_gap=0.02, commands_per_message=2, bytes_per_message=30, commands_before_query=2)
    link = open_link(server, pacing=pacing)
    with pytest.raises(ValueError, match="3 commands; it takes 2"):
        link.write("VOLT 1;CURR 1;POW 1")
    with pytest.raises(ValueError, match="it takes 30 at once"):
        link.write("VOLT " + "0" * 30)
    with pytest.raises(ValueError, match="several messages"):
        link.write("VOLT 1\nVOLT 2")
    first, second = link.query("VOLT?"), link.query("VOLT?")
    assert second.start - first.end >= 0.02
    for number in range(5):
        link.write(f"VOLT {number}")
    assert lines_soon(server, 9)[2:] == ["VOLT 0", "VOLT 1", "*OPC?", "VOLT 2", "VOLT 3", "*OPC?", "VOLT 4"]


def test_write_refuses_queries_and_query_refuses_writes(peer: MakePeer) -> None:
    link = open_link(peer(echo))
    with pytest.raises(ValueError, match="use query"):
        link.write("VOLT?")
    with pytest.raises(ValueError, match="use write"):
        link.query("VOLT 1")


def test_closed_link_sends_nothing_more(peer: MakePeer) -> None:
    link = open_link(peer(echo))
    link.close()
    with pytest.raises(TransportLost, match="has been closed"):
        link.query("ECHO? 1")


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    master, slave = os.openpty()
    tty.setraw(master, termios.TCSANOW)
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_serial_line_is_emptied_after_a_late_answer(terminal: tuple[int, str]) -> None:
    master, path = terminal

    def device() -> None:
        buffer = b""
        while b"ECHO? 2" not in buffer:
            buffer += os.read(master, 100)
            *lines, buffer_rest = buffer.split(b"\n")
            for line in lines:
                if line == b"*IDN?":
                    os.write(master, b"ACME,1,2,3\n")
                elif line == b"SLOW?":
                    time.sleep(0.15)
                    os.write(master, b"late\n")
                elif line == b"ECHO? 2":
                    os.write(master, b"2\n")
                    return
            buffer = buffer_rest

    worker = threading.Thread(target=device, daemon=True)
    worker.start()
    link = Transport("load", f"ASRL{path}::INSTR", WallTime(), timeout=1.0)
    assert link.query("*IDN?").text == "ACME,1,2,3"
    with pytest.raises(NoAnswer):
        link.query("SLOW?", timeout=0.05)
    assert link.query("ECHO? 2").text == "2"
    worker.join(5.0)
    link.close()
