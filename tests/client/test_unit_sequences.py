"""The dialogues of one unit, to the letter."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from hil.client import Client, HwConfig, Policy
from hil.client.sequences import (
    GridBefore,
    acquire,
    authorization_voltages,
    authorize,
    charge,
    checkpoint,
    did_hand_over,
    did_take_over,
    discharge,
    grid_before_start,
    ramp_up,
    start_grid,
    start_reference,
    start_up,
    step_current,
    step_voltage,
    stop,
    will_hand_over,
    will_take_over,
)
from hil.client.timing import authorization_time, current_steps, stop_from_current, stop_from_voltage
from hil.converter import ConverterLimits, Mode
from instruments.errors import OutsideLimits
from tests.client.conftest import FakeClock, FakeUnit

STATUS = "/dcdc/get/status"
STOPPED = "/dcdc/set?mode=0x0000&dvg=350.0&dig=0.0&drg=0"


def ready(client: Client, unit: FakeUnit, mode: str, **state: float) -> None:
    """Put the unit into a state, let the client see it, and forget the requests made for that."""
    unit.state |= {"mode": mode, "dvg": 350.0, "vg": 350.0} | state
    assert client.run(acquire).succeeded
    unit.requests.clear()


def test_start_up_shakes_hands_and_acquires(client: Client, unit: FakeUnit) -> None:
    assert client.run(start_up).succeeded
    assert unit.requests == ["/version/get", "/all/get"]


@pytest.mark.parametrize("version", ["1.0", "20", ".2", "2", "22.0", 2.0])
def test_start_up_wants_major_two(client: Client, unit: FakeUnit, version: object) -> None:
    unit.script = [("/version/get", {"comm_interface_version": version})]
    report = client.run(start_up)
    assert not report.succeeded
    assert unit.requests == ["/version/get"]


@pytest.mark.parametrize(
    ("sequence", "amperes", "expected"),
    [
        (charge, 0.5, ["/dcdc/set?mode=0x0041&dvg=350.0&dig=0.5&drg=0", STATUS]),
        (charge, 1.0, ["/dcdc/set?mode=0x0041&dvg=350.0&dig=1.0&drg=0", "/dcdc/set?dig=1.0", STATUS]),
        (
            discharge,
            2.3,
            ["/dcdc/set?mode=0x0002&dvg=380.0&dig=1.0&drg=0", "/dcdc/set?dig=2.0", "/dcdc/set?dig=2.3", STATUS],
        ),
    ],
)
def test_sharing_starts_at_one_step(
    client: Client, unit: FakeUnit, sequence: Any, amperes: float, expected: Any
) -> None:
    report = client.run(sequence, amperes)
    assert report.succeeded
    assert report.paths == expected == unit.requests


def test_stop_from_stop_is_one_call(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0000")
    assert client.run(stop).paths == [STOPPED]


def test_stop_with_unknown_mode_warns_and_stops(client: Client, unit: FakeUnit) -> None:
    report = client.run(stop)
    assert report.paths == [STOPPED]
    assert [error.triplet for error in report.errors] == ["HARDWARE:LOCAL:WARN"]


@pytest.mark.parametrize("mode", ["0x0041", "0x0002"])
def test_stop_from_current_steps_down_first(client: Client, unit: FakeUnit, mode: str) -> None:
    ready(client, unit, mode, dig=2.3, ig=2.3)
    report = client.run(stop)
    assert report.paths == ["/dcdc/set?dig=1.3", "/dcdc/set?dig=0.29999995", "/dcdc/set?dig=0.0", STATUS, STOPPED]
    assert report.succeeded


def test_stop_from_cv_lowers_the_voltage_first(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0014")
    assert client.run(stop).paths == ["/dcdc/set?dvg=310.0&drg=0", STATUS, STOPPED]


def test_stop_ends_in_mode_zero_whatever_comes_of_the_way_down(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0041", dig=1.0, ig=1.0)
    unit.script = [(STATUS, {"meter": {"ig": 1.0}})] * 3
    report = client.run(stop)
    assert report.paths == ["/dcdc/set?dig=0.0", STATUS, STATUS, STATUS, STOPPED]
    assert report.succeeded
    assert [poll.passed for poll in report.polls] == [False] * 3
    assert report.has_error("HARDWARE:LOCAL:WARN")


@pytest.mark.parametrize("latency", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("polls", [1, 2, 3])
def test_stop_takes_as_long_as_the_formula_says(
    client: Client, unit: FakeUnit, clock: FakeClock, policy: Policy, latency: float, polls: int
) -> None:
    ready(client, unit, "0x0041", dig=2.3, ig=2.3)
    clock.latency = latency
    unit.script = [(STATUS, {"meter": {"ig": 2.0}})] * (polls - 1)
    steps = len(current_steps(2.3, 0.0, 1.0))
    assert steps == 3
    expected = stop_from_current(policy, latency, steps, polls)
    assert client.run(stop).duration == pytest.approx(expected)
    assert expected == pytest.approx((3 + polls + 1) * latency + 0.1 * polls)


def test_stop_from_cv_takes_as_long_as_the_formula_says(
    client: Client, unit: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    ready(client, unit, "0x0014")
    clock.latency = 0.5
    assert client.run(stop).duration == pytest.approx(stop_from_voltage(policy, 0.5, 1))


def test_checkpoint_polls_after_its_pause(client: Client, unit: FakeUnit, clock: FakeClock) -> None:
    ready(client, unit, "0x0014")
    clock.latency = 0.3
    unit.script = [(STATUS, {"meter": {"vg": 345.9}}), (STATUS, {"meter": {"vg": 354.1}})]
    start = clock.now()
    report = client.run(checkpoint, "vg", 350.0)
    assert report.succeeded
    assert [poll.start - start for poll in report.polls] == pytest.approx([0.1, 0.5, 0.9])
    assert [(poll.value, poll.passed) for poll in report.polls] == [
        (pytest.approx(345.9), False),
        (pytest.approx(354.1), False),
        (350.0, True),
    ]


@pytest.mark.parametrize(
    ("ig", "arrived"), [(1.125, True), (-1.125, True), (-0.875, True), (1.126, False), (0.87, False)]
)
def test_checkpoint_ignores_the_direction_of_current(client: Client, unit: FakeUnit, ig: float, arrived: bool) -> None:
    ready(client, unit, "0x0041", dig=1.0, ig=ig)
    assert client.run(checkpoint, "ig", 1.0).succeeded == arrived


def test_checkpoint_judges_the_cache_when_the_status_leaves_the_value_out(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0014")
    unit.script = [(STATUS, {"meter": {"vg": "absent"}})]
    assert client.run(checkpoint, "vg", 350.0).polls[0].value == 350.0


def test_checkpoint_without_any_value_is_an_error(client: Client, unit: FakeUnit) -> None:
    unit.script = [(STATUS, {"meter": {"vg": "absent"}})] * 3
    report = client.run(checkpoint, "vg", 350.0)
    assert not report.succeeded
    triplets = [error.triplet for error in report.errors]
    assert triplets == ["HARDWARE:LOCAL:ERROR"] * 3 + ["HARDWARE:LOCAL:WARN"]


def test_stepping_starts_at_the_echo(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0041", dig=0.29999995, ig=0.3)
    assert client.run(step_current, 1.5).paths == ["/dcdc/set?dig=1.3", "/dcdc/set?dig=1.5", STATUS]


def test_stale_echo_ends_with_the_reply_timeout(client: Client, unit: FakeUnit, clock: FakeClock) -> None:
    ready(client, unit, "0x0041", dig=2.3, ig=2.3)
    clock.latency = 1.0
    unit.script = [("/dcdc/set?dig", {"param": {"dig": 2.3}})] * 100
    report = client.run(step_current, 0.0)
    assert not report.succeeded
    assert set(report.paths) == {"/dcdc/set?dig=1.3"}
    assert report.has_error("FRAMEWORK:LOCAL:ERROR")
    assert 30.0 < report.duration <= 32.0


@pytest.mark.parametrize(("amperes", "triplet"), [(-0.1, "LOGIC:LOCAL:ERROR"), (2.4, "HARDWARE:LOCAL:ERROR")])
def test_guarded_current_is_not_sent(client: Client, unit: FakeUnit, amperes: float, triplet: str) -> None:
    ready(client, unit, "0x0041", dig=2.0, ig=2.0)
    report = client.run(step_current, amperes) if amperes > 0 else client.run(charge, amperes)
    assert unit.requests == []
    assert report.has_error(triplet)
    assert not report.succeeded


def test_voltage_step_is_one_set_and_switches_droop_off(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0014", drg=0.039)
    assert client.run(step_voltage, 340.0).paths == ["/dcdc/set?dvg=340.0&drg=0", STATUS]
    assert unit.state["drg"] == 0


def test_mode_answer_with_the_wrong_name_is_an_error_without_repetition(client: Client, unit: FakeUnit) -> None:
    unit.script = [("/dcdc/set", {"status": {"operationMode": "Waiting"}})]
    report = client.run(start_reference)
    assert report.paths == ["/dcdc/set?mode=0x0014&dvg=350.0&dig=2.3&drg=0"]
    assert [error.triplet for error in report.errors] == ["HARDWARE:LOCAL:ERROR"]


def test_failed_call_is_repeated_twice_with_the_same_request(client: Client, unit: FakeUnit, clock: FakeClock) -> None:
    unit.script = [("/dcdc/set", None), ("/dcdc/set", '{"a": 1,}')]
    report = client.run(start_reference)
    assert report.succeeded
    assert unit.requests == ["/dcdc/set?mode=0x0014&dvg=350.0&dig=2.3&drg=0"] * 3
    assert [attempt.problem == "" for attempt in report.calls[0].attempts] == [False, False, True]
    assert [error.triplet for error in report.errors] == ["HARDWARE:LOCAL:WARN"] * 2
    assert clock.now() == 0.0


def test_three_silent_attempts_are_fifteen_seconds_and_an_error(
    client: Client, unit: FakeUnit, clock: FakeClock
) -> None:
    clock.latency = 60.0
    report = client.run(acquire)
    assert not report.succeeded
    assert report.duration == pytest.approx(15.0)
    assert [error.level for error in report.errors] == ["WARN", "WARN", "ERROR"]


@pytest.mark.parametrize(
    ("vg", "expected"),
    [
        (0.0, GridBefore.FREE),
        (289.9, GridBefore.FREE),
        (290.0, GridBefore.MASKED),
        (310.0, GridBefore.MASKED),
        (310.1, GridBefore.FREE),
        (320.0, GridBefore.FREE),
        (320.1, GridBefore.FOREIGN),
    ],
)
def test_grid_before_start(policy: Policy, vg: float, expected: GridBefore) -> None:
    assert grid_before_start(policy, vg) is expected


def test_start_grid_waits_out_the_mask_and_the_ramp(client: Client, unit: FakeUnit, clock: FakeClock) -> None:
    unit.hold_voltage = True
    unit.state["vg"] = 300.0

    def decay_then_rise(path: str) -> None:
        rising = unit.state["mode"] == "0x0014"
        unit.state["vg"] += 40.0 if rising else -6.0

    unit.on_request = decay_then_rise
    report = client.run(start_grid)
    start = "/dcdc/set?mode=0x0014&dvg=350.0&dig=2.3&drg=0"
    # 294 V is masked, 288 V is free; the answer shows 282 V, then 322 V and 362 V are seen one loop apart.
    assert report.paths == ["/all/get", "/all/get", start, "/all/get", "/all/get"]
    assert report.duration == pytest.approx(15.0)
    assert client.dynamic_check_suspended


def test_ramp_that_never_comes_is_a_global_error(client: Client, unit: FakeUnit, clock: FakeClock) -> None:
    unit.hold_voltage = True
    report = client.run(start_grid)
    assert not report.succeeded
    assert report.has_error("HARDWARE:GLOBAL:ERROR")
    assert report.duration == pytest.approx(180.0)


def test_ramp_ends_when_the_unit_leaves_cv(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0000")
    assert client.run(ramp_up).has_error("LOGIC:GLOBAL:WARN")


def test_foreign_source_keeps_the_unit_from_starting(client: Client, unit: FakeUnit) -> None:
    unit.state["vg"] = 350.0
    report = client.run(start_grid)
    assert report.paths == ["/all/get"]
    assert report.has_error("HARDWARE:GLOBAL:ERROR")


def test_start_grid_gives_up_a_grid_that_stays_in_the_mask(client: Client, unit: FakeUnit) -> None:
    unit.state["vg"] = 300.0
    report = client.run(start_grid, patience=20.0)
    assert not report.succeeded
    assert report.duration == pytest.approx(20.0)


def test_authorization_candidates(policy: Policy) -> None:
    assert authorization_voltages(policy, 350.0) == [330.0, 340.0, 360.0, 370.0]
    assert authorization_voltages(policy, 349.98779) == [330.0, 340.0, 350.0, 360.0, 370.0]


def test_authorization_visits_the_picks_and_returns(
    client: Client, unit: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    ready(client, unit, "0x0014")
    clock.latency = 0.3
    chance = Random(7)
    expected = [[330.0, 340.0, 360.0, 370.0][int(4 * chance.random())] for _ in range(3)] + [350.0]
    report = client.run(authorize, Random(7))
    assert report.succeeded
    assert report.paths == [path for dvg in expected for path in (f"/dcdc/set?dvg={dvg}&drg=0", STATUS)]
    assert report.duration == pytest.approx(authorization_time(policy, 0.3, 1)) == pytest.approx(4 * (2 * 0.3 + 0.1))
    assert not client.dynamic_check_suspended


def test_authorization_returns_to_the_echoed_base(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0014", dvg=349.98779296875, vg=350.0)
    assert client.run(authorize, Random(1)).paths[-2] == "/dcdc/set?dvg=349.9878&drg=0"


def test_authorization_fails_at_the_first_miss(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0014")
    unit.hold_voltage = True
    report = client.run(authorize, Random(1))
    assert len(report.paths) == 4
    assert not report.succeeded
    assert client.dynamic_check_suspended


def test_hand_over_steps(client: Client, unit: FakeUnit, hwconfig: HwConfig) -> None:
    ready(client, unit, "0x0014", dvg=350.0)
    assert client.run(will_hand_over).paths == ["/dcdc/set?dvg=350.0&drg=0.039"]
    assert client.dynamic_check_suspended
    assert client.run(did_take_over).paths == ["/dcdc/set?dvg=350.0&drg=0"]
    assert not client.dynamic_check_suspended


def test_take_over_at_given_or_own_voltage(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0041", vg=348.5, dig=1.0, ig=1.0)
    assert client.run(will_take_over, 350.0).paths == ["/dcdc/set?mode=0x0014&dvg=350.0&dig=2.3&drg=0.039"]
    ready(client, unit, "0x0041", vg=348.5, dig=1.0, ig=1.0)
    assert client.run(will_take_over, None).paths == ["/dcdc/set?mode=0x0014&dvg=348.5&dig=2.3&drg=0.039"]


def test_did_hand_over_stops_or_goes_on(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0014", dig=2.3)
    steps = ["/dcdc/set?dig=1.3", "/dcdc/set?dig=0.29999995", "/dcdc/set?dig=0.0", STATUS, STOPPED]
    assert client.run(did_hand_over).paths == steps
    for mode, path in [
        (Mode.CHARGE, "/dcdc/set?mode=0x0041&dvg=350.0&dig=0.97&drg=0"),
        (Mode.DISCHARGE, "/dcdc/set?mode=0x0002&dvg=380.0&dig=0.97&drg=0"),
    ]:
        ready(client, unit, "0x0014", dig=2.3)
        assert client.run(did_hand_over, mode, 0.97).paths == [path]
    with pytest.raises(ValueError, match="CV"):
        client.run(did_hand_over, Mode.CV)


def test_missing_echo_is_an_error_and_nothing_is_sent(client: Client, unit: FakeUnit) -> None:
    for sequence in (will_hand_over, did_take_over):
        report = client.run(sequence)
        assert report.paths == []
        assert report.has_error("HARDWARE:LOCAL:ERROR")


def test_echo_beyond_the_limits_is_the_drivers_fault(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0014", dvg=500.0)
    client.converter.limits = ConverterLimits(dvg_max=390.0, dig_max=2.5)
    for report in (client.run(will_hand_over), client.run(authorize, Random(1))):
        assert report.paths == []
        assert report.has_error("HARDWARE:LOCAL:ERROR")


def test_set_point_of_ours_beyond_the_limits_is_not_the_drivers_fault(client: Client, unit: FakeUnit) -> None:
    ready(client, unit, "0x0014")
    client.converter.limits = ConverterLimits(dvg_max=340.0, dig_max=2.5)
    with pytest.raises(OutsideLimits):
        client.run(step_voltage, 350.0)
    assert unit.requests == []
