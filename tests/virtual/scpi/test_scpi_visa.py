"""A VISA program that knows nothing of this harness uses the instruments over a real socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pyvisa

Desk = Any


class _Link(asyncio.Protocol):
    """One socket in front of a desk's instrument; bench time runs as far as something happens in it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.key = ""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.key = f"tcp:{transport.get_extra_info('peername')[1]}"
        self.desk.instrument.connected(self)

    def data_received(self, data: bytes) -> None:
        self.desk.instrument.received(self, data)
        self.desk.pass_time(1.0)

    def connection_lost(self, exc: Exception | None) -> None:
        self.desk.instrument.disconnected(self)

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    def close(self) -> None:
        self.transport.close()


@contextmanager
def listening(desk: Desk) -> Iterator[int]:
    """Serve `desk` on a loopback port, which is the value."""
    desk.instrument.disconnected(desk.connection)
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Link(desk), sock=listener))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@contextmanager
def visa(port: int) -> Iterator[Any]:
    manager = pyvisa.ResourceManager("@py")
    resource: Any = manager.open_resource(
        f"TCPIP0::127.0.0.1::{port}::SOCKET", read_termination="\n", write_termination="\n", timeout=5000
    )
    try:
        yield resource
    finally:
        resource.close()
        manager.close()


def test_a_supply(desk_of: Callable[..., Desk]) -> None:
    with listening(desk_of("scpi1999-supply")) as port, visa(port) as supply:
        assert supply.query("*IDN?").startswith("VIRTUAL,")
        supply.write("VOLT 24;CURR 5;:OUTP ON")
        assert float(supply.query("MEAS:VOLT?")) == 24.0
        supply.write("VOLT 1000")
        assert supply.query("SYST:ERR?").startswith("-222,")
        assert supply.query_ascii_values("MEAS:VOLT?;CURR?", separator=";") == [24.0, 2.4]


def test_an_ea_supply_with_its_lock(desk_of: Callable[..., Desk]) -> None:
    """Each message ends in a query, so that none comes too soon after the one before."""
    with listening(desk_of("ea-psb10000")) as port, visa(port) as supply:
        assert supply.query("VOLT 10;SYST:ERR?").startswith("-221,")
        assert supply.query("SYST:LOCK ON;SYST:LOCK:OWN?") == "REMOTE"
        assert supply.query("VOLT 10;VOLT?") == "10.00 V"
        assert supply.query("MEAS:ARR?").count(",") == 2


def test_a_load_and_a_meter(desk_of: Callable[..., Desk]) -> None:
    with listening(desk_of("kikusui-plz5w", source_voltage=48.0)) as port, visa(port) as load:
        load.write("FUNC CC;:CURR 12;:INP ON")
        assert float(load.query("MEAS:POW?")) == pytest.approx(576)
    with listening(desk_of("keysight-34460", probe=lambda: 3.25)) as port, visa(port) as meter:
        meter.write("CONF:VOLT:DC 10;:VOLT:NPLC 0.2;:SAMP:COUN 20")
        assert meter.query_ascii_values("READ?") == [3.25] * 20
        meter.write("INIT;*WAI")
        values = meter.query_binary_values("R?", datatype="B", container=bytes)
        assert values.count(b",") == 19


def test_a_client_after_a_client_after_garbage(desk_of: Callable[..., Desk]) -> None:
    with listening(desk_of("scpi1999-supply")) as port:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                stranger.sendall(bytes(range(256)) * 100)
            with visa(port) as supply:
                assert supply.query("*IDN?").startswith("VIRTUAL,")
