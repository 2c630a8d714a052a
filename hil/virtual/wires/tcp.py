"""Ports of the virtual bench on TCP, loopback only."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

from hil.virtual.timekeeping import Link, Timekeeping
from hil.virtual.wires.connection import Device

HOST = "127.0.0.1"
LARGEST_BACKLOG = 4 * 1024 * 1024
"""Bytes waiting for a client that does not read, after which it is cut off."""


class TcpLink(asyncio.Protocol):
    """One accepted connection, handed to a device."""

    def __init__(self, device: Device, keeper: Timekeeping) -> None:
        self._device = device
        self._keeper = keeper
        self._link: Link | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make a link of the connection, known by the ports of both ends."""
        self._transport = cast(asyncio.Transport, transport)
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client, server = self._transport.get_extra_info("peername")[1], self._transport.get_extra_info("sockname")[1]
        self._link = Link(f"tcp:{client}>{server}", self._device, self._write, self._transport.close, self._keeper)
        self._keeper.connected(self._link)

    def data_received(self, data: bytes) -> None:
        """Hand on what arrived."""
        if self._link is not None and self._link.open:
            self._keeper.arrived(self._link, data)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the device that the client is gone."""
        if self._link is not None:
            self._keeper.lost(self._link)

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > LARGEST_BACKLOG:
            self._transport.abort()


async def listen(device: Device, keeper: Timekeeping, port: int = 0) -> int:
    """Listen on loopback for clients of `device`; return the port. Raises OSError when the port is taken."""
    server = await asyncio.get_running_loop().create_server(lambda: TcpLink(device, keeper), HOST, port, backlog=256)
    return int(server.sockets[0].getsockname()[1])
