"""apis-main's policy.json: how a cluster shares energy.

Names are apis-main's, in Python's spelling. Voltages in V, currents in A, energies in Wh, states of charge in %;
times are in seconds here and in milliseconds in the file. A default stands only where apis-main's code has one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from hil.client.jsonfile import Count, Seconds, Section, load

Side = Literal["chargeUnit", "dischargeUnit"]
Names = Annotated[tuple[str, ...], Field(strict=False)]


class Range(Section):
    """Two limits, both inside the range."""

    min: float
    max: float

    def __contains__(self, value: float) -> bool:
        """Tell whether `value` lies between the limits."""
        return self.min <= value <= self.max


class GridTopologyBasedEvaluation(Section):
    """Current capacity per branch of the grid."""

    enabled: bool = False
    branch_ids: Names = ()
    branch_association: dict[str, Any] = Field(default_factory=dict)
    branch_current_capacity_a: dict[str, Any] = Field(alias="branchCurrentCapacityA", default_factory=dict)


class PolicySafety(Section):
    """Limits over all units of a cluster."""

    sum_of_dealing_unit_grid_current_allowance_per_unit: float = Field(
        alias="sumOfDealingUnitGridCurrentAllowancePerUnitA"
    )
    sum_of_deal_grid_current_max: float = Field(alias="sumOfDealGridCurrentMaxA")
    grid_topology_based_evaluation: GridTopologyBasedEvaluation = GridTopologyBasedEvaluation()


class Checkpoint(Section):
    """How often, and how long apart, a change is looked for after a set-point."""

    retry_limit: Count
    retry_wait: Seconds = Field(alias="retryWaitMsec")


class RampUpFirst(Section):
    """The first voltage reference on a dead grid."""

    timeout: Seconds = Field(alias="timeoutMsec")


class RampUp(Section):
    """Raising the grid voltage."""

    first: RampUpFirst


class Authorization(Section):
    """Proving that the voltage reference alone holds the grid voltage."""

    number_of_trials: Count


class VoltageReference(Section):
    """What a unit does that holds the grid voltage."""

    ramp_up: RampUp
    authorization: Authorization


class Dcdc(Section):
    """How the converter is commanded."""

    checkpoint: Checkpoint
    voltage_reference: VoltageReference


class Controller(Section):
    """How a unit talks to its driver, and how it stops itself."""

    dcdc: Dcdc
    scram_voltage_reference_delay: Seconds = Field(alias="scramVoltageReferenceDelayMsec", default=5.0)
    stop_me_timeout: Seconds = Field(alias="stopMeTimeoutMsec", default=60.0)
    stop_me_check_period: Seconds = Field(alias="stopMeCheckPeriodMsec", default=1.0)
    data_acquisition_period: Seconds = Field(alias="dataAcquisitionPeriodMsec", default=5.0)
    request_timeout: Seconds = Field(alias="requestTimeoutMsec", default=5.0)
    retry_limit: Count = 3


class User(Section):
    """A unit's own loops."""

    error_handling_period: Seconds = Field(alias="errorHandlingPeriodMsec", default=1.0)
    error_sustaining: Seconds = Field(alias="errorSustainingMsec", default=30.0)
    house_keeping_period: Seconds = Field(alias="houseKeepingPeriodMsec", default=60.0)


class MediatorDeal(Section):
    """What one deal moves, and how fast."""

    grid_current: float = Field(alias="gridCurrentA", gt=0)
    amount_min: float = Field(alias="amountMinWh")
    amount_max: float = Field(alias="amountMaxWh")
    amount_unit: float = Field(alias="amountUnitWh")


class Mediator(Section):
    """How deals are made."""

    deal: MediatorDeal
    negotiation_timeout: Seconds | None = Field(alias="negotiationTimeoutMsec", default=None)
    deal_logging_period: Seconds | None = Field(alias="dealLoggingPeriodMsec", default=None)


class ForceStopCondition(Section):
    """States of charge at which a running deal is ended."""

    discharge_unit_lower_limit_rsoc: float
    charge_unit_upper_limit_rsoc: float


class GridMasterDeal(Section):
    """How a running deal is treated."""

    force_stop_condition: ForceStopCondition
    reset_limit: Count
    reference_side: Side = "chargeUnit"


class CurrentCompensation(Section):
    """Trimming a deal's current."""

    limit_of_trials: Count
    drift_allowance: float = Field(alias="driftAllowanceA")


class GridVoltageOptimization(Section):
    """Moving the grid voltage to the best efficiency."""

    enabled: bool = False


class GridMaster(Section):
    """How the grid is run."""

    deal: GridMasterDeal
    current_compensation: CurrentCompensation
    voltage_reference_side: Side = "chargeUnit"
    voltage_reference_take_over_dvg: Literal["theoretical", "actual"] = "theoretical"
    grid_voltage_optimization: GridVoltageOptimization = GridVoltageOptimization()
    main_loop_period: Seconds = Field(alias="mainLoopPeriodMsec", default=5.0)
    data_collection_period: Seconds | None = Field(alias="dataCollectionPeriodMsec", default=None)
    data_collection_timeout: Seconds | None = Field(alias="dataCollectionTimeoutMsec", default=None)
    error_sustaining: Seconds = Field(alias="errorSustainingMsec", default=30.0)
    helo_period: Seconds | None = Field(alias="heloPeriodMsec", default=None)
    master_deal_selection: dict[str, Any] = Field(default_factory=dict)
    grid_master_selection: dict[str, Any] = Field(default_factory=dict)
    grid_master_ensuring: dict[str, Any] = Field(default_factory=dict)
    grid_master_watching: dict[str, Any] = Field(default_factory=dict)


class Policy(Section):
    """The whole policy."""

    operation_mode: str
    member_unit_ids: Names
    large_capacity_unit_ids: Names = ()
    operation_grid_voltage: float = Field(alias="operationGridVoltageV")
    operation_grid_voltage_range: Range = Field(alias="operationGridVoltageVRange")
    grid_voltage_separation: float = Field(alias="gridVoltageSeparationV", gt=0)
    grid_voltage_allowance: float = Field(alias="gridVoltageAllowanceV")
    grid_voltage_drop_allowance: float = Field(alias="gridVoltageDropAllowanceV")
    grid_voltage_step: float = Field(alias="gridVoltageStepV", default=350.0, gt=0)
    grid_current_step: float = Field(alias="gridCurrentStepA", gt=0)
    grid_uvlo_mask: float = Field(alias="gridUvloMaskV")
    safety: PolicySafety
    controller: Controller
    user: User = User()
    mediator: Mediator
    grid_master: GridMaster
    helo_period: Seconds | None = Field(alias="heloPeriodMsec", default=None)
    refreshing_period: Seconds | None = Field(alias="refreshingPeriodMsec", default=None)


def load_policy(path: Path) -> Policy:
    """Read a policy.json. Raises BadInput naming file, key path and what was expected."""
    return load(path, Policy)
