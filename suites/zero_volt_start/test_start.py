"""ZVS-01 to ZVS-03: a dead grid is started from 0 V, answered at once, without overshoot."""

from __future__ import annotations

from dataclasses import dataclass

from hil.capture import Trace
from hil.converter import DriverError, Mode
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Direction, Extreme, Quantity, Signal, crossing, largest_deviation, peak

DEAD = 5.0
"""Volts: a grid below this is dead."""
SAMPLING = 0.02
"""Seconds between two samples of the grid voltage."""
SETTLED = 1.0
"""Seconds after the ramp from which the voltage counts as settled."""
AFTER = 2.0
"""Seconds recorded after the ramp."""
BATTERY_LEVELS = (0.5, 0.1, 0.9)
"""States of charge that stand for nominal, lowest and highest battery voltage, in turn."""


@dataclass(frozen=True)
class Start:
    """One start. answer_time in s; commanded: bench time of the command; answered: as apis-main needs it."""

    answer_time: Quantity
    answered: bool
    commanded: float
    reached: bool
    ended: float
    trace: Trace


@requirement("ZVS-01", "ZVS-02", "ZVS-03", each=6.1, fixed=1.0, volts=HIGHEST, amperes=FULL)
def test_a_dead_grid_is_started_from_zero(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Command CV on a dead grid; time the answer, record the ramp, look at its peak and at what follows."""
    wrong = starts = 0
    highest: tuple[Quantity, Trace] | None = None
    for number in range(repetitions):
        scene.battery.emulator.set_soc(BATTERY_LEVELS[number % len(BATTERY_LEVELS)])
        scene.stop()
        residual = scene.grid.discharge(DEAD)
        conditions = f"start {number + 1} from {residual.value:.1f} V, vb {scene.battery.voltage.value:.1f} V"
        start = _start(scene)
        starts += 1
        wrong += not start.answered
        judge.measure("ZVS-01", "answer_time", start.answer_time, conditions=conditions)
        top = _judge_ramp(scene, judge, start, conditions)
        highest = max(highest or (top, start.trace), (top, start.trace), key=lambda pair: pair[0].value)
        if not start.reached:
            break  # a start that does not come takes the whole time-out; one of them decides
    scene.battery.emulator.set_soc(BATTERY_LEVELS[0])
    judge.count("ZVS-01", "wrong_answer", wrong, starts)
    if highest is not None:
        _keep(scene, *highest)


def _start(scene: Scene) -> Start:
    capture = scene.capture("grid_voltage", period=SAMPLING)
    with capture.running():
        commanded = scene.clock.now()
        try:
            answer = scene.converter.set_mode(Mode.CV, scene.operating_voltage, scene.rated_current, 0.0)
            answered = answer.value.status.operation_mode == Mode.CV.operation_mode
        except DriverError:
            answered = False
        answer_time = Quantity.within(scene.clock.now() - commanded, 0.001, "s", "clock of the computer")
        reached = scene.await_voltage(scene.operating_voltage - scene.policy.grid_voltage_allowance)
        scene.clock.sleep(AFTER)
    return Start(answer_time, answered, commanded, reached, scene.clock.now(), capture.trace())


def _judge_ramp(scene: Scene, judge: Judge, start: Start, conditions: str) -> Quantity:
    """Judge the time of the ramp, its peak and what follows; return the peak."""
    signal = start.trace.signal("grid_voltage", scene.voltage_accuracy().expanded)
    target, allowance = scene.operating_voltage, scene.policy.grid_voltage_allowance
    up = crossing(signal, target - allowance, Direction.RISING)
    ramp = (signal.exactly(start.ended, "s") if up is None else up) - start.commanded
    judge.measure("ZVS-02", "ramp_time", ramp, conditions=conditions)
    judge.measure("ZVS-02", "ramp_time_target", ramp, conditions=conditions)
    top = peak(signal, Extreme.LARGEST)
    judge.measure("ZVS-03", "peak", top, conditions=conditions)
    settled = _settled(signal, up, start.ended)
    judge.measure("ZVS-03", "settled_error", largest_deviation(settled, target), conditions=conditions)
    return top


def _settled(signal: Signal, up: Quantity | None, ended: float) -> Signal:
    """Return the samples that must be regulated; for a ramp that never ended, the last ones of all."""
    begin = ended - AFTER + SETTLED if up is None else up.value + SETTLED
    return signal.between(begin, ended)


def _keep(scene: Scene, top: Quantity, trace: Trace) -> None:
    signal = trace.signal("grid_voltage")
    at = float(signal.time[int(signal.value.argmax())])
    scene.keep(
        trace,
        "start from zero, the one with the highest peak",
        limits={"grid_voltage": (None, scene.hwconfig.meter_ranges.vg.max)},
        targets={"grid_voltage": scene.operating_voltage},
        decisive=("grid_voltage", at, top.value),
    )
