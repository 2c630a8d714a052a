"""PRT-01: when the load of the grid disappears while the unit discharges, dvg clamps the voltage."""

from __future__ import annotations

from dataclasses import dataclass

from hil.capture import Trace
from hil.converter import DriverError, Mode
from hil.errors import NotAssessed
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Extreme, Quantity, Signal, level, peak

SAMPLING = 0.01
"""Seconds between two samples of the grid voltage."""
SPARE = 0.3
"""A that the load draws beside the unit's current; the source gives them, and stays when the load goes."""
STEADY = 0.5
"""Seconds before the load goes."""
CLAMPED, WATCHED = 1.0, 1.0
"""Seconds after the loss from which the voltage counts as settled, and for which it is then watched."""


@dataclass(frozen=True)
class Loss:
    """What followed a loss of the load: the whole capture, the settled part, and the unit's own meter, in V.

    clamps: the unit is still discharging, without a Heavy alarm, and it is its clamp that was measured.
    """

    trace: Trace
    whole: Signal
    settled: Signal
    meter: Quantity
    clamps: bool


@requirement("PRT-01", each=18.0, fixed=1.0, volts=HIGHEST, amperes=FULL)
def test_the_voltage_is_clamped_when_the_load_is_lost(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Take the load away at deal current, and at full current if that went well; start again afterwards."""
    lost = failed_restarts = 0
    for number in range(repetitions):
        for amperes in (scene.policy.mediator.deal.grid_current, scene.rated_current):
            conditions = f"load lost at {amperes:g} A"
            loss = _lose_load(scene, amperes)
            lost += 1
            top = peak(loss.whole, Extreme.LARGEST)
            judge.measure("PRT-01", "peak", top, conditions=conditions)
            judge.measure("PRT-01", "steady_voltage", level(loss.settled), conditions=conditions)
            judge.measure("PRT-01", "steady_meter", loss.meter, conditions=conditions)
            if loss.clamps:
                below = level(loss.settled) - scene.ceiling(Mode.DISCHARGE)
                judge.measure("PRT-01", "clamp_error", below, conditions=conditions)
            failed_restarts += not _starts_again(scene)
            if number == 0:
                _keep(scene, loss, top, conditions)
            if top.value > scene.dut.grid.overvoltage_v:
                judge.count("PRT-01", "failed_restarts", failed_restarts, lost)
                raise NotAssessed(
                    f"Losing {amperes:g} A drove the grid to {top.value:.1f} V, above its rated over-voltage of "
                    f"{scene.dut.grid.overvoltage_v:g} V; larger currents and repetitions were not tried."
                )
    judge.count("PRT-01", "failed_restarts", failed_restarts, lost)


def _lose_load(scene: Scene, amperes: float) -> Loss:
    scene.grid.stiff(scene.operating_voltage, amperes + SPARE)
    scene.converter.set_mode(Mode.DISCHARGE, scene.ceiling(Mode.DISCHARGE), amperes, 0.0)
    capture = scene.capture("grid_voltage", period=SAMPLING)
    with capture.running(lead=STEADY):
        lost = scene.clock.now()
        scene.grid.lose_load()
        scene.clock.sleep(CLAMPED + WATCHED)
        ended = scene.clock.now()
    meter = Quantity.exact(scene.converter.status().value.meter.vg, "V")
    clamps = scene.holds(Mode.DISCHARGE)
    scene.stop()
    scene.grid.dead()
    trace = capture.trace()
    signal = trace.signal("grid_voltage", scene.voltage_accuracy().expanded)
    return Loss(trace, signal.between(lost, ended), signal.between(lost + CLAMPED, ended), meter, clamps)


def _starts_again(scene: Scene) -> bool:
    """Tell whether the unit discharges deal current again, after its alarm was cleared if it has one."""
    deal = scene.policy.mediator.deal.grid_current
    try:
        if not scene.holds(Mode.STOP):
            scene.converter.clear_alarm()
        scene.share(Mode.DISCHARGE, deal)
        scene.clock.sleep(STEADY)
        flows = abs(scene.grid_current().value + deal) <= scene.hwconfig.grid_current_allowance
        again = flows and scene.holds(Mode.DISCHARGE)
    except DriverError:
        again = False
    scene.recover()
    return again


def _keep(scene: Scene, loss: Loss, top: Quantity, title: str) -> None:
    at = float(loss.whole.time[int(loss.whole.value.argmax())])
    scene.keep(
        loss.trace,
        title,
        limits={"grid_voltage": (None, scene.hwconfig.meter_ranges.vg.max)},
        targets={"grid_voltage": scene.operating_voltage},
        decisive=("grid_voltage", at, top.value),
    )
