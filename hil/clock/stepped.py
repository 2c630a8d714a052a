"""Bench time of a virtual bench, passing only while every worker waits."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from hil.clock.baton import FOREVER, Baton
from hil.clock.workers import WorkerClock
from hil.errors import BenchTrouble

DECODER = json.JSONDecoder()
LARGEST_ANSWER = 16 * 1024
"""Bytes read at once; nearly every answer is shorter."""
ANSWER_TIMEOUT = 60.0
"""Seconds of real time in which the virtual bench must answer a request to let time pass."""


class SteppedEvent:
    """A flag between workers."""

    def __init__(self, baton: Baton) -> None:
        self._baton = baton
        self._up = False

    def set(self) -> None:
        """Raise the flag; waiters go on when it is their turn."""
        self._up = True

    def clear(self) -> None:
        """Lower the flag."""
        self._up = False

    def is_set(self) -> bool:
        """Tell whether the flag is up."""
        return self._up

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds of bench time; return whether the flag is up."""
        return self._up or self._baton.park(self._baton.now + timeout, self.is_set)


class SteppedLock:
    """A re-entrant lock whose holder may let time pass."""

    def __init__(self, baton: Baton) -> None:
        self._baton = baton
        self._holder: object = None
        self._depth = 0

    def __enter__(self) -> Self:
        """Take the lock, waiting for its holder."""
        me = self._baton.me()
        if self._holder is not me:
            while self._holder is not None:
                self._baton.park(FOREVER, self._is_free)
            self._holder = me
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        self._depth -= 1
        if self._depth == 0:
            self._holder = None

    def _is_free(self) -> bool:
        return self._holder is None


class SteppedWire:
    """One connection, as the stepped clock sees it."""

    def __init__(self, clock: SteppedClock, key: str) -> None:
        self._clock = clock
        self._key = key
        self._seen = 0

    def sent(self, count: int) -> None:
        """Note what the virtual bench must have received before time passes."""
        self._clock.note_sent(self._key, count)
        self._seen = self._clock.delivered(self._key)

    def await_input(self, timeout: float) -> int | None:
        """Wait until the virtual bench has delivered something on this wire, or has hung up (0)."""
        if not self._clock.park(timeout, self._has_news):
            return None
        count = self._clock.delivered(self._key) - self._seen
        self._seen += count
        return count

    def _has_news(self) -> bool:
        return self._clock.delivered(self._key) > self._seen or self._clock.is_closed(self._key)


def _request(until: float, opened: list[str], sent: dict[str, int]) -> str:
    """Return the request to let time pass as a line of JSON, put together by hand: a run sends 200,000 of them."""
    news = ",".join([f'"{key}":{count}' for key, count in sent.items()])
    return f'{{"advance":{until!r},"opened":{json.dumps(opened) if opened else "[]"},"sent":{{{news}}}}}\n'


class SteppedClock(WorkerClock):
    """Drives the time of a virtual bench over its time wire.

    The thread that makes the clock is its first worker; all others are made by `start` and `every`. Raises
    BenchTrouble when the virtual bench cannot be reached or stops answering.

    time_wire: host and port, for whoever wants to look at the same virtual bench.
    """

    def __init__(self, host: str, port: int) -> None:
        self.time_wire = (host, port)
        try:
            self._socket = socket.create_connection((host, port), timeout=ANSWER_TIMEOUT)
        except OSError as error:
            raise BenchTrouble(
                f"The virtual bench does not answer at {host}:{port} ({error}). Is it running?"
            ) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sent: dict[str, int] = {}
        self._news: dict[str, int] = {}
        self._opened: list[str] = []
        self._delivered: dict[str, int] = {}
        self._closed: set[str] = set()
        self._baton = Baton(self._advance)
        self._baton.join()
        self._baton.now = float(self._ask('{"take":true}\n')["now"])

    def now(self) -> float:
        """Return bench time in seconds."""
        return self._baton.now

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of bench time pass."""
        self._baton.park(self._baton.now + max(0.0, seconds))

    def park(self, timeout: float, ready: Callable[[], bool]) -> bool:
        """Wait up to `timeout` seconds for `ready()`; tell whether it holds."""
        return self._baton.park(self._baton.now + timeout, ready)

    def wire(self, key: str) -> SteppedWire:
        """Return the wire for the connection `key`."""
        self._closed.discard(key)
        self._sent[key] = self._delivered[key] = 0
        self._opened.append(key)
        return SteppedWire(self, key)

    def lock(self) -> SteppedLock:
        """Return a new re-entrant lock."""
        return SteppedLock(self._baton)

    def event(self) -> SteppedEvent:
        """Return a new lowered flag."""
        return SteppedEvent(self._baton)

    def spawn(self, work: Callable[[], None], name: str) -> None:
        """Add a worker that takes its turn."""
        self._baton.spawn(work, name)

    def note_sent(self, key: str, count: int) -> None:
        """Enter `count` more bytes sent on wire `key` into the ledger."""
        self._sent[key] = self._sent.get(key, 0) + count
        self._news[key] = self._sent[key]

    def delivered(self, key: str) -> int:
        """Return how many bytes the virtual bench has delivered on wire `key`."""
        return self._delivered.get(key, 0)

    def is_closed(self, key: str) -> bool:
        """Tell whether the virtual bench has hung up on wire `key`."""
        return key in self._closed

    def close(self) -> None:
        """Let go of the virtual bench's time; from now on it follows the wall clock."""
        self._socket.close()

    def _advance(self, until: float) -> float:
        news, self._news = self._news, {}
        opened, self._opened = self._opened, []
        answer = self._ask(_request(until, opened, news))
        for key, count in answer["input"]:
            self._delivered[key] = self._delivered.get(key, 0) + count
        self._closed.update(answer.get("closed", ()))
        return float(answer["now"])

    def _ask(self, request: str) -> dict[str, Any]:
        try:
            self._socket.sendall(request.encode())
            line = self._socket.recv(LARGEST_ANSWER)
            while line and not line.endswith(b"\n"):
                more = self._socket.recv(LARGEST_ANSWER)
                line = line + more if more else b""
        except OSError as error:
            raise BenchTrouble(f"The virtual bench stopped answering on its time wire ({error}).") from error
        if not line:
            raise BenchTrouble("The virtual bench has ended while the run needed it.")
        answer: dict[str, Any] = DECODER.raw_decode(line.decode())[0]
        if "error" in answer:
            raise BenchTrouble(f"The virtual bench refused to let time pass: {answer['error']}")
        return answer
