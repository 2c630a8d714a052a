"""What a trial runs: both sides energised, then one road out of it. Not collected by the harness's own tests."""

from __future__ import annotations

import ctypes
import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hil.converter import Mode
from hil.running.run import Run
from hil.running.scene import Scene

ROAD = os.environ["ROAD"]
LONG = 60.0


def energise(scene: Scene) -> None:
    """Charge at 2 A from a grid held at 350 V; then say, in monotonic seconds, that the road begins now."""
    scene.share(Mode.CHARGE, 2.0)
    scene.clock.sleep(0.5)
    mark = Path(os.environ["MARK"])
    mark.with_suffix(".tmp").write_text(str(time.monotonic()))
    mark.with_suffix(".tmp").rename(mark)


def wait(scene: Scene) -> None:
    scene.clock.sleep(LONG)


def fill_disk(scene: Scene) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
    scene.clock.sleep(LONG)


def hold_interpreter(scene: Scene) -> None:
    ctypes.PyDLL(None).sleep(int(LONG))


def fail(scene: Scene) -> None:
    assert ROAD == "", "this test fails"


ACTIONS: dict[str, Callable[[Scene], None]] = {
    "end": lambda scene: None,
    "failure": fail,
    "-x": fail,
    "full disk": fill_disk,
    "interpreter held": hold_interpreter,
    "exception in a teardown": lambda scene: None,
}


@pytest.fixture(name="teardown")
def _teardown() -> Iterator[None]:
    yield
    if ROAD == "exception in a teardown":
        raise RuntimeError("a teardown fails")


@pytest.fixture(name="energised")
def _energised(scene: Scene, teardown: None) -> Scene:
    energise(scene)
    if ROAD == "exception in a fixture":
        raise RuntimeError("a fixture fails")
    return scene


def test_road(energised: Scene, run: Run) -> None:
    ACTIONS.get(ROAD, wait)(energised)


if ROAD == "-x":

    def test_after(scene: Scene) -> None:
        """Would energise again, were the session not to stop before."""
        energise(scene)
