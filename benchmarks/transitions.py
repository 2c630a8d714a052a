"""Random transitions of the virtual unit, measured as the suites measure them, each beside the plant's truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import numpy as np

from benchmarks.plant_truth import Truth, TruthWire
from hil.capture import Trace
from hil.client.sequences import acquire, stop
from hil.converter import Mode
from hil.running.scene import Scene
from hil.waveform import (
    Direction,
    Extreme,
    Quantity,
    Signal,
    crossing,
    largest_deviation,
    level,
    peak,
    settling_duration,
)
from suites.flow import flow

VOLTAGE, CURRENT = "grid_voltage", "grid_current"
BATTERY_VOLTAGE, BATTERY_CURRENT = "battery.voltage", "battery.current"
QUICK_SAMPLING, SAMPLING, SLOW_SAMPLING = 0.01, 0.02, 0.1
"""Seconds between two samples, for the partner's step, other steps, and the decay of the grid, as in the suites."""
SETTLE = 0.6
"""Seconds from a change to readings at rest."""
LEAD, TAIL = 0.1, 0.6
"""Seconds recorded before and after a command."""
NO_FLOW = 0.3
"""A: below this no efficiency is measured, as in the suites."""


@dataclass(frozen=True)
class Comparison:
    """A measured quantity and its true value. interval: sampling interval in s of a control time, None for others."""

    kind: str
    measured: Quantity
    true: float
    interval: float | None = None
    conditions: str = ""

    @property
    def error(self) -> float:
        """Return measured minus true."""
        return self.measured.value - self.true

    @property
    def inside(self) -> bool:
        """Tell whether the truth lies inside the stated uncertainty."""
        return abs(self.error) <= self.measured.uncertainty + 1e-9

    @property
    def narrow(self) -> bool:
        """Tell whether the uncertainty of a control time is at most two sampling intervals."""
        return self.interval is None or self.measured.uncertainty <= 2.0 * self.interval


@dataclass
class Seen:
    """A transition as it was captured, and what really happened. commanded, answered: bench time in s."""

    truth: Truth
    trace: Trace
    commanded: float = 0.0
    answered: float = 0.0


@dataclass
class Proof:
    """A bench that makes transitions, and the comparisons made so far."""

    scene: Scene
    wire: TruthWire
    comparisons: list[Comparison] = field(default_factory=list)
    conditions: str = ""

    def compare(self, kind: str, measured: Quantity, true: float, interval: float | None = None) -> None:
        """Note a comparison."""
        self.comparisons.append(Comparison(kind, measured, true, interval, self.conditions))

    @contextmanager
    def watching(self, period: float = SAMPLING, tail: float = TAIL) -> Iterator[Seen]:
        """Capture grid voltage and current while the block commands and waits; truth and trace are there after it."""
        capture = self.scene.capture(VOLTAGE, CURRENT, period=period)
        seen = Seen(Truth(), capture.trace())
        with self.wire.recording(VOLTAGE, CURRENT) as seen.truth:
            with capture.running(lead=LEAD, tail=tail):
                seen.commanded = self.scene.clock.now()
                yield seen
            seen.trace = capture.trace()

    def signal(self, seen: Seen, channel: str) -> Signal:
        """Return a captured channel, every sample with its uncertainty."""
        accuracy = self.scene.voltage_accuracy() if channel == VOLTAGE else self.scene.current_accuracy()
        return seen.trace.signal(channel, accuracy.expanded)


def compare_settling(proof: Proof, seen: Seen, channel: str, lower: float, upper: float, start: Quantity) -> None:
    """Compare the time from `start` until the channel stays in lower ... upper, if it does."""
    signal = proof.signal(seen, channel)
    settled = settling_duration(signal, lower, upper, start)
    if settled is not None:
        true = seen.truth.settled(channel, lower, upper, start.value) - start.value
        proof.compare(f"settling of {_name(channel)}", settled, true, signal.interval)


def compare_crossing(
    proof: Proof, seen: Seen, channel: str, at: float, direction: Direction, kind: str
) -> Quantity | None:
    """Compare the time from the command to the crossing of `at`; return its instant, None when it is not crossed."""
    signal = proof.signal(seen, channel)
    crossed = crossing(signal, at, direction, after=seen.commanded)
    if crossed is not None:
        true = seen.truth.crossed(channel, at, direction is Direction.RISING, seen.commanded)
        elapsed = Quantity(crossed.value - seen.commanded, crossed.uncertainty, "s")
        proof.compare(kind, elapsed, true - seen.commanded, signal.interval)
    return crossed


def compare_extremes(proof: Proof, seen: Seen, channel: str) -> None:
    """Compare the largest and the smallest value of the record."""
    signal = proof.signal(seen, channel)
    during = float(signal.earliest[0]), float(signal.latest[-1])
    proof.compare(f"peak of {_name(channel)}", peak(signal, Extreme.LARGEST), seen.truth.largest(channel, *during))
    proof.compare(f"peak of {_name(channel)}", peak(signal, Extreme.SMALLEST), seen.truth.smallest(channel, *during))


def compare_at_rest(proof: Proof) -> None:
    """Compare the readings and levels of a bench on which nothing changes."""
    scene = proof.scene
    with proof.wire.recording(VOLTAGE, CURRENT, BATTERY_VOLTAGE, BATTERY_CURRENT) as truth:
        began = scene.clock.now()
        scene.clock.sleep(LEAD)
        taken = {
            "grid voltage": scene.grid_voltage(),
            "grid current": scene.grid_current(),
            "battery voltage": scene.battery_voltage(),
            "grid power": scene.grid_power(),
            "battery power": scene.battery_power(),
        }
        flows = abs(taken["grid current"].value) > NO_FLOW
        efficiency = scene.efficiency() if flows else None
        levels = {channel: level(scene.observe(channel, 0.2)) for channel in (VOLTAGE, CURRENT)}
        deviation = largest_deviation(scene.observe(VOLTAGE, 0.2), scene.operating_voltage)
        ended = scene.clock.now()
    mean = {probe: float(np.mean(truth.during(probe, began, ended))) for probe in truth.values}
    grid, battery = mean[VOLTAGE] * mean[CURRENT], -mean[BATTERY_VOLTAGE] * mean[BATTERY_CURRENT]
    true = dict(zip(taken, (mean[VOLTAGE], mean[CURRENT], mean[BATTERY_VOLTAGE], grid, battery), strict=True))
    for kind, quantity in taken.items():
        proof.compare(kind, quantity, true[kind])
    for channel, measured in levels.items():
        proof.compare(f"level of {_name(channel)}", measured, mean[channel])
    proof.compare("voltage error", deviation, mean[VOLTAGE] - scene.operating_voltage)
    if efficiency is not None:
        proof.compare("efficiency", efficiency, battery / grid if grid > 0.0 else grid / battery)


def mode_change(proof: Proof, chance: Random) -> None:
    """From any mode to any other with one command, on a stiff grid."""
    scene = proof.scene
    before, after = chance.sample((Mode.STOP, Mode.CV, Mode.DISCHARGE, Mode.CHARGE), 2)
    amperes = {mode: chance.uniform(0.3, scene.rated_current) for mode in (before, after)}
    droop = scene.hwconfig.droop_ratio

    def command(mode: Mode) -> float:
        dig = {Mode.STOP: 0.0, Mode.CV: scene.rated_current}.get(mode, amperes[mode])
        return scene.converter.set_mode(mode, scene.ceiling(mode), dig, droop if mode is Mode.CV else 0.0).end

    proof.conditions = f"{before.name} to {after.name}"
    scene.stop()
    scene.grid.stiff(chance.uniform(320.0, 360.0))
    command(before)
    scene.clock.sleep(SETTLE)
    with proof.watching() as seen:
        seen.answered = command(after)
    if after is not Mode.CV:
        _compare_current(proof, seen, after.sign * amperes[after])
    compare_extremes(proof, seen, CURRENT)
    compare_extremes(proof, seen, VOLTAGE)
    compare_at_rest(proof)


def current_step(proof: Proof, chance: Random) -> None:
    """Another dig in constant current."""
    scene, mode = proof.scene, chance.choice((Mode.CHARGE, Mode.DISCHARGE))
    before, after = (chance.uniform(0.0, scene.rated_current) for _ in range(2))
    proof.conditions = f"{mode.name}, {before:.2f} A to {after:.2f} A"
    scene.stop()
    scene.share(mode, before)
    scene.clock.sleep(SETTLE)
    with proof.watching() as seen:
        seen.answered = scene.converter.set_current(after).end
    sign = mode.sign
    _compare_current(proof, seen, sign * after)
    if abs(after - before) > scene.hwconfig.grid_current_allowance:
        direction = Direction.RISING if sign * after > sign * before else Direction.FALLING
        compare_crossing(proof, seen, CURRENT, sign * 0.5 * (before + after), direction, "half of a current step")
    compare_extremes(proof, seen, CURRENT)
    compare_at_rest(proof)


def voltage_step(proof: Proof, chance: Random) -> None:
    """Another dvg in constant voltage, loaded either way and not."""
    scene = proof.scene
    before, after = (chance.uniform(315.0, 375.0) for _ in range(2))
    load = chance.choice((0.0, 1.0, -1.0)) * chance.uniform(0.3, 1.5)
    proof.conditions = f"CV, {before:.1f} V to {after:.1f} V at {load:+.2f} A"
    scene.rest()
    scene.reference(before)
    flow(scene, load)
    scene.clock.sleep(SETTLE)
    with proof.watching() as seen:
        seen.answered = scene.converter.set_voltage(after, 0.0).end
    allowance = scene.policy.grid_voltage_allowance
    answered = Quantity(seen.answered, 0.0, "s")
    compare_settling(proof, seen, VOLTAGE, after - allowance, after + allowance, answered)
    compare_extremes(proof, seen, VOLTAGE)
    compare_at_rest(proof)


def partner_step(proof: Proof, chance: Random) -> None:
    """The partner of a voltage reference starts, and stops again."""
    scene = proof.scene
    ceiling, amperes = scene.policy.operation_grid_voltage_range.max, chance.uniform(0.5, 2.0)
    target, allowance = scene.operating_voltage, chance.uniform(1.0, scene.policy.grid_voltage_allowance)
    scene.rest()
    scene.reference()
    scene.grid.push(0.0, ceiling)
    for wanted, direction in ((amperes, Direction.RISING), (0.0, Direction.FALLING)):
        proof.conditions = f"partner to {wanted:.2f} A"
        with proof.watching(QUICK_SAMPLING) as seen:
            scene.grid.push(wanted, ceiling)
        edge = compare_crossing(proof, seen, CURRENT, 0.5 * amperes, direction, "edge of the partner's step")
        if edge is not None:
            signal = proof.signal(seen, VOLTAGE)
            settled = settling_duration(signal, target - allowance, target + allowance, edge)
            begin = seen.truth.crossed(CURRENT, 0.5 * amperes, direction is Direction.RISING, seen.commanded)
            true = seen.truth.settled(VOLTAGE, target - allowance, target + allowance, begin) - begin
            if settled is not None:
                proof.compare("settling after the partner's step", settled, true, signal.interval)
        compare_extremes(proof, seen, VOLTAGE)
    compare_at_rest(proof)


def start_and_decay(proof: Proof, chance: Random) -> None:
    """Start a dead grid from 0 V, then stop and let it decay."""
    scene = proof.scene
    target, allowance = chance.uniform(320.0, 375.0), scene.policy.grid_voltage_allowance
    proof.conditions = f"start from zero to {target:.1f} V"
    scene.rest()
    with proof.watching(tail=1.0) as seen:
        scene.converter.set_mode(Mode.CV, target, scene.rated_current, 0.0)
        scene.await_voltage(target - allowance)
    compare_crossing(proof, seen, VOLTAGE, target - allowance, Direction.RISING, "ramp from zero")
    compare_extremes(proof, seen, VOLTAGE)
    compare_at_rest(proof)
    proof.conditions = f"decay from {target:.1f} V"
    below = scene.policy.operation_grid_voltage_range.min - scene.policy.grid_uvlo_mask
    scene.client.run(acquire)
    with proof.watching(SLOW_SAMPLING, tail=2 * SLOW_SAMPLING) as seen:
        scene.client.run(stop)
        scene.clock.wait_until(lambda: scene.grid.voltage().value < below, 60.0, SLOW_SAMPLING)
    compare_crossing(proof, seen, VOLTAGE, below, Direction.FALLING, "decay of the grid")


TRANSITIONS: tuple[tuple[Callable[[Proof, Random], None], int], ...] = (
    (mode_change, 6),
    (current_step, 6),
    (voltage_step, 4),
    (partner_step, 2),
    (start_and_decay, 2),
)
"""What is drawn, and how often among twenty."""


def _compare_current(proof: Proof, seen: Seen, target: float) -> None:
    allowance = proof.scene.hwconfig.grid_current_allowance
    answered = Quantity(seen.answered, 0.0, "s")
    compare_settling(proof, seen, CURRENT, target - allowance, target + allowance, answered)


def _name(channel: str) -> str:
    return channel.replace("_", " ")
