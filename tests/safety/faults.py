"""One run on the virtual bench in stepped time in which the n-th message to an instrument raises; what is on then.

There is no guard: what is shown is what the process itself does. The exception is none that anybody expects.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hil.bench import files
from hil.bench.bench import Bench
from hil.bench.files import Files
from hil.bench.opening import Opening, open_bench
from hil.bench.virtual_process import VirtualBenchProcess
from hil.converter import Mode
from instruments.transport import Transport

ROOT = Path(__file__).resolve().parents[2]
BEFORE, AFTER = "before it is sent", "after it was sent"


class Fault(Exception):
    """Raised by a message, and known to nobody."""


@dataclass
class Trial:
    """What was seen. messages: what was sent, "instrument: message"; on: stages that the plant has on in the end.

    volts: highest terminal voltage then. proven: what the bench says of itself; None: it was never armed.
    """

    number: int
    when: str
    messages: list[str] = field(default_factory=list)
    on: tuple[str, ...] = ()
    volts: float = 0.0
    proven: bool | None = None

    @property
    def faults(self) -> str:
        """Return what is wrong in the end, "" when all is well."""
        if self.on or abs(self.volts) >= 60.0:
            return f"{', '.join(self.on) or 'nothing'} on, {self.volts:.0f} V"
        return "" if self.proven is not False else "off, and not proven"


def drive(read: Files, number: int, when: str) -> Trial:
    """Energise both sides, hold them, make the bench safe; the message `number` (from 1, 0: none) raises once."""
    trial = Trial(number, when)
    with _failing(trial), _watched(trial), suppress(Exception), open_bench(read, Opening()) as bench:
        bench.start_guard = None
        try:
            _use(bench)
        finally:
            bench.make_safe()
            trial.proven = bench.safe_reports[-1].proven if bench.safe_reports else None
    return trial


def _use(bench: Bench) -> None:
    bench.arm()
    bench.grid.stiff(350.0)
    bench.converter.set_mode(Mode.CHARGE, 350.0, 2.0, 0.0)
    bench.clock.sleep(1.0)
    bench.check()


@contextmanager
def _failing(trial: Trial) -> Iterator[None]:
    sending = Transport._send

    def send(link: Transport, message: str) -> None:
        trial.messages.append(f"{link.name}: {message}")
        due = len(trial.messages) == trial.number
        if due and trial.when == BEFORE:
            raise Fault(message)
        sending(link, message)
        if due:
            raise Fault(message)

    with patch.object(Transport, "_send", send):
        yield


@contextmanager
def _watched(trial: Trial) -> Iterator[None]:
    """Read the plant when the run lets go of its virtual bench."""
    ending = VirtualBenchProcess.end

    def end(process: VirtualBenchProcess) -> None:
        truth = _truth(process.time_wire)
        trial.on = tuple(sorted(key.removesuffix(".on") for key, on in truth.items() if key.endswith(".on") and on))
        trial.volts = max(truth["battery_voltage"], truth["grid_voltage"], key=abs)
        ending(process)

    with patch.object(VirtualBenchProcess, "end", end):
        yield


def _truth(time_wire: tuple[str, int]) -> dict[str, float]:
    with socket.create_connection(time_wire, timeout=10.0) as wire:
        wire.sendall(json.dumps({"truth": True}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(wire.makefile("rb").readline())
    truth: dict[str, float] = answer["truth"]
    return truth


def read_bench() -> Files:
    """Return the files of the virtual bench."""
    return files.read(ROOT / "benches/virtual.toml")
