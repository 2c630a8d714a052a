"""CFG-04: the voltage ratio of best efficiency, the droop and the masked band, from measurement."""

from __future__ import annotations

from hil.converter import Mode
from hil.derived import Evidence, figures
from hil.errors import NotAssessed
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.run import Run
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity
from suites.configuration.optimum import NoOptimum, optimum

SEPARATIONS = (-2, 0, 2)
"""Grid voltages of the map, in separations from the operating voltage."""
BATTERY_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Battery voltages of the map, as shares of the way from the lowest rated one to the highest."""
SETTLE = 0.6
"""Seconds at an operating point before the measurement."""


@requirement("CFG-04", each=33.0, fixed=1.0, volts=HIGHEST, amperes=FULL)
def test_the_ratio_of_best_efficiency(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Map the efficiency over grid and battery voltage at one grid power; find the ratio where it is best."""
    ratios, efficiencies, modes = [], [], []
    instruments: set[str] = set()
    for _ in range(repetitions):
        for mode in (Mode.DISCHARGE, Mode.CHARGE):
            for separations in SEPARATIONS:
                for ratio, efficiency in _row(scene, judge, mode, separations):
                    ratios.append(ratio)
                    efficiencies.append(efficiency.value)
                    modes.append(mode.name)
                    instruments.update(efficiency.instruments)
    try:
        best = optimum(ratios, efficiencies, modes).read_by(*sorted(instruments))
    except NoOptimum as reason:
        raise NotAssessed(str(reason)) from reason
    conditions = f"{len(ratios)} operating points"
    judge.measure("CFG-04", "best_ratio", best, conditions=conditions)
    judge.measure("CFG-04", "ratio_uncertainty", best.uncertainty, 0.0, conditions)


def _row(scene: Scene, judge: Judge, mode: Mode, separations: int) -> list[tuple[float, Quantity]]:
    """Measure one grid voltage at every battery voltage; return ratio and efficiency of each point."""
    volts = scene.operating_voltage + separations * scene.policy.grid_voltage_separation
    lowest = scene.operating_voltage + min(SEPARATIONS) * scene.policy.grid_voltage_separation
    scene.share(mode, scene.rated_current * lowest / volts, volts)
    rated, points = scene.dut.battery, []
    try:
        for share in BATTERY_SHARES:
            scene.battery.emulator.set_voltage_override(rated.min_v + share * (rated.max_v - rated.min_v))
            scene.clock.sleep(SETTLE)
            efficiency = scene.efficiency()
            grid, battery = scene.grid_voltage().value, scene.battery_voltage().value
            conditions = f"vg={grid:.1f} V; vb={battery:.2f} V; {mode.name}"
            judge.measure("CFG-04", "efficiency", efficiency, conditions=conditions)
            points.append((grid / battery, efficiency))
    finally:
        scene.battery.emulator.set_voltage_override(None)
    scene.stop()
    return points


@requirement("CFG-04", fixed=0.0)
def test_droop_and_masked_band(run: Run, desk_judge: Judge) -> None:
    """Take the droop from CVD-04 and the band from ZVS-05."""
    evidence = Evidence(run.measurements)
    missing = []
    slope = evidence.lowest("CVD-04 slope_error")
    if slope is None:
        missing.append("droop_ratio (measured by CVD-04)")
    else:
        told = run.files.hwconfig.droop_ratio
        droop = Quantity.computed(told * (1.0 + slope.value / 100.0), "1", (told / 100.0, slope.quantity))
        desk_judge.measure("CFG-04", "droop_ratio", droop, conditions=slope.source)
    band = figures.masked_band(evidence, run.files.policy)
    if band is not None:
        desk_judge.measure("CFG-04", "masked_band", band.quantity, conditions=band.source)
    elif evidence.highest("ZVS-05 failed_starts") is None:
        missing.append("masked_band (measured by ZVS-05)")
    if missing:
        raise NotAssessed(f"Not measured in this run: {'; '.join(missing)}.")
