"""What the transport asks of time.

Everything that waits asks one clock (`hil.clock`), but `instruments` does not import `hil`: it states
here what it needs, and any clock that has it will do. `WallTime` is the plain one, for scripts and tests.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import AbstractContextManager
from typing import Protocol


class Wire(Protocol):
    """One byte stream to one device, as the clock sees it.

    On a bench whose time is simulated, time must not pass between a request and the moment the device
    has received it, and an answer exists only once enough time has passed. So the owner of a socket or
    serial port tells its wire what it sent, and asks before it reads.
    """

    def sent(self, count: int) -> None:
        """Note that `count` bytes have just been handed to the operating system."""

    def await_input(self, timeout: float) -> int | None:
        """Wait up to `timeout` seconds for input since the last `sent` or `await_input`.

        Returns the number of bytes known to have arrived, 0 if the clock cannot know (then read with
        the port's own time-out), or None when the time is over and nothing came.
        """


class Timekeeper(Protocol):
    """The part of a clock that a transport needs."""

    def now(self) -> float:
        """Return bench time in seconds. Its zero is arbitrary; it never steps back."""

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of bench time pass."""

    def wire(self, key: str) -> Wire:
        """Return the wire for the connection `key`: what `tcp_key` returns, or "tty:<device path>"."""

    def lock(self) -> AbstractContextManager[object]:
        """Return a new re-entrant lock. Holders may wait on this clock while they hold it."""


def tcp_key(connection: socket.socket) -> str:
    """Return the wire key of a TCP connection, from the client's side: "tcp:<client port>><server port>".

    Both ports are needed: connections to two servers may leave from the same client port.
    """
    return f"tcp:{connection.getsockname()[1]}>{connection.getpeername()[1]}"


class WallWire:
    """A wire in real time: nothing to note, and the port itself waits."""

    def sent(self, count: int) -> None:
        """Do nothing: real time passes by itself."""

    def await_input(self, timeout: float) -> int | None:
        """Return 0 at once: read with the port's own time-out."""
        return 0


class WallTime:
    """Real time from the monotonic clock."""

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep for real."""
        time.sleep(max(0.0, seconds))

    def wire(self, key: str) -> WallWire:
        """Return a wire that waits for nothing."""
        return WallWire()

    def lock(self) -> AbstractContextManager[object]:
        """Return a re-entrant lock."""
        return threading.RLock()
