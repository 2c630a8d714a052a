"""The converter's own meters."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hil.virtual.plant import Mode, Plant

MakePlant = Callable[..., Plant]

IDEAL: dict[str, object] = {
    "converter.meters.gain_error": {},
    "converter.meters.offset": {},
    "converter.meters.noise": {},
}


def test_values_are_whole_steps_truncated_towards_zero(run: MakePlant) -> None:
    plant: Plant = run(Mode.DISCHARGE, 2.0, IDEAL, dvg=380.0)
    meters = plant.converter.meters()
    for shown, true, quantum in (
        (meters.vg, plant.probe("grid_voltage"), 380.0 / 2**14),
        (meters.ig, plant.probe("grid_current"), 7.8125 / 2**13),
        (meters.vb, plant.probe("battery_voltage"), 48.0 / 2**14),
        (meters.ib, -plant.probe("battery_current"), 52.08 / 2**13),
        (meters.tmp, plant.probe("temperature"), 1.0 / 2**7),
    ):
        assert shown / quantum == pytest.approx(round(shown / quantum), abs=1e-6)
        assert 0.0 <= abs(true) - abs(shown) < quantum * 1.01


def test_signs_are_positive_while_charging(run: MakePlant) -> None:
    for mode, sign in ((Mode.CHARGE, 1.0), (Mode.DISCHARGE, -1.0)):
        meters = run(mode, 1.0, dvg=380.0).converter.meters()
        assert all(sign * value > 0.0 for value in (meters.ig, meters.ib, meters.wg, meters.wb))


def test_power_is_voltage_times_current(run: MakePlant) -> None:
    meters = run(Mode.CHARGE, 2.0, IDEAL).converter.meters()
    assert meters.wg == pytest.approx(meters.vg * meters.ig, abs=1.5)
    assert meters.wb == pytest.approx(meters.vb * meters.ib, abs=1.5)


def test_gain_and_offset(run: MakePlant) -> None:
    plain = run(Mode.CHARGE, 2.0, IDEAL).converter.meters()
    changes = {**IDEAL, "converter.meters.gain_error": {"ig": 0.01}, "converter.meters.offset": {"vg": 1.0}}
    wrong = run(Mode.CHARGE, 2.0, changes).converter.meters()
    assert wrong.ig - plain.ig == pytest.approx(0.02, abs=0.002)
    assert wrong.vg - plain.vg == pytest.approx(1.0, abs=0.05)


def test_values_change_only_with_the_refresh(run: MakePlant) -> None:
    plant: Plant = run(Mode.CV, 2.3)
    plant.converter.write_voltage(370.0, 0.0)
    times = set()
    last = plant.converter.meters().vg
    for _ in range(200):
        plant.advance_to(plant.time + 0.001)
        if plant.converter.meters().vg != last:
            last = plant.converter.meters().vg
            times.add(round(plant.time * 1000) % 50)
    assert times == {0}


def test_filter_lags_a_step(run: MakePlant) -> None:
    """A ramp of 400 V/s behind 20 ms lags 8 V, and up to a refresh more."""
    plant: Plant = run(Mode.CV, 2.3, dvg=330.0)
    plant.converter.write_voltage(370.0, 0.0)
    plant.advance_to(round(plant.time + 0.08, 3))
    lag = plant.probe("grid_voltage") - plant.converter.meters().vg
    assert 5.0 < lag < 8.0 + 0.05 * 400.0


def test_noise_belongs_to_the_refresh_not_to_the_reader(run: MakePlant) -> None:
    plant: Plant = run(Mode.CV, 2.3, {"converter.meters.noise": {"vg": 0.5}})
    assert plant.converter.meters() == plant.converter.meters()
    seen = set()
    for _ in range(100):
        plant.advance_to(plant.time + 0.05)
        seen.add(plant.converter.meters().vg)
    assert len(seen) > 30
    mean = sum(seen) / len(seen)
    spread = (sum((value - mean) ** 2 for value in seen) / len(seen)) ** 0.5
    assert 0.3 < spread < 0.8
