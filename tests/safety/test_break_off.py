"""An instrument that hears and does not answer is switched off without waiting for its time-outs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from instruments.errors import TransportLost
from instruments.timing import WallTime
from instruments.transport import Transport

PATIENCE = 30.0


class Mute:
    """Takes connections and lines, answers nothing."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.lines: list[str] = []
        self.heard = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def resource(self) -> str:
        return f"TCPIP::127.0.0.1::{self._server.getsockname()[1]}::SOCKET"

    def await_line(self, line: str) -> None:
        with self.heard:
            assert self.heard.wait_for(lambda: line in self.lines, PATIENCE), self.lines

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._listen, args=(connection,), daemon=True).start()

    def _listen(self, connection: socket.socket) -> None:
        for line in connection.makefile("r"):
            with self.heard:
                self.lines.append(line.strip())
                self.heard.notify_all()


@pytest.fixture(name="mute")
def _mute() -> Iterator[Mute]:
    made = Mute()
    yield made
    made.close()


def test_switching_off_stands_behind_nobody(mute: Mute) -> None:
    link = Transport("psu", mute.resource, WallTime(), timeout=PATIENCE)
    refused: list[Exception] = []

    def ask() -> None:
        with pytest.raises(TransportLost) as caught:
            link.query("MEAS:VOLT?")
        refused.append(caught.value)

    workers = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    mute.await_line("MEAS:VOLT?")
    link.break_off(longer_than=0.0)
    for worker in workers:
        worker.join(PATIENCE / 3)
    assert len(refused) == 3
    with pytest.raises(TransportLost, match="kept free to switch off"):
        link.write("OUTP ON")
    link.write("OUTP OFF", blindly=True)
    mute.await_line("OUTP OFF")
    assert mute.lines.count("MEAS:VOLT?") == 1
    assert "OUTP ON" not in mute.lines


def test_a_query_that_has_only_begun_is_left_alone(mute: Mute) -> None:
    link = Transport("psu", mute.resource, WallTime(), timeout=PATIENCE)
    worker = threading.Thread(target=lambda: link.query("MEAS:VOLT?"), daemon=True)
    worker.start()
    mute.await_line("MEAS:VOLT?")
    link.break_off(longer_than=PATIENCE)
    time.sleep(0.05)
    assert worker.is_alive()
