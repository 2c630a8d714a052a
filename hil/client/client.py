"""apis-main as the driver of one unit sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from hil.client.report import Log, Report
from hil.client.steps import Steps
from hil.client.unit import Unit

Parameters = ParamSpec("Parameters")


class Client(Unit):
    """A unit and the running of sequences on it, one after the other. Making one sends nothing."""

    def run(
        self,
        sequence: Callable[Concatenate[Steps, Parameters], bool],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Report:
        """Run `sequence` as the grid master commands it: one after the other, acquisitions included.

        Returns what happened. Misbehaviour of the driver is part of the report; raises only for trouble of
        ours (OutsideLimits, a lost clock).
        """
        with self.lock:
            return self.run_at_once(sequence, *args, **kwargs)

    def run_at_once(
        self,
        sequence: Callable[Concatenate[Steps, Parameters], bool],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Report:
        """Run `sequence` without waiting for others, as apis-main does for a local stop and for SCRAM."""
        log, start = Log(), self.clock.now()
        succeeded = sequence(Steps(self, log), *args, **kwargs)
        return log.report(getattr(sequence, "__name__", "sequence"), succeeded, start, self.clock.now())

    def command(
        self,
        log: Log,
        sequence: Callable[Concatenate[Steps, Parameters], bool],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> bool:
        """Run `sequence` as one command of a longer procedure that writes into `log`; tell whether it succeeded."""
        with self.lock:
            return sequence(Steps(self, log), *args, **kwargs)
