"""A driver of our own on the loopback: it says what the test gave it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from instruments.timing import WallWire, Wire


class FakeClock:
    """Bench time that passes only when told to."""

    def __init__(self) -> None:
        self.time = 100.0
        self.wires: list[str] = []
        self.counts: list[int] = []
        self.only_wire: Wire | None = None

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def wire(self, key: str) -> Wire:
        if self.only_wire is not None:
            return self.only_wire
        self.wires.append(key)
        counts = self.counts

        class CountingWire(WallWire):
            def sent(self, count: int) -> None:
                counts.append(count)

        return CountingWire()

    def lock(self) -> threading.RLock:
        return threading.RLock()


class LoopbackDriver:
    """Answers each request with the bytes that `reply(path)` returns; None hangs up without a word."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.reply: Callable[[str], bytes | None] = lambda path: b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError):
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(4096)
            if not piece:
                return
            request += piece
        self.requests.append(request)
        answer = self.reply(request.split(b" ")[1].decode())
        if answer is not None:
            connection.sendall(answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="driver")
def _driver() -> Iterator[LoopbackDriver]:
    driver = LoopbackDriver()
    yield driver
    driver.close()
