"""COM-10: a driver that restarts under load is soon back, knows the truth, and leaves the output alone."""

from __future__ import annotations

import subprocess

from hil.converter import DriverError, Mode
from hil.errors import BenchTrouble
from hil.grid import RoleMissing
from hil.running.marking import OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from hil.waveform import Quantity, largest_deviation
from suites.pictures import NearestToLimit

POLL = 0.1
"""Seconds between two looks whether the driver answers."""
COMMAND_TIMEOUT = 60.0
"""Seconds of real time that the command of the bench file may take."""
PATIENCE = 4.0
"""How many times the allowed outage is waited for the driver to go, and to come back."""


@requirement("COM-10", each=6.8, fixed=1.2, volts=OPERATING, amperes=1.0)
def test_a_restart_of_the_driver_disturbs_nothing(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Restart the driver while the unit charges; time the outage, then read everything and send dig alone."""
    wrong: list[str] = []
    pictures = NearestToLimit(scene)
    for number in range(repetitions):
        scene.share(Mode.CHARGE, scene.deal_current)
        capture = scene.capture("grid_current", period=POLL)
        with capture.running(lead=1.0, tail=1.0):
            before = scene.clock.now()
            _restart(scene)
            outage = _outage(scene, before)
            wrong += _first_calls(scene)
        conditions = f"restart {number + 1}"
        judge.measure("COM-10", "outage", outage, conditions=conditions)
        current = capture.trace().signal("grid_current", scene.current_accuracy().expanded)
        deviation = largest_deviation(current, scene.deal_current)
        judged = judge.measure("COM-10", "current_disturbance", deviation, conditions=conditions)
        pictures.offer(judged, capture.trace(), "grid_current", scene.deal_current)
        scene.stop()
    pictures.keep()
    judge.count("COM-10", "wrong_state", len(wrong), repetitions, "; ".join(wrong))


def _restart(scene: Scene) -> None:
    """Restart the driver as the bench file says. Raises RoleMissing when it says nothing, BenchTrouble on failure."""
    driver = scene.bench.files.bench.driver
    if driver.restart_path:
        scene.converter.call(driver.restart_path)
    elif driver.restart_command:
        try:
            subprocess.run(driver.restart_command, check=True, capture_output=True, timeout=COMMAND_TIMEOUT)
        except (OSError, subprocess.SubprocessError) as error:
            raise BenchTrouble(
                f"The command that the bench file names to restart the driver failed: {error}. Try it by hand: "
                f"{' '.join(driver.restart_command)}"
            ) from error
    else:
        raise RoleMissing(
            "means to restart the driver (restart_command or restart_path in [driver] of the bench file)",
            "see what a restart under load does",
        )


def _outage(scene: Scene, before: float) -> Quantity:
    """Return the time without valid answers: from `before` the restart to the first that comes after the silence.

    Raises RoleMissing when the driver never went silent, because then nothing was restarted.
    """
    allowed = PATIENCE * scene.policy.controller.data_acquisition_period
    if not scene.clock.wait_until(lambda: not _answers(scene), allowed, POLL):
        raise RoleMissing("means to restart the driver that works (it went on answering)", "see what a restart does")
    scene.clock.wait_until(lambda: _answers(scene), allowed, POLL)
    return Quantity.within(scene.clock.now() - before, 2.0 * POLL, "s", "time between two calls")


def _answers(scene: Scene) -> bool:
    try:
        scene.converter.version()
    except DriverError:
        return False
    return True


def _first_calls(scene: Scene) -> list[str]:
    """Return what is wrong with the first /all/get and the first command with dig alone."""
    try:
        seen = scene.converter.all().value.status
        if (seen.mode, seen.is_coherent) != (Mode.CHARGE, True):
            return [f"first /all/get shows {seen.code} {seen.operation_mode}"]
        scene.converter.set_current(scene.deal_current)
    except DriverError as error:
        return [str(error)]
    return []
