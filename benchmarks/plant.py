"""How fast the plant runs: bench seconds per second of processor time, in quiet and in activity.

    python benchmarks/plant.py [PLANT_FILE]

The processor time of this process is measured, so that a busy machine does not disturb the figures much; each figure
is the best of three.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from hil.virtual.plant import Mode, Plant, load_plant

DEFAULT = Path(__file__).parent.parent / "benches" / "plants" / "eza2500_48v_350v.toml"


def running(path: Path) -> Plant:
    """Return a plant whose converter holds 350 V with 1 A of load, settled."""
    plant = Plant(load_plant(path), seed=1)
    battery, load = plant.stages["battery"], plant.stages["grid_load"]
    battery.set_voltage(52.0)
    battery.switch(True)
    plant.advance_to(10.0)
    plant.converter.write_voltage(350.0, 0.0)
    plant.converter.write_current(2.3)
    plant.converter.write_mode(Mode.CV)
    plant.advance_to(20.0)
    load.set_load("CC", 1.0)
    load.switch(True)
    plant.advance_to(25.0)
    return plant


def undisturbed(plant: Plant) -> float:
    """Nothing moves and nobody looks."""
    plant.advance_to(plant.time + 3000.0)
    return 3000.0


def watched(plant: Plant) -> float:
    """Nothing moves; somebody looks at everything 20 times a second."""
    start = plant.time
    for index in range(1, 6001):
        plant.advance_to(start + 0.05 * index)
        plant.truth()
    return 300.0


def emulated(plant: Plant) -> float:
    """The battery's voltage is set anew 20 times a second, by fractions of a millivolt."""
    start, battery = plant.time, plant.stages["battery"]
    for index in range(1, 2001):
        plant.advance_to(start + 0.05 * index)
        battery.set_voltage(52.0 - 1e-5 * (index % 100))
    return 100.0


def active(plant: Plant) -> float:
    """A voltage ramp without end: every step is the short one."""
    start, converter = plant.time, plant.converter
    for index in range(20):
        converter.write_voltage(370.0 if index % 2 else 330.0, 0.0)
        plant.advance_to(start + 0.1 * (index + 1))
    return 2.0


def measure(path: Path, scenario: Callable[[Plant], float]) -> tuple[float, float]:
    """Return bench seconds per processor second, and microseconds per step, best of three."""
    best = (0.0, 0.0)
    for _ in range(3):
        plant = running(path)
        steps = 0

        def count(_: Plant) -> None:
            nonlocal steps
            steps += 1

        plant.on_step = count
        begin = time.process_time()
        seconds = scenario(plant)
        used = time.process_time() - begin
        best = max(best, (seconds / used, 1e6 * used / steps))
    return best


def main() -> None:
    """Print one line per scenario."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    print(f"{path.name}: bench seconds per processor second, microseconds per step")
    for scenario in (undisturbed, watched, emulated, active):
        speed, step = measure(path, scenario)
        print(f"  {scenario.__name__:12} {speed:10.0f}  {step:6.1f}   {scenario.__doc__}")


if __name__ == "__main__":
    main()
