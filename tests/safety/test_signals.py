"""Signals in the test process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from hil.errors import BenchTrouble
from hil.safety.signals import Interrupted, Signals, received


class Ends:
    """What the handler was told to stop; whether the bench is energised."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.energised = True
        self.signals = Signals(self.reasons.append, lambda: self.energised)


@pytest.fixture(name="ends")
def _ends() -> Iterator[Ends]:
    made = Ends()
    made.signals.install()
    yield made
    made.signals.remove()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_first_signal_orders_the_stop_and_interrupts(ends: Ends, name: str) -> None:
    with pytest.raises(KeyboardInterrupt, match=name):
        os.kill(os.getpid(), getattr(signal, name))
    assert ends.reasons == [received(name)]


def test_further_signals_do_not_disturb_the_safe_state(ends: Ends) -> None:
    with pytest.raises(Interrupted):
        os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    assert ends.signals.received == ["SIGINT", "SIGINT", "SIGTERM"]
    assert ends.reasons == ["SIGINT (Ctrl-C) received"]


def test_once_the_bench_is_safe_a_signal_interrupts_again(ends: Ends) -> None:
    with pytest.raises(Interrupted):
        os.kill(os.getpid(), signal.SIGINT)
    ends.energised = False
    with pytest.raises(Interrupted):
        os.kill(os.getpid(), signal.SIGINT)


def test_another_thread_reaches_the_test_in_the_middle_of_a_wait(ends: Ends) -> None:
    def supervise() -> None:
        time.sleep(0.05)
        ends.signals.interrupt(BenchTrouble("the grid is too high"))

    threading.Thread(target=supervise).start()
    with pytest.raises(BenchTrouble, match="too high"), ends.signals.test():
        threading.Event().wait(10.0)


def test_outside_a_test_nothing_is_interrupted(ends: Ends) -> None:
    ends.signals.interrupt(BenchTrouble("the grid is too high"))
    time.sleep(0.01)


def test_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)]
    ends = Ends()
    ends.signals.install()
    ends.signals.remove()
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)]
    assert after == before
