"""COM-01: the version handshake."""

from __future__ import annotations

from hil.converter import DriverError
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge


@requirement("COM-01", each=0.01)
def test_the_driver_answers_the_version_handshake(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Ask for the interface version again and again; apis-main does not start with any major but 2."""
    faults = sum(not _has_major_two(scene) for _ in range(repetitions))
    judge.count("COM-01", "faults", faults, repetitions)


def _has_major_two(scene: Scene) -> bool:
    try:
        return scene.converter.version().value.major == "2"
    except DriverError:
        return False
