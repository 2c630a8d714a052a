from __future__ import annotations

import math
from pathlib import Path

import pytest

from hil.client import load_hwconfig, load_policy
from hil.errors import BadInput
from hil.verdict import (
    Accuracy,
    Catalogue,
    Judge,
    LatencyBudget,
    LimitsExceeded,
    Measurement,
    NotCapable,
    Outcome,
    Rule,
    Verdict,
    summarise,
)
from hil.waveform import Quantity, Signal

DUTS = Path(__file__).parents[2] / "duts"
CATALOGUE = Catalogue.load()
CONTEXT = {"policy": load_policy(DUTS / "policy.json"), "hwconfig": load_hwconfig(DUTS / "hwConfig.json")}


def judge(rule: Rule = Rule.GUARDED, kept: list[Measurement] | None = None) -> Judge:
    on_measurement = None if kept is None else kept.append
    return Judge(CATALOGUE, CONTEXT, rule, lambda: 12.5, "suites/test_x.py::test_y", on_measurement)


def test_a_measurement_carries_everything_that_was_judged() -> None:
    kept: list[Measurement] = []
    measured = judge(kept=kept).measure("CCA-01", "current_error", Quantity(0.03, 0.004, "A"), conditions="dig 1 A")
    assert kept == [measured]
    assert (measured.lower, measured.upper, measured.unit) == (-0.125, 0.125, "A")
    assert measured.margin == pytest.approx(0.095)
    assert measured.verdict is Verdict.PASS
    assert measured.time == 12.5
    assert measured.limit_source == "hwConfig.gridCurrentAllowanceA"
    assert (measured.test, measured.conditions) == ("suites/test_x.py::test_y", "dig 1 A")


def test_a_measurement_names_instruments_traces_and_budget_of_its_quantity() -> None:
    read = Accuracy(percent=0.1, instrument="ammeter").quantity(2.0, "A").seen_in("CCA-01_map_03")
    measured = judge().measure("CCA-01", "current_error", read - 2.0)
    assert (measured.instruments, measured.traces) == (("ammeter",), ("CCA-01_map_03",))
    (line,) = measured.budget
    assert (line.source, line.instrument) == ("accuracy of ammeter", "ammeter")
    assert 2.0 * line.share == measured.uncertainty


def test_a_plain_number_with_its_uncertainty_has_a_budget_of_one_line() -> None:
    measured = judge().measure("SPD-01", "latency", 0.5, 0.01)
    assert [2.0 * line.share for line in measured.budget] == [0.01]
    assert (measured.instruments, measured.traces) == ((), ())


def test_a_count_in_a_capture_names_it() -> None:
    signal = Signal.of([0.0, 1.0], [350.0, 351.0], "V", trace="MOD-04_1", instrument="voltmeter")
    counted = judge().count("MOD-04", "out_of_range", 0, of=2, signal=signal)
    assert (counted.instruments, counted.traces, counted.budget) == (("voltmeter",), ("MOD-04_1",), ())


def test_times_of_the_policy_are_seconds() -> None:
    assert judge().measure("SPD-01", "latency", 0.5, 0.01).upper == 5.0


def test_failures_are_collected_and_told_at_the_end() -> None:
    under_test = judge()
    under_test.measure("CCA-01", "current_error", 0.131, 0.004, "dig 1 A")
    under_test.measure("CVD-01", "voltage_error", 0.5, 0.1)
    under_test.count("COM-01", "faults", 2, of=20)
    with pytest.raises(LimitsExceeded) as caught:
        under_test.raise_if_failed()
    first, second = str(caught.value).splitlines()
    assert first == (
        "CCA-01 magnitude of the grid current minus dig, in the direction commanded: 0.1310 A,"
        " U = 0.0040 A (k = 2, about 95 %), limits -0.125 ... 0.125 A"
        " (hwConfig.gridCurrentAllowanceA), margin -0.0060 A, rule guarded, verdict fail (dig 1 A)"
    )
    assert second.startswith("COM-01 answers without status 200 or without an interface version of major 2: 2, limit")
    assert second.endswith("), margin -2, rule guarded, verdict fail (2 of 20)")


def test_many_failures_of_one_limit_are_one_line_with_the_worst() -> None:
    under_test = judge()
    for error in (0.131, 0.2, 0.15):
        under_test.measure("CCA-01", "current_error", error, 0.004)
    with pytest.raises(LimitsExceeded, match=r"^CCA-01 .*: 0\.2000 A, .*, verdict fail, the worst of 3$"):
        under_test.raise_if_failed()


def test_a_conditional_fail_fails_and_a_conditional_pass_does_not() -> None:
    under_test = judge()
    under_test.measure("CCA-01", "current_error", 0.123, 0.004)
    under_test.raise_if_failed()
    under_test.measure("CCA-01", "current_error", 0.127, 0.004)
    with pytest.raises(LimitsExceeded, match="conditional fail"):
        under_test.raise_if_failed()


def test_targets_are_recorded_and_fail_nothing() -> None:
    under_test = judge()
    measured = under_test.measure("ZVS-02", "ramp_time_target", 25.0, 0.1)
    assert measured.verdict is Verdict.FAIL
    assert "target at most 10 s" in measured.sentence()
    under_test.raise_if_failed()


@pytest.mark.parametrize("uncertainty", [None, math.nan, 0.2])
def test_what_the_bench_cannot_decide_is_not_a_failure_of_the_device(uncertainty: float | None) -> None:
    under_test = judge()
    measured = under_test.measure("CCA-01", "current_error", 0.0, uncertainty)
    assert measured.verdict is Verdict.NOT_CAPABLE
    with pytest.raises(NotCapable, match="CCA-01"):
        under_test.raise_if_failed()


def test_a_missing_uncertainty_is_said_in_words() -> None:
    assert "U not stated" in judge(Rule.SIMPLE).measure("CCA-01", "current_error", 0.0).sentence()


def test_misuse_is_refused() -> None:
    under_test = judge()
    with pytest.raises(ValueError, match="judged in A"):
        under_test.measure("CCA-01", "current_error", Quantity(0.0, 0.0, "V"))
    with pytest.raises(ValueError, match="its own uncertainty"):
        under_test.measure("CCA-01", "current_error", Quantity(0.0, 0.0, "A"), 0.1)
    with pytest.raises(ValueError, match="decides nothing"):
        under_test.count("COM-01", "faults", 0, of=0)
    with pytest.raises(BadInput, match="no limit 'nothing', only: faults"):
        under_test.measure("COM-01", "nothing", 0.0)
    with pytest.raises(BadInput, match="no requirement 'XXX-01'"):
        under_test.measure("XXX-01", "nothing", 0.0)
    with pytest.raises(BadInput, match=r"PRT-01, limit peak: .* no key 'dut'"):
        under_test.measure("PRT-01", "peak", 390.0, 0.1)
    assert under_test.measurements == []


def verdicts(measurements: list[Measurement], *outcomes: Outcome) -> dict[str, tuple[Verdict, str]]:
    return {each.requirement.id: (each.verdict, each.reason) for each in summarise(measurements, CATALOGUE, outcomes)}


def test_a_run_without_measurements_assesses_nothing() -> None:
    found = verdicts([])
    assert len(found) == 60
    assert set(found.values()) == {(Verdict.NOT_ASSESSED, "no test measured it in this run")}


def test_a_requirement_has_the_worst_of_its_measurements() -> None:
    under_test = judge()
    under_test.measure("CCA-01", "full_current", 2.31, 0.004)
    under_test.measure("CCA-01", "current_error", 0.05, 0.004)
    assert verdicts(under_test.measurements)["CCA-01"] == (Verdict.PASS, "")
    under_test.measure("CCA-01", "current_error", 0.123, 0.004)
    assert verdicts(under_test.measurements)["CCA-01"][0] is Verdict.CONDITIONAL_PASS
    under_test.measure("CCA-01", "current_error", -0.2, 0.004)
    verdict, reason = verdicts(under_test.measurements)["CCA-01"]
    assert verdict is Verdict.FAIL
    assert "dig, in the direction commanded: -0.2000 A" in reason


def test_a_part_is_never_taken_for_the_whole() -> None:
    under_test = judge()
    under_test.measure("CCA-01", "current_error", 0.05, 0.004)
    reason = "not measured: grid current at full rating"
    assert verdicts(under_test.measurements)["CCA-01"] == (Verdict.NOT_ASSESSED, reason)


def test_optional_reported_and_target_limits_are_not_waited_for() -> None:
    under_test = judge()
    under_test.measure("SPD-01", "latency", 0.5, 0.01)
    under_test.count("SPD-01", "failed_calls", 0, of=10)
    assert verdicts(under_test.measurements)["SPD-01"][0] is Verdict.PASS


def test_targets_do_not_decide_a_requirement() -> None:
    under_test = judge()
    under_test.measure("ZVS-02", "ramp_time", 25.0, 0.1)
    under_test.measure("ZVS-02", "ramp_time_target", 25.0, 0.1)
    assert verdicts(under_test.measurements)["ZVS-02"][0] is Verdict.PASS


def test_outcomes_bring_their_reason_and_a_seen_failure_stays() -> None:
    under_test = judge()
    trouble = Outcome("CCA-01", Verdict.BENCH_TROUBLE, "the ammeter does not answer")
    assert verdicts([], trouble)["CCA-01"] == (Verdict.BENCH_TROUBLE, "the ammeter does not answer")
    under_test.measure("CCA-01", "current_error", 0.2, 0.004)
    assert verdicts(under_test.measurements, trouble)["CCA-01"][0] is Verdict.FAIL


def test_worst_margin_is_the_one_with_least_of_its_tolerance_left() -> None:
    under_test = judge()
    under_test.measure("CCA-01", "full_current", 2.0, 0.004)
    under_test.measure("CCA-01", "current_error", 0.12, 0.004)
    under_test.count("COM-01", "faults", 0, of=20)
    by_id = {each.requirement.id: each for each in summarise(under_test.measurements, CATALOGUE)}
    assert by_id["CCA-01"].worst_margin == pytest.approx(0.005)
    assert by_id["CCA-01"].unit == "A"
    assert by_id["COM-01"].worst_margin == 0.0
    row = by_id["CCA-01"].row()
    assert row["id"] == "CCA-01"
    assert row["class"] == "H"
    assert "-hwconfig.grid_current_allowance ... hwconfig.grid_current_allowance A" in str(row["criterion"])


def test_a_time_that_the_bench_cannot_resolve_is_not_capable_with_the_numbers() -> None:
    coarse = LatencyBudget(http=0.01, instrument=0.5, sampling=0.6, clock=0.0)
    for rule in Rule:
        under_test = Judge(CATALOGUE, CONTEXT, rule, lambda: 0.0, "test", budget=lambda: coarse)
        kept = under_test.measure("SPD-03", "settling_time", Quantity(0.01, 0.001, "s"), conditions="dig 1 A")
        assert kept.verdict is Verdict.NOT_CAPABLE
        assert under_test.measure("SPD-01", "latency", 0.5, 0.01).verdict is Verdict.PASS
        assert under_test.measure("CCA-01", "current_error", 0.01, 0.001).verdict is Verdict.PASS
        with pytest.raises(
            NotCapable, match=r"times no control action better than 0\.451 s.*sampling interval 600\.0 ms"
        ):
            under_test.raise_if_failed()


def test_a_time_beyond_a_limit_fails_however_coarse_the_bench_is() -> None:
    coarse = LatencyBudget(http=0.01, instrument=0.5, sampling=0.6, clock=0.0)
    under_test = Judge(CATALOGUE, CONTEXT, Rule.SIMPLE, lambda: 0.0, "test", budget=lambda: coarse)
    assert under_test.measure("SPD-03", "settling_time", Quantity(5.0, 0.4, "s")).verdict is Verdict.FAIL
