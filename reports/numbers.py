"""Numbers as a reader of a report expects them."""

from __future__ import annotations

import math


def decimals(uncertainty: float | None) -> int | None:
    """Return the decimal places that show two significant digits of an uncertainty; None if it says nothing."""
    if uncertainty is None or not math.isfinite(uncertainty) or uncertainty <= 0:
        return None
    return max(0, 1 - math.floor(math.log10(float(f"{uncertainty:.1e}"))))


def quantity(value: float | None, unit: str, places: int | None = None) -> str:
    """Return a number with its unit; a pure number has none."""
    text = number(value, places)
    return text if value is None or unit in ("", "1") else f"{text} {unit}"


def number(value: float | None, places: int | None = None) -> str:
    """Return a number with `places` decimals, or with five significant digits; a dash for none."""
    if value is None:
        return "–"
    text = f"{value:.5g}" if places is None else f"{value:.{places}f}"
    if float(text) == 0.0:
        text = text.removeprefix("-")
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}·10^{int(exponent)}"
    return text.replace("-", "−")


def limits(lower: float | None, upper: float | None, unit: str) -> str:
    """Return limits in words a technician reads at once: "≤ 380 V", "330 ... 370 V"."""
    if lower is not None and upper is not None:
        high = quantity(upper, unit)
        return f"= {high}" if lower == upper else f"{number(lower)} … {high}"
    if upper is not None:
        return f"≤ {quantity(upper, unit)}"
    return "–" if lower is None else f"≥ {quantity(lower, unit)}"


def tolerance_share(value_margin: float | None, lower: float | None, upper: float | None) -> float | None:
    """Return the margin in per cent of the tolerance: of the width between two limits, or of the size of one."""
    if value_margin is None:
        return None
    if lower is not None and upper is not None:
        size = upper - lower
    else:
        size = abs(upper if upper is not None else lower if lower is not None else 0.0)
    return None if size == 0 else 100 * value_margin / size
