"""ZVS-06: after a stop the grid decays out of the band in which apis-main does not start."""

from __future__ import annotations

from hil.client.sequences import acquire, stop
from hil.running.marking import FULL, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Direction, crossing

SAMPLING = 0.1
"""Seconds between two samples."""
PATIENCE = 70.0
"""Seconds for which the decay is watched: longer than the limit."""


@requirement("ZVS-06", each=9.0, fixed=1.0, volts=OPERATING, amperes=FULL)
def test_the_grid_decays_after_a_stop(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Replay apis-main's stop of the voltage reference; wait for the unloaded grid to leave the band."""
    below = scene.policy.operation_grid_voltage_range.min - scene.policy.grid_uvlo_mask
    for _ in range(repetitions):
        scene.rest()
        scene.reference()
        scene.grid.release()
        scene.client.run(acquire)
        capture = scene.capture("grid_voltage", period=SAMPLING)
        with capture.running(lead=0.5, tail=2 * SAMPLING):
            stopped = scene.client.run(stop).end
            scene.clock.wait_until(lambda: scene.grid.voltage().value < below, PATIENCE, SAMPLING)
        trace = capture.trace()
        voltage = trace.signal("grid_voltage", scene.voltage_accuracy().expanded)
        left = crossing(voltage, below, Direction.FALLING)
        ended = voltage.exactly(scene.clock.now(), "s") if left is None else left
        decay = (ended - stopped).at_least(0.0)
        judge.measure("ZVS-06", "decay_time", decay, conditions=f"from the end of the stop to {below:g} V")
        scene.keep(trace, "decay after a stop", levels={"grid_voltage": below})
