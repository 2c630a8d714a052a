"""Random numbers that depend on what they are asked for, not on how often anybody asked before."""

from __future__ import annotations

from math import cos, log, pi, sqrt

_MASK = (1 << 64) - 1
_UNIT = 1.0 / (1 << 53)


def _mix(value: int) -> int:
    """Return the SplitMix64 finaliser of `value` (Steele, Lea, Flood 2014)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def uniform(seed: int, stream: int, index: int) -> float:
    """Return the number in (0, 1) that belongs to `index` of `stream` under `seed`."""
    mixed = _mix(_mix(_mix(seed & _MASK) ^ (stream & _MASK)) ^ (index & _MASK))
    return ((mixed >> 11) + 0.5) * _UNIT


def normal(seed: int, stream: int, index: int) -> float:
    """Return the standard normal number that belongs to `index` of `stream` under `seed` (Box-Muller)."""
    radius = sqrt(-2.0 * log(uniform(seed, stream, 2 * index)))
    return radius * cos(2.0 * pi * uniform(seed, stream, 2 * index + 1))
