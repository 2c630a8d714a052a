"""Numbers as apis-main computes and prints them: IEEE 754 single precision, in the words of Java."""

from __future__ import annotations

import math

import numpy as np

_PLAIN_MIN = np.float32(1e-3)
_PLAIN_MAX = np.float32(1e7)


def single(value: float) -> float:
    """Return `value` rounded to single precision, the only precision apis-main computes set-points in."""
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def java_float(value: float) -> str:
    """Print `value` as Java's Float.toString does: 350.0, 0.29999995, 1.0E-4.

    The shortest decimal text that gives the same single-precision number back, with at least one digit after
    the point; in computerised scientific notation below 1E-3 and from 1E7 on. (Java before 19 gives some large
    numbers a digit more than needed, 123456789 for one; no set-point is that large.) Raises ValueError for NaN,
    infinities and numbers beyond single precision, which no set-point can be.
    """
    with np.errstate(over="ignore"):
        number = np.float32(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite single-precision number")
    if number == 0 or _PLAIN_MIN <= abs(number) < _PLAIN_MAX:
        return np.format_float_positional(number, unique=True, trim="0")
    mantissa, exponent = np.format_float_scientific(number, unique=True, trim="0").split("e")
    return f"{mantissa}E{int(exponent)}"


def droop_text(drg: float) -> str:
    """Print a droop ratio: apis-main sends the integer 0 for "no droop" and a float otherwise."""
    return "0" if drg == 0 else java_float(drg)
