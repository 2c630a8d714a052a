"""STW-04: in Stop every call is answered and every command accepted."""

from __future__ import annotations

from itertools import cycle

from hil.converter import Mode, set_current_path, set_mode_path, set_voltage_path
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.speed.timing import CALLS, TimedCalls


def _commands(scene: Scene) -> tuple[str, ...]:
    """Return sets over the whole range that a client uses: of the voltage, of the current, and of everything."""
    span, dig, droop = scene.policy.operation_grid_voltage_range, scene.rated_current, scene.hwconfig.droop_ratio
    return (
        set_voltage_path(span.max, 0.0),
        set_current_path(dig),
        set_voltage_path(span.min + scene.policy.grid_voltage_separation, droop),
        set_current_path(0.0),
        set_mode_path(Mode.STOP, scene.operating_voltage, 0.0, 0.0),
    )


def _in_turn(scene: Scene, calls: int) -> list[str]:
    """Return so many calls: reading alone for three quarters of the stay, as a waiting client does, then all in turn.

    A command begins the stay anew for a unit that falls asleep in Stop; so it comes after the wait.
    """
    reading = 3 * calls // 4
    every = (*_commands(scene), *CALLS)
    waits, commands = cycle(CALLS), cycle(every)
    return [next(waits if number < reading else commands) for number in range(calls)]


@requirement("STW-04", each=0.26, fixed=1.0, dwells=1.0)
def test_a_stopped_unit_answers_and_accepts(scene: Scene, judge: Judge, repetitions: int, dwell: float) -> None:
    """Stay in Stop and read, then send all calls in turn, set-points included."""
    timed = TimedCalls(scene)
    for path in _in_turn(scene, repetitions):
        timed.call(path)
        scene.clock.sleep(dwell)
    judge.count("STW-04", "failed_calls", timed.failed, len(timed.latencies))
