"""What ends a run before its time: signals, the supervisor, and several processes where there can be only one."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from hil.errors import BadInput
from hil.running.run import Run
from hil.safety.signals import Signals, received


class Interrupting:
    """A pytest plugin for one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._signals = Signals(run.stop, lambda: run.energised)
        run.interrupt = self._signals.interrupt

    def install(self) -> None:
        """Handle signals until the session has ended."""
        self._signals.install()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, None, None]:
        """Let the supervisor end what a fixture does."""
        with self._signals.test():
            yield

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        """Let the supervisor end the test; a test on a bench that was stopped decides nothing."""
        with self._signals.test():
            yield
            self._run.check_bench()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """Make the bench safe even when a fixture's teardown fails, before the evidence is completed."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - it is part of the evidence, and must not keep the rest from it
            self._run.interruptions.append(f"a teardown failed: {error!r}")
        finally:
            try:
                self._run.close_bench()
            finally:
                for name in self._signals.received:
                    self._run.end_early(received(name))

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Give the signals back."""
        self._signals.remove()


def refuse_several_processes(config: pytest.Config) -> None:
    """Raise BadInput when pytest-xdist is to spread the tests: a bench has one user, and one guard watches it."""
    distributed = bool(config.getoption("numprocesses", None)) or config.getoption("dist", "no") != "no"
    if distributed or hasattr(config, "workerinput"):
        raise BadInput(
            "The suites use one bench, so they run in one process: leave out -n and --dist. Nothing was energised."
        )
