"""Straight line through measured points: the droop line."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hil.waveform.quantity import Quantity


@dataclass(frozen=True)
class Line:
    """y = intercept + slope * x.

    slope: in y-unit per x-unit. intercept: in y-unit, at x = 0.
    r_squared: coefficient of determination, 1 - SS_residual / SS_total. residual: largest distance of a point, y-unit.
    """

    slope: Quantity
    intercept: Quantity
    r_squared: float
    residual: float

    def at(self, x: float) -> float:
        """Return the value of the line at x, in y-unit."""
        return self.intercept.value + self.slope.value * x


def fit_line(x: ArrayLike, y: ArrayLike, x_unit: str, y_unit: str, x_u: ArrayLike, y_u: ArrayLike) -> Line:
    """Fit a line by ordinary least squares.

    x_u, y_u: expanded uncertainty (k = 2) of each point, or one for all. With w_i = (x_i - mean x) / Sxx,
    slope = sum(w_i y_i), and U(slope)^2 = (2 s / sqrt(Sxx))^2 + sum(w_i^2 (U_y,i^2 + slope^2 U_x,i^2)), where
    s^2 = SS_residual / (n - 2); the intercept likewise with weights 1/n - w_i mean x. Needs three points at two or
    more different x, or raises ValueError.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    count = len(xs)
    if count < 3 or float(np.ptp(xs)) == 0.0:
        raise ValueError(f"a line with its uncertainty needs three points at different x, not {count} points")
    centred = xs - xs.mean()
    sxx = float(centred @ centred)
    slope_weights = centred / sxx
    intercept_weights = 1.0 / count - slope_weights * xs.mean()
    slope, intercept = float(slope_weights @ ys), float(intercept_weights @ ys)
    residuals = ys - intercept - slope * xs
    scatter = math.sqrt(float(residuals @ residuals) / (count - 2))
    total = float(((ys - ys.mean()) ** 2).sum())
    point = np.broadcast_to(np.hypot(y_u, slope * np.asarray(x_u, dtype=np.float64)), xs.shape)

    def expanded(weights: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        statistical = 2.0 * scatter * float(np.linalg.norm(weights))
        return math.hypot(statistical, float(np.linalg.norm(weights * point)))

    return Line(
        Quantity(slope, expanded(slope_weights), f"{y_unit}/{x_unit}"),
        Quantity(intercept, expanded(intercept_weights), y_unit),
        1.0 if total == 0.0 else 1.0 - float(residuals @ residuals) / total,
        float(np.max(np.abs(residuals))),
    )


def droop_line(current: ArrayLike, voltage: ArrayLike, current_u: ArrayLike, voltage_u: ArrayLike) -> Line:
    """Fit grid voltage (V) over grid current (A, positive into the unit): slope in V/A, no-load voltage in V.

    A unit with droop lowers its voltage when it feeds the grid and raises it when it takes from it, so the slope
    is positive in this sign convention.
    """
    return fit_line(current, voltage, "A", "V", current_u, voltage_u)
