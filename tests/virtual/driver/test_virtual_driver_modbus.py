"""The Modbus RTU master as a BMS on its line sees it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.virtual.driver.conftest import DriverBench

IO_EXCEPTION = {"err": "modbus io exception"}


def test_a_reading_is_two_transactions_of_function_4(bench: DriverBench) -> None:
    bench.call("/battery/get")
    frames = [frame for _, frame in bench.bms.requests]
    assert [frame.hex(" ") for frame in frames] == ["01 04 00 1d 00 02 e1 cd", "01 04 00 1e 00 01 51 cc"]


@pytest.mark.parametrize("url", ["/battery/get", "/all/get", "/1/log/data", "/remote/ioctl/get"])
def test_the_battery_is_read_on_demand(url: str, bench: DriverBench) -> None:
    bench.wait(60.0)
    assert bench.bms.requests == []
    bench.call(url)
    assert len(bench.bms.requests) == 2


def test_calls_without_battery_data_do_not_read_it(bench: DriverBench) -> None:
    for url in ("/dcdc/get", "/dcdc/get/status", "/version/get", "/dcdc/set?mode=0x0000&dvg=350&dig=0"):
        bench.call(url)
    assert bench.bms.requests == []


@pytest.mark.parametrize(("baud", "took"), [(9600, 0.0593), (115200, 0.0288)])
def test_the_line_takes_its_time(baud: int, took: float, bench_with: type[DriverBench]) -> None:
    assert bench_with(battery_baud=baud).call("/battery/get").took == pytest.approx(took, abs=0.0005)


def test_a_request_is_heard_when_its_last_byte_is_through(bench: DriverBench) -> None:
    bench.call("/battery/get")
    assert bench.bms.requests[0][0] == pytest.approx(0.001 + 8 * 10 / 9600)


def test_nobody_on_the_line(bench_with: type[DriverBench]) -> None:
    reply = bench_with(with_battery=False).call("/battery/get")
    assert (reply.status, reply.json) == (400, IO_EXCEPTION)
    assert reply.took == pytest.approx(1.0, rel=0.02)


def test_a_bms_that_comes_later_is_heard(bench_with: type[DriverBench]) -> None:
    bench = bench_with(with_battery=False)
    bench.call("/battery/get")
    bench.master.connected(bench.bms.line)
    assert bench.call("/battery/get").json["rsoc"] == 70.0
    bench.master.disconnected(bench.bms.line)
    assert bench.call("/battery/get").status == 400


@pytest.mark.parametrize(("flag", "shown"), [(0, 3), (1, 0), (0xFFFE, 3), (0xFFFF, 0)])
def test_only_bit_0_counts(flag: int, shown: int, bench: DriverBench) -> None:
    bench.bms.flag = flag
    assert bench.call("/battery/get").json["battery_operation_status"] == shown


def test_a_late_reply_spoils_the_next_reading_or_two(bench: DriverBench) -> None:
    delays, busy_until = iter([1.2]), 0.0

    def one_after_the_other(request: bytes) -> list[tuple[float, bytes]]:
        nonlocal busy_until
        now = bench.environment.now
        busy_until = max(busy_until, now) + next(delays, 0.0)
        return [(busy_until - now, bench.bms.reply(request))]

    bench.bms.handler = one_after_the_other
    assert bench.call("/battery/get").json == IO_EXCEPTION
    spoiled = bench.call("/battery/get")
    assert spoiled.json == IO_EXCEPTION
    assert spoiled.took == pytest.approx(0.24, abs=0.05)
    later = [bench.call("/battery/get").status for _ in range(2)]
    assert later[-1] == 200


def test_what_comes_while_the_port_is_closed_is_lost(bench: DriverBench) -> None:
    bench.bms.handler = lambda request: [(1.2, bench.bms.reply(request))]
    assert bench.call("/battery/get").status == 400
    bench.wait(0.5)
    bench.bms.handler = None
    assert bench.call("/battery/get").status == 200


def test_fewer_registers_than_asked_for(bench: DriverBench) -> None:
    one = bench.bms.reply(bytes.fromhex("0104001e0001"))
    bench.bms.handler = lambda request: [(0.0, one)]
    assert bench.call("/battery/get").json == {"err": "list index out of range"}


def test_a_reply_in_pieces_is_put_together(bench: DriverBench) -> None:
    bench.bms.handler = lambda request: [
        (0.05 * position, bench.bms.reply(request)[position : position + 1])
        for position in range(len(bench.bms.reply(request)))
    ]
    assert bench.call("/battery/get").json == {"rsoc": 70.0, "battery_operation_status": 3}


@pytest.mark.parametrize("noise", [b"\x00" * 1_000_000, b"\xff\x01\x04" * 300, b"\x01\x84\x02"])
def test_garbage_on_the_line_ends_with_an_error_and_later_readings_are_good(noise: bytes, bench: DriverBench) -> None:
    bench.bms.handler = lambda request: [(0.0, noise)]
    assert bench.call("/battery/get").status == 400
    bench.bms.handler = None
    bench.wait(5.0)
    assert bench.call("/battery/get").status == 200


def test_garbage_of_a_slave_that_left_is_gone_with_it(bench: DriverBench) -> None:
    bench.master.disconnected(bench.bms.line)
    bench.master.connected(bench.bms.line)
    bench.master.received(bench.bms.line, b"\x02" * 1_000_000)
    bench.master.disconnected(bench.bms.line)
    bench.master.connected(bench.bms.line)
    assert bench.call("/battery/get").status == 200


def test_one_transaction_is_a_legal_oddity(bench_with: type[DriverBench]) -> None:
    bench = bench_with(oddities={"battery_in_one_transaction": True})
    bench.bms.flag = 1
    assert bench.call("/battery/get").json == {"rsoc": 70.0, "battery_operation_status": 0}
    assert len(bench.bms.requests) == 1


@given(replies=st.lists(st.binary(min_size=1, max_size=24), max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_on_the_line_the_driver_answers(replies: list[bytes], bench_with: type[DriverBench]) -> None:
    bench = bench_with()
    bench.bms.handler = lambda request: [(0.01, reply) for reply in replies]
    assert bench.call("/battery/get").status in (200, 400)
    bench.bms.handler = None
    bench.wait(1.0)
    assert bench.call("/battery/get").status == 200
