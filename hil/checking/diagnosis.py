"""When a bench cannot be opened: which of its parts are in the way, each asked on its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from hil.bench import connecting
from hil.bench.file import DriverEntry, PeerEntry
from hil.bench.files import Files
from hil.bench.person import Person, at_terminal
from hil.bench.virtual_process import VirtualOptions, reach, resolve
from hil.checking.finding import Finding, ok, problem
from hil.clock import Clock, RealClock
from hil.converter import Converter, DriverError
from hil.errors import BENCH_TROUBLE, BadInput

UNREACHABLE: tuple[type[Exception], ...] = (*BENCH_TROUBLE, BadInput, ValueError)
"""What opening one instrument may raise."""


def diagnose(files: Files, options: VirtualOptions) -> Iterator[Finding]:
    """Open every instrument and ask the driver, one after the other. Raises BadInput for a wrong virtual bench."""
    with ExitStack() as stack:
        addresses: dict[str, Any] = {}
        if files.bench.virtual is not None:
            process = reach(files.bench_path, VirtualOptions(**{**vars(options), "speed": "realtime"}))
            stack.callback(process.end)
            addresses = process.addresses
        clock = RealClock()
        stack.callback(clock.close)
        person = at_terminal()
        stack.callback(person.close)
        for name in files.bench.instruments:
            yield _instrument(files, name, addresses, clock, person)
        if files.bench.driver.powered_by == "own":
            yield _driver("driver", files.bench.driver, addresses, clock)
        if files.bench.peer is not None:
            yield _driver("peer", files.bench.peer, addresses, clock)


def _instrument(files: Files, name: str, addresses: dict[str, Any], clock: Clock, person: Person) -> Finding:
    try:
        opened = connecting.instrument(files.bench, files.dut, name, addresses, clock, person=person)
    except UNREACHABLE as error:
        return problem(name, "link", str(error))
    opened.close()
    return ok(name, "link", f"Answers at {files.bench.instruments[name].address or 'the terminal'}.")


def _driver(name: str, entry: DriverEntry | PeerEntry, addresses: dict[str, Any], clock: Clock) -> Finding:
    url = resolve(entry.url, addresses)
    try:
        answer = Converter(url, clock, timeout=entry.timeout_s, name=name).version()
    except (DriverError, BadInput) as error:
        return problem(
            name, "link", f"{error}, asked at {url}. Is the driver running, and is its url in the bench file right?"
        )
    return ok(name, "link", f"Answers with interface {answer.value.interface}.")
