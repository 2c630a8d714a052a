"""Numbers as a reader of a report expects them."""

from __future__ import annotations

import re

from hil.verdict.decisive import tolerance
from hil.waveform import decimals

__all__ = ["decimals", "limits", "number", "quantity", "tolerance_share", "true_minus", "uncertainty"]

_HYPHEN = re.compile(r"(?<![\w.)])-(?=\d)")


def quantity(value: float | None, unit: str, places: int | None = None) -> str:
    """Return a number with its unit; a pure number has none."""
    text = number(value, places)
    return text if value is None or unit in ("", "1") else f"{text} {unit}"


def uncertainty(value: float | None, unit: str) -> str:
    """Return an expanded uncertainty with two significant digits; nothing when it was not stated."""
    if value is None:
        return ""
    return quantity(value, unit, decimals(value)) if value else "exact"


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


def limits(lower: float | None, upper: float | None, unit: str, places: int | None = None) -> str:
    """Return limits in words a technician reads at once: "≤ 380 V", "330 ... 370 V"."""
    if lower is not None and upper is not None:
        high = quantity(upper, unit, places)
        return f"= {high}" if lower == upper else f"{number(lower, places)} … {high}"
    if upper is not None:
        return f"≤ {quantity(upper, unit, places)}"
    return "–" if lower is None else f"≥ {quantity(lower, unit, places)}"


def tolerance_share(value_margin: float | None, lower: float | None, upper: float | None) -> float | None:
    """Return the margin in per cent of the tolerance: of the width between two limits, or of the size of one."""
    if value_margin is None:
        return None
    size = tolerance(lower, upper)
    return None if size == 0 else 100 * value_margin / size


def true_minus(text: str) -> str:
    """Return a text in which a negative number has a minus; the hyphens of names and dates stay."""
    return _HYPHEN.sub("\N{MINUS SIGN}", text)
