"""Extremes of a run's measurements, and the figures that follow from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.client.hwconfig import load_hwconfig
from hil.client.policy import load_policy
from hil.derived import Evidence, figures
from tests.derived.measured import Measured

DUTS = Path(__file__).parents[2] / "duts"


def test_the_largest_magnitude_counts_whatever_its_sign() -> None:
    evidence = Evidence(
        [
            Measured("CCA-01", "current_error", 0.02, 0.005, conditions="CHARGE"),
            Measured("CCA-01", "current_error", -0.03, 0.006, conditions="DISCHARGE", what="current minus dig"),
            Measured("CCA-04", "residual_current", 0.01),
        ]
    )
    worst = figures.worst_current_error(evidence)
    assert worst is not None
    assert (worst.value, worst.uncertainty) == (0.03, 0.006)
    assert worst.most == pytest.approx(0.036)
    assert worst.source == "CCA-01 current minus dig: -0.03 A, U = 0.006 A (DISCHARGE)"


def test_what_was_not_measured_gives_no_figure() -> None:
    evidence = Evidence([Measured("SPD-01", "latency", None)])
    assert figures.latency(evidence) is None
    assert figures.masked_band(evidence, load_policy(DUTS / "policy.json")) is None


def test_the_masked_band_is_the_farther_of_both_ends() -> None:
    evidence = Evidence(
        [Measured("ZVS-05", "band_bottom", 294.0, unit="V"), Measured("ZVS-05", "band_top", 308.0, unit="V")]
    )
    band = figures.masked_band(evidence, load_policy(DUTS / "policy.json"))
    assert band is not None
    assert band.value == 8.0
    assert "band_top" in band.source


def test_the_battery_current_of_full_grid_power() -> None:
    policy, hwconfig = load_policy(DUTS / "policy.json"), load_hwconfig(DUTS / "hwConfig.json")
    assert figures.battery_current(policy, hwconfig, 0.95) == pytest.approx(2.3 * 380.0 / (0.95 * 32.0))


def test_the_current_of_all_deals_that_fit() -> None:
    assert figures.deals_current(load_policy(DUTS / "policy.json"), load_hwconfig(DUTS / "hwConfig.json")) == 2.0
