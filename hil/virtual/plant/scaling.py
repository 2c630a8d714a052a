"""Fixed-point scaling of set-points and meters: value = raw * rating / 2^Q, raw truncated toward zero."""

from __future__ import annotations

from hil.virtual.plant.converter_parameters import Ratings


class Scaling:
    """Quantises as the EZA2500's 16 bit words do, with the ratings of this unit."""

    __slots__ = ("_quantum",)

    def __init__(self, ratings: Ratings) -> None:
        rows: dict[str, tuple[int, float]] = {
            "dvg": (14, ratings.grid_voltage),
            "dig": (13, ratings.grid_current),
            "drg": (13, 1.0),
            "vg": (14, ratings.grid_voltage),
            "ig": (13, ratings.grid_current),
            "vb": (14, ratings.battery_voltage),
            "ib": (13, ratings.battery_current),
            "wg": (11, ratings.power),
            "wb": (11, ratings.power),
            "tmp": (7, 1.0),
        }
        self._quantum = {name: (float(1 << exponent), rating) for name, (exponent, rating) in rows.items()}

    def quantise(self, name: str, value: float) -> float:
        """Return what is left of `value` after conversion to the word `name` and back."""
        steps, rating = self._quantum[name]
        return int(value * steps / rating) * rating / steps
