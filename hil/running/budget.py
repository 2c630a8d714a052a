"""How well this bench can time a control action, measured on the armed bench before the first suite."""

from __future__ import annotations

from contextlib import suppress
from statistics import median

from hil.bench.bench import Bench
from hil.bench.file import Role
from hil.capture import Capture, Channel, terminals
from hil.converter import DriverError
from hil.verdict import LatencyBudget
from instruments.kinds import Powered

CALLS = 5
QUESTION = "/version/get"
"""A call that the driver answers by itself: the time that it takes over its converter is the unit's own."""
SAMPLING = 0.02
"""Seconds between two samples that the suites ask of a step."""
WATCHED = 0.5
"""Seconds for which samples are taken."""


def measure(bench: Bench) -> LatencyBudget:
    """Time calls to the driver, and let the instruments that watch the grid be read as in a suite.

    http: median of some calls that need no converter. instrument: longest query. sampling: interval that the slowest
    of the instruments achieves while all are read. clock: worst lateness of a worker that does nothing, meanwhile. The
    bench must be armed. What the driver says is not looked at; a broken instrument raises as it does in a suite.
    """
    clock = bench.clock
    http = median(_call(bench) for _ in range(CALLS))
    sampled = bench.grid.sampled(SAMPLING)
    polled = {name: channel for name, channel in _channels(bench).items() if name not in sampled}
    capture = Capture(clock, polled, SAMPLING, sampled)
    idle = clock.every(SAMPLING, lambda: None, "latency budget")
    try:
        with capture.running(tail=WATCHED):
            pass
    finally:
        idle.stop()
    trace = capture.trace()
    took = trace.readings["end"] - trace.readings["start"]
    intervals = [trace.signal(channel).interval for channel in trace.channels]
    return LatencyBudget(http, float(took.max()), max(intervals), max(0.0, idle.report().worst))


def _call(bench: Bench) -> float:
    began = bench.clock.now()
    with suppress(DriverError):  # how long it took is all that counts here; the suites judge the rest
        bench.converter.call(QUESTION)
    return bench.clock.now() - began


def _channels(bench: Bench) -> dict[str, Channel]:
    """Return what watches the grid; a bench without grid instruments is timed by its battery supply."""
    has_voltage = any(map(bench.has, (Role.GRID_VOLTMETER, Role.GRID_SOURCE, Role.GRID_SINK)))
    has_current = any(map(bench.has, (Role.GRID_AMMETER, Role.GRID_SOURCE, Role.GRID_SINK)))
    channels: dict[str, Channel] = {}
    if has_voltage:
        channels["grid_voltage"] = bench.grid.voltage
    if has_current:
        channels["grid_current"] = bench.grid.current
    battery = bench.filling(Role.BATTERY_SOURCE)
    if not channels and isinstance(battery, Powered):
        channels["battery"] = terminals(battery)
    return channels
