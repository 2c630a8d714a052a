"""How fast the time of the virtual bench passes, and whether realtime keeps up.

    .venv/bin/python -m benchmarks.virtual_time

Stepped: bench seconds per second of wall time with the battery loop (20 Hz) and captures running, and in quiet waiting.
Realtime: the share of one core that the virtual bench takes with a 1 ms step while the battery loop runs.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import psutil

from hil.bench import files
from hil.bench.bench import Bench
from hil.bench.opening import Opening, open_bench
from hil.bench.virtual_process import VirtualOptions
from hil.converter import Mode
from hil.running.scene import Scene

BENCH_FILE = Path("benches/virtual.toml")
ROUNDS = 5


def main() -> None:
    """Print the figures and the goals."""
    with open_bench(files.read(BENCH_FILE), Opening()) as bench:
        quiet = [ratio(bench, 5000.0) for _ in range(ROUNDS)]
        bench.arm()
        busy = [captured(bench, 40.0) for _ in range(ROUNDS)]
    show("quiet waiting", quiet, 1000.0)
    show("battery loop and captures running", busy, 100.0)
    share = realtime_share(10.0)
    print(f"realtime, 1 ms step, battery loop running: {100 * share:.0f} % of one core (goal: under 50 %)")


def ratio(bench: Bench, seconds: float) -> float:
    """Return bench seconds per wall second while nothing but time passes."""
    began = time.perf_counter()
    bench.clock.sleep(seconds)
    return seconds / (time.perf_counter() - began)


def captured(bench: Bench, seconds: float) -> float:
    """Return the same while the unit charges, with captures of grid voltage and current at 5 Hz."""
    scene = Scene(bench)
    scene.share(Mode.CHARGE, 1.0)
    capture = scene.capture("grid_voltage", "grid_current", "battery", period=0.2)
    with capture.running():
        found = ratio(bench, seconds)
    scene.stop()
    return found


def realtime_share(seconds: float) -> float:
    """Return the share of one core that the virtual bench takes in realtime."""
    how = Opening(VirtualOptions(speed="realtime"))
    with open_bench(files.read(BENCH_FILE), how) as bench:
        bench.arm()
        children = psutil.Process().children()
        (process,) = (child for child in children if "hil.virtual" in " ".join(child.cmdline()))
        before = process.cpu_times()
        bench.clock.sleep(seconds)
        after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / seconds


def show(what: str, ratios: list[float], goal: float) -> None:
    """Print the median of `ratios` beside its goal."""
    spread = f"{min(ratios):.0f} to {max(ratios):.0f}; goal: {goal:.0f}"
    print(f"{what}: {statistics.median(ratios):.0f} bench seconds per second ({spread})")


if __name__ == "__main__":
    main()
