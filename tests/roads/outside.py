"""A bench that has nothing in common with the virtual one: instruments of a few lines each, which note what they did.

Their habits are those of real instruments: one session at a time, a silent socket is closed, the output takes its
time to come down, answers stop.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Node:
    """Two terminals. ramp: seconds in which they come down once no source is on and nothing draws."""

    ramp: float = 0.0
    volts: float = 0.0
    left_at: float = float("-inf")

    def hold(self, volts: float) -> None:
        self.volts, self.left_at = volts, float("inf")

    def leave(self) -> None:
        self.left_at = time.monotonic()

    def now(self) -> float:
        passed = time.monotonic() - self.left_at
        if passed < 0.0:
            return self.volts
        return max(0.0, self.volts * (1.0 - passed / self.ramp)) if self.ramp else 0.0


@dataclass
class Habits:
    """single: takes the next connection only when the one before is closed. idle: seconds after which a socket
    without traffic is closed. mute: tells when it does not answer.
    """

    single: bool = False
    idle: float | None = None
    mute: Callable[[Instrument], bool] = lambda instrument: False


@dataclass
class Instrument:
    """Supply or load behind a TCP socket. switched: when its output changed (monotonic seconds), and to what."""

    name: str
    node: Node
    switch: str = "OUTP"
    habits: Habits = field(default_factory=Habits)
    on: bool = False
    switched: list[tuple[float, bool]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def resource(self) -> str:
        return f"TCPIP::127.0.0.1::{self._server.getsockname()[1]}::SOCKET"

    @property
    def sources(self) -> bool:
        return self.switch == "OUTP"

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            if self.habits.single:
                self._serve(connection)
            else:
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(self.habits.idle)
        try:
            for line in connection.makefile("r"):
                with self._lock:
                    self.lines.append(line.strip())
                    answers = [answer for unit in line.split(";") if (answer := self._obey(unit.strip(" \n:")))]
                if answers and not self.habits.mute(self):
                    connection.sendall(";".join(answers).encode() + b"\n")
        except OSError:
            pass
        finally:
            connection.close()

    def _obey(self, unit: str) -> str:
        header, _, value = unit.partition(" ")
        if header == self.switch:
            self._turn(value in ("ON", "1"))
        elif not header.endswith("?"):
            self.settings[header] = value
            if header == "VOLT" and self.on and self.sources:
                self.node.hold(float(value))
        known = {
            "*IDN?": f"OUTSIDE,{self.name},1,0",
            "SYST:ERR?": '0,"No error"',
            f"{self.switch}?": str(int(self.on)),
            "MEAS:VOLT?": f"{self.node.now():.4f}",
            "MEAS:CURR?": "0.0",
        }
        return known.get(header, self.settings.get(header[:-1], "0")) if header.endswith("?") else ""

    def _turn(self, on: bool) -> None:
        if on != self.on:
            self.switched.append((time.monotonic(), on))
        self.on = on
        if on and self.sources:
            self.node.hold(float(self.settings.get("VOLT", "0")))
        elif not on and self.sources:
            self.node.leave()
        elif on:
            self.node.ramp = min(self.node.ramp, 0.1)


class Driver(BaseHTTPRequestHandler):
    """A driver's Web API that answers everything and says nothing."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *arguments: object) -> None: ...


class OutsideBench:
    """Battery supply, grid source, grid load, driver, and a line that nobody talks on."""

    def __init__(self, habits: Habits, ramp: float = 0.0) -> None:
        grid = Node(ramp)
        self.battery = Instrument("battery", Node(), habits=habits)
        self.source = Instrument("grid_source", grid, habits=habits)
        self.load = Instrument("grid_load", grid, "INP", habits)
        self._driver = ThreadingHTTPServer(("127.0.0.1", 0), Driver)
        self._line = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._driver.serve_forever, daemon=True).start()

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return self.battery, self.source, self.load

    def write_file(self, folder: Path) -> Path:
        """Write the bench file: the virtual one, with these addresses and without meters."""
        head, _, rest = (ROOT / "benches/virtual.toml").read_text().partition("[virtual]")
        assert rest
        text = head.replace('"../duts/', f'"{ROOT}/duts/').replace('identity = "virtual"', 'identity = "outside"')
        for instrument in self.instruments:
            text = text.replace(f'"virtual:{instrument.name}"', f'"{instrument.resource}"')
        text = text.replace('"virtual:driver"', f'"http://127.0.0.1:{self._driver.server_port}"')
        text = text.replace('"virtual:bms"', f'"socket://127.0.0.1:{self._line.getsockname()[1]}"')
        kept = []
        for table in text.split("\n["):
            if not table.startswith(("instruments.grid_voltmeter", "instruments.grid_ammeter", "safety")):
                kept.append("\n".join(line for line in table.splitlines() if "VIRTUAL-" not in line))
        lines = "\n[".join(kept).splitlines()
        path = folder / "outside.toml"
        path.write_text("\n".join(line for line in lines if not line.startswith(("grid_voltmeter", "grid_ammeter"))))
        return path

    def close(self) -> None:
        self._driver.shutdown()
        for instrument in self.instruments:
            instrument.close()
