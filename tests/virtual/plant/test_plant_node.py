"""The node's integration against closed forms."""

from __future__ import annotations

from math import exp, inf, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.virtual.plant.node import Element, Node


def _element(conductance: float, source: float, low: float, high: float, resistance: float = 0.0) -> Element:
    element = Element("e", line_resistance=resistance)
    element.shape(conductance, source, low, high)
    return element


def _node(capacitance: float, voltage: float, *elements: Element) -> Node:
    node = Node(capacitance, 0.0, voltage)
    for element in elements:
        node.attach(element)
    return node


def test_rc_charging_follows_the_exponential_for_any_step() -> None:
    for steps in (1, 7, 1000):
        node = _node(1e-3, 0.0, _element(0.1, 100.0, -inf, inf))
        for _ in range(steps):
            node.integrate(0.02 / steps)
        assert node.voltage == pytest.approx(100.0 * (1.0 - exp(-2.0)), rel=1e-12)


def test_rc_charging_energy_is_half_lost() -> None:
    supply = _element(0.1, 100.0, -inf, inf, resistance=10.0)
    node = _node(1e-3, 0.0, supply)
    node.integrate(1.0)
    assert node.voltage == pytest.approx(100.0)
    assert supply.charge == pytest.approx(0.1)
    assert supply.energy == pytest.approx(5.0)
    assert supply.terminal_energy == pytest.approx(10.0)


def test_constant_current_ramp() -> None:
    element = Element("current")
    element.carry(2.3)
    node = _node(220e-6, 0.0, element)
    node.integrate(0.01)
    assert node.voltage == pytest.approx(2.3 * 0.01 / 220e-6)
    assert node.slope == pytest.approx(2.3 / 220e-6)
    assert element.energy == pytest.approx(0.5 * 220e-6 * node.voltage**2)


def test_current_limited_charging_turns_the_corner_exactly() -> None:
    """2 A until the corner at 80 V, then the exponential of 10 ohm and 1 mF."""
    supply = _element(0.1, 100.0, -inf, 2.0)
    node = _node(1e-3, 0.0, supply)
    corner = 80.0 * 1e-3 / 2.0
    node.integrate(corner + 0.005)
    assert node.voltage == pytest.approx(100.0 - 20.0 * exp(-0.5), rel=1e-11)
    assert supply.charge == pytest.approx(1e-3 * node.voltage, rel=1e-11)


def test_load_empties_the_node_and_no_further() -> None:
    load = _element(20.0, 0.0, -5.0, 0.0)
    node = _node(1e-3, 50.0, load)
    node.integrate(1.0)
    assert node.voltage == pytest.approx(0.0, abs=1e-9)
    assert load.charge == pytest.approx(-0.05, rel=1e-9)


def test_two_sources_share_by_their_conductances() -> None:
    first, second = _element(2.0, 10.0, -inf, inf), _element(6.0, 14.0, -inf, inf)
    node = _node(1e-3, 0.0, first, second)
    node.integrate(1.0)
    assert node.voltage == pytest.approx(13.0)
    assert first.current == pytest.approx(-6.0)
    assert second.current == pytest.approx(6.0)


def test_time_to_corner_is_right_when_stopping_at_it() -> None:
    """A 1 A clamp at 60 V joins a linear source of 0.1 S, 100 V."""
    node = _node(1e-3, 0.0, _element(0.1, 100.0, -inf, inf), _element(1e6, 60.0, -1.0, 0.0))
    node.integrate(1e-2 * log(100.0 / 40.0) * 0.999)
    assert node.voltage < 60.0
    node.integrate(1e-4)
    assert node.voltage > 60.0


element_lines = st.tuples(st.floats(1e-3, 1e3), st.floats(-100.0, 500.0), st.floats(-20.0, 0.0), st.floats(0.0, 20.0))


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(element_lines, min_size=1, max_size=5), start=st.floats(0.0, 450.0), steps=st.integers(2, 9))
def test_one_long_step_equals_many_short_ones(
    lines: list[tuple[float, float, float, float]], start: float, steps: int
) -> None:
    long = _node(2e-4, start, *(_element(*line) for line in lines))
    short = _node(2e-4, start, *(_element(*line) for line in lines))
    long.integrate(0.05)
    for _ in range(steps):
        short.integrate(0.05 / steps)
    assert short.voltage == pytest.approx(long.voltage, rel=1e-6, abs=1e-6)
    for one, other in zip(long.elements, short.elements, strict=True):
        assert other.charge == pytest.approx(one.charge, rel=1e-6, abs=1e-6)
        assert other.energy == pytest.approx(one.energy, rel=1e-6, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(element_lines, min_size=1, max_size=5), start=st.floats(0.0, 450.0))
def test_charge_and_energy_of_the_capacitance_are_what_the_elements_gave(
    lines: list[tuple[float, float, float, float]], start: float
) -> None:
    capacitance = 2e-4
    node = _node(capacitance, start, *(_element(*line) for line in lines))
    for _ in range(5):
        node.integrate(0.004)
    charge = sum(element.charge for element in node.elements)
    energy = sum(element.energy for element in node.elements)
    assert charge == pytest.approx(capacitance * (node.voltage - start), rel=1e-6, abs=1e-7)
    assert energy == pytest.approx(0.5 * capacitance * (node.voltage**2 - start**2), rel=1e-6, abs=1e-5)


def test_hold_counts_like_integrate_in_equilibrium() -> None:
    moved = _node(1e-3, 0.0, _element(0.5, 100.0, -inf, inf, 2.0), _element(0.1, 0.0, -inf, inf))
    moved.integrate(10.0)
    before = [element.terminal_energy for element in moved.elements]
    moved.hold(3.0)
    held = [element.terminal_energy - was for element, was in zip(moved.elements, before, strict=True)]
    moved.integrate(3.0)
    final = [element.terminal_energy - was for element, was in zip(moved.elements, before, strict=True)]
    assert final == pytest.approx([2.0 * value for value in held], rel=1e-9)
    assert sqrt(moved.square / moved.area) > 0.0
