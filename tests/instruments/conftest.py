"""A peer on loopback that answers as it is told, and a port that plays a written dialogue."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from tests.instruments.listening import Listening

Reply = Callable[["Peer", socket.socket, str], object]
MakePeer = Callable[[Reply], "Peer"]


class Peer(Listening):
    """A TCP server on 127.0.0.1 that calls `reply(peer, connection, line)` for every line it receives."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.lines: list[str] = []
        super().__init__()
        self.resource = f"TCPIP::127.0.0.1::{self.port}::SOCKET"

    def serve(self, connection: socket.socket) -> None:
        buffer = b""
        while data := connection.recv(4096):
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                self.lines.append(line.decode())
                self.reply(self, connection, line.decode())


@pytest.fixture
def peer() -> Iterator[MakePeer]:
    made: list[Peer] = []

    def make(reply: Reply) -> Peer:
        made.append(Peer(reply))
        return made[-1]

    yield make
    for one in made:
        one.close()
