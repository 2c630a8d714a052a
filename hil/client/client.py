"""apis-main as the driver of one unit sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec

from hil.client.hwconfig import HwConfig
from hil.client.policy import Policy
from hil.client.report import Log, Report
from hil.client.safety import DealRole, SafetyEvaluation
from hil.client.steps import Steps
from hil.client.unitdata import UnitData
from hil.clock.protocol import Clock
from hil.converter import Converter

Parameters = ParamSpec("Parameters")


class Client:
    """One unit under apis-main's command: its driver, its configuration, and what apis-main believes about it.

    Making one sends nothing. Fill the cache with an acquisition before any other sequence: apis-main's
    decisions (which way to stop, where stepping starts) are made on it.

    acquisition_began, acquired_at: bench time in seconds of start and end of the last acquisition.
    operation_mode: "autonomous", "heteronomous", "stop" or "manual"; the last leaves out the dynamic safety
    check. deals: the deals of this unit, as far as the safety rules look at them; None when there is no grid
    master who would know, then those rules are left out.
    """

    def __init__(
        self, converter: Converter, policy: Policy, hwconfig: HwConfig, clock: Clock, name: str = "unit"
    ) -> None:
        self.converter = converter
        self.policy = policy
        self.hwconfig = hwconfig
        self.clock = clock
        self.name = name
        self.data = UnitData()
        self.acquisition_began = self.acquired_at = clock.now()
        self.operation_mode = "heteronomous"
        self.deals: Sequence[DealRole] | None = None
        self.safety = SafetyEvaluation()
        self.dynamic_check_suspended = False
        self.lock = clock.lock()

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
