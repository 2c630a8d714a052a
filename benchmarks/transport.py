"""What the transport costs: raw socket, Transport and plain pyvisa-py, interleaved against one loopback server.

    python benchmarks/transport.py [--runs 9] [--queries 400] [--threads-queries 25000]

Exit status 1 when a bound is missed: query <= 2.2 x raw, write-then-query <= 3 x raw, no answer to the wrong thread.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Any

import pyvisa

from instruments.audit import AuditEvent
from instruments.envelope import Envelope
from instruments.limits import Limits
from instruments.timing import WallTime
from instruments.transport import Transport

QUERY = "MEAS:VOLT?"
WRITE = "VOLT 48"
QUERY_BOUND = 2.2
WRITE_QUERY_BOUND = 3.0
THREADS = 4


class Answering(asyncio.Protocol):
    """Answers every line that holds a question mark: `ECHO? n` with n, anything else with a voltage."""

    def connection_made(self, transport: Any) -> None:
        """Keep the connection and switch Nagle's delay off."""
        self.transport = transport
        self.rest = b""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Answer each complete line."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"ECHO"):
                self.transport.write(line[6:] + b"\n")
            elif b"?" in line:
                self.transport.write(b"48.0012\n")


async def serve() -> None:
    """Serve on a free loopback port, print it, and go on until killed."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def raw_client(port: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return query and write-then-query on a plain socket."""
    link = socket.create_connection(("127.0.0.1", port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    query, write = f"{QUERY}\n".encode(), f"{WRITE}\n".encode()

    def ask() -> None:
        link.sendall(query)
        while not link.recv(4096).endswith(b"\n"):
            pass

    def write_ask() -> None:
        link.sendall(write)
        ask()

    return ask, write_ask


def transport_client(port: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return query and write-then-query on our Transport, with envelope and audit as on a bench."""
    limits = Limits(voltage_max=60.0, power_max=4000.0, source_current_max=80.0)
    seen: deque[AuditEvent] = deque(maxlen=100)
    envelope = Envelope("benchmark", "supply", limits).check
    resource = f"TCPIP::127.0.0.1::{port}::SOCKET"
    link = Transport("benchmark", resource, WallTime(), audit=seen.append, envelope=envelope)

    def ask() -> None:
        link.query(QUERY)

    def write_ask() -> None:
        link.write(WRITE)
        link.query(QUERY)

    return ask, write_ask


def pyvisa_client(port: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return query and write-then-query on pyvisa-py as it comes."""
    link: Any = pyvisa.ResourceManager("@py").open_resource(f"TCPIP::127.0.0.1::{port}::SOCKET")
    link.read_termination = link.write_termination = "\n"

    def ask() -> None:
        link.query(QUERY)

    def write_ask() -> None:
        link.write(WRITE)
        link.query(QUERY)

    return ask, write_ask


def seconds_each(action: Callable[[], None], count: int) -> float:
    """Return the median time of `count` calls, in seconds."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return median(times)


def right_answers(port: int, queries: int) -> int:
    """Let threads share one Transport; return how many queries got their own answer."""
    link = Transport("shared", f"TCPIP::127.0.0.1::{port}::SOCKET", WallTime())
    right = [0] * THREADS

    def work(number: int) -> None:
        for turn in range(queries):
            mine = str(number * queries + turn)
            if link.query(f"ECHO? {mine}").text == mine:
                right[number] += 1

    workers = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    link.close()
    return sum(right)


def measure(port: int, runs: int, queries: int) -> dict[str, tuple[float, float]]:
    """Return per client the median of run medians for query and write-then-query, in microseconds."""
    clients = {"raw socket": raw_client(port), "Transport": transport_client(port), "pyvisa-py": pyvisa_client(port)}
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in clients}
    for _ in range(runs):
        for name, (ask, write_ask) in clients.items():
            slow = name == "pyvisa-py"  # 44 ms each: Nagle against delayed acknowledgement
            seen[name].append((seconds_each(ask, queries), seconds_each(write_ask, 5 if slow else queries)))
    return {
        name: (median(q for q, _ in values) * 1e6, median(w for _, w in values) * 1e6) for name, values in seen.items()
    }


def main() -> int:
    """Run the benchmark, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--threads-queries", type=int, default=25_000, help="queries per thread, 4 threads")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
    logging.disable(logging.CRITICAL)
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        table = measure(port, options.runs, options.queries)
        wrong = THREADS * options.threads_queries - right_answers(port, options.threads_queries)
    finally:
        server.terminate()
        server.wait()
    raw_query, raw_write = table["raw socket"]
    print(f"{'client':<12}{'query':>12}{'ratio':>8}{'write+query':>14}{'ratio':>8}")
    for name, (query, write) in table.items():
        print(f"{name:<12}{query:>9.1f} us{query / raw_query:>8.2f}{write:>11.1f} us{write / raw_write:>8.2f}")
    print(f"{THREADS} threads x {options.threads_queries} queries on one Transport: {wrong} without their own answer")
    query, write = table["Transport"]
    good = query <= QUERY_BOUND * raw_query and write <= WRITE_QUERY_BOUND * raw_write and not wrong
    print(
        "within bounds" if good else "OUT OF BOUNDS",
        f"(query <= {QUERY_BOUND} x, write+query <= {WRITE_QUERY_BOUND} x)",
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
