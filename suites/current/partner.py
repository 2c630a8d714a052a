"""The voltage reference of a deal as the bench can play it: the grid side, whose current is measured."""

from __future__ import annotations

from hil.client.unitdata import UnitData
from hil.running.scene import Scene


class MeasuredHolder:
    """Holds the voltage and takes what the unit gives. offset: A that its meter shows too much."""

    name = "grid side"

    def __init__(self, scene: Scene, offset: float) -> None:
        self._scene = scene
        self._offset = offset
        self.data = UnitData()

    def read_status(self) -> bool:
        """Measure the current, positive into the holder."""
        self.data.merge({"meter": {"ig": self._offset - self._scene.grid.current().value}})
        return True
