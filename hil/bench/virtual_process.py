"""Starts the virtual bench as a program of its own and learns its addresses."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.errors import BadInput, BenchTrouble

PREFIX = "virtual:"
ATTACH_TIMEOUT = 5.0
"""Seconds in which a virtual bench that is being served must say its addresses."""


@dataclass(frozen=True)
class VirtualOptions:
    """What a user may choose for one run: defects and oddities by name, seed and speed instead of the file's.

    attach: "127.0.0.1:<port>" of the time wire of a virtual bench that is being served already.
    """

    defects: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()
    seed: int | None = None
    speed: str | None = None
    attach: str | None = None

    def arguments(self) -> list[str]:
        """Return the command-line arguments that say the same."""
        words = [f"--defect={name}" for name in self.defects] + [f"--oddity={name}" for name in self.oddities]
        if self.seed is not None:
            words.append(f"--seed={self.seed}")
        if self.speed is not None:
            words.append(f"--speed={self.speed}")
        return words


class VirtualBenchProcess:
    """A virtual bench that was started for this run. It ends by itself some seconds after its last client has gone."""

    def __init__(self, bench_file: Path, options: VirtualOptions) -> None:
        command = [sys.executable, "-m", "hil.virtual", str(bench_file), "--announce", *options.arguments()]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._explain()
        self.addresses: dict[str, Any] = json.loads(line)
        self.identity = f"{self._process.pid}-{self.addresses['time']}"

    def _explain(self) -> None:
        _, errors = self._process.communicate()
        text = errors.decode(errors="replace").strip()
        if self._process.returncode == 2:
            raise BadInput(text)
        raise BenchTrouble(f"The virtual bench did not start (exit status {self._process.returncode}): {text}")

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        return self._process.pid

    @property
    def time_wire(self) -> tuple[str, int]:
        """Return host and port of the time wire."""
        return "127.0.0.1", int(self.addresses["time"])

    def end(self) -> None:
        """End it now."""
        crashed = self._process.poll() not in (None, 0)
        if self._process.poll() is None:
            self._process.terminate()
        _, errors = self._process.communicate()
        if crashed:
            text = errors.decode(errors="replace").strip()
            sys.stderr.write(f"The virtual bench ended by itself (exit status {self._process.returncode}): {text}\n")


class AttachedVirtualBench:
    """A virtual bench that somebody else serves ("hil virtual"), known by host and port of its time wire.

    Raises BadInput when nothing answers there.
    """

    def __init__(self, attach: str) -> None:
        host, _, port = attach.rpartition(":")
        if not host or not port.isdigit():
            raise BadInput(f"A virtual bench is attached to by host and port of its time wire, not by '{attach}'.")
        self.time_wire = (host, int(port))
        self.identity = port
        try:
            with socket.create_connection(self.time_wire, timeout=ATTACH_TIMEOUT) as wire:
                wire.sendall(b'{"addresses": true}\n')
                line = wire.makefile("rb").readline()
            self.addresses: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"No virtual bench answers at {attach} ({error}). Start it with 'hil virtual'; it prints its time wire."
            ) from error

    def end(self) -> None:
        """Leave it running: it belongs to somebody else."""


def reach(bench_file: Path, options: VirtualOptions) -> VirtualBenchProcess | AttachedVirtualBench:
    """Attach to the virtual bench that `options` name, or start one. Raises BadInput."""
    if options.attach is None:
        return VirtualBenchProcess(bench_file, options)
    if options.arguments():
        raise BadInput("Defects, oddities, seed and speed are chosen where the virtual bench is started, not here.")
    return AttachedVirtualBench(options.attach)


def resolve(address: str, book: dict[str, str | None]) -> str:
    """Return the real address for "virtual:NAME", or `address` itself. Raises BadInput for an unknown name."""
    if not address.startswith(PREFIX):
        return address
    found = book.get(address.removeprefix(PREFIX))
    if found is None:
        there = ", ".join(name for name, where in book.items() if where is not None)
        raise BadInput(f"The address '{address}' names nothing on the virtual bench; it has: {there or 'nothing'}.")
    return found
