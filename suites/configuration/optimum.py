"""Where a measured curve is highest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from uncertainties import correlated_values

from hil.verdict.uncertainty import expanded
from hil.waveform import Array, Quantity, bound

WINDOW = 0.8
"""How far from the best ratio a point may lie to count in the second fit."""


class NoOptimum(Exception):
    """The measured points have no maximum between them."""


def optimum(ratio: ArrayLike, efficiency: ArrayLike, group: ArrayLike) -> Quantity:
    """Return the ratio at which parabolas through the points are highest, with U (k = 2) from their scatter.

    eta = a r^2 + b r + c_group by least squares, r_best = -b / (2 a); fitted twice, the second time with the points
    near the first result alone, because a real curve is a parabola only there. U = hypot(U of the second fit from the
    covariance of a and b, distance of both results): scatter, and that the curve is no parabola. An
    error that all points of a group share (of the instruments, of a direction) moves a parabola up or down and not
    sideways, so it does not count. Raises NoOptimum when the efficiency has no maximum between the points.
    """
    x, y, groups = np.asarray(ratio, dtype=np.float64), np.asarray(efficiency, dtype=np.float64), np.asarray(group)
    coarse = _top(x, y, groups)
    near = np.abs(x - coarse.value) <= WINDOW
    fine = _top(x[near], y[near], groups[near])
    shape = bound(fine.value - coarse.value, "1", "curve that is no parabola")
    return Quantity.of(fine.value, "1", (*fine.budget, shape))


def _top(x: Array, y: Array, groups: NDArray[np.generic]) -> Quantity:
    columns = [groups == each for each in np.unique(groups)]
    freedom = len(x) - 2 - len(columns)
    if freedom < 2:
        raise NoOptimum(f"Only {len(x)} operating points lie near the best efficiency: too few for a parabola.")
    centre = float(x.mean())
    design = np.column_stack([(x - centre) ** 2, x - centre, *columns])
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    residuals = y - design @ coefficients
    covariance = float(residuals @ residuals) / freedom * np.linalg.inv(design.T @ design)
    a, b = correlated_values(coefficients[:2], covariance[:2, :2])
    if a.nominal_value >= 0.0:
        raise NoOptimum("The efficiency has no maximum over the voltage ratios measured: it is lowest in the middle.")
    best = expanded(centre - b / (2.0 * a), "1", "scatter around the parabola")
    if not float(x.min()) <= best.value <= float(x.max()):
        raise NoOptimum(f"The efficiency is best outside of the voltage ratios {x.min():.2f} to {x.max():.2f}.")
    return best
