"""A unit of our own on the loopback, and a clock whose time passes only when everybody waits."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hil.client import Client, HwConfig, Policy, load_hwconfig, load_policy
from hil.clock.baton import Baton
from hil.clock.stepped import SteppedEvent, SteppedLock
from hil.clock.workers import WorkerClock
from hil.converter import Converter

DUTS = Path(__file__).parents[2] / "duts"
NAMES = {"0x0000": "Waiting", "0x0014": "Grid Autonomy", "0x0002": "Heteronomy CV", "0x0041": "Heteronomy CV"}


class FakeClock(WorkerClock):
    """Bench time in which every call takes `latency` seconds and everything else nothing."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.baton = Baton(lambda until: until)
        self.baton.join()

    def now(self) -> float:
        return self.baton.now

    def sleep(self, seconds: float) -> None:
        self.baton.park(self.now() + seconds)

    def wire(self, key: str) -> FakeWire:
        return FakeWire(self)

    def lock(self) -> SteppedLock:
        return SteppedLock(self.baton)

    def event(self) -> SteppedEvent:
        return SteppedEvent(self.baton)

    def spawn(self, work: Callable[[], None], name: str) -> None:
        self.baton.spawn(work, name)

    def close(self) -> None: ...


class FakeWire:
    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._asked = False

    def sent(self, count: int) -> None:
        self._asked = True

    def await_input(self, timeout: float) -> int | None:
        if self._asked:
            self._asked = False
            self._clock.sleep(min(self._clock.latency, timeout))
            if self._clock.latency > timeout:
                return None
        return 0


class FakeUnit:
    """A converter that does at once what it is told, and answers as the reference driver does.

    requests: every path asked for. script: paths, and what to answer instead of the truth; a string replaces
    the body, None hangs up, a dict is merged into the answer. Each entry serves once.
    """

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"mode": "0x0000", "dvg": 0.0, "dig": 0.0, "drg": 0.0, "vg": 0.0, "ig": 0.0}
        self.rsoc, self.permission, self.wb = 50.0, 3, 0.0
        self.requests: list[str] = []
        self.script: list[tuple[str, str | dict[str, Any] | None]] = []
        self.on_request: Callable[[str], None] = lambda path: None
        self.hold_voltage = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def answer(self, path: str) -> dict[str, Any]:
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/version/get":
            return {"comm_interface_version": "2.0"}
        if parts.path == "/dcdc/set":
            self._set(query)
        everything = self._everything()
        if parts.path == "/dcdc/get/status":
            return {"status": {"operationMode": everything["status"]["operationMode"]}, "meter": everything["meter"]}
        if query.keys() == {"dig"}:
            return {key: everything[key] for key in ("meter", "param")}
        if query.keys() == {"dvg", "drg"}:
            return {key: everything[key] for key in ("meter", "vdis")}
        if parts.path == "/all/get":
            return everything | {"rsoc": self.rsoc, "battery_operation_status": self.permission}
        return everything

    def _set(self, query: dict[str, str]) -> None:
        state = self.state
        state |= {key: value if key == "mode" else float(value) for key, value in query.items()}
        state["ig"] = {"0x0041": state["dig"], "0x0002": -state["dig"], "0x0000": 0.0}.get(state["mode"], state["ig"])
        if state["mode"] == "0x0014" and not self.hold_voltage:
            state["vg"] = state["dvg"]

    def _everything(self) -> dict[str, Any]:
        state = self.state
        return {
            "status": {"status": state["mode"], "operationMode": NAMES[state["mode"]], "alarmState": "No alarm"},
            "meter": {"vg": state["vg"], "ig": state["ig"], "vb": 52.0, "ib": 0.0, "wb": self.wb, "tmp": 25.0},
            "vdis": {"dvg": state["dvg"], "drg": state["drg"]},
            "param": {"dig": state["dig"]},
        }

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError):
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        path = request.split(b" ")[1].decode()
        self.requests.append(path)
        self.on_request(path)
        body: Any = self.answer(path)
        if self.script and path.startswith(self.script[0][0]):
            _, instead = self.script.pop(0)
            if instead is None:
                return
            body = instead if isinstance(instead, str) else merge(body, instead)
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(data), data))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Merge `new` into `old`; the value "absent" takes a key away."""
    tree = dict(old)
    for key, value in new.items():
        tree[key] = merge(tree.get(key, {}), value) if isinstance(value, dict) else value
    return {key: value for key, value in tree.items() if value != "absent"}


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="policy")
def _policy() -> Policy:
    return load_policy(DUTS / "policy.json")


@pytest.fixture(name="hwconfig")
def _hwconfig() -> HwConfig:
    return load_hwconfig(DUTS / "hwConfig.json")


@pytest.fixture(name="unit")
def _unit() -> Iterator[FakeUnit]:
    unit = FakeUnit()
    yield unit
    unit.close()


@pytest.fixture(name="peer")
def _peer() -> Iterator[FakeUnit]:
    unit = FakeUnit()
    yield unit
    unit.close()


@pytest.fixture(name="client")
def _client(unit: FakeUnit, clock: FakeClock, policy: Policy, hwconfig: HwConfig) -> Client:
    return Client(Converter(unit.url, clock), policy, hwconfig, clock, "E001")


@pytest.fixture(name="peer_client")
def _peer_client(peer: FakeUnit, clock: FakeClock, policy: Policy, hwconfig: HwConfig) -> Client:
    return Client(Converter(peer.url, clock), policy, hwconfig, clock, "E002")
