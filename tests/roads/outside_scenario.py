"""What a run on the outside bench does: energise both sides, say so, and wait. Not collected by the harness's tests."""

from __future__ import annotations

import os
from pathlib import Path

from hil.bench.bench import Bench


def test_energise(bench: Bench) -> None:
    bench.grid.stiff(350.0)
    Path(os.environ["MARK"]).touch()
    bench.clock.sleep(60.0)
