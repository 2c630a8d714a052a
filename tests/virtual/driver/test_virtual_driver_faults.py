"""Each fault of the driver shows at the wire, and nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from hil.virtual.devices.driver import DriverFaults
from tests.virtual.driver.conftest import DriverBench, Reply

START_CV = "/dcdc/set?mode=0x0014&dvg=350&dig=2&drg=0.039"
START_CHARGE = "/dcdc/set?mode=0x0041&dvg=350&dig=1&drg=0"
STOP = "/dcdc/set?mode=0x0000&dvg=350&dig=0&drg=0"


def no_object(body: str) -> bool:
    """Tell whether `body` is not what a strict reader of JSON takes for an object."""
    try:
        return not isinstance(json.loads(body, parse_constant=_refuse), dict)
    except ValueError:
        return True


def _refuse(constant: str) -> None:
    raise ValueError(constant)


ANSWERS: list[tuple[dict[str, Any], str, Callable[[Reply], bool]]] = [
    ({"interface_version": "1.0"}, "/version/get", lambda r: r.json["comm_interface_version"] == "1.0"),
    ({"interface_version": 2.0}, "/version/get", lambda r: r.json["comm_interface_version"] == 2.0),
    ({"version_key": "comm_protocol_version"}, "/version/get", lambda r: r.json["comm_protocol_version"] == "2.0"),
    ({"version_key": ""}, "/version/get", lambda r: list(r.json) == ["dcdc_batt_comm_version"]),
    ({"all_get_nested": True}, "/all/get", lambda r: r.json["dcdc"]["meter"] and r.json["battery"]["rsoc"] == 70.0),
    ({"missing": ["meter.vg"]}, "/all/get", lambda r: "vg" not in r.json["meter"] and "ig" in r.json["meter"]),
    ({"missing": ["battery_operation_status"]}, "/all/get", lambda r: "battery_operation_status" not in r.json),
    ({"missing": ["status"]}, "/dcdc/get", lambda r: "status" not in r.json),
    ({"null": ["meter.tmp"]}, "/dcdc/get", lambda r: r.json["meter"]["tmp"] is None),
    ({"as_text": ["meter.vb"]}, "/dcdc/get", lambda r: r.json["meter"]["vb"] == "51.9990234375"),
    ({"as_number": ["status.status"]}, "/dcdc/get", lambda r: r.json["status"]["status"] == 0),
    ({"not_a_number": ["meter.ig"]}, "/dcdc/get", lambda r: '"ig": NaN' in r.body and no_object(r.body)),
    ({"json_error": "trailing_comma"}, "/all/get", lambda r: r.body.endswith(",}") and no_object(r.body)),
    ({"json_error": "single_quotes"}, "/all/get", lambda r: r.body.startswith("{'rsoc'") and no_object(r.body)),
    ({"json_error": "truncated"}, "/all/get", lambda r: r.status == 200 and no_object(r.body)),
    ({"json_error": "array"}, "/all/get", lambda r: r.json[0]["rsoc"] == 70.0),
    ({"json_error": "empty"}, "/all/get", lambda r: r.body == ""),
    ({"json_error": "html"}, "/all/get", lambda r: r.headers["Content-Type"].startswith("text/html")),
    ({"success_status": 202}, "/all/get", lambda r: r.status == 202),
    ({"success_status": 302}, "/all/get", lambda r: r.headers["Location"].endswith("/all/get")),
    ({"scale": {"meter.vb": 0.001}}, "/dcdc/get", lambda r: r.json["meter"]["vb"] == pytest.approx(0.052, rel=1e-3)),
    ({"scale": {"meter.ib": -1}}, "/dcdc/get", lambda r: r.json["meter"]["ib"] > 0),
    ({"offset": {"rsoc": 1.5}}, "/battery/get", lambda r: r.json["rsoc"] == 71.5),
    ({"stuck": {"meter.tmp": 25.0}}, "/dcdc/get", lambda r: r.json["meter"]["tmp"] == 25.0),
    ({"scale": {"vdis.drg": 100}}, START_CV, lambda r: r.json["vdis"]["drg"] == pytest.approx(3.89, abs=0.01)),
    ({"missing": ["param.dig"]}, START_CV, lambda r: "dig" not in r.json["param"]),
    ({"echo_previous": ["dvg"]}, "/dcdc/set?mode=0x0000&dvg=360&dig=0", lambda r: 349 < r.json["vdis"]["dvg"] < 351),
    ({"echo_previous": ["mode"]}, START_CV, lambda r: r.json["status"]["operationMode"] == "Waiting"),
    (
        {"operation_mode_text": {"0x0014": "Voltage Reference"}},
        START_CV,
        lambda r: r.json["status"]["operationMode"] == "Voltage Reference",
    ),
    ({"status_text": {"0x0014": "0x14"}}, START_CV, lambda r: r.json["status"]["status"] == "0x14"),
    ({"alarm_state_text": {"No alarm": "none"}}, "/dcdc/get", lambda r: r.json["status"]["alarmState"] == "none"),
    ({"clear_alarm": "refused"}, "/remote/ioctl/clr_alarm", lambda r: r.status == 400),
    ({"refused_numbers": "[eE]"}, "/dcdc/set?mode=0x0041&dvg=350.0&dig=1.0E-4&drg=0", lambda r: r.status == 400),
    ({"refused_modes": "^0x00"}, START_CV, lambda r: r.json["err"] == "bad value: 0x0014"),
    ({"refused_transitions": ["0x0000>0x0014"]}, START_CV, lambda r: r.status == 400),
    ({"refuse_repeated_stop": True}, STOP, lambda r: r.status == 400),
    (
        {"read_decimals": 1},
        "/dcdc/set?mode=0x0041&dvg=350.99&dig=1&drg=0",
        lambda r: 350.8 < r.json["vdis"]["dvg"] < 350.91,
    ),
    (
        {"exponent_ignored": True},
        "/dcdc/set?mode=0x0041&dvg=350&dig=1.0E-4&drg=0",
        lambda r: r.json["param"]["dig"] > 0.99,
    ),
    ({"offset": {"rsoc": 5.0}, "only_in_modes": ["0x0000"]}, "/all/get", lambda r: r.json["rsoc"] == 75.0),
    ({"missing": ["meter.ig"], "only_in_modes": ["0x0000"]}, "/dcdc/get/status", lambda r: "ig" not in r.json["meter"]),
    ({"permission_inverted": True}, "/battery/get", lambda r: r.json["battery_operation_status"] == 0),
    ({"permission_values": {3: 1}}, "/battery/get", lambda r: r.json["battery_operation_status"] == 1),
    ({"drop_every": 1}, "/all/get", lambda r: r.status == 500),
    ({"drop_every": 1, "drop_how": "status_400"}, "/all/get", lambda r: r.status == 400),
    ({"drop_every": 1, "drop_how": "reset"}, "/all/get", lambda r: r.status == 0),
    ({"drop_every": 1, "drop_how": "hang"}, "/all/get", lambda r: r.took == 30.0),
    ({"drop_every": 1, "drop_how": "half_answer"}, "/version/get", lambda r: len(r.body) < 20),
    ({"slow_by": 5.0}, "/dcdc/get", lambda r: r.took == pytest.approx(5.494, abs=0.01)),
    ({"slow_jitter": 1.0}, "/dcdc/get", lambda r: 0.494 < r.took < 1.495),
    ({"glitch": {"rsoc": 0.0}}, "/all/get", lambda r: r.json["rsoc"] == 0.0),
    ({"errors_as_success": True}, "/dcdc/set?dig=1.0", lambda r: (r.status, list(r.json)) == (200, ["err"])),
    ({"ignored_with_mode": ["drg"]}, START_CV, lambda r: r.json["vdis"]["drg"] == 0.0),
    ({"pause_inside_set": 0.5}, START_CV, lambda r: r.took == pytest.approx(2.003, abs=0.01)),
]

ELSEWHERE: list[tuple[dict[str, Any], str, Callable[[Reply], bool]]] = [
    ({"missing": ["/all/get:rsoc"]}, "/battery/get", lambda r: r.json["rsoc"] == 70.0),
    ({"json_error": "html", "json_error_routes": ["/all/get"]}, "/dcdc/get", lambda r: "meter" in r.json),
    ({"drop_every": 1, "drop_routes": ["/all/get"]}, "/dcdc/get", lambda r: r.status == 200),
    ({"slow_by": 5.0, "slow_routes": ["/all/get"]}, "/dcdc/get", lambda r: r.took < 0.6),
]


def visible(shows: Callable[[Reply], bool], reply: Reply) -> bool:
    """Tell whether `reply` shows what is looked for; a reply without the place does not."""
    try:
        return shows(reply)
    except (KeyError, TypeError, ValueError):
        return False


@pytest.mark.parametrize(("faults", "url", "shows"), ANSWERS, ids=[f"{case[0]} {case[1][:12]}" for case in ANSWERS])
def test_a_fault_shows_in_one_answer(
    faults: dict[str, Any], url: str, shows: Callable[[Reply], bool], bench_with: type[DriverBench]
) -> None:
    assert visible(shows, bench_with(faults=faults).call(url))
    assert not visible(shows, bench_with().call(url))


@pytest.mark.parametrize(("faults", "url", "healthy"), ELSEWHERE)
def test_a_fault_of_one_route_leaves_the_others_alone(
    faults: dict[str, Any], url: str, healthy: Callable[[Reply], bool], bench_with: type[DriverBench]
) -> None:
    assert healthy(bench_with(faults=faults).call(url))


def test_without_faults_nothing_is_wrong() -> None:
    assert DriverFaults().model_dump(exclude_defaults=True) == {}


def test_a_misspelt_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="slow_bye"):
        DriverFaults.model_validate({"slow_bye": 1})


def test_held_meters_are_old(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"meters_held": 3.0, "meters_held_channels": ["vg"]})
    bench.call("/dcdc/get/status")
    bench.converter.readings.vg = bench.converter.readings.ig = 7.0
    meter = bench.call("/dcdc/get/status").json["meter"]
    assert (meter["vg"], round(meter["ig"], 1)) == (0.0, 7.0)
    bench.wait(3.0)
    assert bench.call("/dcdc/get/status").json["meter"]["vg"] == pytest.approx(7.0, abs=0.03)


def test_held_state_is_old(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"state_held": 3.0})
    bench.call("/dcdc/get")
    bench.converter.alarm = 2
    assert bench.call("/dcdc/get").json["status"]["alarmState"] == "No alarm"
    bench.wait(3.0)
    assert bench.call("/dcdc/get").json["status"]["alarmState"] == "Heavy alarm"


def test_the_old_mode_lingers(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"mode_lag": 1.0})
    assert bench.call(START_CV).json["status"]["status"] == "0x0014"
    assert bench.call("/dcdc/get").json["status"]["status"] == "0x0000"
    bench.wait(0.6)
    assert bench.call("/dcdc/get").json["status"]["operationMode"] == "Grid Autonomy"


def test_status_runs_ahead_of_operation_mode(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"status_ahead": 1.0})
    bench.call(START_CV)
    status = bench.call("/dcdc/get").json["status"]
    assert (status["status"], status["operationMode"]) == ("0x0014", "Waiting")


def test_an_early_answer_comes_before_the_mode(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"answer_early": 2.0})
    assert bench.call(START_CV).json["status"]["operationMode"] == "Grid Autonomy"
    assert bench.converter.mode == 0x0000
    bench.wait(2.5)
    assert bench.converter.mode == 0x0014
    assert bench.converter.writes() == ["voltage", "current", "mode"]


def test_an_answer_after_the_ramp_waits_for_the_voltage(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"answer_after_ramp": 10.0})
    _, done = bench.ask(START_CV)
    bench.wait(4.0)
    assert not done.triggered
    bench.converter.readings.vg = 349.0
    bench.wait(0.5)
    assert done.triggered


def test_only_every_third_call_is_slow(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"slow_by": 1.0, "slow_every": 3})
    assert [round(bench.call("/version/get").took) for _ in range(6)] == [0, 0, 1, 0, 0, 1]


def test_a_lost_answer_may_belong_to_a_command_that_was_carried_out(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"drop_every": 1, "drop_executed": True})
    assert bench.call(START_CV).status == 500
    assert bench.converter.mode == 0x0014


@pytest.mark.parametrize(("ignored", "changed"), [("mode", "mode"), ("dvg", "dvg"), ("drg", "drg"), ("dig", "dig")])
def test_an_ignored_set_point_is_acknowledged_all_the_same(
    ignored: str, changed: str, bench_with: type[DriverBench]
) -> None:
    bench = bench_with(faults={"ignored": [ignored]})
    before = getattr(bench.converter, changed)
    healthy = bench_with().call("/dcdc/set?mode=0x0014&dvg=360&dig=1&drg=0.039").json
    assert bench.call("/dcdc/set?mode=0x0014&dvg=360&dig=1&drg=0.039").json["vdis"] == healthy["vdis"]
    assert getattr(bench.converter, changed) == pytest.approx(before, rel=1e-3)


def test_droop_read_in_percent_is_a_hundredth(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"command_scale": {"drg": 0.01}})
    assert bench.call(START_CV).json["vdis"]["drg"] == pytest.approx(0.039, rel=0.01)
    assert bench.converter.drg == pytest.approx(0.00039, rel=0.01)


def test_a_limited_current_is_cut_without_a_word(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"limited": {"dig": 1.5}})
    assert bench.call(START_CV).json["param"]["dig"] == pytest.approx(2.0, abs=0.001)
    assert bench.converter.dig == 1.5


def test_a_partial_set_disturbs_the_other_set_points(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"partial_set_writes": {"dvg": 300.0, "mode": 0.0}})
    bench.call(START_CHARGE)
    assert bench.converter.dvg > 349
    bench.call("/dcdc/set?dig=2")
    assert (bench.converter.dvg, bench.converter.mode) == (300.0, 0x0000)


def test_partial_sets_are_refused_in_stop(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"refused_in_stop": ["dig"]})
    bench.call(STOP)
    assert bench.call("/dcdc/set?dig=1").status == 400
    assert bench.call("/dcdc/set?dvg=351").status == 200
    bench.call(START_CHARGE)
    assert bench.call("/dcdc/set?dig=1").status == 200


def test_a_repeated_set_passes_through_stop(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"repeated_set_stops_first": True})
    bench.call(START_CV)
    bench.converter.log.clear()
    bench.call(START_CV)
    assert [value for _, what, value in bench.converter.log if what == "mode"] == [0x0000, 0x0014]


@pytest.mark.parametrize(
    ("fault", "first", "second"),
    [
        ("right", "voltage", "voltage"),
        ("mode_first", "mode", "mode"),
        ("right_once", "voltage", "mode"),
    ],
)
def test_the_order_from_stop_may_be_wrong(fault: str, first: str, second: str, bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"set_order": fault})
    bench.call(STOP)
    assert bench.converter.writes()[0] == first
    bench.converter.log.clear()
    bench.call(START_CV)
    assert bench.converter.writes()[0] == second


def test_set_points_first_even_into_stop(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"set_order": "points_first"})
    bench.call(START_CV)
    bench.converter.log.clear()
    bench.call(STOP)
    assert bench.converter.writes() == ["voltage", "current", "mode"]


def overlapping(bench: DriverBench) -> tuple[Any, Any, bool, bool]:
    """Ask for everything and, meanwhile, command charging; return both connections and whether both were answered."""
    first, first_done = bench.ask("/all/get")
    bench.wait(0.1)
    second, second_done = bench.ask(START_CHARGE)
    bench.wait(3.0)
    return first, second, first_done.triggered, second_done.triggered


@pytest.mark.parametrize("overlap", ["queued", "mixed_answers", "lost_commands", "errors", "refused"])
def test_calls_that_overlap(overlap: str, bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"overlap": overlap})
    first, second, *answered = overlapping(bench)
    assert answered == [True, True]
    assert (b"rsoc" in first.sent) == (overlap != "errors")
    assert (b"Heteronomy CV" in second.sent) == (overlap in ("queued", "lost_commands"))
    assert (b"rsoc" in second.sent) == (overlap == "mixed_answers")
    assert (bench.converter.mode == 0x0041) == (overlap in ("queued", "mixed_answers", "errors"))
    assert (not second.sent) == (overlap == "refused")


def test_an_alarm_that_cannot_be_cleared(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"clear_alarm": "ignored"})
    bench.converter.alarm = 1
    assert bench.call("/remote/ioctl/clr_alarm").json["status"]["alarmState"] == "Light alarm"


@pytest.mark.parametrize(
    ("lost", "shown"), [("last", 3), ("permitted", 3), ("denied", 0), ("omitted", None), ("error", "400")]
)
def test_a_lost_bms_may_look_like_anything(lost: str, shown: Any, bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"battery_lost": lost})
    bench.call("/all/get")
    bench.bms.handler = lambda request: []
    reply = bench.call("/all/get")
    assert (reply.json.get("battery_operation_status") if reply.status == 200 else str(reply.status)) == shown


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        ("rsoc_held", {"rsoc": 70.0, "battery_operation_status": 0}),
        ("permission_held", {"rsoc": 40.0, "battery_operation_status": 3}),
    ],
)
def test_the_battery_is_read_too_seldom(held: str, shown: dict[str, Any], bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={held: 20.0})
    bench.call("/battery/get")
    bench.bms.rsoc, bench.bms.flag = 400, 1
    assert bench.call("/battery/get").json == shown
    bench.wait(20.0)
    assert bench.call("/battery/get").json == {"rsoc": 40.0, "battery_operation_status": 0}


def test_a_driver_that_stops_by_itself_on_denial(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"stops_on_denial": True})
    bench.call(START_CHARGE)
    bench.wait(12.0)
    assert bench.converter.mode == 0x0041
    bench.bms.flag = 1
    bench.wait(10.5)
    assert bench.converter.mode == 0x0000


def test_the_current_is_cut_while_denied(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"denial_current": 0.5})
    bench.call(START_CHARGE)
    bench.bms.flag = 1
    bench.call("/all/get")
    assert bench.converter.dig == 0.5


def test_frozen_data_when_the_converter_is_lost(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"frozen_when_lost": True}, board_fed_by_battery=False)
    before = bench.call("/all/get").json
    bench.converter.alive = False
    assert bench.call("/all/get").json == before
    assert bench.call("/dcdc/get").status == 400


def test_only_every_so_many_th_answer_glitches(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"glitch": {"rsoc": 0.0}, "glitch_every": 3})
    assert [bench.call("/battery/get").json["rsoc"] for _ in range(4)] == [70.0, 70.0, 0.0, 70.0]


def test_a_lost_partial_set_is_acknowledged(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"set_lost_every": 2})
    bench.call(START_CV)
    echoes = [bench.call(f"/dcdc/set?dig={dig}").json["param"]["dig"] for dig in (1.0, 1.5)]
    assert echoes == pytest.approx([1.0, 1.5], abs=0.01)
    assert bench.call("/dcdc/get").json["param"]["dig"] == pytest.approx(1.0, abs=0.01)


def test_the_permission_is_followed_so_many_times(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"permission_changes": 1})
    shown = []
    for denied in (False, True, False):
        bench.bms.flag = int(denied)
        shown.append(bench.call("/battery/get").json["battery_operation_status"])
    assert shown == [3, 0, 0]


def test_an_answer_is_wrong_in_one_mode_only(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"offset": {"rsoc": 5.0}, "only_in_modes": ["0x0014"]})
    before = bench.call("/all/get").json["rsoc"]
    bench.call(START_CV)
    assert (before, bench.call("/all/get").json["rsoc"]) == (70.0, 75.0)


def test_the_bms_is_not_read_while_the_unit_runs(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"battery_held_in": ["0x0014"]})
    bench.call(START_CV)
    bench.call("/all/get")
    bench.bms.flag = 1
    assert bench.call("/all/get").json["battery_operation_status"] == 3
    bench.call(STOP)
    bench.call("/all/get")
    assert bench.call("/all/get").json["battery_operation_status"] == 0


def test_a_lost_bms_goes_unnoticed_for_a_while(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"lost_after": 5.0})
    bench.call("/all/get")
    bench.bms.handler = lambda request: []
    assert bench.call("/all/get").json["battery_operation_status"] == 3
    bench.wait(5.0)
    assert bench.call("/all/get").status == 400


def test_calls_become_slower(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"slower_each_call": 1.0})
    assert [round(bench.call("/version/get").took) for _ in range(3)] == [1, 2, 3]


def test_stop_is_refused_while_denied(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"refuse_stop_while_denied": True})
    bench.call(START_CHARGE)
    bench.bms.flag = 1
    bench.call("/all/get")
    assert bench.call(STOP).status == 400
    bench.bms.flag = 0
    bench.call("/all/get")
    assert bench.call(STOP).status == 200
