"""Readings against bounds: closed forms."""

from __future__ import annotations

import pytest

from hil.safety.watching import Bounds, Terminal
from instruments.reading import Reading


def at(time: float, value: float, unit: str, fresh: bool = True) -> Reading:
    return Reading(value, unit, time, time, fresh)


@pytest.mark.parametrize(("unit", "limit"), [("V", "volts"), ("A", "amperes")])
@pytest.mark.parametrize(("value", "beyond"), [(10.0, False), (-10.0, False), (10.01, True), (-10.01, True)])
def test_magnitudes_are_judged(unit: str, limit: str, value: float, beyond: bool) -> None:
    terminal = Terminal("source", Bounds(**{limit: 10.0}))
    said = terminal.note(at(1.0, value, unit))
    assert (said is not None) is beyond
    if said is not None:
        assert f"the limit is 10 {unit}" in said


def test_what_is_not_bounded_is_not_judged() -> None:
    terminal = Terminal("source", Bounds())
    assert terminal.note(at(1.0, 1e6, "V")) is None
    assert terminal.note(at(1.0, 1e6, "A")) is None


def test_power_is_the_product_of_the_newest_pair() -> None:
    terminal = Terminal("source", Bounds(watts=100.0))
    assert terminal.note(at(1.0, 50.0, "V")) is None
    assert terminal.note(at(1.0, 2.0, "A")) is None
    assert terminal.note(at(3.0, -2.1, "A")) == "source: 105 W was measured, the limit is 100 W"


def test_energy_is_the_integral_of_power_with_its_sign() -> None:
    terminal = Terminal("source", Bounds(watt_hours=10.1))
    for second in range(0, 361, 10):
        terminal.note(at(second, 50.0, "V"))
        assert terminal.note(at(second, 2.0, "A")) is None
    assert terminal.energy == pytest.approx(10.0)
    for second in range(370, 3601, 10):
        terminal.note(at(second, 50.0, "V"))
        terminal.note(at(second, -0.1, "A"))
    assert terminal.energy == pytest.approx(10.0 - 5.0 * 3240 / 3600)


def test_too_much_energy_is_a_violation() -> None:
    terminal = Terminal("source", Bounds(watt_hours=1.0))
    said = None
    for second in range(0, 60, 10):
        terminal.note(at(second, 100.0, "V"))
        said = said or terminal.note(at(second, 10.0, "A"))
    assert said is not None
    assert "W h" in said


def test_a_dwell_forgives_what_is_short() -> None:
    terminal = Terminal("source", Bounds(volts=10.0, dwell=0.5))
    assert terminal.note(at(1.0, 11.0, "V")) is None
    assert terminal.note(at(1.4, 11.0, "V")) is None
    assert terminal.note(at(1.45, 9.0, "V")) is None
    assert terminal.note(at(1.6, 11.0, "V")) is None
    assert terminal.note(at(2.0, 11.0, "V")) is None
    assert terminal.note(at(2.1, 11.0, "V")) == "source: 11 V was measured, the limit is 10 V for 0.50 s"


def test_only_new_samples_count_as_seen() -> None:
    terminal = Terminal("source", Bounds())
    terminal.note(at(1.0, 1.0, "V"))
    terminal.note(at(2.0, 1.0, "V", fresh=False))
    assert terminal.seen == 1.0


def test_many_small_deals_add_up_and_a_dwell_does_not_forgive_them() -> None:
    """3 W h in deals of 0.1 W h with rests between, against 2 W h."""
    terminal = Terminal("source", Bounds(watt_hours=2.0, dwell=1e9))
    said = []
    for deal in range(30):
        for second, amperes in ((0, 0.0), (1, 1.0), (361, 1.0), (362, 0.0)):
            terminal.note(at(1000.0 * deal + second, 1.0, "V"))
            said.append(terminal.note(at(1000.0 * deal + second, amperes, "A")))
    assert terminal.energy == pytest.approx(3.0, rel=0.01)
    first = next(position for position, sentence in enumerate(said) if sentence is not None)
    assert first == pytest.approx(4 * 20, abs=4)


def test_a_gap_between_readings_is_not_for_free() -> None:
    terminal = Terminal("source", Bounds(watt_hours=1.0))
    terminal.note(at(0.0, 100.0, "V"))
    terminal.note(at(0.0, 10.0, "A"))
    said = terminal.note(at(7.2, 10.0, "A"))
    assert terminal.energy == pytest.approx(2.0)
    assert said == "source: 2 W h was measured, the limit is 1 W h"


def test_repeated_samples_hide_no_energy() -> None:
    terminal = Terminal("source", Bounds(watt_hours=1.0))
    for second in range(60):
        terminal.note(at(second, 100.0, "V", fresh=False))
        terminal.note(at(second, 10.0, "A", fresh=False))
    assert terminal.energy == pytest.approx(1000.0 * 59 / 3600)


def test_each_bound_keeps_its_own_dwell() -> None:
    """A voltage and a current that are beyond by turns: neither forgives the other."""
    terminal = Terminal("source", Bounds(volts=10.0, amperes=1.0, dwell=0.5))
    for tenth in range(5):
        assert terminal.note(at(0.1 * tenth, 11.0, "V")) is None
        assert terminal.note(at(0.1 * tenth, 0.5, "A")) is None
    assert terminal.note(at(0.5, 11.0, "V")) is not None


@pytest.mark.parametrize("unit", ["V", "A"])
def test_a_reading_that_is_no_number_is_beyond(unit: str) -> None:
    terminal = Terminal("source", Bounds(volts=10.0, amperes=1.0))
    assert terminal.note(at(1.0, float("nan"), unit)) is not None
