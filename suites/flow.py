"""Letting a current flow through a unit that holds the voltage."""

from __future__ import annotations

from hil.running.scene import Scene


def flow(scene: Scene, amperes: float) -> None:
    """Let `amperes` flow, positive into the unit."""
    if amperes > 0.0:
        scene.grid.push(amperes, scene.policy.operation_grid_voltage_range.max)
    elif amperes < 0.0:
        scene.grid.load(-amperes)
    else:
        scene.grid.release()
