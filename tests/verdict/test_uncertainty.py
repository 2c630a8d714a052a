from __future__ import annotations

import math

import numpy as np
import pytest

from hil.verdict import Accuracy, LatencyBudget, expanded, rectangular


def test_accuracy_class_is_rectangular() -> None:
    voltmeter = Accuracy(percent=0.05, offset=0.1)
    assert voltmeter.expanded(350.0) == pytest.approx(2.0 * (0.175 + 0.1) / math.sqrt(3.0))
    assert voltmeter.expanded(-350.0) == voltmeter.expanded(350.0)


def test_resolution_adds_in_quadrature() -> None:
    both = Accuracy(offset=0.3, resolution=0.8)
    assert both.standard(0.0) == pytest.approx(math.hypot(0.3, 0.4) / math.sqrt(3.0))


def test_nobody_is_exact() -> None:
    assert math.isnan(Accuracy().expanded(1.0))
    assert math.isnan(Accuracy(resolution=0.1).expanded(1.0))


def test_propagation_agrees_with_monte_carlo() -> None:
    volts, amperes = Accuracy(percent=0.1, offset=0.1), Accuracy(percent=0.2, offset=0.003)
    power = expanded(volts.measured(350.0) * amperes.measured(2.3), "W")
    random = np.random.default_rng(1)
    half_v, half_i = 0.45, 0.0076
    trials = (350.0 + random.uniform(-half_v, half_v, 200_000)) * (2.3 + random.uniform(-half_i, half_i, 200_000))
    assert power.value == pytest.approx(805.0)
    assert power.uncertainty == pytest.approx(2.0 * float(trials.std()), rel=0.01)


def test_a_value_less_itself_is_exact() -> None:
    reading = Accuracy(percent=0.1).measured(350.0)
    assert expanded(reading - reading, "V").uncertainty == 0.0


def test_latency_budget() -> None:
    budget = LatencyBudget(http=0.06, instrument=0.02, sampling=0.1, clock=0.005)
    halves = (0.03, 0.01, 0.05, 0.005)
    assert budget.expanded() == pytest.approx(2.0 * math.sqrt(sum(each**2 for each in halves) / 3.0))
    assert budget.resolves(0.3)
    assert not budget.resolves(0.05)
    assert budget.sentence().startswith("HTTP call 60.0 ms, instrument query 20.0 ms, sampling interval 100.0 ms")
    assert budget.sentence().endswith("U (k = 2) 68.6 ms")


def test_rectangular() -> None:
    assert rectangular(math.sqrt(3.0)) == pytest.approx(1.0)
