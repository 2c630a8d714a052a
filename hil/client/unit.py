"""One unit under apis-main's command: what every sequence works on."""

from __future__ import annotations

from collections.abc import Sequence

from hil.client.hwconfig import HwConfig
from hil.client.policy import Policy
from hil.client.safety import DealRole, SafetyEvaluation
from hil.client.unitdata import UnitData
from hil.clock.protocol import Clock
from hil.converter import Converter


class Unit:
    """A unit's driver, its configuration, and what apis-main believes about it.

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
