"""BAT-04: full sharing current in both directions, over grid and battery voltage, without tripping."""

from __future__ import annotations

from itertools import product

import pytest

from hil.client.safety import HEAVY_ALARM
from hil.converter import Mode
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import largest_deviation
from suites.battery.warming import steady_temperature
from suites.pictures import NearestToLimit

SETTLE = 0.5
"""Seconds from the answer to the first reading that counts."""
HOLD = 3.0
"""Seconds at each operating point but the nominal one, where the dwell of the requirement is kept."""
PERIOD = 0.503
"""Seconds between two readings of the current, at least; no multiple of a mains period, whose ripple would hide."""
LOOKS = 600
"""Readings of the current in a long dwell."""


def _grid_voltages(scene: Scene) -> tuple[float, ...]:
    """Return lowest, operating and highest grid voltage; above the last a discharge meets its own ceiling."""
    span = scene.policy.operation_grid_voltage_range
    return (span.min, scene.operating_voltage, span.max - scene.policy.grid_voltage_separation)


@requirement("BAT-04", each=46.0, fixed=1.0, volts=HIGHEST, amperes=FULL, dwells=1)
@pytest.mark.parametrize("mode", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_the_full_current_flows_without_a_trip(
    scene: Scene, judge: Judge, repetitions: int, dwell: float, mode: Mode
) -> None:
    """Carry the full current at every corner for a moment, and for the whole dwell in the middle; a trip ends it."""
    battery = scene.dut.battery
    corners = product((battery.min_v, battery.nominal_v, battery.max_v), _grid_voltages(scene))
    points = list(corners) * repetitions
    tried, trips = 0, []
    pictures = NearestToLimit(scene)
    try:
        for vb, vg in points:
            scene.stop()
            scene.battery.emulator.set_voltage_override(vb)
            scene.battery.emulator.wait_settled()
            nominal = vb == battery.nominal_v and vg == scene.operating_voltage
            conditions = f"{mode.name}, vg {vg:g} V, vb {vb:g} V"
            tried += 1
            if not _carries(scene, judge, pictures, mode, vg, max(HOLD, dwell) if nominal else HOLD, conditions):
                trips.append(conditions)
                break
    finally:
        scene.battery.emulator.set_voltage_override(None)
    pictures.keep()
    judge.count("BAT-04", "trips", len(trips), tried, "; ".join(trips))


def _carries(
    scene: Scene, judge: Judge, pictures: NearestToLimit, mode: Mode, vg: float, seconds: float, conditions: str
) -> bool:
    """Carry the full current for so long; judge it, and tell whether the unit stayed in its mode without alarm."""
    scene.share(mode, scene.rated_current, vg)
    scene.clock.sleep(SETTLE)
    end = scene.clock.now() + seconds
    sign = mode.sign
    tripped, shown = False, 0.0
    warmth: list[float] = []
    capture = scene.capture("grid_current", period=max(PERIOD, seconds / LOOKS))
    with capture.running(tail=PERIOD):
        while scene.clock.now() < end and not tripped:
            seen = scene.converter.all().value
            tripped = seen.status.mode is not mode or seen.status.alarm_state == HEAVY_ALARM
            warmth.append(seen.meter.tmp)
            shown = max(shown, sign * seen.meter.ig - scene.rated_current, key=abs)
            scene.clock.sleep(min(scene.policy.controller.data_acquisition_period, seconds / 3.0))
    signal = capture.trace().signal("grid_current", scene.current_accuracy().expanded)
    worst = largest_deviation(signal, sign * scene.rated_current)
    error = sign * worst
    pictures.offer(
        judge.measure("BAT-04", "current_error", error, None, conditions),
        capture.trace(),
        "grid_current",
        sign * scene.rated_current,
    )
    judge.measure("BAT-04", "shown_error", shown, 0.0, conditions)
    judge.measure("BAT-04", "temperature", max(warmth), 0.0, conditions)
    steady = steady_temperature(warmth)
    if steady is not None:
        judge.measure("BAT-04", "steady_temperature", steady, conditions=conditions)
    return not tripped
