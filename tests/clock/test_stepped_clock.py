"""The stepped clock against a small virtual bench of its own, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import simpy

from hil.clock import SteppedClock
from hil.errors import BenchTrouble
from hil.virtual.timekeeping import Timekeeping
from hil.virtual.wires import tcp, time_wire
from instruments.timing import tcp_key


class SlowEcho:
    """Answers every line after 5 ms of bench time with the time at which it arrived."""

    def __init__(self, environment: simpy.Environment) -> None:
        self.environment = environment

    def connected(self, connection: Any) -> None: ...

    def disconnected(self, connection: Any) -> None: ...

    def received(self, connection: Any, data: bytes) -> None:
        self.environment.process(self.answer(connection, data))

    def answer(self, connection: Any, data: bytes) -> Any:
        arrived = self.environment.now
        yield self.environment.timeout(0.005)
        connection.send(b"%s@%.6f\n" % (data.strip(), arrived))


class Bench:
    """The toy bench in a thread of its own."""

    def __init__(self) -> None:
        self.ports: tuple[int, int] = (0, 0)
        self.ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.stop = asyncio.Event()
        threading.Thread(target=self.loop.run_until_complete, args=(self.serve(),), daemon=True).start()
        assert self.ready.wait(5)

    async def serve(self) -> None:
        environment = simpy.Environment()
        keeper = Timekeeping(environment, held=True)
        device = await tcp.listen(SlowEcho(environment), keeper)
        clock = await time_wire.listen(keeper, lambda request: {"error": "nothing to inspect"})
        self.ports = (clock, device)
        self.ready.set()
        await self.stop.wait()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.loop.call_soon_threadsafe(bench.stop.set)


class Client:
    """A line client that tells its wire what it does, as a transport does."""

    def __init__(self, clock: SteppedClock, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.wire = clock.wire(tcp_key(self.socket))
        self.lines = self.socket.makefile("rb")

    def query(self, text: str) -> str:
        data = text.encode() + b"\n"
        self.socket.sendall(data)
        self.wire.sent(len(data))
        assert self.wire.await_input(2.0) is not None
        return self.lines.readline().decode().strip()


def test_a_query_costs_what_the_device_takes(bench: Bench) -> None:
    clock = SteppedClock("127.0.0.1", bench.ports[0])
    client = Client(clock, bench.ports[1])
    assert client.query("a") == "a@0.000000"
    assert clock.now() == pytest.approx(0.005)
    clock.sleep(100.0)
    assert clock.now() == pytest.approx(100.005)
    assert client.query("b") == "b@100.005000"


def journal_of(bench: Bench) -> list[tuple[str, float]]:
    """Two tickers and the main worker talk to one device each; return who did what when."""
    clock = SteppedClock("127.0.0.1", bench.ports[0])
    start = clock.now()
    journal: list[tuple[str, float]] = []
    clients = {name: Client(clock, bench.ports[1]) for name in ("fast", "slow", "main")}

    def act(name: str) -> None:
        clients[name].query(name)
        journal.append((name, round(clock.now() - start, 9)))

    tickers = [clock.every(0.05, lambda: act("fast"), "fast"), clock.every(0.07, lambda: act("slow"), "slow")]
    for _ in range(20):
        act("main")
        clock.sleep(0.033)
    for ticker in tickers:
        ticker.stop()
        ticker.check()
    clock.close()
    return journal


def test_the_order_of_events_never_depends_on_the_machine() -> None:
    first, second = journal_of(Bench()), journal_of(Bench())
    assert first == second
    assert [name for name, _ in first].count("fast") >= 14


def test_a_call_in_flight_lets_time_pass_for_others(bench: Bench) -> None:
    clock = SteppedClock("127.0.0.1", bench.ports[0])
    client = Client(clock, bench.ports[1])
    call = clock.start(lambda: client.query("x"), "query")
    clock.sleep(0.001)
    assert not call.done
    assert call.result() == "x@0.000000"
    assert clock.now() == pytest.approx(0.005)


def test_nothing_arrives_in_time(bench: Bench) -> None:
    clock = SteppedClock("127.0.0.1", bench.ports[0])
    client = Client(clock, bench.ports[1])
    client.socket.sendall(b"z\n")
    client.wire.sent(2)
    assert client.wire.await_input(0.002) is None
    assert clock.now() == pytest.approx(0.002)


def test_a_lock_is_waited_for_while_its_holder_lets_time_pass(bench: Bench) -> None:
    clock = SteppedClock("127.0.0.1", bench.ports[0])
    lock = clock.lock()
    taken: list[float] = []

    def take() -> None:
        with lock:
            taken.append(clock.now())

    with lock, lock:
        call = clock.start(take, "other")
        clock.sleep(1.0)
        assert not taken
    call.result()
    assert taken == [pytest.approx(1.0)]


def test_an_event_wakes_its_waiters_and_a_deadlock_is_named(bench: Bench) -> None:
    clock = SteppedClock("127.0.0.1", bench.ports[0])
    flag = clock.event()

    def raise_flag() -> None:
        clock.sleep(0.5)
        flag.set()

    clock.start(raise_flag, "setter")
    assert flag.wait(2.0)
    assert clock.now() == pytest.approx(0.5)
    with pytest.raises(RuntimeError, match="Every worker waits for ever"):
        clock.event().wait(float("inf"))


def test_an_error_in_a_repeated_action_reaches_who_checks(bench: Bench) -> None:
    clock = SteppedClock("127.0.0.1", bench.ports[0])

    def fail() -> None:
        raise BenchTrouble("The supply is gone.")

    ticker = clock.every(0.1, fail, "loop")
    clock.sleep(0.3)
    with pytest.raises(BenchTrouble, match="supply is gone"):
        ticker.check()


def test_a_bench_that_ends_is_bench_trouble(bench: Bench) -> None:
    clock = SteppedClock("127.0.0.1", bench.ports[0])
    clock.close()
    with pytest.raises(BenchTrouble, match=r"stopped answering|has ended"):
        clock.sleep(1.0)
    with pytest.raises(BenchTrouble, match="does not answer"):
        SteppedClock("127.0.0.1", 1)


def test_time_is_held_by_one_client_only(bench: Bench) -> None:
    first = SteppedClock("127.0.0.1", bench.ports[0])
    with pytest.raises(BenchTrouble, match="another client"):
        SteppedClock("127.0.0.1", bench.ports[0])
    first.close()


def test_a_foreign_thread_is_told_that_it_does_not_take_part(bench: Bench) -> None:
    clock = SteppedClock("127.0.0.1", bench.ports[0])
    caught: list[BaseException] = []

    def intrude() -> None:
        try:
            clock.sleep(1.0)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert "without being one of its workers" in str(caught[0])
