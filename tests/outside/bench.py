"""An outside bench: terminals in one place, and instruments on TCP that somebody else could have written.

Nothing here knows the dialects or the virtual bench. An instrument is a table of the headers its maker documents;
what is not in the table is an unknown header, and `unknown` lists whoever sent one.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

Handler = Callable[[list[str]], str | None]
"""Takes the parameters, returns the answer or None."""


@dataclass
class Terminals:
    """Two wires between everything. converter: A that the converter pushes into what is connected to them."""

    converter: float = 0.0
    parts: list[Instrument] = field(default_factory=list)
    charged: float = 0.0
    """Volts left on the capacitors once nobody holds them."""

    def volts(self) -> float:
        source = [part for part in self.parts if part.on and part.kind != "load"]
        holding = [part for part in self.parts if part.on and part.kind == "load" and part.mode == "CV"]
        if holding and (self.converter > 0 or not source):
            self.charged = min(holding[0].levels["CV"], self.charged) if not source else holding[0].levels["CV"]
        elif source:
            self.charged = source[0].volts + source[0].resistance * self.converter
        elif any(part.on and part.kind == "load" for part in self.parts):
            self.charged = 0.0
        return self.charged

    def amperes(self, part: Instrument) -> float:
        """Current out of a supply, into a load."""
        if not part.on:
            return 0.0
        volts, sinking = self.volts(), 0.0
        for load in (one for one in self.parts if one.on and one.kind == "load"):
            drawn = {"CC": load.levels["CC"], "CP": load.levels["CP"] / max(volts, 0.1)}.get(load.mode, 0.0)
            sinking += max(self.converter, 0.0) if load.mode == "CV" else drawn
        return sinking if part.kind == "load" else sinking - self.converter


class Instrument:
    """One instrument: its state, its faults, and the server it answers from."""

    idn = ""
    kind: Literal["supply", "bidirectional", "load"] = "supply"
    eol = b"\n"
    clients: int | None = None
    idle: float | None = None
    no_error = '0,"No error"'
    resistance = 0.0

    def __init__(self, terminals: Terminals) -> None:
        self.terminals = terminals
        terminals.parts.append(self)
        self.on = False
        self.remote = False
        self.volts, self.current, self.sink, self.ovp, self.ocp = 0.0, 0.0, 0.0, 1e3, 1e3
        self.mode, self.levels = "CC", {"CC": 0.0, "CV": 60.0, "CP": 0.0, "CR": 100.0}
        self.errors: list[str] = []
        self.tripped = 0
        self.lines: list[str] = []
        self.unknown: list[str] = []
        self.garbage: str | None = None
        self.late = 0.0
        self.hang_up_after: int | None = None
        self.commands = [(_pattern(header), handler) for header, handler in self.table().items()]
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.resource = f"TCPIP::127.0.0.1::{self.port}::SOCKET"
        threading.Thread(target=self._accept, daemon=True).start()

    # what a maker's manual says; every vendor has its own

    def table(self) -> dict[str, Handler]:
        raise NotImplementedError

    def number(self, value: float) -> str:
        return f"{value:.4f}"

    def trip(self) -> None:
        self.on, self.tripped = False, 1

    # helpers for tables

    def setting(self, name: str, high: float, low: float = 0.0, level: str = "") -> Handler:
        """A number that is set with a parameter and told without one."""

        def handle(words: list[str]) -> str | None:
            store = self.levels if level else self.__dict__
            key = level or name
            if not words:
                return self.number(store[key])
            value = float(words[0])
            if not low <= value <= high:
                self.fault('-222,"Data out of range"')
            elif self.admits(key, value):
                store[key] = value
            return None

        return handle

    def admits(self, name: str, value: float) -> bool:
        return True

    def switch(self, answers: tuple[str, str] = ("0", "1")) -> Handler:
        def handle(words: list[str]) -> str | None:
            if not words:
                return answers[self.on]
            self.on = words[-1].upper() in ("1", "ON") and not self.tripped
            return None

        return handle

    def choose(self, words_of: dict[str, str], told: dict[str, str] | None = None) -> Handler:
        """The mode: words to modes; told: modes to answers."""
        back = told or {mode: word for word, mode in words_of.items()}

        def handle(words: list[str]) -> str | None:
            if not words:
                return back[self.mode]
            self.mode = words_of[words[0].upper()]
            return None

        return handle

    def reading(self, unit: str) -> Handler:
        return lambda _: self.number(self.terminals.volts() if unit == "V" else self.terminals.amperes(self))

    def pop_error(self, _: list[str]) -> str:
        return self.errors.pop(0) if self.errors else self.no_error

    def fault(self, entry: str) -> None:
        self.errors.append(entry)

    def stranger(self, line: str) -> None:
        self.unknown.append(line)
        self.fault('-113,"Undefined header"')

    # the wire

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._open = [one for one in self._open if one.fileno() >= 0]
                if self.clients is not None and len(self._open) >= self.clients:
                    connection.close()
                    continue
                connection.settimeout(self.idle)
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        rest = b""
        with suppress(OSError), connection:
            while data := connection.recv(4096):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._line(connection, line.decode())

    def _line(self, connection: socket.socket, line: str) -> None:
        self.lines.append(line)
        answers = [answer for unit in line.split(";") if (answer := self.obey(unit.strip().lstrip(":"))) is not None]
        if not answers:
            return
        time.sleep(self.late)
        text = ";".join(answers) if self.garbage is None else self.garbage
        data = text.encode("latin-1") + self.eol
        if self.hang_up_after is not None:
            data, self.hang_up_after = data[: self.hang_up_after], None
            connection.sendall(data)
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(data)

    def obey(self, unit: str) -> str | None:
        header, _, rest = unit.partition(" ")
        if header == "*IDN?":
            return self.idn
        if header == "*OPC?":
            return "+1"
        words = [word.strip() for word in re.split(r",(?![^(]*\))", rest) if word.strip()]
        for pattern, handler in self.commands:
            if pattern.fullmatch(header.upper()):
                return handler(words)
        self.stranger(unit)
        return None

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _pattern(header: str) -> re.Pattern[str]:
    """Long and short form of every node; "?" means that it can be asked, "[?]" that it can be set and asked."""
    nodes = []
    for node in header.removesuffix("[?]").removesuffix("?").split(":"):
        parts = re.fullmatch(r"([A-Z]+)([a-z]*)(\d*)", node)
        assert parts is not None, header
        nodes.append(f"{parts[1]}(?:{parts[2].upper()})?{parts[3]}")
    mark = r"\??" if header.endswith("[?]") else r"\?" if header.endswith("?") else ""
    return re.compile(":".join(nodes) + mark)
