"""What a device of the virtual bench sees of the outside: connections that carry bytes."""

from __future__ import annotations

from typing import Protocol


class Connection(Protocol):
    """One client's link to a device."""

    @property
    def key(self) -> str:
        """Return the wire key, the same that the client uses ("tcp:<client port>><server port>", "tty:<path>")."""

    def send(self, data: bytes) -> None:
        """Deliver `data` to the client at the present bench time."""

    def close(self) -> None:
        """Hang up."""


class Device(Protocol):
    """Something that listens behind a port."""

    def connected(self, connection: Connection) -> None:
        """Take note of a new client."""

    def received(self, connection: Connection, data: bytes) -> None:
        """Take `data`, at the present bench time. May hold half a message or several."""

    def disconnected(self, connection: Connection) -> None:
        """Take note that a client is gone."""
