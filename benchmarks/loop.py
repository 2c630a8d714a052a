"""Does the battery emulator keep its period in real time, while captures run?

    .venv/bin/python -m benchmarks.loop

On the realtime virtual bench the unit charges, the driver's status and the meters of the grid are captured, and the
beginnings of the emulator's turns are looked at. Exit status 0 when 99 % of the periods lie within 5 ms of nominal. The
machine takes part: a worker beside it that only sleeps shows what of the lateness is the computer's own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from hil.battery import BatterySample
from hil.bench import files
from hil.bench.opening import Opening, open_bench
from hil.bench.virtual_process import VirtualOptions
from hil.clock import TickerReport
from hil.converter import Mode
from hil.running.scene import Scene
from hil.waveform.signal import Array

BENCH_FILE = Path("benches/virtual.toml")
NEAR = 0.005
"""s"""
GOAL = 0.99
SAMPLING = 0.05
"""Seconds between two samples of a channel."""


def main(seconds: Annotated[float, typer.Option(help="How long to watch.")] = 60.0) -> None:
    """Print period, jitter and share; exit status 1 when the goal is missed."""
    begun, idle = watch(seconds)
    periods = np.diff(begun)
    nominal = files.read(BENCH_FILE).bench.emulator.period
    share = float(np.mean(np.abs(periods - nominal) <= NEAR))
    print(f"emulator: {len(periods)} periods of {1e3 * nominal:.0f} ms nominal, captures running")
    print(f"  mean {1e3 * periods.mean():.2f} ms, jitter (standard deviation) {1e3 * periods.std():.2f} ms")
    print(f"  shortest {1e3 * periods.min():.1f} ms, longest {1e3 * periods.max():.1f} ms")
    print(f"  within 5 ms of nominal: {100 * share:.2f} % (goal: {100 * GOAL:.0f} %)")
    print(f"a worker that only sleeps: {100 * idle.within_5ms:.2f} % within 5 ms, worst {1e3 * idle.worst:.1f} ms late")
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    raise SystemExit(0 if share >= GOAL else 1)


def watch(seconds: float) -> tuple[Array, TickerReport]:
    """Return when the emulator's turns began, in s, and how a worker beside it that does nothing kept its time."""
    how = Opening(VirtualOptions(speed="realtime"))
    samples: list[BatterySample] = []
    with open_bench(files.read(BENCH_FILE), how) as bench:
        bench.arm()
        scene = Scene(bench)
        scene.rest()
        scene.share(Mode.CHARGE, 1.0)
        idle = bench.clock.every(bench.files.bench.emulator.period, lambda: None, "idle worker")
        unsubscribe = bench.battery.emulator.subscribe(samples.append)
        with scene.capture("grid_voltage", "grid_current", "status", "battery", period=SAMPLING).running(tail=seconds):
            pass
        unsubscribe()
        idle.stop()
        bench.check()
    return np.array([sample.voltage.start for sample in samples]), idle.report()


if __name__ == "__main__":
    typer.run(main)
