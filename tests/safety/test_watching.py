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
