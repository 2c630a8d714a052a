"""One HTTP exchange with the driver, on the bench clock.

The driver serves one connection at a time and closes it after each answer, so every call opens its own and
never leaves an idle one behind.
"""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instruments.timing import Timekeeper, Wire, tcp_key

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MAX_BODY = 1_000_000
"""Bytes of body read before a driver is taken to babble. Its largest real answer has about 2000."""

ARRIVED_GRACE = 10.0
"""Seconds of real time in which bytes must be readable that the clock knows to have arrived."""
HANG_UP_GRACE = 0.1
"""Least seconds of real time for a read whose end the clock cannot know."""


@dataclass
class Exchange:
    """What came back, as far as it came: filled while the answer arrives."""

    status: int | None = None
    body: bytes = b""


class AnswerTooLong(Exception):
    """The body has no end within MAX_BODY bytes."""


class AnswerBroken(Exception):
    """The connection ended before the announced length."""


class _TimedReader(io.RawIOBase):
    """Reads a socket no further than the clock says bytes have arrived, and never past a deadline.

    Keeps the socket open until it is itself closed: http.client closes the socket as soon as the head of an
    answer says that the connection ends with it.
    """

    def __init__(self, sock: socket.socket, wire: Wire, remaining: Callable[[], float]) -> None:
        super().__init__()
        self._socket = sock
        self._stream = sock.makefile("rb", buffering=0)
        self._wire = wire
        self._remaining = remaining
        self._arrived = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        if self._arrived == 0:
            remaining = self._remaining()
            arrived = self._wire.await_input(remaining) if remaining > 0 else None
            if arrived is None:
                raise TimeoutError("nothing more came in time")
            self._arrived = arrived
        self._socket.settimeout(ARRIVED_GRACE if self._arrived else max(self._remaining(), HANG_UP_GRACE))
        count = self._stream.readinto(view[: self._arrived] if self._arrived else view) or 0
        self._arrived = max(0, self._arrived - count)
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedSocket:
    """The part of a socket that http.client uses, with the clock told of everything sent."""

    def __init__(self, sock: socket.socket, wire: Wire, remaining: Callable[[], float]) -> None:
        self._socket = sock
        self._wire = wire
        self._remaining = remaining

    def sendall(self, data: ReadableBuffer) -> None:
        self._socket.sendall(data)
        self._wire.sent(memoryview(data).nbytes)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._socket, self._wire, self._remaining))

    def close(self) -> None:
        self._socket.close()


class _Connection(http.client.HTTPConnection):
    """An HTTP connection that takes part in bench time and has a deadline."""

    def __init__(self, host: str, port: int, clock: Timekeeper, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._clock = clock
        self.deadline = clock.now() + timeout

    def connect(self) -> None:
        super().connect()
        wire = self._clock.wire(tcp_key(self.sock))
        self.sock = _TimedSocket(self.sock, wire, lambda: self.deadline - self._clock.now())


def exchange(host: str, port: int, path: str, clock: Timekeeper, timeout: float, into: Exchange) -> None:
    """Send GET `path` and put status and body into `into`.

    The answer must begin within `timeout` seconds, as apis-main demands, and be complete within twice that.
    Raises OSError (TimeoutError among them), http.client.HTTPException, AnswerTooLong, AnswerBroken; then
    `into` holds what came before. Redirects are not followed.
    """
    connection = _Connection(host, port, clock, timeout)
    try:
        connection.request("GET", path, headers={"Accept": "*/*", "Connection": "close"})
        response = connection.getresponse()
        connection.deadline += timeout
        into.status = response.status
        while piece := response.read1(65536):
            into.body += piece
            if len(into.body) > MAX_BODY:
                raise AnswerTooLong(f"more than {MAX_BODY} bytes")
        if response.length:
            raise AnswerBroken(f"{response.length} of the announced bytes are missing")
    finally:
        connection.close()
