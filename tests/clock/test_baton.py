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
        with pytest.raises(BenchTrouble):
            baton.park(2.0)
        seen.append("ended")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10.0)
    for late in [each for each in threading.enumerate() if each.name == "late"]:
        late.join(10.0)
        assert not late.is_alive()
    assert seen == ["ended"]


def test_workers_that_come_one_after_the_other_share_a_thread() -> None:
    seen: list[int] = []

    def run() -> None:
        baton = Baton(lambda until: until)
        baton.join()
        for number in range(20):
            baton.spawn(lambda: seen.append(threading.get_ident()), f"worker {number}")
            baton.park(baton.now + 1.0)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10.0)
    assert len(seen) == 20
    assert len(set(seen)) == 1


def test_workers_at_the_same_time_have_threads_of_their_own_under_their_names() -> None:
    seen: list[str] = []

    def run() -> None:
        baton = Baton(lambda until: until)
        baton.join()

        def work() -> None:
            baton.park(baton.now + 1.0)
            seen.append(threading.current_thread().name)

        for turn in range(3):
            baton.spawn(work, f"left {turn}")
            baton.spawn(work, f"right {turn}")
            baton.park(baton.now + 2.0)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10.0)
    assert seen == [f"{side} {turn}" for turn in range(3) for side in ("left", "right")]
