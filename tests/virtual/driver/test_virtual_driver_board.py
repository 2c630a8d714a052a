"""Control power, boots and restarts of the board that the driver runs on."""

from __future__ import annotations

import pytest

from tests.virtual.driver.conftest import DriverBench

START_CHARGE = "/dcdc/set?mode=0x0041&dvg=350&dig=1&drg=0"


def test_without_control_power_the_driver_is_gone_and_comes_back_after_its_boot(bench_with: type[DriverBench]) -> None:
    bench = bench_with(boot_time=20.0)
    bench.call(START_CHARGE)
    bench.converter.alive = False
    bench.wait(5.0)
    assert bench.call("/dcdc/get").status == 0
    bench.converter.alive = True
    bench.wait(15.0)
    assert bench.call("/dcdc/get").status == 0
    bench.wait(6.0)
    assert bench.call("/dcdc/get").status == 200
    assert bench.call("/dcdc/set?dig=2").json == {"err": "No operationMode"}


def test_a_call_in_progress_ends_without_an_answer(bench: DriverBench) -> None:
    line, _ = bench.ask(START_CHARGE)
    bench.wait(0.05)
    bench.converter.alive = False
    bench.wait(2.0)
    assert line.is_closed
    assert not line.sent
    assert bench.converter.mode == 0x0000


def test_a_board_with_power_of_its_own_reports_the_silence(bench_with: type[DriverBench]) -> None:
    bench = bench_with(board_fed_by_battery=False)
    bench.converter.alive = False
    reply = bench.call("/dcdc/get")
    assert (reply.status, reply.json) == (400, {"err": "read timeout"})
    assert reply.took == pytest.approx(0.71, rel=0.03)


def test_a_bench_that_begins_without_battery_has_no_driver(bench_with: type[DriverBench]) -> None:
    bench = bench_with(begins_alive=False)
    assert bench.call("/version/get").status == 0


def test_a_restart_loses_the_cache_and_leaves_the_converter_alone(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"restart_at": [10.0], "restart_outage": 3.0})
    bench.call(START_CHARGE)
    bench.wait(10.0)
    assert bench.call("/version/get").status == 0
    bench.wait(3.0)
    assert bench.call("/dcdc/set?dig=0.5").status == 400
    assert bench.converter.writes() == ["voltage", "current", "mode"]
    assert bench.call("/all/get").json["status"]["status"] == "0x0041"


def test_an_oddity_keeps_the_cache_over_a_restart(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"restart_at": [10.0]}, oddities={"keeps_cache_over_restart": True})
    bench.call(START_CHARGE)
    bench.wait(13.5)
    assert bench.call("/dcdc/set?dig=0.5").status == 200


@pytest.mark.parametrize(("fault", "mode"), [("restart_stops_converter", 0x0000), ("resumes_mode_at_start", 0x0041)])
def test_a_driver_that_commands_a_mode_when_it_starts(fault: str, mode: int, bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"restart_at": [10.0], fault: True})
    bench.call(START_CHARGE)
    bench.wait(9.6)
    bench.converter.mode = 0x0014
    bench.wait(4.0)
    assert bench.converter.mode == mode


@pytest.mark.parametrize(("supervised", "status"), [(True, 0), (False, 200)])
def test_goodbye_restarts_only_a_driver_under_a_supervisor(
    supervised: bool, status: int, bench_with: type[DriverBench]
) -> None:
    bench = bench_with(restarts_on_goodbye=supervised)
    assert bench.call("/essx/goodbye").status == 200
    assert bench.call("/version/get").status == status
    bench.wait(3.5)
    assert bench.call("/version/get").status == 200


def test_every_tenth_call_is_the_last(bench_with: type[DriverBench]) -> None:
    bench = bench_with(faults={"restart_every_calls": 10, "restart_outage": 1.0})
    assert [bench.call("/version/get").status for _ in range(11)] == [200] * 10 + [0]
    bench.wait(1.1)
    assert bench.call("/version/get").status == 200
