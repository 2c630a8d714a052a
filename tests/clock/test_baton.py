"""The baton when time itself has failed."""

from __future__ import annotations

import threading

import pytest

from hil.clock.baton import Baton
from hil.errors import BenchTrouble


def lose_time(_until: float) -> float:
    raise BenchTrouble("the virtual bench has ended")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_begins_after_time_was_lost_passes_the_baton_on() -> None:
    seen: list[str] = []

    def run() -> None:
        baton = Baton(lose_time)
        baton.join()
        for _ in range(2):
            with pytest.raises(BenchTrouble):
                baton.park(1.0)
            baton.spawn(lambda: seen.append("worked"), "late")
        seen.append("ended")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10.0)
    for late in [each for each in threading.enumerate() if each.name == "late"]:
        late.join(10.0)
    assert seen == ["ended"]
