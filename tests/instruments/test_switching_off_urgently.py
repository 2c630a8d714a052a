"""An instrument that hears and does not answer is switched off without waiting for its time-outs."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
import tty
from collections.abc import Iterator

import pytest

from instruments.errors import InstrumentError
from instruments.promptness import ANSWERS
from instruments.timing import WallTime
from instruments.transport import HUNG, Transport

PATIENCE = 5.0


class Slow:
    """Takes connections and lines, answers a query after `delay` seconds; None: never."""

    def __init__(self, delay: float | None) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.delay = delay
        self.lines: list[str] = []
        self.connections: list[socket.socket] = []
        self.heard = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def resource(self) -> str:
        return f"TCPIP::127.0.0.1::{self._server.getsockname()[1]}::SOCKET"

    def await_line(self, line: str, times: int = 1) -> None:
        with self.heard:
            assert self.heard.wait_for(lambda: self.lines.count(line) >= times, PATIENCE), self.lines

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._listen, args=(connection,), daemon=True).start()

    def _listen(self, connection: socket.socket) -> None:
        for line in connection.makefile("r"):
            with self.heard:
                self.lines.append(line.strip())
                self.heard.notify_all()
            if "?" in line and self.delay is not None:
                time.sleep(self.delay)
                connection.sendall(b"1\n")


@pytest.fixture(name="mute")
def _mute() -> Iterator[Slow]:
    made = Slow(None)
    yield made
    made.close()


def ask(link: Transport, answers: list[object], question: str = "MEAS:VOLT?") -> threading.Thread:
    def query() -> None:
        try:
            answers.append(link.query(question).text)
        except InstrumentError as error:
            answers.append(error)

    thread = threading.Thread(target=query, daemon=True)
    thread.start()
    return thread


def test_switching_off_waits_for_no_answer_that_does_not_come(mute: Slow) -> None:
    link = Transport("psu", mute.resource, WallTime(), timeout=PATIENCE)
    asking = [ask(link, []) for _ in range(3)]
    mute.await_line("MEAS:VOLT?")
    link.write("OUTP OFF", urgent=True)
    mute.await_line("OUTP OFF")
    assert mute.lines == ["MEAS:VOLT?", "OUTP OFF"]
    assert len(mute.connections) == 1
    assert all(each.is_alive() for each in asking)


def test_an_answer_that_comes_in_time_is_waited_for() -> None:
    slow = Slow(HUNG / 3)
    link = Transport("psu", slow.resource, WallTime(), timeout=PATIENCE)
    answers: list[object] = []
    asking = ask(link, answers)
    slow.await_line("MEAS:VOLT?")
    link.write("OUTP OFF", urgent=True)
    asking.join(PATIENCE)
    slow.await_line("OUTP OFF")
    assert answers == ["1"]
    slow.close()


def test_what_was_given_up_is_not_taken_for_the_next_answer() -> None:
    slow = Slow(4.0 * HUNG)
    link = Transport("psu", slow.resource, WallTime(), timeout=PATIENCE)
    answers: list[object] = []
    asking = ask(link, answers)
    slow.await_line("MEAS:VOLT?")
    link.write("OUTP OFF", urgent=True)
    assert link.query("OUTP?").text == "1"
    asking.join(PATIENCE)
    assert answers == ["1"]
    assert slow.lines == ["MEAS:VOLT?", "OUTP OFF", "OUTP?"]
    slow.close()


def test_many_who_wait_their_turn_keep_nobody_from_switching_off(mute: Slow) -> None:
    link = Transport("psu", mute.resource, WallTime(), timeout=0.2)
    for _ in range(10):
        ask(link, [])
    began = time.monotonic()
    link.write("OUTP OFF", urgent=True)
    mute.await_line("OUTP OFF")
    assert time.monotonic() - began < 1.0


def test_a_question_given_up_before_keeps_nobody_from_switching_off(mute: Slow) -> None:
    """The same session is used: an instrument that hangs need not take another."""
    link = Transport("psu", mute.resource, WallTime(), timeout=0.05)
    with pytest.raises(InstrumentError):
        link.query("MEAS:VOLT?")
    link.write("OUTP OFF", urgent=True)
    mute.await_line("OUTP OFF")
    assert len(mute.connections) == 1


def test_a_mute_serial_line_is_switched_off_at_once() -> None:
    controller, terminal = os.openpty()
    tty.setraw(terminal)
    link = Transport("psu", f"ASRL{os.ttyname(terminal)}::INSTR", WallTime(), timeout=0.05)
    with pytest.raises(InstrumentError):
        link.query("MEAS:VOLT?")
    link.write("OUTP OFF", urgent=True)
    heard = b""
    while not heard.endswith(b"OUTP OFF\n"):
        assert select.select([controller], [], [], PATIENCE)[0], heard
        heard += os.read(controller, 100)
    assert heard == b"MEAS:VOLT?\nOUTP OFF\n"
    link.close()
    os.close(controller)
    os.close(terminal)


@pytest.mark.parametrize(("question", "known"), [("MEAS:VOLT?", True), ("MEAS:CURR?", False)])
def test_an_instrument_that_stops_answering_is_told_from_a_slow_one(question: str, known: bool) -> None:
    slow = Slow(0.02)
    link = Transport("psu", slow.resource, WallTime(), timeout=PATIENCE)
    for _ in range(ANSWERS):
        assert link.overdue_at(0.3) is None
        link.query("MEAS:VOLT?")
    slow.delay = None
    ask(link, [], question)
    slow.await_line(question, ANSWERS * known + 1)
    link.write("OUTP OFF", urgent=True)  # it has waited for the answer: the question is open
    due = link.overdue_at(0.3)
    assert (due is not None) == known
    assert due is None or 0.0 < due - WallTime().now() <= 0.3
    slow.close()


def test_a_lost_link_keeps_nobody_from_switching_off_and_still_from_setting(mute: Slow) -> None:
    link = Transport("psu", mute.resource, WallTime(), timeout=0.1)
    link.write("VOLT 1")
    mute.await_line("VOLT 1")
    mute.connections[0].shutdown(socket.SHUT_RDWR)
    assert mute.connections[0].recv(1) == b""
    with pytest.raises(InstrumentError, match="was lost"):
        link.write("VOLT 2")
    link.write("OUTP OFF", urgent=True)
    mute.await_line("OUTP OFF")
    with pytest.raises(InstrumentError, match="read back"):
        link.write("VOLT 3")
    assert "VOLT 3" not in mute.lines
