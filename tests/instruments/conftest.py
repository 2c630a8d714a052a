"""A peer on loopback that answers as it is told, and a port that plays a written dialogue."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

Reply = Callable[["Peer", socket.socket, str], None]


class Peer:
    """A TCP server on 127.0.0.1 that calls `reply(peer, connection, line)` for every line it receives."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.lines: list[str] = []
        self.connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.resource = f"TCPIP::127.0.0.1::{self.port}::SOCKET"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        buffer = b""
        with suppress(OSError):
            while data := connection.recv(4096):
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    self.lines.append(line.decode())
                    self.reply(self, connection, line.decode())

    def hang_up(self) -> None:
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.connections.clear()

    def stop_listening(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        self.stop_listening()
        self.hang_up()


@pytest.fixture
def peer() -> Iterator[Callable[[Reply], Peer]]:
    made: list[Peer] = []

    def make(reply: Reply) -> Peer:
        made.append(Peer(reply))
        return made[-1]

    yield make
    for one in made:
        one.close()
