"""Measurements of an imagined run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """A row as the judge keeps it, as far as derivation looks at it."""

    requirement: str
    quantity: str
    value: float | None
    uncertainty: float | None = 0.0
    unit: str = "A"
    conditions: str = ""
    what: str = ""
