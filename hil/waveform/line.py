"""Straight line through measured points: the droop line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hil.waveform.budget import Contribution, Distribution, merged
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

    @property
    def determination(self) -> Quantity:
        """Return r_squared with the captures and instruments behind the points; it has no uncertainty."""
        points = self.slope
        return Quantity.exact(self.r_squared, "1").seen_in(*points.traces).read_by(*points.instruments)

    def at(self, x: float) -> float:
        """Return the value of the line at x, in y-unit."""
        return self.intercept.value + self.slope.value * x


def fit_line(x: Sequence[Quantity], y: Sequence[Quantity]) -> Line:
    """Fit a line by ordinary least squares.

    x, y: the points, each with its expanded uncertainty (k = 2). With w_i = (x_i - mean x) / Sxx,
    slope = sum(w_i y_i), and U(slope)^2 = (2 s / sqrt(Sxx))^2 + sum(w_i^2 (U_y,i^2 + slope^2 U_x,i^2)), where
    s^2 = SS_residual / (n - 2); the intercept likewise with weights 1/n - w_i mean x. Needs three points at two or
    more different x, or raises ValueError.
    """
    xs, ys = np.array([each.value for each in x]), np.array([each.value for each in y])
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

    def result(value: float, unit: str, weights: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Quantity:
        propagated = Quantity.computed(
            value,
            unit,
            *((float(weight), point) for weight, point in zip(weights, y, strict=True)),
            *((float(-slope * weight), point) for weight, point in zip(weights, x, strict=True)),
        )
        residual = Contribution(
            "scatter around the line",
            scatter,
            y[0].unit,
            float(np.linalg.norm(weights)),
            Distribution.NORMAL,
            count - 2,
        )
        return Quantity.of(value, unit, merged((*propagated.budget, residual)), propagated.traces)

    return Line(
        result(slope, f"{y[0].unit}/{x[0].unit}", slope_weights),
        result(intercept, y[0].unit, intercept_weights),
        1.0 if total == 0.0 else 1.0 - float(residuals @ residuals) / total,
        float(np.max(np.abs(residuals))),
    )


def droop_line(current: Sequence[Quantity], voltage: Sequence[Quantity]) -> Line:
    """Fit grid voltage (V) over grid current (A, positive into the unit): slope in V/A, no-load voltage in V.

    A unit with droop lowers its voltage when it feeds the grid and raises it when it takes from it, so the slope
    is positive in this sign convention.
    """
    return fit_line(current, voltage)
