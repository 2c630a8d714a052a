"""What really happened: true values of the plant, one row per accepted step of the integration, for proofs."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from hil.virtual.plant import Plant

LONGEST = 200_000
"""Rows that a record can have: 200 s of steps of 1 ms."""


class TruthRecord:
    """Records probes of a plant from the moment it is made until `end`; `plant` must be up to date at both.

    Raises ValueError for a probe that is not there, or while another record is being taken.
    """

    def __init__(self, plant: Plant, probes: Sequence[str]) -> None:
        unknown = [name for name in probes if name not in plant.probes()]
        if unknown:
            raise ValueError(f"there is no probe {', '.join(unknown)}; there are {', '.join(plant.probes())}")
        if plant.on_step is not None:
            raise ValueError("another record is being taken; end it with 'recorded' first")
        self._plant = plant
        self._time = array("d")
        self._values = {name: array("d") for name in probes}
        self._note(plant)
        plant.on_step = self._note

    def end(self) -> dict[str, list[float]]:
        """Stop; return bench time in s under "time", and the values of each probe at these times.

        Raises ValueError when the record has become longer than it may be: half of the truth would be none.
        """
        self._plant.on_step = None
        if len(self._time) > LONGEST:
            raise ValueError(f"the record is longer than {LONGEST} steps of the plant; record a shorter time")
        return {"time": self._time.tolist(), **{name: values.tolist() for name, values in self._values.items()}}

    def _note(self, plant: Plant) -> None:
        if len(self._time) > LONGEST:
            return
        self._time.append(plant.time)
        for name, values in self._values.items():
            values.append(plant.probe(name))
