"""SPD-06: the time that a deal spends on control costs little of its energy."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from hil.battery import BatterySample
from hil.capture import Trace
from hil.client.sequences import ConverterUnit, Deal, DealReport, GridMaster
from hil.running.marking import DEAL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Accuracy, Judge
from hil.waveform import Quantity
from hil.waveform.signal import Array, Signal
from suites.speed.partner import BenchPartner
from suites.speed.timing import timed

DELIVERED = 1.0
"""Wh that the replayed deal moves: the steady part needs no more, what is judged lies outside of it."""
PATIENCE = 120.0
"""Seconds after the longest ramp after which the user asks a deal to stop that does not come to its end."""
PERIOD = 0.1
"""Seconds between two samples."""


@requirement("SPD-06", each=23.0, fixed=1.0, volts=HIGHEST, amperes=f"1.1 * {DEAL}")
def test_control_costs_little_of_a_deal(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Replay a deal that the unit charges from as voltage reference; integrate its losses outside the steady part."""
    for number in range(repetitions):
        samples: list[BatterySample] = []
        capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
        unsubscribe = scene.battery.emulator.subscribe(samples.append)
        try:
            with capture.running():
                deal = _deal(scene, Random(number))
        finally:
            unsubscribe()
        conditions = f"deal {number + 1}: {deal.energy:.2f} Wh delivered"
        judge.count("SPD-06", "incomplete", int(not deal.succeeded), 1, conditions)
        if deal.succeeded:
            _judge(scene, judge, deal, capture.trace(), samples, conditions)
            scene.keep(
                capture.trace(),
                "A whole deal, the unit as voltage reference",
                targets={"grid_voltage": scene.operating_voltage},
            )
        scene.rest()


def _deal(scene: Scene, chance: Random) -> DealReport:
    master = GridMaster(scene.policy, scene.clock)
    ramp = scene.policy.controller.dcdc.voltage_reference.ramp_up.first.timeout
    give_up = scene.clock.now() + ramp + PATIENCE
    return Deal(
        master,
        holder=ConverterUnit(scene.client, master.log),
        follower=BenchPartner(scene),
        chance=chance,
        energy=DELIVERED,
        stop_requested=lambda: scene.clock.now() > give_up,
    ).run()


def _judge(
    scene: Scene, judge: Judge, deal: DealReport, trace: Trace, samples: list[BatterySample], conditions: str
) -> None:
    control = ((deal.report.start, deal.moments["started"]), (deal.moments["delivered"], deal.moments["stopped"]))
    spent = sum(end - start for start, end in control)
    judge.measure("SPD-06", "control_time", timed(spent), conditions=conditions)
    grid, battery = _grid_power(scene, trace), _battery_power(scene, samples)
    energy = sum(_energy(grid, *during) - _energy(battery, *during) for during in control) / 3600.0
    doubt = sum(_doubt(grid, *during) + _doubt(battery, *during) for during in control) / 3600.0
    accuracies = (scene.voltage_accuracy(), scene.current_accuracy(), *scene.battery_accuracy())
    loss = Quantity.within(energy, doubt, "Wh", "accuracy of grid and battery power, the same error all the time")
    loss = loss.seen_in(trace.name).read_by(*(each.instrument for each in accuracies))
    judge.measure("SPD-06", "control_energy", loss, conditions=conditions)
    amount = scene.policy.mediator.deal.amount_min
    share = Quantity.computed(100.0 * energy / amount, "%", (100.0 / amount, loss))
    judge.measure("SPD-06", "loss_share", share, conditions=conditions)


def _power(time: Array, volts: Array, amperes: Array, of_volts: Accuracy, of_amperes: Accuracy) -> Signal:
    doubts = [
        math.hypot(v * of_amperes.expanded(i), i * of_volts.expanded(v)) for v, i in zip(volts, amperes, strict=True)
    ]
    return Signal.of(time, volts * amperes, "W", uncertainty=doubts)


def _grid_power(scene: Scene, trace: Trace) -> Signal:
    """Return the power from the grid into the unit."""
    voltage, current = trace.signal("grid_voltage"), trace.signal("grid_current")
    volts = np.interp(current.time, voltage.time, voltage.value)
    return _power(current.time, volts, current.value, scene.voltage_accuracy(), scene.current_accuracy())


def _battery_power(scene: Scene, samples: list[BatterySample]) -> Signal:
    """Return the power from the unit into the battery."""
    time = np.array([sample.current.time for sample in samples])
    volts = np.array([sample.voltage.value for sample in samples])
    amperes = np.array([sample.current.value for sample in samples])
    return _power(time, volts, amperes, *scene.battery_accuracy())


def _energy(power: Signal, start: float, end: float) -> float:
    """Return the integral of `power` (W) between two bench times, in J; trapezoidal, interpolated at both ends."""
    return _integral(power.time, power.value, start, end)


def _doubt(power: Signal, start: float, end: float) -> float:
    """Return the expanded uncertainty of that integral, in J: the same error in every sample."""
    return _integral(power.time, power.uncertainty, start, end)


def _integral(time: Array, value: Array, start: float, end: float) -> float:
    inside = time[(time > start) & (time < end)]
    nodes = np.concatenate(([start], inside, [end]))
    return float(np.trapezoid(np.interp(nodes, time, value), nodes))
