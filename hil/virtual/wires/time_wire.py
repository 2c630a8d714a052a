"""The time wire: one JSON object a line, for the clock of a run and for whoever inspects the virtual bench.

| request | answer |
|---|---|
| {"take": true} | {"now": s}: time is held by this client until it hangs up |
| {"advance": until, "opened": [wire], "sent": {wire: bytes}} | {"now": s, "input": [[wire, bytes]], "closed": [wire]} |
| {"free": true} | {"now": s}: takes the time from whoever holds it, a frozen run; it follows the wall clock |
| {"addresses": true} | {"speed": word, "instruments": {name: VISA resource}, "driver": URL, "bms": port, "peer": URL} |
| {"truth": true} | {"now": s, "truth": {quantity: value}}: the plant as it is, for tests |
| {"record": [probe]} | {"now": s}: from now on the values at every step of the plant are kept, for tests |
| {"recorded": true} | {"now": s, "recorded": {"time": [s], probe: [value]}}: ends that and hands them over |
| {"set": {"target": name, "field": name, "value": any}} | {"now": s}: changes a fault field while running |
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any, cast

from hil.virtual.timekeeping import Step, Timekeeping

HOST = "127.0.0.1"
LONGEST_LINE = 64 * 1024
DECODER = json.JSONDecoder()

Inspect = Callable[[dict[str, Any]], dict[str, Any]]
"""Answers a request that is not about time; raises KeyError or ValueError with a sentence."""


class TimeWire(asyncio.Protocol):
    """One client on the time wire."""

    def __init__(self, keeper: Timekeeping, inspect: Inspect) -> None:
        self._keeper = keeper
        self._inspect = inspect
        self._holds = False
        self._partial = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Prepare for short messages."""
        self._transport = cast(asyncio.Transport, transport)
        self._keeper.inspectors += 1
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Answer every complete line."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > LONGEST_LINE and self._transport is not None:
            self._transport.abort()
        for line in lines:
            self._take_line(line)

    def connection_lost(self, error: Exception | None) -> None:
        """Free the time if this client held it."""
        self._keeper.inspectors -= 1
        if self._holds and self._keeper.held_by_client:
            self._keeper.let_go()

    def _take_line(self, line: bytes) -> None:
        try:
            request = _parse(line.decode())
            self._answer(request)
        except RecursionError:
            self._send({"error": "the request is nested too deeply"})
        except TypeError as error:
            self._send({"error": f"a value of the request has the wrong type: {error}"})
        except KeyError as error:
            self._send({"error": f"the request lacks {error}"})
        except ValueError as error:
            self._send({"error": str(error)})

    def _answer(self, request: dict[str, Any]) -> None:
        if "advance" in request:
            if not (self._holds and self._keeper.held_by_client):
                raise ValueError("take the time before you let it pass")
            opened = [str(key) for key in request["opened"]]
            sent = {str(key): int(count) for key, count in request["sent"].items()}
            self._keeper.request(Step(float(request["advance"]), opened, sent, self._stepped))
        elif "take" in request:
            if self._keeper.held_by_client:
                raise ValueError("another client holds the time")
            self._holds = True
            self._send({"now": self._keeper.take()})
        elif "free" in request:
            self._keeper.let_go()
            self._send({"now": self._keeper.environment.now})
        else:
            self._send(self._keeper.look(lambda: self._inspect(request)))

    def _stepped(self, now: float, inputs: list[tuple[str, int]], closed: list[str]) -> None:
        arrived = ",".join([f'["{key}",{count}]' for key, count in inputs])
        gone = json.dumps(closed) if closed else "[]"
        self._write(f'{{"now":{now!r},"input":[{arrived}],"closed":{gone}}}\n')  # a run needs 200,000 of them

    def _send(self, answer: dict[str, Any]) -> None:
        self._write(json.dumps(answer) + "\n")

    def _write(self, line: str) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(line.encode())


def _parse(line: str) -> dict[str, Any]:
    """Return the request in a line. Raises ValueError or TypeError with a sentence."""
    request, end = DECODER.raw_decode(line)
    if line[end:].strip():
        raise ValueError(f"a line is one JSON object; this one goes on with {line[end:][:20]!r}")
    if not isinstance(request, dict):
        raise TypeError("a request is a JSON object")
    return request


async def listen(keeper: Timekeeping, inspect: Inspect, port: int = 0) -> int:
    """Listen on loopback for clients of the time wire; return the port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: TimeWire(keeper, inspect), HOST, port)
    return int(server.sockets[0].getsockname()[1])
