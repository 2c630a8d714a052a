"""How long the calls take, and when their commands reach the converter."""

from __future__ import annotations

import pytest

from tests.virtual.driver.conftest import DriverBench

FULL_SET = "/dcdc/set?mode=0x0014&dvg=350&dig=2&drg=0"


@pytest.mark.parametrize(
    ("url", "shortest", "longest"),
    [
        ("/dcdc/get", 0.491, 0.497),
        ("/dcdc/get/status", 0.248, 0.252),
        (FULL_SET, 0.500, 0.511),
        ("/dcdc/set?dig=2", 0.177, 0.177),
        ("/dcdc/set?dvg=352.5", 0.170, 0.170),
        ("/battery/get", 0.058, 0.062),
        ("/all/get", 0.551, 0.551),
        ("/remote/ioctl/set", 0.349, 0.349),
        ("/remote/ioctl/clr_alarm", 0.575, 0.575),
    ],
)
def test_a_call_takes_what_the_reference_driver_takes(
    url: str, shortest: float, longest: float, bench: DriverBench
) -> None:
    bench.call(FULL_SET)
    assert 0.97 * shortest <= bench.call(url).took <= 1.03 * longest


@pytest.mark.parametrize(
    ("url", "floor"),
    [("/dcdc/get", 0.463), ("/dcdc/get/status", 0.231), (FULL_SET, 0.472), ("/dcdc/set?dig=2", 0.167)],
)
def test_without_turnaround_the_wire_and_the_pauses_remain(
    url: str, floor: float, bench_with: type[DriverBench]
) -> None:
    bench = bench_with(dcdc_turnaround=0.0, web_overhead=0.0)
    bench.call(FULL_SET)
    assert bench.call(url).took == pytest.approx(floor, rel=0.005)


def test_from_stop_the_set_points_come_before_the_mode(bench: DriverBench) -> None:
    bench.call(FULL_SET)
    assert bench.converter.writes() == ["voltage", "current", "mode"]
    assert bench.converter.written_at("mode") == pytest.approx(0.18, rel=0.03)


def test_from_any_other_mode_the_mode_comes_first(bench: DriverBench) -> None:
    bench.call(FULL_SET)
    bench.converter.log.clear()
    begin = bench.environment.now
    bench.call("/dcdc/set?mode=0x0000&dvg=350&dig=0&drg=0")
    assert bench.converter.writes() == ["mode", "voltage", "current"]
    assert bench.converter.written_at("mode") - begin == pytest.approx(0.006, abs=0.001)


@pytest.mark.parametrize("first", ["0x0002", "0x0041"])
def test_the_hardware_information_asks_for_the_voltage_before_cv(first: str, bench_with: type[DriverBench]) -> None:
    bench = bench_with(set_order="hardware_information")
    bench.call(f"/dcdc/set?mode={first}&dvg=380&dig=1&drg=0")
    bench.converter.log.clear()
    bench.call("/dcdc/set?mode=0x0014&dvg=350&dig=2&drg=0")
    assert bench.converter.writes() == ["voltage", "mode", "current"]


def test_the_meters_of_a_set_are_read_a_third_of_a_second_after_its_mode(bench: DriverBench) -> None:
    bench.call(FULL_SET)
    bench.converter.log.clear()
    bench.call("/dcdc/set?mode=0x0002&dvg=380&dig=1&drg=0")
    delay = bench.converter.written_at("meters") - bench.converter.written_at("mode")
    assert 0.25 <= delay <= 0.42


def test_values_are_those_of_the_moment_their_command_arrives(bench: DriverBench) -> None:
    line, done = bench.ask("/dcdc/get")
    bench.wait(0.2)
    bench.converter.dig = 1.0
    bench.converter.mode = 0x0014
    bench.environment.run(done)
    assert b'"0x0000"' in line.sent
    assert b'"dig": 0.99945' in line.sent
