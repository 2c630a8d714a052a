"""Values of the client's files that follow from what was measured. An owner's value that fits is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hil.client.hwconfig import HwConfig
from hil.client.policy import Policy, Range
from hil.derived import Evidence, Figure, figures

HWCONFIG, POLICY = "hwConfig.json", "policy.json"
MILLISECONDS = 1000.0
THERMAL_RESERVE = 5.0
"""K between the steady temperature on the bench and tmp.max: a summer day."""
DROOP_TOLERANCE = 0.1
"""Part by which the droop may differ from what the unit was told before another value is proposed."""


@dataclass(frozen=True)
class Value:
    """One value of a file. key: dotted. needed: the bound that follows, in words; source: the measurement behind it."""

    file: str
    key: str
    owner: float
    proposed: float
    needed: str
    source: str

    @property
    def changed(self) -> bool:
        """Tell whether another value than the owner's is proposed."""
        return self.proposed != self.owner


NOT_MEASURED = "not measured in this run"


def derive(evidence: Evidence, policy: Policy, hwconfig: HwConfig) -> list[Value]:
    """Return every value that measurements have something to say about."""
    return [
        *_currents(evidence, policy, hwconfig),
        *_voltages(evidence, policy, hwconfig),
        *_battery(evidence, policy, hwconfig),
        *_characteristics(evidence, hwconfig),
        *_times(evidence, policy),
    ]


def at_least(owner: float, bound: float, step: float) -> float:
    """Return the owner's value if it reaches `bound`, else the next multiple of `step` that does."""
    return owner if owner >= bound else _round(math.ceil(round(bound / step, 9)) * step)


def at_most(owner: float, bound: float, step: float) -> float:
    """Return the owner's value if it stays below `bound`, else the next multiple of `step` that does."""
    return owner if owner <= bound else _round(math.floor(round(bound / step, 9)) * step)


def _round(value: float) -> float:
    return round(value, 6)


@dataclass(frozen=True)
class _Place:
    """Where a value stands, what the owner says, and in which steps and unit it is rounded up."""

    file: str
    key: str
    owner: float
    step: float
    unit: str


def _rise(place: _Place, figure: Figure | None, bound: Callable[[Figure], float]) -> Value:
    """Return the owner's value, raised to the bound that follows from a measured figure."""
    if figure is None:
        return Value(place.file, place.key, place.owner, place.owner, "", NOT_MEASURED)
    needed = bound(figure)
    proposed = at_least(place.owner, needed, place.step)
    said = f"at least {needed:.4g} {place.unit}"
    return Value(place.file, place.key, place.owner, proposed, said.replace(" 1 polls", " 1 poll"), figure.source)


def _both_ends(key: str, limits: Range, step: float, figure: Figure | None, bound: float) -> Iterator[Value]:
    """Return a range of amperes, widened to ± bound."""
    for end, owner, sign in (("max", limits.max, 1.0), ("min", -limits.min, -1.0)):
        value = _rise(_Place(HWCONFIG, f"{key}.{end}", owner, step, "A"), figure, lambda _: bound)
        needed = value.needed if sign > 0.0 else value.needed.replace("at least ", "at most -")
        yield replace(value, owner=sign * value.owner, proposed=sign * value.proposed, needed=needed)


def _currents(evidence: Evidence, policy: Policy, hwconfig: HwConfig) -> Iterator[Value]:
    error, full = figures.worst_current_error(evidence), figures.full_current(evidence)
    place = _Place(HWCONFIG, "gridCurrentAllowanceA", hwconfig.grid_current_allowance, 0.005, "A")
    allowance = _rise(place, error, lambda figure: figure.most)
    yield allowance
    capacity = hwconfig.grid_current_capacity
    room = figures.deals_current(policy, hwconfig) + allowance.proposed
    yield _rise(_Place(HWCONFIG, "gridCurrentCapacityA", capacity, 0.05, "A"), full, lambda _: room)
    reached = 0.0 if full is None else full.most
    bound = max(capacity + allowance.proposed, reached)
    yield from _both_ends("safety.range.dcdc.meter.ig", hwconfig.meter_ranges.ig, 0.05, full, bound)


def _voltages(evidence: Evidence, policy: Policy, hwconfig: HwConfig) -> Iterator[Value]:
    error, clamp = figures.worst_voltage_error(evidence), figures.clamped_voltage(evidence)
    place = _Place(POLICY, "gridVoltageAllowanceV", policy.grid_voltage_allowance, 0.5, "V")
    yield _rise(place, error, lambda figure: figure.most)
    highest = policy.operation_grid_voltage_range.max
    place = _Place(HWCONFIG, "safety.range.dcdc.meter.vg.max", hwconfig.meter_ranges.vg.max, 1.0, "V")
    if error is None or (clamp is not None and clamp.most > highest + error.most):
        yield _rise(place, clamp, lambda figure: figure.most)
    else:
        yield _rise(place, error, lambda figure: highest + figure.most)
    place = _Place(POLICY, "gridUvloMaskV", policy.grid_uvlo_mask, 1.0, "V")
    yield _rise(place, figures.masked_band(evidence, policy), lambda figure: figure.most)


def _battery(evidence: Evidence, policy: Policy, hwconfig: HwConfig) -> Iterator[Value]:
    efficiency, ranges = figures.efficiency(evidence), hwconfig.meter_ranges
    bound = 0.0 if efficiency is None else figures.battery_current(policy, hwconfig, efficiency.least)
    yield from _both_ends("safety.range.dcdc.meter.ib", ranges.ib, 0.5, efficiency, bound)
    place = _Place(HWCONFIG, "safety.range.dcdc.meter.tmp.max", ranges.tmp.max, 1.0, "°C")
    yield _rise(place, figures.temperature(evidence), lambda figure: figure.most + THERMAL_RESERVE)


def _characteristics(evidence: Evidence, hwconfig: HwConfig) -> Iterator[Value]:
    told = hwconfig.droop_ratio
    yield _replaced("droopRatio", told, figures.droop(evidence), lambda figure: _droop(told, figure))
    key, owner = "efficientBatteryGridVoltageRatio", hwconfig.efficient_battery_grid_voltage_ratio
    yield _replaced(key, owner, figures.best_ratio(evidence), lambda figure: _ratio(owner, figure))


def _replaced(key: str, owner: float, figure: Figure | None, new: Callable[[Figure], float]) -> Value:
    if figure is None:
        return Value(HWCONFIG, key, owner, owner, "", NOT_MEASURED)
    return Value(HWCONFIG, key, owner, new(figure), f"{figure.least:.3g} to {figure.most:.3g} measured", figure.source)


def _droop(told: float, has: Figure) -> float:
    """Return what to tell a unit whose droop differs from what it is told, so that it has the droop wanted."""
    if has.value <= 0.0 or abs(has.value / told - 1.0) <= DROOP_TOLERANCE:
        return told
    return round(told * told / has.value, 3)


def _ratio(owner: float, best: Figure) -> float:
    return owner if abs(best.value - owner) <= best.uncertainty else round(best.value, 1)


def _times(evidence: Evidence, policy: Policy) -> Iterator[Value]:
    controller, checkpoint = policy.controller, policy.controller.dcdc.checkpoint
    ramp_up = controller.dcdc.voltage_reference.ramp_up.first.timeout
    rows = (
        ("dcdc.voltageReference.rampUp.first.timeoutMsec", ramp_up, 1000.0, figures.ramp_time(evidence), 2.0),
        ("requestTimeoutMsec", controller.request_timeout, 500.0, figures.latency(evidence), 2.0),
        (
            "scramVoltageReferenceDelayMsec",
            controller.scram_voltage_reference_delay,
            500.0,
            figures.stop_duration(evidence),
            1.0,
        ),
    )
    for key, seconds, step, figure, factor in rows:
        place = _Place(POLICY, f"controller.{key}", MILLISECONDS * seconds, step, "ms")
        yield _rise(place, figure, lambda figure, factor=factor: MILLISECONDS * factor * figure.most)  # type: ignore[misc]
    place = _Place(POLICY, "controller.dcdc.checkpoint.retryLimit", float(checkpoint.retry_limit), 1.0, "polls")
    yield _rise(place, figures.settling_time(evidence), lambda figure: math.ceil(figure.most / checkpoint.retry_wait))
    yield _stop_me(policy, figures.stop_chain(evidence))


def _stop_me(policy: Policy, chain: Figure | None) -> Value:
    """Shorten what a unit waits for others to stop its deals by as much as the chain is too long."""
    key, owner = "controller.stopMeTimeoutMsec", MILLISECONDS * policy.controller.stop_me_timeout
    if chain is None:
        return Value(POLICY, key, owner, owner, "", NOT_MEASURED)
    bound = owner - MILLISECONDS * (chain.most - figures.STOP_WINDOW)
    return Value(POLICY, key, owner, at_most(owner, bound, 1000.0), f"at most {bound:.0f} ms", chain.source)
