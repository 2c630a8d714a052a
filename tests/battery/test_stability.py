"""The stability bounds against the poles of the loop they come from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hil.battery.stability import LoopStability
from hil.errors import BadInput


def largest_pole(loop: LoopStability, delay: int) -> float:
    """Return the largest magnitude of the roots of z^(d+1) - (1-a) z^d + a R/r."""
    polynomial = np.zeros(delay + 2)
    polynomial[0] = 1.0
    polynomial[1] -= 1 - loop.relaxation
    polynomial[-1] += loop.relaxation * loop.resistance / loop.cable_resistance
    return float(np.abs(np.roots(polynomial)).max())


@given(
    resistance=st.floats(1e-4, 0.5),
    cable=st.floats(1e-3, 0.1),
    relaxation=st.floats(0.01, 1.0),
)
def test_bounds_agree_with_the_poles(resistance: float, cable: float, relaxation: float) -> None:
    loop = LoopStability(resistance, cable, relaxation)
    assume(abs(loop.undelayed - 2) > 1e-6)
    assume(abs(loop.delayed - 1) > 1e-6)
    poles_inside = largest_pole(loop, 0) < 1 and largest_pole(loop, 1) < 1
    assert loop.stable == poles_inside


@pytest.mark.parametrize(("relaxation", "stable"), [(0.1, False), (0.05, True), (0.19, False)])
def test_the_known_example(relaxation: float, stable: bool) -> None:
    assert LoopStability(0.05, 0.005, relaxation).stable is stable


def test_a_refusal_carries_the_numbers() -> None:
    with pytest.raises(BadInput, match=r"a = 0.2.*R = 50 mΩ.*r = 5 mΩ.*2\.2.*a·R/r = 2 .*0\.05 or less"):
        LoopStability(0.05, 0.005, 0.2).require()


def test_no_resistance_is_always_stable() -> None:
    LoopStability(0.0, 0.005, 1.0).require()
