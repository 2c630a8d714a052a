"""The envelope of an instrument: the smallest of what bench, entry and DUT allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.bench import files, limits
from hil.bench.files import Files

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(name="read", scope="module")
def _read() -> Files:
    return files.read(ROOT / "benches/virtual.toml")


def test_no_limit_exceeds_that_of_the_bench(read: Files) -> None:
    bench = read.bench.limits
    for name, entry in read.bench.instruments.items():
        allowed = limits.of_instrument(read.bench, read.dut, name)
        side = limits.side_of(read.bench, name)
        volts = bench.grid_voltage_v if side == "grid" else bench.battery_voltage_v
        amperes = bench.grid_current_a if side == "grid" else bench.battery_current_a
        assert max(allowed.source_current_max, allowed.sink_current_max) <= amperes
        assert allowed.power_max <= bench.power_w
        if entry.kind in ("supply", "bidirectional"):
            assert allowed.voltage_max <= volts


def test_a_load_does_not_source_and_a_supply_does_not_sink(read: Files) -> None:
    load = limits.of_instrument(read.bench, read.dut, "grid_load")
    supply = limits.of_instrument(read.bench, read.dut, "grid_source")
    assert (load.source_current_max, supply.sink_current_max) == (0.0, 0.0)
    assert load.sink_current_max > 0.0 < supply.source_current_max


def test_the_smallest_resistance_of_a_load_draws_its_largest_current_at_the_largest_voltage(read: Files) -> None:
    load = limits.of_instrument(read.bench, read.dut, "grid_load")
    volts = min(read.bench.limits.grid_voltage_v, read.dut.grid.overvoltage_v)
    assert volts / load.resistance_min == pytest.approx(load.sink_current_max)


def test_the_lowest_of_several_limits_decides(read: Files) -> None:
    tight = read.bench.instruments["grid_source"].model_copy(update={"max_voltage_v": 100.0, "max_current_a": 1.0})
    bench = read.bench.model_copy(update={"instruments": {**read.bench.instruments, "grid_source": tight}})
    allowed = limits.of_instrument(bench, read.dut, "grid_source")
    assert (allowed.voltage_max, allowed.source_current_max) == (100.0, 1.0)
    assert allowed.overvoltage_max == pytest.approx(110.0)
    assert allowed.overcurrent_max == pytest.approx(1.1)


def test_what_may_be_measured_has_the_margin_of_the_bench_file(read: Files) -> None:
    allowed = limits.of_instrument(read.bench, read.dut, "grid_source")
    bounds = limits.bounds_of(read.bench, read.dut, "grid_source")
    share = 1.0 + read.bench.safety.margin
    assert bounds.volts == pytest.approx(share * allowed.voltage_max)
    assert bounds.amperes == pytest.approx(share * allowed.source_current_max)
    assert bounds.watts == pytest.approx(share * allowed.power_max)


def test_an_ammeter_is_bounded_by_its_side(read: Files) -> None:
    bounds = limits.bounds_of(read.bench, read.dut, "grid_ammeter")
    assert bounds.amperes == pytest.approx((1.0 + read.bench.safety.margin) * read.bench.limits.grid_current_a)


@pytest.mark.parametrize(
    ("period", "stated", "watchdog"), [(0.25, None, 1.0), (0.1, None, 1.0), (0.5, None, 2.0), (0.25, 5.0, 5.0)]
)
def test_watchdogs_are_sized_from_the_look_of_the_supervisor(
    read: Files, period: float, stated: float | None, watchdog: float
) -> None:
    safety = read.bench.safety.model_copy(update={"period_s": period, "watchdog_s": stated})
    assert safety.watchdog == watchdog
