"""A person at a terminal: reads the questions of a program, does at a virtual instrument what they ask, and answers."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.roads.trial import ROOT, ServedBench

QUESTION = re.compile(r"(\w+): please (set|read) '([^']*)'|SWITCH (\w+) (OFF) NOW")
SENT = {
    r"Voltage ([\d.]+) V": "VOLT {}",
    r"Current ([\d.]+) A": "CURR {}",
    r"Voltage:Protection ([\d.]+) V": "VOLT:PROT {}",
    r"Current:Protection ([\d.]+) A": "CURR:PROT {}",
    r"Output (ON|OFF)": "OUTP {}",
    r"Measure DC voltage": "*CLS",
    r"OFF": "OUTP OFF",
}
READ = {
    "maker, model, serial number": "*IDN?",
    "Output (ON or OFF)": "OUTP?",
    "Terminal voltage in V": "MEAS:VOLT?",
    "Voltage in V": "READ?",
    "Terminal current in A, positive out of the instrument": "MEAS:CURR?",
}
STATES = {"1": "ON", "0": "OFF"}


def hand_bench(folder: Path, served: ServedBench, names: tuple[str, ...], kinds: dict[str, str]) -> Path:
    """Write the bench file of a laboratory whose instruments `names` have no interface; the rest is `served`."""
    addresses = served.ask({"addresses": True})
    text = served.file.read_text(encoding="utf-8").partition("\n[virtual]")[0]
    for name in names:
        begin = text.index(f"[instruments.{name}]")
        end = text.index("\n\n", begin)
        limits = [line for line in text[begin:end].splitlines() if line.startswith(("max_", "calibration"))]
        entry = [f"[instruments.{name}]", f'kind = "{kinds[name]}"', 'dialect = "manual"', 'idn = "VIRTUAL"', *limits]
        text = text[:begin] + "\n".join(entry) + text[end:]
    for name, address in addresses["instruments"].items():
        text = text.replace(f'"virtual:{name}"', f'"{address}"')
    text = text.replace('"virtual:driver"', f'"{addresses["driver"]}"').replace(
        '"virtual:bms"', f'"{addresses["bms"]}"'
    )
    path = folder / "by-hand.toml"
    path.write_text(text, encoding="utf-8")
    return path


@dataclass
class PersonAtTerminal:
    """Starts `hil` with these arguments at a terminal of its own and answers until it ends.

    resources: VISA address of each instrument that is operated by hand. then: called with every question that has been
    answered, so that something may happen at that moment.
    """

    arguments: list[str]
    environment: dict[str, str]
    resources: dict[str, str]
    then: Callable[[str], None] = lambda question: None
    questions: list[str] = field(default_factory=list)
    shown: str = ""
    pid: int = 0

    def status(self, bound: float = 120.0) -> int:
        """Run it; return its exit status."""
        self.pid, terminal = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            program = [sys.executable, "-m", "hil.cli.main", *self.arguments]
            os.execve(sys.executable, program, {**os.environ, **self.environment, "COLUMNS": "200"})
        end, seen = time.monotonic() + bound, 0
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(terminal, 65536).decode(errors="replace")
                except OSError:  # it has ended
                    break
            while found := QUESTION.search(self.shown, seen):
                if "> " not in self.shown[found.end() :]:
                    break
                seen = found.end()
                self._answer(found, terminal)
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _answer(self, found: re.Match[str], terminal: int) -> None:
        name, verb, what = (found[1] or found[4]), found[2], (found[3] or found[5])
        answer = self._read(name, what) if verb == "read" else self._set(name, what)
        os.write(terminal, f"{answer}\n".encode())
        self.questions.append(found[0])
        self.then(found[0])

    def _read(self, name: str, what: str) -> str:
        text = self._say(name, READ[what])
        return STATES.get(text, text)

    def _set(self, name: str, what: str) -> str:
        for pattern, command in SENT.items():
            if found := re.fullmatch(pattern, what):
                self._say(name, command.format(*found.groups()))
                return "off" if what == "OFF" else ""
        raise AssertionError(f"nobody taught the person to set {what!r}")

    def _say(self, name: str, line: str) -> str:
        _, host, port, _ = self.resources[name].split("::")
        with socket.create_connection((host, int(port)), timeout=5.0) as wire:
            wire.sendall(f"{line}\n".encode() if line.endswith("?") else f"{line};*OPC?\n".encode())
            return wire.makefile("r").readline().strip()


def resources(served: ServedBench) -> dict[str, Any]:
    addresses: dict[str, Any] = json.loads(json.dumps(served.ask({"addresses": True})))["instruments"]
    return addresses
