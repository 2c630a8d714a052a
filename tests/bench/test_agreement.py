"""Instruments that contradict each other are the bench's trouble, not the unit's."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import create_autospec

import pytest

from hil.bench import files
from hil.bench.agreement import confirm
from hil.bench.bench import Bench
from hil.bench.file import Role
from hil.errors import BenchTrouble
from instruments.kinds import OutputReadings
from instruments.load import DialectLoad
from instruments.reading import Reading
from instruments.supply import DialectSupply

FILES = files.read(Path(__file__).resolve().parents[2] / "benches" / "virtual.toml")


def reading(value: float, unit: str) -> Reading:
    return Reading(value, unit, 0.0, 0.0)


def powered(kind: type, name: str, on: bool, told: bool, volts: float, amperes: float) -> Any:
    part = create_autospec(kind, instance=True)
    part.name = name
    part.ordered_on = told
    part.is_on.return_value = on
    part.measure.return_value = OutputReadings(reading(volts, "V"), reading(amperes, "A"))
    return part


def bench(
    volts: float = 350.0,
    amperes: Callable[[], float] = lambda: 1.0,
    source_on: bool = True,
    source: tuple[float, float] = (350.1, 4.0),
    sink: tuple[float, float] = (349.9, -3.0),
    sink_on: bool = True,
    source_told: bool | None = None,
    into_peer: float | None = None,
) -> Bench:
    """A bench whose voltmeter shows `volts` and whose ammeter shows what `amperes` returns."""
    told = source_on if source_told is None else source_told
    parts = {
        "grid_source": powered(DialectSupply, "grid_source", source_on, told, *source),
        "grid_load": powered(DialectLoad, "grid_load", sink_on, sink_on, *sink),
    }
    meter = SimpleNamespace(value=SimpleNamespace(meter=SimpleNamespace(ig=into_peer)))
    grid = SimpleNamespace(voltage=lambda: reading(volts, "V"), current=lambda: reading(amperes(), "A"))
    return cast(
        Bench,
        SimpleNamespace(
            check=lambda: None,
            instruments=parts,
            files=FILES,
            grid=grid,
            peer=None if into_peer is None else SimpleNamespace(get=lambda: meter),
            clock=SimpleNamespace(sleep=lambda seconds: None),
            has=lambda role: True,
            filling=lambda role: parts.get(FILES.bench.roles[role]) if role in Role else None,
        ),
    )


def test_a_bench_that_agrees_says_nothing() -> None:
    confirm(bench())
    confirm(bench(volts=351.0, amperes=lambda: 1.08))


def test_a_stuck_voltmeter() -> None:
    with pytest.raises(BenchTrouble, match=r"'grid_voltmeter' measures 0\.00 V where 'grid_source' measures 350\.10 V"):
        confirm(bench(volts=0.0))


def test_what_flows_into_a_peer_is_not_missing() -> None:
    confirm(bench(amperes=lambda: -1.0, into_peer=2.0))
    with pytest.raises(BenchTrouble, match="'grid_ammeter' measures"):
        confirm(bench(amperes=lambda: 1.0, into_peer=2.0))


def test_a_stuck_ammeter() -> None:
    with pytest.raises(BenchTrouble, match="grid_ammeter"):
        confirm(bench(amperes=lambda: 0.0))


def test_an_instrument_that_is_off_is_no_witness_of_no_voltage() -> None:
    off: dict[str, Any] = {"source_on": False, "sink_on": False, "source": (0.0, 0.0), "sink": (0.0, 0.0)}
    confirm(bench(volts=350.0, amperes=lambda: 0.0, **off))


def test_an_instrument_that_is_off_is_a_witness_of_a_voltage() -> None:
    off: dict[str, Any] = {"source_on": False, "sink_on": False, "source": (0.0, 0.0), "sink": (349.0, 0.0)}
    with pytest.raises(BenchTrouble, match="grid_load"):
        confirm(bench(volts=0.0, amperes=lambda: 0.0, **off))


def test_a_current_that_oscillates_is_seen_in_its_range() -> None:
    swing = itertools.cycle([0.2, 1.8, 0.6])
    confirm(bench(amperes=lambda: next(swing)))


def test_an_output_that_is_off_although_it_was_switched_on() -> None:
    with pytest.raises(BenchTrouble, match="'grid_source' is off although"):
        confirm(bench(source_on=False, source_told=True))


def test_what_must_run_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        raise BenchTrouble("the battery's loop has ended")

    asked = bench()
    monkeypatch.setattr(asked, "check", stopped)
    with pytest.raises(BenchTrouble, match="loop has ended"):
        confirm(asked)
