"""A bench around the driver alone: an obedient converter, a battery, and connections that keep what they get."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import simpy
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse
from pymodbus.pdu.register_message import ReadInputRegistersResponse

from hil.virtual.devices.driver import Driver, DriverSettings, ModbusMaster
from hil.virtual.plant.modes import RefusalReason, Refused

Handler = Callable[[bytes], "list[tuple[float, bytes]]"]


@dataclass
class FakeMeters:
    vg: float = 0.0
    ig: float = 0.0
    vb: float = 51.9990234375
    ib: float = -0.082646484375
    wg: float = 0.0
    wb: float = -3.662109375
    tmp: float = 27.0


@dataclass
class FakeConverter:
    """Takes everything within the EZA2500's ranges and writes down when it was told what."""

    environment: simpy.Environment
    alive: bool = True
    mode: int = 0
    dvg: float = 349.98779296875
    drg: float = 0.0
    dig: float = 1.9998550415039062
    alarm: int = 0
    alarm_words: tuple[int, int, int] = (0, 0, 0)
    running_override: int | None = None
    outside_range: str = "refuse"
    permitted: bool = True
    readings: FakeMeters = field(default_factory=FakeMeters)
    log: list[tuple[float, str, Any]] = field(default_factory=list)

    @property
    def running(self) -> int:
        if self.running_override is not None:
            return self.running_override
        return {0x0000: 0, 0x0041: 1}.get(self.mode, 2)

    def meters(self) -> FakeMeters:
        self.log.append((self.environment.now, "meters", None))
        return self.readings

    def write_mode(self, code: int) -> int:
        self.log.append((self.environment.now, "mode", code))
        self.mode = code
        return code

    def write_voltage(self, dvg: float, drg: float) -> tuple[float, float]:
        self.log.append((self.environment.now, "voltage", (dvg, drg)))
        self.dvg, self.drg = self._within(dvg, 260, 390), drg
        return self.dvg, self.drg

    def write_current(self, dig: float) -> float:
        self.log.append((self.environment.now, "current", dig))
        self.dig = self._within(dig, 0, 8.5162)
        return self.dig

    def clear_alarm(self) -> None:
        self.alarm, self.alarm_words = 0, (0, 0, 0)

    def set_permission(self, permitted: bool) -> None:
        self.permitted = permitted

    def _within(self, value: float, low: float, high: float) -> float:
        if self.outside_range == "refuse" and not low <= value <= high:
            raise Refused(RefusalReason.PARAMETER, f"{value} is outside {low}..{high}")
        return min(max(value, low), high) if self.outside_range == "clamp" else value

    def writes(self) -> list[str]:
        return [what for _, what, _ in self.log if what != "meters"]

    def written_at(self, what: str) -> float:
        return next(time for time, name, _ in self.log if name == what)


@dataclass
class Line:
    """A connection that keeps what the device sends, and tells whoever wants to know."""

    key: str
    sent: bytearray = field(default_factory=bytearray)
    is_closed: bool = False
    on_send: Callable[[bytes], None] = lambda data: None
    on_close: Callable[[], None] = lambda: None

    def send(self, data: bytes) -> None:
        assert not self.is_closed
        self.sent += data
        self.on_send(data)

    def close(self) -> None:
        self.is_closed = True
        self.on_close()


class FakeBms:
    """A slave on the battery line. `handler` may replace its replies: pairs of extra delay in s and bytes."""

    def __init__(self, environment: simpy.Environment, master: ModbusMaster) -> None:
        self.environment = environment
        self.master = master
        self.rsoc = 700
        self.flag = 0
        self.turnaround = 0.005
        self.requests: list[tuple[float, bytes]] = []
        self.handler: Handler | None = None
        self.line = Line("tty:bms", on_send=self._asked)
        self.framer = FramerRTU(DecodePDU(is_server=True))

    def reply(self, request: bytes, unit: int = 1) -> bytes:
        offset, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        registers = [{29: self.rsoc, 30: self.flag}[number] for number in range(offset, offset + count)]
        return self.framer.buildFrame(ReadInputRegistersResponse(registers=registers, dev_id=unit))

    def exception(self, code: int) -> bytes:
        return self.framer.buildFrame(ExceptionResponse(4, code, device_id=1))

    def _asked(self, request: bytes) -> None:
        self.requests.append((self.environment.now, request))
        replies = self.handler(request) if self.handler else [(0.0, self.reply(request))]
        for delay, data in replies:
            self.environment.process(self._answer(delay, data))

    def _answer(self, delay: float, data: bytes) -> Any:
        yield self.environment.timeout(self.turnaround + delay)
        self.master.received(self.line, data)


@dataclass(frozen=True)
class Reply:
    """What a client got. `took` in bench seconds; status 0 when the driver hung up without an answer."""

    status: int
    headers: dict[str, str]
    body: str
    took: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class DriverBench:
    def __init__(self, with_battery: bool = True, begins_alive: bool = True, **settings: Any) -> None:
        self.environment = simpy.Environment()
        self.settings = DriverSettings(**settings)
        self.converter = FakeConverter(self.environment, alive=begins_alive)
        self.master = ModbusMaster(self.environment, self.settings)
        self.bms = FakeBms(self.environment, self.master)
        if with_battery:
            self.master.connected(self.bms.line)
        self.driver = Driver(
            self.environment, self.converter, self.master, self.settings, lambda: None, random.Random(1)
        )
        self._lines = 0

    def connect(self) -> Line:
        self._lines += 1
        line = Line(f"tcp:{self._lines}")
        self.driver.connected(line)
        return line

    def ask(self, url: str, method: str = "GET", version: str = "1.1") -> tuple[Line, simpy.Event]:
        """Send a request; the event tells of the first bytes of the answer or of the hang-up."""
        line = self.connect()
        done = self.environment.event()

        def finish(*_: object) -> None:
            if not done.triggered:
                done.succeed(self.environment.now)

        line.on_send = line.on_close = finish
        if not line.is_closed:
            self.driver.received(line, f"{method} {url} HTTP/{version}\r\nHost: 127.0.0.1:39123\r\n\r\n".encode())
        else:
            done.succeed(self.environment.now)
        return line, done

    def call(self, url: str, method: str = "GET", limit: float = 30.0) -> Reply:
        begin = self.environment.now
        line, done = self.ask(url, method)
        if not done.triggered:
            self.environment.run(done | self.environment.timeout(limit))
        end: Any = done.value if done.triggered else self.environment.now
        return parse(bytes(line.sent), end - begin)

    def wait(self, seconds: float) -> None:
        self.environment.run(self.environment.now + seconds)


def parse(data: bytes, took: float) -> Reply:
    if not data:
        return Reply(0, {}, "", took)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Reply(int(first.split()[1]), headers, body.decode(), took)


@pytest.fixture
def bench() -> DriverBench:
    return DriverBench()


@pytest.fixture
def bench_with() -> type[DriverBench]:
    return DriverBench
